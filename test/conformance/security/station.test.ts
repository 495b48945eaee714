import { afterEach, describe, expect, it } from 'vitest';
import { AccessControl } from '../../../src/ocpp/server/access-control.js';
import { IdentityAliases } from '../../../src/ocpp/server/identity-aliases.js';
import { RejectedConnections } from '../../../src/ocpp/server/rejected-connections.js';
import { Passwords } from '../../../src/ocpp/auth/passwords.js';
import { systemClock } from '../../../src/observe/system-clock.js';
import { systemRandom } from '../../../src/observe/system-random.js';
import { createSqliteStore, type AbandonableStore } from '../../../src/store/sqlite/sqlite-store.js';
import { createEventLog } from '../../fakes/event-log.js';
import { startServer, type TestServer } from '../ocpp16/charger.js';

const OLD = 'old-password-of-the-settings';
const NEW = 'a new password, up to forty letters long';
const BOOT = { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M', serialNumber: 'S-9' } };

let server: TestServer | undefined;
let store: AbandonableStore | undefined;
afterEach(async () => {
  await server?.server.close(1_000);
  await store?.stop();
  server = store = undefined;
});

const basic = (password: string) => ({
  headers: { Authorization: `Basic ${Buffer.from(`CS1:${password}`).toString('base64')}` },
});

async function serve() {
  store = createSqliteStore({ path: ':memory:', clock: systemClock });
  await store.start();
  const events = createEventLog();
  const configured = new Map([['CS1', OLD]]);
  const passwords = new Passwords({ values: store, random: systemRandom, events, configured });
  await passwords.load();
  const running = (server = await startServer({
    known: new Set(['CS1']),
    defaultProfile: 1,
    credentialOf: (id) => ({ profile: 1, verify: (password) => passwords.verify(id, password) }),
  }));
  const access = new AccessControl({
    rejectedConnections: new RejectedConnections(),
    identityAliases: new IdentityAliases({ values: store, clock: systemClock }),
    disconnect: () => undefined,
    passwords,
    commandSender: running.sockets,
    random: systemRandom,
    events,
    knownChargePoints: { has: (id) => id === 'CS1', approve: async () => undefined },
    defaultProfile: 1,
    canServeProfile: () => true,
  });
  return { running, access };
}

describe.each(['2.0.1', '2.1'])('OCPP %s', (version) => {
  const protocols = [`ocpp${version}`];

  it.each([
    ['TC_A_09_CSMS', 'Accepted', 'in-force', [NEW]],
    ['TC_A_10_CSMS', 'Rejected', 'unchanged', [OLD]],
  ])('%s the password is asked to change, %s', async (_case, attributeStatus, result, valid) => {
    const { running, access } = await serve();
    const station = await running.connect('CS1', protocols, basic(OLD));
    await station.ask([2, '1', 'BootNotification', BOOT]);
    const changed = access.changePassword('CS1', { password: NEW });
    const [type, id, action, payload] = JSON.parse(await station.nextText());
    const component = { name: 'SecurityCtrlr' };
    const variable = { name: 'BasicAuthPassword' };
    expect([type, action, payload]).toEqual([
      2,
      'SetVariables',
      { setVariableData: [{ component, variable, attributeValue: NEW }] },
    ]);
    station.ws.send(JSON.stringify([3, id, { setVariableResult: [{ attributeStatus, component, variable }] }]));
    expect(await changed).toEqual({ result, chargerStatus: attributeStatus });
    for (const password of [OLD, NEW]) {
      if (valid.includes(password)) await running.connect('CS1', protocols, basic(password));
      else expect((await running.refusal('CS1', basic(password))).status).toBe(401);
    }
  });

  it('B01.FR.11 the serial number of a boot is read', async () => {
    const { running } = await serve();
    const station = await running.connect('CS1', protocols, basic(OLD));
    await station.ask([2, '1', 'BootNotification', BOOT]);
    expect(running.intake.events[0]?.event).toMatchObject({ type: 'booted', serialNumber: 'S-9' });
  });

  it('messages may be compressed', async () => {
    const { running } = await serve();
    const station = await running.connect('CS1', protocols, { ...basic(OLD), perMessageDeflate: { threshold: 0 } });
    expect(station.ws.extensions).toBe('permessage-deflate');
    expect(await station.ask([2, '1', 'BootNotification', BOOT])).toMatchObject([3, '1', { status: 'Accepted' }]);
  });
});

describe('OCPP 1.6', () => {
  const KEY = '0123456789abcdef0123456789abcdef01234567';

  it.each([
    ['Accepted', 'in-force', [KEY]],
    ['Rejected', 'unchanged', [OLD]],
  ])('TC_073_CSMS the password is asked to change, %s', async (status, result, valid) => {
    const { running, access } = await serve();
    const point = await running.connect('CS1', ['ocpp1.6'], basic(OLD));
    await point.ask([2, '1', 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }]);
    const changed = access.changePassword('CS1', { password: KEY });
    const [type, id, action, payload] = JSON.parse(await point.nextText());
    expect([type, action, payload]).toEqual([2, 'ChangeConfiguration', { key: 'AuthorizationKey', value: KEY }]);
    point.ws.send(JSON.stringify([3, id, { status }]));
    expect(await changed).toEqual({ result, chargerStatus: status });
    for (const password of [OLD, KEY]) {
      if (valid.includes(password)) await running.connect('CS1', ['ocpp1.6'], basic(password));
      else expect((await running.refusal('CS1', basic(password))).status).toBe(401);
    }
  });
});
