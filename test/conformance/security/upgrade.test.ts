/**
 * An operator raises a charger's security profile: the command, its answer, and how the charger reconnects. A lower
 * profile is refused.
 */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientOptions } from 'ws';
import type { Json } from '../../../src/domain/model/object.js';
import { passwordVerifier, protectPassword, type Credential } from '../../../src/ocpp/auth/basic-auth.js';
import { makeFolder, TestAuthority, type Issued } from '../../fakes/certificates.js';
import { type Charger, startServer, type TestServer } from '../ocpp16/charger.js';

const KEY = '0123456789abcdef0123456789abcdef01234567';
const verify = passwordVerifier(protectPassword(KEY, 'salt'));
const PASSWORD = { headers: { Authorization: `Basic ${Buffer.from(`CP1:${KEY}`).toString('base64')}` } };
const CREDENTIALS: { readonly [profile in 1 | 2 | 3]: Credential } = {
  1: { profile: 1, verify },
  2: { profile: 2, verify },
  3: { profile: 3 },
};

type Profile = 1 | 2 | 3;
let settings: Credential;
let server: TestServer;
let wss: string;
let folder: string;
let root: TestAuthority;
let own: Issued;
beforeEach(async () => {
  const fleet = await TestAuthority.make('Fleet CA');
  root = await TestAuthority.make('Server Root');
  const [host, mine] = await Promise.all([
    root.issue([{ CN: ['127.0.0.1'] }], { server: true }),
    fleet.issue([{ CN: ['CP1'] }]),
  ]);
  own = mine;
  server = await startServer({ known: new Set(['CP1']), defaultProfile: 1, credentialOf: () => settings });
  const files = makeFolder();
  folder = files.folder;
  wss = await server.listenTls({
    certificates: [{ certificateFile: files.put('h.pem', host.cert), keyFile: files.put('h.key', host.key) }],
    clientCaFile: files.put('fleet.pem', fleet.issued.cert),
  });
});
afterEach(async () => {
  await server.server.close(1_000);
  rmSync(folder, { recursive: true });
});

/** Returns the path and credentials with which a charger connects on the profile. */
function road(profile: Profile): [path: string, options: ClientOptions] {
  if (profile === 1) return ['CP1', PASSWORD];
  const proof = profile === 2 ? PASSWORD : { cert: own.cert, key: own.key };
  return [`${wss}/CP1`, { ca: root.issued.cert, ...proof }];
}

const come = (profile: Profile, protocol: string): Promise<Charger> => {
  const [path, options] = road(profile);
  return server.connect(path, [protocol], options);
};
const refusal = async (profile: Profile): Promise<number> => (await server.refusal(...road(profile))).status;

const BOOTS: { readonly [protocol: string]: object } = {
  'ocpp1.6': { chargePointVendor: 'V', chargePointModel: 'M' },
  'ocpp2.0.1': { reason: 'RemoteReset', chargingStation: { vendorName: 'V', model: 'M' } },
  'ocpp2.1': { reason: 'RemoteReset', chargingStation: { vendorName: 'V', model: 'M' } },
};
const boot = (charger: Charger, protocol: string) => charger.ask([2, 'b', 'BootNotification', BOOTS[protocol]]);
const ACCEPTED = [3, 'b', { status: 'Accepted' }];

/** Sends an operator's command, lets the charger answer, and returns the status that was read. */
async function operated(
  charger: Charger,
  action: string,
  payload: { readonly [key: string]: Json },
  answer: object,
): Promise<unknown> {
  const asked = server.sockets.sendCommand('CP1', { type: 'action', action, payload });
  const frame = JSON.parse(await charger.nextText()) as [number, string, string, unknown];
  expect([frame[2], frame[3]]).toEqual([action, payload]);
  charger.ws.send(JSON.stringify([3, frame[1], answer]));
  return asked;
}

/**
 * Reconnects the charger on the higher profile, which the settings now require, and checks that the old one is
 * refused.
 */
async function raised(from: Profile, to: Profile, charger: Charger, protocol: string): Promise<void> {
  settings = CREDENTIALS[to];
  charger.ws.close();
  await charger.closed;
  const again = await come(to, protocol);
  expect(await boot(again, protocol)).toMatchObject(ACCEPTED);
  expect(server.sockets.isOnline('CP1')).toBe(true);
  expect(server.events.of('charger.connected').map(({ profile }) => profile)).toEqual([from, to]);
  // The old profile is no longer sufficient.
  expect(await refusal(from)).toBe(401);
  expect(server.sockets.isOnline('CP1')).toBe(true);
}

const STEPS: readonly (readonly [Profile, Profile])[] = [
  [1, 2],
  [2, 3],
  [1, 3],
];

describe('OCPP 1.6', () => {
  it.each(STEPS)('TC_083 from profile %d to %d: it comes back on the higher one, and on no lower', async (from, to) => {
    settings = CREDENTIALS[from];
    const point = await come(from, 'ocpp1.6');
    expect(await boot(point, 'ocpp1.6')).toMatchObject(ACCEPTED);
    const payload = { key: 'SecurityProfile', value: String(to) };
    expect(await operated(point, 'ChangeConfiguration', payload, { status: 'Accepted' })).toMatchObject({
      status: 'Accepted',
    });
    expect(await operated(point, 'Reset', { type: 'Hard' }, { status: 'Accepted' })).toMatchObject({
      status: 'Accepted',
    });
    await raised(from, to, point, 'ocpp1.6');
  });

  it.each([
    [2, 1],
    [3, 2],
  ] as const)('TC_084 from profile %d to %d is refused: it comes back as it was, and not lower', async (from, to) => {
    settings = CREDENTIALS[from];
    const point = await come(from, 'ocpp1.6');
    await boot(point, 'ocpp1.6');
    const payload = { key: 'SecurityProfile', value: String(to) };
    expect(await operated(point, 'ChangeConfiguration', payload, { status: 'Rejected' })).toMatchObject({
      status: 'Rejected',
    });
    point.ws.close();
    await point.closed;
    expect(await refusal(to)).toBe(401);
    const again = await come(from, 'ocpp1.6');
    expect(await again.ask([2, 'h', 'Heartbeat', {}])).toMatchObject([3, 'h', {}]);
    expect(server.events.of('charger.connected').map(({ profile }) => profile)).toEqual([from, from]);
  });

  it('the same password over TLS already counts as profile 2 where the settings still say 1', async () => {
    settings = CREDENTIALS[1];
    await boot(await come(1, 'ocpp1.6'), 'ocpp1.6');
    await come(2, 'ocpp1.6');
    await expect.poll(() => server.intake.connections.map(({ profile }) => profile)).toEqual([1, 2]);
  });
});

describe.each(['ocpp2.0.1', 'ocpp2.1'])('%s', (protocol) => {
  it.each(STEPS)(
    'TC_A_19 from profile %d to %d: it comes back on the higher one, and on no lower',
    async (from, to) => {
      settings = CREDENTIALS[from];
      const station = await come(from, protocol);
      expect(await boot(station, protocol)).toMatchObject(ACCEPTED);
      const connectionData = {
        ocppInterface: 'Wired0',
        ocppTransport: 'JSON',
        ...(protocol === 'ocpp2.0.1' && { ocppVersion: 'OCPP20' }),
        messageTimeout: 30,
        ocppCsmsUrl: wss,
        securityProfile: to,
      };
      const component = { name: 'OCPPCommCtrlr' };
      const variable = { name: 'NetworkConfigurationPriority' };
      const status = { status: 'Accepted' };
      const set = { setVariableResult: [{ component, variable, attributeStatus: 'Accepted' }] };
      const steps: readonly (readonly [string, { readonly [key: string]: Json }, object])[] = [
        ['SetNetworkProfile', { configurationSlot: 2, connectionData }, status],
        ['SetVariables', { setVariableData: [{ component, variable, attributeValue: '2,1' }] }, set],
        ['Reset', { type: 'Immediate' }, status],
      ];
      for (const [action, payload, answer] of steps)
        expect(await operated(station, action, payload, answer)).toMatchObject(status);
      await raised(from, to, station, protocol);
    },
  );
});
