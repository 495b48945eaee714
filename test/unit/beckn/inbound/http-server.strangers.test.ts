import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { BecknServer, type BecknServerDeps } from '../../../../src/beckn/inbound/http-server.js';
import type { NetworkRouter } from '../../../../src/beckn/inbound/network-router.js';
import { setUp, type Setup } from '../pipeline-fixture.js';
import { contextOf } from '../samples.js';

let server: BecknServer | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.close(0);
  server = undefined;
});

async function serve(change: Partial<BecknServerDeps> = {}): Promise<Setup & { readonly port: number }> {
  const setup = await setUp();
  const { door } = setup;
  const router: NetworkRouter = {
    route: () => door,
    reject: (code, details) => door.reject(code, details),
    description: door.description,
  };
  server = new BecknServer({
    router,
    basePaths: ['/beckn'],
    clock: setup.clock,
    events: { emit: (name, detail = {}) => void setup.events.push({ name, detail }) },
    maxBytes: 4000,
    ...change,
  });
  const { port } = await server.listen('127.0.0.1', 0);
  return { ...setup, port };
}

/** Waits for a condition while real sockets work. */
async function until(condition: () => boolean, ms = 3000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`the condition never held: ${condition.toString()}`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

interface Client {
  readonly heard: () => string;
  readonly isClosed: () => boolean;
  readonly socket: Socket;
}

function open(port: number, text: string): Promise<Client> {
  return new Promise((resolve) => {
    let heard = '';
    let closed = false;
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text);
      resolve({ heard: () => heard, isClosed: () => closed, socket });
    });
    sockets.push(socket);
    socket.on('data', (chunk) => (heard += chunk.toString()));
    socket.on('close', () => (closed = true));
    socket.on('error', () => undefined);
  });
}

const STATUS = JSON.stringify({ context: contextOf('status'), message: { order_id: 'o-1' } });

function head(authorization: string | undefined, length: number): string {
  const header = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
  return `POST /beckn/status HTTP/1.1\r\nHost: x\r\n${header}Content-Length: ${length}\r\n\r\n`;
}

it.each([
  ['no Authorization header', undefined],
  ['an Authorization header of another scheme', 'Bearer abc'],
  ['an Authorization header that cannot be read', 'Signature keyId="a|b|ed25519",algorithm="ed25519"'],
])('no body is read after %s', async (_name, authorization) => {
  const { port } = await serve();
  const peer = await open(port, head(authorization, 3000));
  await until(() => peer.isClosed());
  expect(peer.heard()).toMatch(/^HTTP\/1.1 401 /);
  expect(peer.heard()).toMatch(/www-authenticate: Signature/i);
});

it('nobody is told to continue before the header was read', async () => {
  const { port, sign } = await serve();
  const expecting = (authorization?: string): string =>
    head(authorization, STATUS.length).replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n');
  const stranger = await open(port, expecting());
  await until(() => stranger.heard() !== '');
  expect(stranger.heard()).toMatch(/^HTTP\/1.1 401 /);
  const buyer = await open(port, expecting(sign(STATUS)));
  await until(() => buyer.heard() !== '');
  expect(buyer.heard()).toMatch(/^HTTP\/1.1 100 /);
  buyer.socket.write(STATUS);
  await until(() => buyer.heard().includes('HTTP/1.1 200'));
});

it('an on_subscribe without a signature is read, and not beyond the size of a challenge', async () => {
  const { port } = await serve({ maxBytes: 200_000 });
  const big = await open(port, `POST /beckn/on_subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n`);
  await until(() => big.isClosed());
  expect(big.heard()).toMatch(/^HTTP\/1.1 413 /);
});

it('bytes of unfinished bodies are bounded, and the one who holds most of them loses', async () => {
  const { port, sign } = await serve({ maxBytesInFlight: 10_000 });
  const holders: Client[] = [];
  for (let at = 0; at < 6; at += 1) holders.push(await open(port, head(sign(STATUS), 3999) + 'x'.repeat(3900)));
  await until(() => holders.filter((one) => one.isClosed()).length >= 4);
  expect(holders.find((one) => one.isClosed())?.heard()).toMatch(/^HTTP\/1.1 503 /);
  const honest = await open(port, head(sign(STATUS), STATUS.length) + STATUS);
  await until(() => honest.heard().includes('HTTP/1.1 200'));
});

it('connections of one address are bounded, and counted when they are refused', async () => {
  const { port, events } = await serve({ connectionsPerAddress: 3 });
  const peers: Client[] = [];
  for (let at = 0; at < 5; at += 1) peers.push(await open(port, ''));
  await until(() => peers.filter((one) => one.isClosed()).length === 2);
  expect(events.filter(({ name }) => name === 'connection.refused')).toHaveLength(2);
  peers.find((one) => !one.isClosed())?.socket.destroy();
  let next = await open(port, '');
  for (let turn = 0; turn < 50 && !next.heard().startsWith('HTTP/1.1 200'); turn += 1) {
    next = await open(port, 'GET /beckn HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await until(() => next.isClosed());
  }
  expect(next.heard()).toMatch(/^HTTP\/1.1 200 /);
});

it('a body that comes too slowly is given up', async () => {
  const { port, sign } = await serve({ bodyTimeoutMs: 300 });
  const slow = await open(port, head(sign(STATUS), STATUS.length) + STATUS.slice(0, 10));
  await until(() => slow.isClosed(), 5000);
  expect(slow.heard()).toMatch(/^HTTP\/1.1 408 /);
});

it('behind a proxy the address of the client counts, and only a trusted proxy may name it', async () => {
  const seen: (string | undefined)[] = [];
  const { door } = await setUp();
  const router: NetworkRouter = {
    route: () => ({
      process(request) {
        seen.push(request.source);
        return door.reject('bug');
      },
    }),
    reject: (code) => door.reject(code),
    description: {},
  };
  for (const addresses of [['127.0.0.0/8'], []]) {
    const { port, sign } = await serve({ router, proxyAddresses: addresses });
    const request = head(sign(STATUS), STATUS.length).replace('Host: x', 'Host: x\r\nX-Forwarded-For: 198.51.100.9');
    const peer = await open(port, request + STATUS);
    await until(() => peer.heard() !== '');
    await server?.close(0);
  }
  expect(seen).toEqual(['198.51.100.9', '127.0.0.1']);
});
