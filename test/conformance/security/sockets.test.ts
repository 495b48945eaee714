import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { v16 } from '../../../src/ocpp/versions/v16/v16.js';
import { makeFolder, TestAuthority } from '../../fakes/certificates.js';
import { createManualClock } from '../../fakes/manual-clock.js';
import { startServer, type TestServer } from '../ocpp16/charger.js';

const BOOT = { chargePointVendor: 'V', chargePointModel: 'M' };
/** A substitute for 2.x in tests of the transport alone. */
const DEFLATING = { ...v16, name: '2.0.1' as const, subprotocol: 'ocpp2.x', offersCompression: true };
const versions = [v16, DEFLATING];

let server: TestServer | undefined;
const open: Socket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await server?.server.close(1_000);
  server = undefined;
});

const port = (): number => Number(new URL(server!.url).port);

function dial(more: { allowHalfOpen?: boolean } = {}): Socket {
  const socket = connect({ port: port(), host: '127.0.0.1', ...more });
  socket.on('error', () => undefined);
  open.push(socket);
  return socket;
}

describe('OCPP 2.0.1 part 4 §3.4 compression', () => {
  it('is agreed on with 2.x, and both directions are read', async () => {
    server = await startServer({ versions });
    const charger = await server.connect('CP1', ['ocpp2.x'], { perMessageDeflate: { threshold: 0 } });
    expect(charger.ws.extensions).toMatch(/permessage-deflate/);
    expect(await charger.ask([2, '1', 'BootNotification', BOOT])).toMatchObject([3, '1', { status: 'Accepted' }]);
    const long = [2, 'x'.repeat(2_000), 'NoSuchAction', {}];
    const answer = await charger.ask(long);
    expect(Array.isArray(answer) && answer.slice(0, 3)).toEqual([4, 'x'.repeat(2_000), 'NotImplemented']);
  });

  it('without context takeover on either side, so that an idle socket stays small', async () => {
    server = await startServer({ versions });
    const charger = await server.connect('CP1', ['ocpp2.x'], { perMessageDeflate: true });
    let extensions = '';
    const other = await server.connect('CP2', ['ocpp2.x'], {
      perMessageDeflate: { clientNoContextTakeover: true, serverNoContextTakeover: true },
      finishRequest: (request) => {
        request.on('upgrade', (response) => (extensions = response.headers['sec-websocket-extensions'] ?? ''));
        request.end();
      },
    });
    expect([charger.ws.extensions, other.ws.extensions]).toEqual(['permessage-deflate', 'permessage-deflate']);
    expect(extensions).toMatch(/server_no_context_takeover/);
    expect(extensions).toMatch(/client_no_context_takeover/);
  });

  it('is not offered to 1.6', async () => {
    server = await startServer({ versions });
    const charger = await server.connect('CP1', ['ocpp1.6', 'ocpp2.x'], { perMessageDeflate: true });
    expect([charger.ws.protocol, charger.ws.extensions]).toEqual(['ocpp1.6', '']);
  });

  it('a few bytes that unpack to more than the cap close with 1009', async () => {
    server = await startServer({ versions, maxBytes: 65_536 });
    const charger = await server.connect('CP1', ['ocpp2.x'], { perMessageDeflate: { threshold: 0 } });
    charger.ws.send(`[2,"1","Heartbeat",{"x":"${'a'.repeat(50_000_000)}"}]`);
    expect(await charger.closed).toBe(1009);
    expect(server.intake.events).toEqual([]);
  });
});

describe('a flood of connections', () => {
  it('of one network is bounded while it has proved nothing; who is in does not count', async () => {
    server = await startServer({ waitingPerNetwork: 5 });
    for (let n = 0; n < 8; n += 1) await server.connect(`CP${n}`);
    const flood = Array.from({ length: 5 }, () => dial());
    await Promise.all(flood.map((socket) => once(socket, 'connect')));
    const one = dial();
    await once(one, 'close');
    for (let n = 0; n < 8; n += 1) expect(server.sockets.isOnline(`CP${n}`)).toBe(true);
    flood[0]?.destroy();
    while ((await closedAtOnce(dial())) === true) await new Promise((resolve) => setImmediate(resolve));
  });

  it('has a total', async () => {
    server = await startServer({ socketsTotal: 2 });
    await server.connect('A');
    await server.connect('B');
    const third = dial();
    await once(third, 'close');
    expect(server.sockets.isOnline('A')).toBe(true);
  });

  it('who sends no request, or half of one, is cut in time', async () => {
    server = await startServer({ handshakeS: 1 });
    const [silent, slow] = [dial(), dial()];
    slow.write('GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n');
    silent.resume();
    slow.resume();
    await Promise.all([once(silent, 'close'), once(slow, 'close')]);
  });

  it('who does not finish TLS is cut in time', async () => {
    server = await startServer({ handshakeS: 1 });
    const { folder, put } = makeFolder();
    const issued = await (await TestAuthority.make('Root')).issue([{ CN: ['x'] }], { server: true });
    const wss = await server.listenTls({
      certificates: [{ certificateFile: put('c.pem', issued.cert), keyFile: put('k.pem', issued.key) }],
    });
    const socket = connect(Number(new URL(wss).port), '127.0.0.1');
    socket.on('error', () => undefined);
    open.push(socket);
    socket.resume();
    await once(socket, 'close');
    // A client that completes the handshake is answered.
    const whole = tlsConnect({
      port: Number(new URL(wss).port),
      host: '127.0.0.1',
      ca: issued.cert,
      rejectUnauthorized: false,
    });
    open.push(whole);
    await once(whole, 'secureConnect');
    rmSync(folder, { recursive: true });
  });

  it('a request head above its bound is refused', async () => {
    server = await startServer({ headerBytes: 2_048 });
    expect((await server.refusal('CP1', { headers: { 'x-long': 'x'.repeat(4_000) } })).status).toBe(431);
  });

  it('a refused peer that does not hang up is cut', async () => {
    const clock = createManualClock();
    server = await startServer({ known: new Set(), clock });
    const socket = dial({ allowHalfOpen: true });
    socket.write(
      'GET /ocpp/NOBODY HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /);
    await once(socket, 'end');
    const cut = Promise.race([once(socket, 'error'), once(socket, 'close')]);
    await clock.advance(5_000);
    // The server no longer reads what the client sends.
    while (socket.writable && socket.write('more')) await Promise.race([cut, new Promise((r) => setImmediate(r))]);
    await cut;
  });
});

/** Checks whether the server closes the socket without an answer. A request on an accepted socket is answered. */
async function closedAtOnce(socket: Socket): Promise<boolean> {
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [first] = await Promise.race([
    once(socket, 'data').then(() => ['data']),
    once(socket, 'close').then(() => ['close']),
  ]);
  return first === 'close';
}
