import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BecknServer } from '../../../../src/beckn/inbound/http-server.js';
import type { NetworkRouter } from '../../../../src/beckn/inbound/network-router.js';
import { setUp, type Setup, type SetupOptions } from '../pipeline-fixture.js';
import { contextOf } from '../samples.js';

let server: BecknServer | undefined;

afterEach(async () => {
  await server?.close(0);
  server = undefined;
});

/** Returns a router with one pipeline. */
function routerTo(pipeline: Setup['door']): NetworkRouter {
  return {
    route: () => pipeline,
    reject: (code, details) => pipeline.reject(code, details),
    description: pipeline.description,
  };
}

async function serve(
  options: SetupOptions = {},
): Promise<Setup & { url: string; port: number; stop: (graceMs: number) => Promise<void> }> {
  const setup = await setUp(options);
  const made = new BecknServer({
    router: routerTo(setup.door),
    basePaths: ['/beckn/'],
    clock: setup.clock,
    maxBytes: 2000,
  });
  server = made;
  const { port } = await made.listen('127.0.0.1', 0);
  return { ...setup, port, url: `http://127.0.0.1:${port}/beckn`, stop: (graceMs) => made.close(graceMs) };
}

const STATUS = JSON.stringify({ context: contextOf('status'), message: { order_id: 'o-1' } });

/** Sends raw HTTP that no client library would send. Resolves with everything received until the connection closes. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text));
    let heard = '';
    socket.on('data', (chunk) => (heard += chunk.toString()));
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}

describe('the server', () => {
  it('takes a signed request, whatever its content type says', async () => {
    const { url, sign, received } = await serve();
    for (const type of ['application/json', 'text/plain']) {
      const reply = await fetch(`${url}/status`, {
        method: 'POST',
        body: STATUS,
        headers: { authorization: sign(STATUS), 'content-type': type },
      });
      expect(reply.status).toBe(200);
      expect(await reply.text()).toBe('{"message":{"ack":{"status":"ACK"}}}');
      expect(reply.headers.get('x-powered-by')).toBeNull();
    }
    expect(received).toHaveLength(2);
  });

  it('says what it is', async () => {
    const { url } = await serve();
    expect(await (await fetch(url)).json()).toMatchObject({
      subscriber_id: 'cpo.example/bpp',
      speaks: ['uei:charging 1.0.0'],
    });
  });

  it('answers other paths and methods clearly', async () => {
    const { url } = await serve();
    const get = await fetch(`${url}/status`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${url}/a/b`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(new URL('/', url))).status).toBe(404);
    expect((await fetch(`${url}/nonsense`, { method: 'POST', body: '{}' })).status).toBe(404);
    expect(await (await fetch(`${url}/%ff`, { method: 'POST', body: '{}' })).json()).toMatchObject({
      message: { ack: { status: 'NACK' } },
    });
  });

  it('refuses a body that is too large, with a NACK', async () => {
    const { url } = await serve();
    const reply = await fetch(`${url}/status`, { method: 'POST', body: 'x'.repeat(2001) });
    expect(reply.status).toBe(413);
    expect(await reply.json()).toMatchObject({ message: { ack: { status: 'NACK' } }, error: { code: '413' } });
  });

  it('refuses a body that grows too large without having said so, and ends the connection', async () => {
    const { port, received, sign } = await serve();
    const chunk = `3e8\r\n${'x'.repeat(1000)}\r\n`;
    const heard = await talk(
      port,
      `POST /beckn/status HTTP/1.1\r\nHost: x\r\nAuthorization: ${sign(STATUS)}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}`,
    );
    expect(heard).toMatch(/^HTTP\/1.1 413 /);
    expect(heard).toMatch(/connection: close/i);
    expect(received).toEqual([]);
  });

  it('takes a body in pieces, and an action that is spelled with escapes or a query', async () => {
    const { port, sign, received } = await serve();
    for (const path of ['status', 'status?from=bench', '%73tatus']) {
      const [first, second] = [STATUS.slice(0, 20), STATUS.slice(20)];
      const pieces = [first, second].map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
      const heard = await talk(
        port,
        `POST /beckn/${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${sign(STATUS)}\r\nTransfer-Encoding: chunked\r\n\r\n${pieces}0\r\n\r\n`,
      );
      expect(heard).toMatch(/^HTTP\/1.1 200 /);
    }
    expect(received).toHaveLength(3);
  });

  it('refuses an encoded body instead of inflating it', async () => {
    const { url } = await serve();
    const reply = await fetch(`${url}/status`, { method: 'POST', body: 'x', headers: { 'content-encoding': 'gzip' } });
    expect(reply.status).toBe(415);
  });

  it('refuses two Authorization headers', async () => {
    const { port, sign, received } = await serve();
    const header = `Authorization: ${sign(STATUS)}\r\n`;
    const request = `POST /beckn/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}${header}Content-Length: ${STATUS.length}\r\n\r\n${STATUS}`;
    expect(await talk(port, request)).toMatch(/^HTTP\/1.1 401 /);
    expect(received).toEqual([]);
  });

  it('survives a body that ends too early', async () => {
    const { port, url, received } = await serve();
    await talk(port, `POST /beckn/status HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"half`);
    expect((await fetch(url)).status).toBe(200);
    expect(received).toEqual([]);
  });

  it('finishes what is under way when it closes, and takes nothing new', async () => {
    let keep: (() => void) | undefined;
    const { url, port, sign, stop } = await serve({
      receive: () => new Promise((resolve) => (keep = () => resolve({ ack: true }))),
    });
    const socket = connect(port, '127.0.0.1');
    const heard: string[] = [];
    socket.on('data', (chunk) => heard.push(chunk.toString()));
    const ended = new Promise((resolve) => socket.on('close', resolve));
    // The first request. A second one follows on the same connection.
    socket.write(
      `POST /beckn/status HTTP/1.1\r\nHost: x\r\nAuthorization: ${sign(STATUS)}\r\nContent-Length: ${STATUS.length}\r\n\r\n${STATUS}`,
    );
    while (!keep) await new Promise<void>((resolve) => setImmediate(resolve));
    const closed = stop(5000);
    socket.write('GET /beckn HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect(fetch(url)).rejects.toThrow();
    keep();
    await closed;
    await ended;
    expect(heard.join('')).toMatch(/^HTTP\/1.1 200 /);
    expect(heard.join('')).not.toContain('subscriber_id');
  });

  it('cuts what hangs when the grace is over', async () => {
    const { sign, url, clock, stop, received } = await serve({ receive: () => new Promise(() => undefined) });
    const hanging = fetch(`${url}/status`, { method: 'POST', body: STATUS, headers: { authorization: sign(STATUS) } });
    const failed = expect(hanging).rejects.toThrow();
    while (received.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    const closed = stop(1000);
    await clock.advance(1000);
    await closed;
    await failed;
  });
});
