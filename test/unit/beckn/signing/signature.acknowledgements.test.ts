/**
 * Beckn 2.0: signed answers that contain the signature of their request, in both directions. Also the algorithm name of
 * Beckn 0.9, and searches with both gateway headers.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { KeyDirectory } from '../../../../src/beckn/registry/key-directory.js';
import {
  authorizationHeader,
  digest,
  loadSodium,
  parseSignatureHeader,
  readSignature,
  signingString,
  verifySignature,
  type ParsedSignature,
} from '../../../../src/beckn/signing/signature.js';
import { Verifier } from '../../../../src/beckn/registry/verify.js';
import { createPooledVerify, type VerifySignature } from '../../../../src/beckn/signing/verify-pool.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { listRegistry, memoryValues, pair, recordOf } from '../peers.js';

beforeAll(loadSodium);

const body = Buffer.from('{"message":{"status":"ACK"}}');
const created = 1_700_000_000;
const REQUEST = 'A'.repeat(86) + '==';

function header(requestSignature?: string): string {
  const { secretKey } = pair(1);
  const who = { subscriberId: 'app.example.in', keyId: 'k1', secretKey };
  return authorizationHeader({ ...who, body, created, expires: created + 300, requestSignature });
}

function parsed(value: string): ParsedSignature {
  const read = parseSignatureHeader(value);
  if ('problem' in read) throw new Error(read.problem);
  return read;
}

describe('a signature of four lines', () => {
  it('is over the three lines of every message and the request signature', () => {
    expect(signingString({ created: 1, expires: 2, digest: 'D', requestSignature: 'R' })).toBe(
      '(created): 1\n(expires): 2\ndigest: BLAKE-512=D\nrequest-signature: R',
    );
    expect(header(REQUEST)).toContain(',headers="(created) (expires) digest request-signature",signature="');
    expect(header()).toContain(',headers="(created) (expires) digest",signature="');
  });

  it.each<[string, VerifySignature]>([
    ['libsodium', verifySignature],
    ['thread pool', createPooledVerify()],
  ])('holds for the request that it answers and for no other (%s)', async (_name, verify) => {
    const four = parsed(header(REQUEST));
    const key = pair(1).publicKey;
    expect(await verify(four, digest(body), key, REQUEST)).toBe(true);
    expect(await verify(four, digest(body), key, 'B' + REQUEST.slice(1))).toBe(false);
    expect(await verify(four, digest(body), key)).toBe(false);
    // A signature over an empty request signature does not answer any request.
    expect(await verify(parsed(header('')), digest(body), key)).toBe(false);
    const three = parsed(header());
    expect(await verify(three, digest(body), key)).toBe(true);
    expect(await verify({ ...three, signedParts: four.signedParts }, digest(body), key, REQUEST)).toBe(false);
  });

  it('is not read with its lines in another order, one of them twice or missing', () => {
    for (const list of [
      'request-signature digest (created) (expires)',
      '(created) (expires) request-signature',
      '(created) (expires) digest digest',
      'digest x',
    ]) {
      const wrong = parseSignatureHeader(header(REQUEST).replace('(created) (expires) digest request-signature', list));
      expect('problem' in wrong && wrong.problem).toContain('must list exactly');
    }
  });

  it('gives its signature out as the text that an answer names', () => {
    const value = header();
    expect(value).toContain(`signature="${readSignature(value)}"`);
    expect(readSignature('Signature nonsense')).toBeUndefined();
    expect(readSignature(undefined)).toBeUndefined();
  });
});

describe('the verifier', () => {
  function verifier(): Verifier {
    const clock = createManualClock((created + 10) * 1000);
    const directory = new KeyDirectory({
      network: 'main',
      source: listRegistry(recordOf(1)),
      values: memoryValues(),
      clock,
    });
    return new Verifier({ directory, clock, realm: 'bpp.example.in' });
  }

  it('takes an answer that names its request', async () => {
    const ask = (signature: string, requestSignature = REQUEST) =>
      verifier().authenticateAck({ signature, rawBody: body, acknowledgedMessage: requestSignature });
    expect(await ask(header(REQUEST))).toMatchObject({ ok: true, subscriberId: 'app.example.in' });
    expect(await ask(header(REQUEST), 'B' + REQUEST.slice(1))).toMatchObject({ ok: false, kind: 'mismatch' });
    expect(await ask(header())).toMatchObject({
      ok: false,
      kind: 'malformed',
      reason:
        'the Signature header cannot be used: an ACK names the message that it acknowledges: headers must list request-signature',
    });
  });

  it('refuses a request that pretends to be an answer', async () => {
    expect(await verifier().authenticate({ authorization: header(REQUEST), rawBody: body })).toMatchObject({
      ok: false,
      kind: 'malformed',
      reason: expect.stringContaining('a request acknowledges no message') as string,
    });
  });
});

describe('the algorithm name of the 0.9 era', () => {
  const old = (): string => header().replaceAll('ed25519', 'xed25519');

  it('is refused unless the network allows it, and must stand in both places', () => {
    const refused = parseSignatureHeader(old());
    expect('problem' in refused && refused.problem).toContain('must both be ed25519');
    expect(parseSignatureHeader(old(), { xed25519: true })).toMatchObject({ keyId: 'k1' });
    const mixed = old().replace('algorithm="xed25519"', 'algorithm="ed25519"');
    expect(parseSignatureHeader(mixed, { xed25519: true })).toHaveProperty('problem');
  });

  it('is verified as what it always was', async () => {
    const clock = createManualClock((created + 10) * 1000);
    const directory = new KeyDirectory({
      network: 'main',
      source: listRegistry(recordOf(1)),
      values: memoryValues(),
      clock,
    });
    const options = { directory, clock, realm: 'x' };
    const ask = (xed25519: boolean) =>
      new Verifier({ ...options, xed25519 }).authenticate({ authorization: old(), rawBody: body });
    expect(await ask(true)).toMatchObject({ ok: true });
    expect(await ask(false)).toMatchObject({ ok: false, kind: 'malformed' });
  });
});

describe('a search with both gateway headers', () => {
  const clock = createManualClock((created + 10) * 1000);
  const gateway = (fill: number): string => {
    const { secretKey } = pair(fill);
    const who = { subscriberId: 'gateway.example.in', keyId: 'k1', secretKey };
    return authorizationHeader({ ...who, body, created, expires: created + 300 + fill });
  };
  function ask(headers: { gateway?: string; proxy?: string }, legacyProxyHeader = true) {
    const source = listRegistry(recordOf(9, { subscriberId: 'gateway.example.in', type: 'BG' }), recordOf(1));
    const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock });
    const verifier = new Verifier({ directory, clock, realm: 'x', legacyProxyHeader });
    return verifier.authenticateGateway({ ...headers, rawBody: body });
  }

  it('is believed when both hold', async () => {
    expect(await ask({ gateway: gateway(9), proxy: gateway(9) })).toMatchObject({ ok: true });
    const later = gateway(9).replace('keyId', ' keyId');
    expect(await ask({ gateway: gateway(9), proxy: later })).toMatchObject({ ok: true });
  });

  it('is refused when either is a lie, and the older one is named', async () => {
    expect(await ask({ gateway: gateway(3), proxy: gateway(9) })).toMatchObject({ ok: false, kind: 'mismatch' });
    expect(await ask({ gateway: gateway(9), proxy: gateway(3) })).toMatchObject({ ok: false, kind: 'mismatch' });
    expect(await ask({ gateway: gateway(9), proxy: 'Basic x' })).toMatchObject({
      ok: false,
      header: 'Proxy-Authenticate',
      reason: 'the Proxy-Authorization header cannot be used: the scheme is not Signature',
    });
    // A buyer app does not count as a gateway, whichever header it signs.
    expect(await ask({ proxy: header() })).toMatchObject({ ok: false, kind: 'signer' });
  });

  it('leaves the older one alone where the network does', async () => {
    expect(await ask({ gateway: gateway(9), proxy: 'Basic x' }, false)).toMatchObject({ ok: true });
  });
});
