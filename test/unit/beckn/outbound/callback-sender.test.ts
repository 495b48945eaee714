import type { ServerResponse } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../../../src/ports/callback-delivery.js';
import { HttpCallbackSender } from '../../../../src/beckn/outbound/callback-sender.js';
import { createCallbackTargetChecker } from '../../../../src/beckn/outbound/callback-target.js';
import { UndiciHttpClient } from '../../../../src/beckn/outbound/http-undici.js';
import { KeyDirectory } from '../../../../src/beckn/registry/key-directory.js';
import { digest, loadSodium, parseSignatureHeader, verifySignature } from '../../../../src/beckn/signing/signature.js';
import { systemClock } from '../../../../src/observe/system-clock.js';
import { startHttpPeer, type HttpPeer, type Received } from '../../../fakes/http-peer.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { createSigner } from '../../../../src/beckn/signing/signer.js';
import { listRegistry, memoryValues, pair, recordOf } from '../peers.js';

beforeAll(loadSodium);

const body = '{"context":{"action":"on_status"},"message":{"price":"₹ 16.3"}}';
const callback = { dialect: 'uei-charging-1.0.0', action: 'on_status', messageId: 'm1', body } as const;
const ack = '{"message":{"ack":{"status":"ACK"}}}';

let peer: HttpPeer;
let answer: (response: ServerResponse, request: Received) => void;
const http = new UndiciHttpClient(systemClock);

beforeEach(async () => {
  peer = await startHttpPeer((response, request) => answer(response, request));
});
afterEach(async () => {
  await peer.close();
});

async function send(change: { ttlS?: number; timeoutMs?: number } = {}): Promise<Delivery> {
  const clock = createManualClock();
  const bapUri = `${peer.url}/beckn`;
  const directory = new KeyDirectory({
    network: 'main',
    source: listRegistry(recordOf(1, { url: bapUri })),
    values: memoryValues(),
    clock,
  });
  const allow = [{ host: '127.0.0.1', port: peer.port, scheme: 'http', subscriber: 'app.example.in' } as const];
  const targets = createCallbackTargetChecker({ directory, clock, dns: { resolve: () => Promise.resolve([]) }, allow });
  const signer = createSigner({
    subscriberId: 'bpp.example.in',
    keys: [{ keyId: 'b1', secretKey: pair(7).secretKey }],
    clock,
  });
  const sender = new HttpCallbackSender({
    http,
    targetChecker: targets,
    clock,
    signer,
    ...change,
  });
  return sender.send({ network: 'main', ...callback, bapId: 'app.example.in', bapUri });
}

function answering(status: number, text: string, headers: { [name: string]: string } = {}): void {
  answer = (response) => {
    response.writeHead(status, headers);
    response.end(text);
  };
}

describe('what is sent', () => {
  it('is signed over the very bytes that arrive, backdated by 5 s', async () => {
    answering(200, ack);
    expect(await send({ ttlS: 600 })).toEqual({ kind: 'delivered' });
    const [request] = peer.received;
    expect(request).toMatchObject({ method: 'POST', path: '/beckn/on_status', body: Buffer.from(body) });
    expect(request?.headers['content-type']).toBe('application/json');
    const parsed = parseSignatureHeader(request?.headers.authorization ?? '');
    if ('problem' in parsed) throw new Error(parsed.problem);
    const nowS = createManualClock().now() / 1000;
    expect(parsed).toMatchObject({
      subscriberId: 'bpp.example.in',
      keyId: 'b1',
      created: nowS - 5,
      expires: nowS + 600,
    });
    expect(verifySignature(parsed, digest(request?.body ?? Buffer.of()), pair(7).publicKey)).toBe(true);
  });

  it('lives five minutes even if the message lives shorter', async () => {
    answering(200, ack);
    await send({ ttlS: 10 });
    const parsed = parseSignatureHeader(peer.received[0]?.headers.authorization ?? '');
    expect('problem' in parsed || parsed.expires - parsed.created).toBe(300);
  });

  it('goes nowhere when the guard objects', async () => {
    const clock = createManualClock();
    const source = listRegistry(recordOf(1, { url: peer.url }));
    const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock });
    const targets = createCallbackTargetChecker({ directory, clock, dns: { resolve: () => Promise.resolve([]) } });
    const sender = new HttpCallbackSender({
      http,
      targetChecker: targets,
      clock: createManualClock(),
      signer: createSigner({
        subscriberId: 'b',
        keys: [{ keyId: 'k', secretKey: pair(7).secretKey }],
        clock: createManualClock(),
      }),
    });
    const send = (bapId: string): Promise<Delivery> =>
      sender.send({ network: 'main', ...callback, bapId, bapUri: peer.url });
    expect(await send('app.example.in')).toMatchObject({ kind: 'refused', notSent: true });
    expect(await send('nobody.in')).toMatchObject({ kind: 'failed' });
    expect(peer.received).toHaveLength(0);
  });
});

describe('what the answer means', () => {
  const nack = { message: { ack: { status: 'NACK' } } };
  const error = { code: '30010', message: 'No such\n order \u202e', paths: 'message.order_id' };

  it.each<[string, number, string, Delivery['kind'], string?]>([
    ['ACK', 200, ack, 'delivered'],
    ['ACK with 202 and context', 202, '{"context":{},"message":{"ack":{"status":"ACK"}}}', 'delivered'],
    ['ack in lower case', 200, '{"message":{"ack":{"status":"ack"}}}', 'delivered'],
    ['nothing', 200, '', 'delivered'],
    ['a page', 200, '<html>ok</html>', 'delivered'],
    ['NACK', 200, JSON.stringify(nack), 'refused', 'NACK: no reason given'],
    ['nack in lower case', 200, '{"message":{"ack":{"status":"nack"}}}', 'refused', 'NACK: no reason given'],
    [
      'NACK, error beside',
      200,
      JSON.stringify({ ...nack, error }),
      'refused',
      'NACK: 30010 No such order message.order_id',
    ],
    [
      'NACK, error inside',
      200,
      JSON.stringify({ message: { ...nack.message, error } }),
      'refused',
      'NACK: 30010 No such order message.order_id',
    ],
    ['a numeric code', 400, JSON.stringify({ ...nack, error: { code: 400 } }), 'refused', 'HTTP 400: 400'],
    ['404', 404, 'not here', 'refused', 'HTTP 404'],
    ['410', 410, '', 'refused', 'HTTP 410'],
    ['401', 401, JSON.stringify({ ...nack, error }), 'failed', 'HTTP 401: 30010 No such order message.order_id'],
    ['408', 408, '', 'failed', 'HTTP 408'],
    ['425', 425, '', 'failed', 'HTTP 425'],
    ['429', 429, '', 'failed', 'HTTP 429'],
    ['500', 500, '', 'failed', 'HTTP 500'],
    ['503', 503, ack, 'failed', 'HTTP 503'],
  ])('%s', async (_name, status, text, kind, reason) => {
    answering(status, text);
    expect(await send()).toEqual(reason === undefined ? { kind } : { kind, reason });
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    [new Date(createManualClock().now() + 90_000).toUTCString(), 90_000],
    ['99999999999', 86_400_000],
    ['soon', undefined],
  ])('Retry-After: %s', async (value, retryAfterMs) => {
    answering(503, '', { 'retry-after': value });
    expect(await send()).toEqual({
      kind: 'failed',
      reason: 'HTTP 503',
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  });

  it('follows no redirect', async () => {
    answering(307, '', { location: `${peer.url}/elsewhere` });
    expect(await send()).toEqual({ kind: 'failed', reason: 'HTTP 307' });
    expect(peer.received).toHaveLength(1);
  });

  it('shortens a long reason', async () => {
    answering(400, JSON.stringify({ error: { message: 'x'.repeat(5000) } }));
    const result = await send();
    expect(result.kind === 'refused' && result.reason.length).toBeLessThan(320);
  });

  it.each([
    [200, { kind: 'delivered' }],
    [500, { kind: 'failed', reason: 'too-large: the response is longer than 65536 bytes' }],
  ])('does not read a response without end, and judges it by its status %i', async (status, delivery) => {
    answer = (response) => {
      response.writeHead(status);
      response.write('x'.repeat(70_000));
    };
    expect(await send()).toEqual(delivery);
  });

  it('asks for a response that is not encoded, and reads a NACK after a byte order mark', async () => {
    answering(200, `\uFEFF${JSON.stringify({ message: { ack: { status: 'NACK' } } })}`);
    expect(await send()).toEqual({ kind: 'refused', reason: 'NACK: no reason given' });
    expect(peer.received[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('gives up on silence and on a body that dribbles', async () => {
    answer = () => undefined;
    expect(await send({ timeoutMs: 30 })).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('timeout: ') as string,
    });
    answer = (response) => {
      response.writeHead(200);
      response.write('{');
    };
    expect(await send({ timeoutMs: 30 })).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('timeout: ') as string,
    });
  });

  it('survives a cut connection and a closed port', async () => {
    answer = (response) => void response.socket?.destroy();
    expect(await send()).toMatchObject({ kind: 'failed', reason: expect.stringContaining('network: ') as string });
    await peer.close();
    expect(await send()).toMatchObject({ kind: 'failed', reason: expect.stringContaining('ECONNREFUSED') as string });
  });
});
