/** The record of rejected connections, over real sockets. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { passwordVerifier, protectPassword } from '../../../src/ocpp/auth/basic-auth.js';
import { RejectedConnections } from '../../../src/ocpp/server/rejected-connections.js';
import { makeFolder, TestAuthority } from '../../fakes/certificates.js';
import { until } from '../../fakes/until.js';
import { createManualClock } from '../../fakes/manual-clock.js';
import { startServer, type TestServer } from '../ocpp16/charger.js';

const verify = passwordVerifier(protectPassword('0123456789abcdef0123456789abcdef01234567', 'salt'));
const basic = (user: string) => ({
  headers: { Authorization: `Basic ${Buffer.from(`${user}:guess`).toString('base64')}` },
});

let list: RejectedConnections;
let server: TestServer;
beforeEach(async () => {
  list = new RejectedConnections();
  server = await startServer({
    ...{ known: new Set(['CP1']), rejectedConnections: list, defaultProfile: 1 },
    credentialOf: () => ({ profile: 1, verify }),
  });
});
afterEach(() => server.server.close(1_000));

const origin = (): URL => new URL(server.url);
const at = (path: string): string => `ws://${origin().host}${path}`;
const listed = (count: number): Promise<void> => until(createManualClock(), () => list.list().length === count);

it('a wrong path is listed, with the identity at its end', async () => {
  await server.refusal(at('/steve/websocket/CentralSystemService/CP%201?token=secret'));
  expect(list.list()).toMatchObject([
    {
      ...{ id: 'CP 1', identityFrom: 'last-segment', path: '/steve/websocket/CentralSystemService/CP%201' },
      ...{ code: 'wrong-path', tls: false, subprotocols: ['ocpp1.6'], network: '127.0.0' },
      cure: expect.stringContaining('ocpp.aliases'),
    },
  ]);
  expect(JSON.stringify(list.list())).not.toContain('secret');
});

it('an identity that is only in the user name of the password is found there', async () => {
  await server.refusal(at('/ocpp'), basic('CP1'));
  expect(list.list()).toMatchObject([{ id: 'CP1', identityFrom: 'basic-user', path: '/ocpp', code: 'wrong-path' }]);
  expect(JSON.stringify(list.list())).not.toContain('guess');
});

it('a client that names no identity is listed by its network', async () => {
  await server.refusal(at('/'));
  expect(list.list()).toMatchObject([{ path: '/', code: 'wrong-path', network: '127.0.0' }]);
  expect(list.list()[0]).not.toHaveProperty('id');
});

it('a wrong user name is distinguished from a wrong password', async () => {
  await server.refusal('CP1', basic('cp1'));
  expect(list.list()).toMatchObject([{ id: 'CP1', identityFrom: 'path', code: 'user-not-identity' }]);
  await server.refusal('CP1', basic('CP1'));
  expect(list.list()).toMatchObject([{ id: 'CP1', code: 'wrong-password', count: 2 }]);
});

it.each([
  ['a subprotocol twice', { 'Sec-WebSocket-Protocol': 'ocpp1.6, ocpp1.6' }],
  ['a list of subprotocols that ends in a comma', { 'Sec-WebSocket-Protocol': 'ocpp1.6,' }],
  ['another version of WebSocket', { 'Sec-WebSocket-Version': '7' }],
  ['a key that is too short', { 'Sec-WebSocket-Key': 'short' }],
])('a handshake that is no WebSocket is listed, and answered with the reason: %s', async (_name, change) => {
  await server.server.close(1_000);
  server = await startServer({ rejectedConnections: list });
  const headers = {
    ...{ Host: 'x', Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
    ...{ 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol': 'ocpp1.6', ...change },
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const socket = connect(Number(origin().port), '127.0.0.1');
  socket.write(`GET /ocpp/CP1 HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString()));
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*Sec-WebSocket-/);
  expect(list.list()).toMatchObject([
    { id: 'CP1', identityFrom: 'path', code: 'no-websocket', cure: expect.stringContaining('Sec-WebSocket') },
  ]);
});

it('TLS on the plain port is listed, and the socket is closed', async () => {
  const socket = tlsConnect({ host: '127.0.0.1', port: Number(origin().port), rejectUnauthorized: false });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.on('close', resolve));
  expect(list.list()).toMatchObject([{ code: 'tls-on-plain-port', tls: true, cure: expect.stringContaining('ws://') }]);
});

it('other garbage on the plain port gets 400 and is not listed', async () => {
  const socket = connect(Number(origin().port), '127.0.0.1');
  socket.write('\0\0garbage\r\n\r\n');
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString()));
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(list.list()).toEqual([]);
});

it('a plain request on the TLS port is listed, and so is a TLS handshake that fails', async () => {
  const files = makeFolder();
  const issued = await (await TestAuthority.make('Root')).issue([{ CN: ['127.0.0.1'] }], { server: true });
  const wss = await server.listenTls({
    certificates: [{ certificateFile: files.put('h.pem', issued.cert), keyFile: files.put('h.key', issued.key) }],
  });
  const port = Number(new URL(wss).port);
  const plain = connect(port, '127.0.0.1');
  plain.on('error', () => undefined);
  plain.write('GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n\r\n');
  await listed(1);
  const outdated = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  const old = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...outdated });
  old.on('error', () => undefined);
  await listed(2);
  expect(list.list()).toMatchObject([
    { code: 'tls-handshake-failed', cure: expect.stringContaining('TLS version') },
    { code: 'plain-on-tls-port', tls: false },
  ]);
  plain.destroy();
  rmSync(files.folder, { recursive: true });
});

it('a client that only opens and closes the TLS port, as health checks do, is not listed', async () => {
  const files = makeFolder();
  const issued = await (await TestAuthority.make('Root')).issue([{ CN: ['127.0.0.1'] }], { server: true });
  const wss = await server.listenTls({
    certificates: [{ certificateFile: files.put('h.pem', issued.cert), keyFile: files.put('h.key', issued.key) }],
  });
  const probe = connect(Number(new URL(wss).port), '127.0.0.1');
  await once(probe, 'connect');
  probe.end();
  await until(createManualClock(), () => server.events.of('charger.refused').length === 1);
  expect(list.list()).toEqual([]);
  rmSync(files.folder, { recursive: true });
});
