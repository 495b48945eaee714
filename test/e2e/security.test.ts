/**
 * An unknown charger is taken on: over TLS, with a password that changes and a certificate that we sign. A certificate
 * file that cannot be used prevents the start.
 */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket, type ClientOptions } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCsr, TestAuthority } from '../fakes/certificates.js';
import { eventually } from './waiting.js';
import { freePorts } from './free-ports.js';
import { HOST, nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

type Payload = { readonly [key: string]: string };
let system: TestSystem | undefined;
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await system?.close();
  await nothingLeft();
});

/** Connects a charger that accepts every call and records it. */
async function plug(
  url: string,
  options: ClientOptions,
): Promise<{ ws: WebSocket; calls: [string, Payload][]; ask(action: string, payload: object): Promise<Payload> }> {
  const ws = new WebSocket(url, ['ocpp1.6'], options);
  sockets.push(ws);
  const calls: [string, Payload][] = [];
  const answers = new Map<string, (payload: Payload) => void>();
  ws.on('message', (data: Buffer) => {
    const [type, id, ...rest] = JSON.parse(data.toString());
    if (type === 3) answers.get(id)?.(rest[0]);
    if (type !== 2) return;
    calls.push([rest[0], rest[1]]);
    ws.send(
      JSON.stringify([3, id, rest[0] === 'GetConfiguration' ? { configurationKey: [] } : { status: 'Accepted' }]),
    );
  });
  await once(ws, 'open');
  let ids = 0;
  return {
    ws,
    calls,
    ask: (action, payload) =>
      new Promise((resolve) => {
        const id = `${(ids += 1)}`;
        answers.set(id, resolve);
        ws.send(JSON.stringify([2, id, action, payload]));
      }),
  };
}

async function status(url: string, options: ClientOptions): Promise<number> {
  const ws = new WebSocket(url, ['ocpp1.6'], options);
  ws.on('error', () => undefined);
  const [, response] = await once(ws, 'unexpected-response');
  response.destroy();
  return response.statusCode;
}

describe('a charger from outside', () => {
  it('is rejected, is approved, boots over wss, changes its password, gets a certificate, and survives a kill', async () => {
    system = await startTestSystem({ chargePoints: ['CP-01'] });
    const ca = await TestAuthority.make('Fleet CA');
    const own = await ca.issue([{ CN: [HOST] }], { server: true });
    const put = (name: string, text: string): string => {
      writeFileSync(join(system!.dataDir, '..', name), text, { mode: 0o600 });
      return name;
    };
    const settings = JSON.parse(readFileSync(system.configFile, 'utf8'));
    const [tlsPort = 0] = await freePorts(1);
    settings.listen.ocpp.tls = {
      port: tlsPort,
      certificates: [{ certificateFile: put('tls.pem', own.cert), keyFile: put('tls.key', own.key) }],
      clientCaFile: put('ca.pem', ca.issued.cert),
    };
    settings.ocpp.ca = { certificateFile: 'ca.pem', keyFile: put('ca.key', ca.issued.key), days: 4 };
    settings.ocpp.defaultProfile = 2;
    settings.ocpp.configureAtConnect = false;
    writeFileSync(system.configFile, JSON.stringify(settings));
    await system.bridge.start();
    expect(system.bridge.stdout).toMatch(new RegExp(` ocpp-tls=wss://${HOST}:${tlsPort}/ocpp$`, 'm'));

    const url = `wss://${HOST}:${tlsPort}/ocpp/NEW%201`;
    const { addresses, dataDir } = system;
    const token = readFileSync(join(dataDir, 'operator-token'), 'utf8').trim();
    const post = async (path: string, body: object = {}): Promise<Payload> => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(addresses.operator + path, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(response.status).toBe(200);
      return (await response.json()) as Payload;
    };
    const basic = (password: string): ClientOptions => ({
      ca: ca.issued.cert,
      headers: { authorization: `Basic ${Buffer.from(`NEW 1:${password}`).toString('base64')}` },
    });

    expect(await status(url, basic('made up'))).toBe(401);
    expect(await system.operator('/api/rejected-connections')).toMatchObject({
      rejectedConnections: [{ id: 'NEW 1', network: '127.0.0', reason: 'unknown identity', subprotocols: ['ocpp1.6'] }],
    });
    const { password: first = '' } = await post('/api/rejected-connections/NEW%201/approve');
    const charger = await plug(url, basic(first));
    const booted = await charger.ask('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' });
    expect(booted['status']).toBe('Accepted');
    expect(await system.operator('/api/charge-points/NEW%201')).toMatchObject({ online: true, profile: 2 });

    const signing = await charger.ask('SignCertificate', { csr: await makeCsr([{ CN: ['NEW 1'] }]) });
    expect(signing['status']).toBe('Accepted');
    await eventually('the certificate comes', () => charger.calls.length > 0);
    const [action, { certificateChain = '' } = {}] = charger.calls.shift() ?? [];
    expect(action).toBe('CertificateSigned');
    const root = new X509Certificate(ca.issued.cert);
    expect(new X509Certificate(certificateChain).verify(root.publicKey)).toBe(true);

    const change = await post('/api/charge-points/NEW%201/password');
    const { password: second = '' } = change;
    expect(change['result']).toBe('in-force');
    expect(charger.calls).toEqual([['ChangeConfiguration', { key: 'AuthorizationKey', value: second }]]);
    expect(await status(url, basic(first))).toBe(401);

    await system.bridge.kill9();
    await system.bridge.start();
    expect(await status(url, basic(first))).toBe(401);
    expect(await status(`${addresses.ocpp}/NEW%201`, basic(second))).toBe(401);
    const again = await plug(url, basic(second));
    expect(await again.ask('Heartbeat', {})).toHaveProperty('currentTime');

    const elsewhere = `wss://${HOST}:${tlsPort}/old`;
    expect(await status(`${elsewhere}/new-1`, basic(second))).toBe(404);
    expect(await status(url.replace('NEW%201', 'new-1'), basic(second))).toBe(401);
    expect(await post('/api/rejected-connections/new-1/approve', { as: 'NEW 1' })).toEqual({
      id: 'new-1',
      as: 'NEW 1',
    });
    expect(await status(`${elsewhere}/new-2`, { ca: ca.issued.cert })).toBe(404);
    await system.bridge.term();
    await system.bridge.start();
    expect(await system.operator('/api/rejected-connections')).toMatchObject({
      rejectedConnections: [
        { id: 'new-2', path: '/old/new-2', code: 'wrong-path', tls: true },
        { id: 'NEW 1', identityFrom: 'basic-user', path: '/old/new-1', code: 'wrong-path' },
      ],
    });
    await plug(url.replace('NEW%201', 'new-1'), basic(second));
    expect(await system.operator('/api/charge-points/NEW%201')).toMatchObject({ online: true, profile: 2 });
    for (const secret of [first, second]) expect(system.bridge.stderr).not.toContain(secret);
  });

  it('a certificate file that cannot be used is named with its key, and nothing starts', async () => {
    system = await startTestSystem({ chargePoints: ['CP-01'] });
    const settings = JSON.parse(readFileSync(system.configFile, 'utf8'));
    settings.listen.ocpp.tls = { certificates: [{ certificateFile: 'absent.pem', keyFile: 'absent.key' }] };
    writeFileSync(system.configFile, JSON.stringify(settings));
    system.bridge.spawn();
    const { code } = await system.bridge.death;
    expect(code).toBe(1);
    expect(system.bridge.stderr).toMatch(
      /^listen\.ocpp\.tls\.certificates\.0\.certificateFile: \/\S+absent\.pem cannot be read \(ENOENT\)$/m,
    );
  });
});
