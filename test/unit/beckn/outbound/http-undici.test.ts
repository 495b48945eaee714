import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../../src/ports/http.js';
import { UndiciHttpClient } from '../../../../src/beckn/outbound/http-undici.js';
import { systemClock } from '../../../../src/observe/system-clock.js';
import { createManualClock, settle } from '../../../fakes/manual-clock.js';
import { startHttpPeer, type HttpPeer } from '../../../fakes/http-peer.js';

const peers: HttpPeer[] = [];
const client = new UndiciHttpClient(systemClock);
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

async function echo(host?: string): Promise<HttpPeer> {
  const peer = await startHttpPeer((response, { body }) => {
    response.writeHead(200, { 'x-twice': ['a', 'b'] });
    response.end(body);
  }, host);
  peers.push(peer);
  return peer;
}

function request(change: Partial<HttpRequest> & { url: string }): HttpRequest {
  return { method: 'POST', headers: {}, body: '{"₹":1}', timeoutMs: 30_000, maxBytes: 1000, ...change };
}

describe('the HTTP client', () => {
  it('sends and reads UTF-8 and joins repeated headers', async () => {
    const peer = await echo();
    const response = await client.send(request({ url: `${peer.url}/a?b=c` }));
    expect(response).toMatchObject({ status: 200, body: '{"₹":1}', headers: { 'x-twice': 'a, b' } });
    expect(peer.received[0]).toMatchObject({ path: '/a?b=c', method: 'POST' });
  });

  it('connects to the pinned address under the name it was given, and keeps the connection for that address only', async () => {
    const peer = await echo();
    const named = request({ url: `http://app.example.invalid:${peer.port}/x`, pinnedAddress: '127.0.0.1' });
    await client.send(named);
    await settle(); // the connection is free one turn after its response
    await client.send(named);
    expect(peer.received.map(({ headers }) => headers.host)).toEqual(Array(2).fill(`app.example.invalid:${peer.port}`));
    expect(new Set(peer.received.map(({ remotePort }) => remotePort)).size).toBe(1);
    await expect(client.send({ ...named, pinnedAddress: '127.0.0.2' })).rejects.toMatchObject({ reason: 'network' });
    await expect(client.send(request({ url: named.url }))).rejects.toMatchObject({ reason: 'network' });
  });

  it('reads a response up to the cap and fails beyond', async () => {
    const peer = await echo();
    const body = 'x'.repeat(1000);
    expect((await client.send(request({ url: peer.url, body }))).body).toHaveLength(1000);
    await expect(client.send(request({ url: peer.url, body: `${body}x` }))).rejects.toMatchObject({
      reason: 'too-large',
    });
  });

  it('gives up what waits for a connection when its time is over, and never sends it afterwards', async () => {
    const held: ServerResponse[] = [];
    const peer = await startHttpPeer((response) => held.push(response));
    peers.push(peer);
    const slow = Array.from({ length: 32 }, () => client.send(request({ url: peer.url })));
    while (held.length < 32) await settle();
    const thirtyThird = client.send(request({ url: peer.url, timeoutMs: 100 }));
    await expect(thirtyThird).rejects.toMatchObject({ reason: 'timeout' });
    for (const response of held) response.end();
    await Promise.all(slow);
    const afterwards = client.send(request({ url: `${peer.url}/next` }));
    while (held.length < 33) await settle();
    held[32]?.end();
    await afterwards;
    expect(peer.received.map(({ path }) => path).filter((path) => path === '/next')).toHaveLength(1);
    expect(peer.received).toHaveLength(33);
  });

  it('counts the time limit from when the request gets a connection, not from when it began to wait for one', async () => {
    const limits = createManualClock();
    const patient = new UndiciHttpClient(limits);
    const held: ServerResponse[] = [];
    const peer = await startHttpPeer((response) => held.push(response));
    peers.push(peer);
    const sent = Array.from({ length: 34 }, () =>
      patient.send(request({ url: peer.url, timeoutMs: 1000, maxWaitMs: 60_000 })),
    );
    while (held.length < 32) await settle();
    await limits.advance(900);
    for (const response of held.splice(0)) response.end();
    while (held.length < 2) await settle();
    // 1,800 ms after the request was queued, but 900 ms after it was sent.
    await limits.advance(900);
    for (const response of held.splice(0)) response.end();
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array(34).fill(200));
    await patient.close();
  });

  it('gives up on a response that never ends, and drops its connection', async () => {
    let dropped: Promise<unknown> | undefined;
    const peer = await startHttpPeer((response) => {
      dropped = once(response, 'close');
      response.writeHead(200).write('{');
    });
    peers.push(peer);
    await expect(client.send(request({ url: peer.url, timeoutMs: 100 }))).rejects.toMatchObject({ reason: 'timeout' });
    await dropped;
  });

  it('ends its connections when it is closed', async () => {
    const peer = await echo();
    const short = new UndiciHttpClient(systemClock);
    await short.send(request({ url: peer.url, method: 'GET' }));
    await short.close();
    await short.close();
  });
});
