/** A mute bridge answers everything with 503, on plain and on TLS ports. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MutedListener } from '../../../src/app/muted-listener.js';
import { makeFolder, TestAuthority } from '../../fakes/certificates.js';

const HOST = '127.0.0.1';

let muted: MutedListener;
beforeEach(() => (muted = new MutedListener()));
afterEach(() => muted.close());

/** Returns the status and the `Retry-After` header that answer a charger's handshake. */
async function handshake(url: string, ca?: string): Promise<unknown[]> {
  const socket = new WebSocket(url, 'ocpp1.6', ca === undefined ? {} : { ca });
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  response.destroy();
  return [response.statusCode, response.headers['retry-after']];
}

it.each(['ws', 'wss'])('answers chargers over %s', async (scheme) => {
  const ca = await TestAuthority.make('CA');
  const own = await ca.issue([{ CN: [HOST] }], { server: true });
  const { put } = makeFolder();
  const tls = { certificates: [{ certificateFile: put('tls.pem', own.cert), keyFile: put('tls.key', own.key) }] };
  const port = await muted.listen(HOST, 0, scheme === 'wss' ? tls : undefined);
  expect(await handshake(`${scheme}://${HOST}:${port}/ocpp/CP-1`, ca.issued.cert)).toEqual([503, '60']);
});

it('survives a charger that resets its connection', async () => {
  const port = await muted.listen(HOST, 0);
  for (let at = 0; at < 20; at += 1) {
    const socket = connect(port, HOST);
    await once(socket, 'connect');
    socket.write('GET /ocpp/CP-1 HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.resetAndDestroy();
  }
  expect(await handshake(`ws://${HOST}:${port}/ocpp/CP-1`)).toEqual([503, '60']);
});
