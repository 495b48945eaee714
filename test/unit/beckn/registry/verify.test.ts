import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KeyDirectory } from '../../../../src/beckn/registry/key-directory.js';
import { authorizationHeader, digest, loadSodium } from '../../../../src/beckn/signing/signature.js';
import { Verifier, type VerifierDeps } from '../../../../src/beckn/registry/verify.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';
import { listRegistry, memoryValues, pair, recordOf, type ListRegistry } from '../peers.js';

beforeAll(loadSodium);

const start = Date.UTC(2026, 0, 15, 10, 0, 0);
const startS = start / 1000;
const rawBody = Buffer.from('{"context":{"action":"confirm"}}');

let clock: ManualClock;
let registry: ListRegistry;

beforeEach(() => {
  clock = createManualClock(start);
  registry = listRegistry(recordOf(1), recordOf(9, { subscriberId: 'gateway.example.in', type: 'BG' }));
});

function verifier(change: Partial<VerifierDeps> = {}): Verifier {
  const directory = new KeyDirectory({ network: 'main', source: registry, values: memoryValues(), clock });
  return new Verifier({ directory, clock, realm: 'bpp.example.in', ...change });
}

interface Signing {
  subscriberId?: string;
  keyId?: string;
  fill?: number;
  body?: Uint8Array;
  created?: number;
  expires?: number;
}
function signed({
  subscriberId = 'app.example.in',
  keyId = 'k1',
  fill = 1,
  body = rawBody,
  ...times
}: Signing = {}): string {
  const created = times.created ?? startS - 5;
  const { secretKey } = pair(fill);
  return authorizationHeader({
    subscriberId,
    keyId,
    secretKey,
    body,
    created,
    expires: times.expires ?? created + 300,
  });
}

describe('a sound signature', () => {
  it('is accepted with the digest and the record, without a promise once the key is known', async () => {
    const verify = verifier();
    const expected = {
      ok: true,
      subscriberId: 'app.example.in',
      keyId: 'k1',
      digest: digest(rawBody),
      record: recordOf(1),
    };
    expect(await verify.authenticate({ authorization: signed(), rawBody })).toEqual(expected);
    expect(verify.authenticate({ authorization: signed(), rawBody })).toEqual(expected);
  });

  it('is accepted up to its last second and 30 s ahead of our clock', async () => {
    const verify = verifier();
    expect(
      await verify.authenticate({ authorization: signed({ created: startS - 300, expires: startS }), rawBody }),
    ).toMatchObject({ ok: true });
    expect(await verify.authenticate({ authorization: signed({ created: startS + 30 }), rawBody })).toMatchObject({
      ok: true,
    });
  });
});

describe('refusals', () => {
  it.each<[string, string | undefined, Partial<{ kind: string }>, string]>([
    ['no header', undefined, { kind: 'missing' }, 'the Authorization header is missing'],
    [
      'no signature',
      'Bearer x',
      { kind: 'malformed' },
      'the Authorization header cannot be used: the scheme is not Signature',
    ],
  ])('%s', async (_name, authorization, kind, sentence) => {
    expect(await verifier().authenticate({ authorization, rawBody })).toEqual({
      ok: false,
      status: 401,
      header: 'WWW-Authenticate',
      challenge: 'Signature realm="bpp.example.in",headers="(created) (expires) digest"',
      reason: sentence,
      ...kind,
    });
    expect(registry.lookups).toHaveLength(0);
  });

  it.each<[string, Signing, string]>([
    [
      'from the future',
      { created: startS + 95 },
      'created 95 s in the future, 30 s are allowed (server time 2026-01-15T10:00:00.000Z)',
    ],
    [
      'expired',
      { created: startS - 312, expires: startS - 12 },
      'expired 12 s ago (server time 2026-01-15T10:00:00.000Z)',
    ],
    ['ending before it begins', { created: startS, expires: startS }, 'is not after created'],
    ['living too long', { created: startS, expires: startS + 86_401 }, 'a lifetime of 86401 s; 86400 s are allowed'],
  ])('a signature %s, before any lookup', async (_name, times, sentence) => {
    const result = await verifier().authenticate({ authorization: signed(times), rawBody });
    expect(result).toMatchObject({
      ok: false,
      status: 401,
      kind: 'time',
      reason: expect.stringContaining(sentence) as string,
    });
    expect(registry.lookups).toHaveLength(0);
  });

  it('an unknown signer, and one of the wrong role', async () => {
    const verify = verifier();
    const stranger = await verify.authenticate({ authorization: signed({ subscriberId: 'nobody.in' }), rawBody });
    expect(stranger).toMatchObject({
      ok: false,
      status: 401,
      kind: 'signer',
      reason: expect.stringContaining('has no record of nobody.in') as string,
    });
    const gateway = await verify.authenticate({
      authorization: signed({ subscriberId: 'gateway.example.in', fill: 9 }),
      rawBody,
    });
    expect(gateway).toMatchObject({
      ok: false,
      kind: 'signer',
      reason: expect.stringContaining('registered as BG') as string,
    });
  });

  it('a body changed by one byte, with the digest that arrived', async () => {
    const other = Buffer.from(rawBody);
    other[3] = 0x20;
    const result = await verifier().authenticate({ authorization: signed(), rawBody: other });
    expect(result).toMatchObject({
      ok: false,
      status: 401,
      kind: 'mismatch',
      reason: expect.stringContaining(digest(other)) as string,
    });
  });

  it('503 for a stranger while the registry is away, never "unverified"', async () => {
    registry.down = true;
    const result = await verifier().authenticate({ authorization: signed(), rawBody });
    expect(result).toMatchObject({ ok: false, status: 503, kind: 'unavailable', retryAfterS: 10 });
  });
});

describe('a key replaced under its id', () => {
  it('is fetched once the old one fails, and forged traffic buys no more lookups than one in 30 s', async () => {
    const verify = verifier();
    await verify.authenticate({ authorization: signed(), rawBody });
    registry.records = [recordOf(2)];
    await clock.advance(60_000);
    expect(await verify.authenticate({ authorization: signed({ fill: 2 }), rawBody })).toMatchObject({
      ok: true,
      record: recordOf(2),
    });
    expect(registry.lookups).toHaveLength(2);
    for (let forged = 0; forged < 5; forged += 1) {
      expect(await verify.authenticate({ authorization: signed({ fill: 3 }), rawBody })).toMatchObject({
        ok: false,
        kind: 'mismatch',
      });
    }
    expect(registry.lookups).toHaveLength(2);
    expect(await verify.authenticate({ authorization: signed({ fill: 1 }), rawBody })).toMatchObject({ ok: false });
  });
});

describe('the gateway', () => {
  const gateway = (change: Signing = {}): string => signed({ subscriberId: 'gateway.example.in', fill: 9, ...change });

  it('signs with a BG record, over the same bytes', async () => {
    expect(await verifier().authenticateGateway({ gateway: gateway(), rawBody })).toMatchObject({
      ok: true,
      subscriberId: 'gateway.example.in',
    });
  });

  it('is answered with Proxy-Authenticate when it is wrong', async () => {
    const verify = verifier();
    const buyer = await verify.authenticateGateway({ gateway: signed(), rawBody });
    expect(buyer).toMatchObject({
      ok: false,
      header: 'Proxy-Authenticate',
      reason: expect.stringContaining('BG is needed') as string,
    });
    expect(await verify.authenticateGateway({ gateway: 'x', rawBody })).toMatchObject({
      ok: false,
      reason: 'the X-Gateway-Authorization header cannot be used: the scheme is not Signature',
    });
  });

  it('is needed only where the network says so', () => {
    expect(verifier().authenticateGateway({ rawBody })).toBeUndefined();
    expect(verifier({ gateway: 'required' }).authenticateGateway({ rawBody })).toMatchObject({
      ok: false,
      kind: 'missing',
    });
  });

  it('may use the older header only where the network says so', async () => {
    expect(verifier().authenticateGateway({ proxy: gateway(), rawBody })).toBeUndefined();
    const legacy = verifier({ legacyProxyHeader: true });
    expect(await legacy.authenticateGateway({ proxy: gateway(), rawBody })).toMatchObject({ ok: true });
  });
});
