import { afterEach, describe, expect, it } from 'vitest';
import { connect } from 'node:net';
import { passwordVerifier, protectPassword } from '../../../src/ocpp/auth/basic-auth.js';
import { startServer, type TestServer } from './charger.js';

const BOOT = { chargePointVendor: 'V', chargePointModel: 'M' };
const KEY = '0123456789abcdef0123456789abcdef01234567';
const basic = (user: string, password: Uint8Array | string) => ({
  headers: {
    Authorization: `Basic ${Buffer.concat([Buffer.from(`${user}:`), Buffer.from(password)]).toString('base64')}`,
  },
});

let server: TestServer | undefined;
afterEach(async () => {
  await server?.server.close(1_000);
  server = undefined;
});

describe('OCPP-J 1.6 §3 the handshake', () => {
  it('§3.1.1 the identity is percent-decoded once', async () => {
    server = await startServer();
    const charger = await server.connect('RDAM%20123/');
    await charger.ask([2, '1', 'BootNotification', BOOT]);
    expect(server.intake.events[0]?.id).toBe('RDAM 123');
  });

  it('§3.1.2, TC_088 picks the first of the offered subprotocols that it has', async () => {
    server = await startServer();
    const charger = await server.connect('CP1', ['ocpp9.9', 'ocpp1.6', 'ocpp1.5']);
    expect(charger.ws.protocol).toBe('ocpp1.6');
  });

  it('§3.2 with no subprotocol offered it completes the handshake and closes at once', async () => {
    server = await startServer();
    const charger = await server.connect('CP1', []);
    expect(await charger.closed).toBe(1002);
    expect(server.intake.connectionLog).toEqual([]);
  });

  it('§3.2 with none in common it answers without the header and closes at once', async () => {
    server = await startServer();
    const { port } = new URL(server.url);
    const lines = [
      'GET /ocpp/CP1 HTTP/1.1',
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
    ];
    const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
    const socket = connect(Number(port), '127.0.0.1');
    socket.write([...lines, key, 'Sec-WebSocket-Protocol: ocpp9.9', '', ''].join('\r\n'));
    let bytes = Buffer.alloc(0);
    await new Promise<void>((resolve) =>
      socket.on('data', (data: Buffer) => {
        bytes = Buffer.concat([bytes, data]);
        if (bytes.includes(Buffer.from([0x03, 0xea]))) resolve();
      }),
    );
    socket.destroy();
    expect(bytes.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /);
    expect(bytes.toString('latin1')).not.toMatch(/sec-websocket-protocol/i);
  });

  it('§3.2 an unknown identity gets 404, and the log says which', async () => {
    server = await startServer({ known: new Set(['CP1']) });
    expect((await server.refusal('CP%202')).status).toBe(404);
    expect(server.events.of('charger.refused')).toMatchObject([{ chargePointId: 'CP 2', status: 404 }]);
  });

  it('a plain HTTP request is asked to upgrade', async () => {
    server = await startServer();
    expect((await fetch(server.url.replace('ws:', 'http:'))).status).toBe(426);
  });
});

describe('OCPP 1.6 security whitepaper: profile 1', () => {
  const verify = passwordVerifier(protectPassword(KEY, 'salt'));
  const guarded = () =>
    startServer({
      known: new Set(['CP1', 'OPEN']),
      defaultProfile: 1,
      credentialOf: (id) => (id === 'OPEN' ? { profile: 0 } : { profile: 1, verify }),
    });

  it.each([
    ['hex text', KEY],
    ['raw bytes', Buffer.from(KEY, 'hex')],
  ])('lets the identity in with its key as %s', async (_name, password) => {
    server = await guarded();
    const charger = await server.connect('CP1', ['ocpp1.6'], basic('CP1', password));
    expect(charger.ws.protocol).toBe('ocpp1.6');
  });

  it('no password, a wrong one, another user name and an unknown identity look the same', async () => {
    server = await guarded();
    const answers = [
      await server.refusal('CP1'),
      await server.refusal('CP1', basic('CP1', 'wrong')),
      await server.refusal('CP1', basic('CP2', KEY)),
      await server.refusal('NOBODY', basic('NOBODY', KEY)),
      await server.refusal('NOBODY'),
    ];
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.status).toBe(401);
    expect(answers[0]?.headers['www-authenticate']).toMatch(/^Basic /);
  });

  it('profile 0 is open only where it is configured', async () => {
    server = await guarded();
    await server.connect('OPEN');
    expect(server.sockets.isOnline('OPEN')).toBe(true);
  });

  it('guessing is slowed down, and the right password still gets in', async () => {
    server = await guarded();
    for (let n = 0; n < 10; n += 1) expect((await server.refusal('CP1', basic('CP1', `guess ${n}`))).status).toBe(401);
    const refused = await server.refusal('CP1', basic('CP1', 'guess 10'));
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('60');
    await server.connect('CP1', ['ocpp1.6'], basic('CP1', KEY));
    expect(server.sockets.isOnline('CP1')).toBe(true);
  });
});

describe('the end of a socket', () => {
  it('a message above the cap closes with 1009', async () => {
    server = await startServer({ maxBytes: 1_000 });
    const charger = await server.connect();
    charger.ws.send('x'.repeat(1_001));
    expect(await charger.closed).toBe(1009);
  });

  it('a closing server says 1001, so that chargers come back soon', async () => {
    server = await startServer();
    const charger = await server.connect();
    const [code] = await Promise.all([charger.closed, server.server.close(1_000)]);
    expect(code).toBe(1001);
    expect(server.intake.connectionLog).toEqual(['+CP1 1.6 1', '-CP1 1']);
    server = undefined;
  });

  it('while it drains, newcomers get 503 and a time to come back, and what is in work is answered', async () => {
    server = await startServer();
    const charger = await server.connect();
    server.intake.acceptedIds.add('CP1');
    let finish = (): void => undefined;
    server.intake.respond = () => new Promise((resolve) => (finish = () => resolve({ type: 'transaction-stopped' })));
    const answer = charger.ask([
      2,
      '1',
      'StopTransaction',
      { transactionId: 1, meterStop: 2, timestamp: '2026-01-15T10:00:00Z' },
    ]);
    while (server.intake.events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closing = server.server.close(5_000);
    const refused = await server.refusal('CP2');
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    finish();
    expect(await answer).toEqual([3, '1', {}]);
    await closing;
    expect(await charger.closed).toBe(1001);
    server = undefined;
  });
});
