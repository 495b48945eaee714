/** A charger that connects with a different spelling of a known identity. */
import { rmSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { passwordVerifier, protectPassword } from '../../../src/ocpp/auth/basic-auth.js';
import { makeFolder, TestAuthority } from '../../fakes/certificates.js';
import { startServer, type TestServer } from '../ocpp16/charger.js';

const KEY = '0123456789abcdef0123456789abcdef01234567';
const verify = passwordVerifier(protectPassword(KEY, 'salt'));
const basic = (user: string, password = KEY) => ({
  headers: { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});

let server: TestServer;
let asked: string[];
async function serve(profile: 1 | 3 = 1): Promise<void> {
  asked = [];
  server = await startServer({
    ...{ known: new Set(['CP1', 'CP2']), defaultProfile: 1 },
    credentialOf: (id) => (asked.push(id), profile === 1 ? { profile, verify } : { profile }),
    chargePointOfAlias: (spelling) => (['cp-1', 'CP2'].includes(spelling) ? 'CP1' : undefined),
  });
}
afterEach(() => server.server.close(1_000));

it.each(['cp-1', 'CP1'])('gets in with the password of the known one and the user name %s', async (user) => {
  await serve();
  const charger = await server.connect('cp-1', ['ocpp1.6'], basic(user));
  expect(asked).toEqual(['CP1']);
  expect(server.sockets.isOnline('CP1')).toBe(true);
  expect(server.sockets.isOnline('cp-1')).toBe(false);
  charger.ws.terminate();
});

it('does not get in with another password or user name, nor does another spelling', async () => {
  await serve();
  expect((await server.refusal('cp-1', basic('cp-1', 'wrong'))).status).toBe(401);
  expect((await server.refusal('cp-1', basic('CP2'))).status).toBe(401);
  expect((await server.refusal('cp_1', basic('cp_1'))).status).toBe(401);
});

it('a known identity stands for itself, whatever was approved', async () => {
  await serve();
  const charger = await server.connect('CP2', ['ocpp1.6'], basic('CP2'));
  expect(asked).toEqual(['CP2']);
  charger.ws.terminate();
});

it('gets in with a client certificate of either spelling, and of no other', async () => {
  await serve(3);
  const [root, fleet] = await Promise.all([TestAuthority.make('Root'), TestAuthority.make('Fleet')]);
  const host = await root.issue([{ CN: ['127.0.0.1'] }], { server: true });
  const { folder, put } = makeFolder();
  const wss = await server.listenTls({
    certificates: [{ certificateFile: put('h.pem', host.cert), keyFile: put('h.key', host.key) }],
    clientCaFile: put('fleet.pem', fleet.issued.cert),
  });
  const holding = async (CN: string) => {
    const { cert, key } = await fleet.issue([{ CN: [CN] }]);
    return { ca: root.issued.cert, cert, key };
  };
  for (const name of ['CP1', 'cp-1']) {
    const charger = await server.connect(`${wss}/cp-1`, ['ocpp1.6'], await holding(name));
    charger.ws.terminate();
    await charger.closed;
  }
  expect((await server.refusal(`${wss}/cp-1`, await holding('CP2'))).status).toBe(401);
  rmSync(folder, { recursive: true });
});
