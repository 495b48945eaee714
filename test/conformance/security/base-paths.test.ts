/** Chargers that still connect with another central system's path. */
import { afterEach, expect, it } from 'vitest';
import { startServer, type TestServer } from '../ocpp16/charger.js';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.server.close(1_000);
  server = undefined;
});

const at = (path: string): string => `${server?.url.replace(/\/ocpp$/, '')}${path}`;

it.each([
  ['SteVe', '/steve/websocket/CentralSystemService/CP1'],
  ['CitrineOS', '/CP1'],
  ['a configured alias', '/old/ws/CP1'],
  ['ours', '/ocpp/CP1'],
])('a charger of a fleet that moves here by DNS alone boots on the path of %s', async (_name, path) => {
  server = await startServer({ known: new Set(['CP1']), aliases: ['steve', 'citrineos', '/old/ws'] });
  const charger = await server.connect(at(path));
  const boot = { chargePointVendor: 'V', chargePointModel: 'M' };
  expect(await charger.ask([2, '1', 'BootNotification', boot])).toMatchObject([3, '1', { status: 'Accepted' }]);
  charger.ws.terminate();
});

it('other base paths are refused where no alias names them', async () => {
  server = await startServer({ known: new Set(['CP1']) });
  for (const path of ['/CP1', '/steve/websocket/CentralSystemService/CP1', '/old/ws/CP1'])
    expect((await server.refusal(at(path))).status).toBe(404);
});
