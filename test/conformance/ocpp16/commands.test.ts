/**
 * Our commands to a charge point for smart charging and reservations, on the wire. Numbers are those of the OCPP 1.6
 * compliancy test cases (central system).
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChargerCommand } from '../../../src/ports/charger-commands.js';
import { startServer, type Charger, type TestServer } from './charger.js';

const AT = Date.UTC(2026, 0, 15, 10);

let server: TestServer;
let charger: Charger;
beforeEach(async () => {
  server = await startServer();
  charger = await server.connect();
  await charger.ask([2, 'boot', 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }]);
});
afterEach(() => server.server.close(1_000));

/** Sends a command. Returns the call that reaches the charger, and how its answer is read. */
async function asked(
  command: ChargerCommand,
  answer: object,
): Promise<{ action: unknown; payload: unknown; read: unknown }> {
  const answered = server.sockets.sendCommand('CP1', command);
  const [, id, action, payload]: unknown[] = JSON.parse(await charger.nextText());
  charger.ws.send(JSON.stringify([3, id, answer]));
  return { action, payload, read: await answered };
}

const accepted = { status: 'Accepted' };
const plan = [
  { startS: 0, limitW: 11_040 },
  { startS: 600, limitW: 0 },
];

describe('smart charging', () => {
  it('TC_057 a profile for a running transaction: watts, from a moment on', async () => {
    const { action, payload, read } = await asked(
      { type: 'set-charging-profile', profileId: 7, connectorId: 1, transactionId: '42', schedule: plan, startsAt: AT },
      accepted,
    );
    expect(action).toBe('SetChargingProfile');
    expect(payload).toEqual({
      connectorId: 1,
      csChargingProfiles: {
        chargingProfileId: 7,
        transactionId: 42,
        stackLevel: 0,
        chargingProfilePurpose: 'TxProfile',
        chargingProfileKind: 'Absolute',
        chargingSchedule: {
          startSchedule: '2026-01-15T10:00:00.000Z',
          chargingRateUnit: 'W',
          chargingSchedulePeriod: [
            { startPeriod: 0, limit: 11_040 },
            { startPeriod: 600, limit: 0 },
          ],
        },
      },
    });
    expect(read).toMatchObject({ kind: 'answered', status: 'Accepted' });
  });

  it.each([
    ['three phases', { unit: 'A', phases: 3, voltage: 230 } as const, 16],
    ['one phase, rounded down to a tenth', { unit: 'A', phases: 1, voltage: 231 } as const, 47.7],
  ])('TC_057 amperes of each phase: %s', async (_name, rate, limit) => {
    const { payload } = await asked(
      { type: 'set-charging-profile', profileId: 7, connectorId: 1, transactionId: '42', schedule: plan, rate },
      accepted,
    );
    const chargingSchedulePeriod = [
      { startPeriod: 0, limit },
      { startPeriod: 600, limit: 0 },
    ];
    expect(payload).toMatchObject({
      csChargingProfiles: { chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod } },
    });
  });

  it('TC_059 a profile that rides on a RemoteStart names no transaction', async () => {
    const { action, payload } = await asked(
      { type: 'remote-start', connectorId: 1, idTag: 'TAG', remoteStartId: 9, schedule: plan },
      accepted,
    );
    expect(action).toBe('RemoteStartTransaction');
    expect(payload).toMatchObject({
      connectorId: 1,
      idTag: 'TAG',
      chargingProfile: { chargingProfileId: 9, chargingProfilePurpose: 'TxProfile', chargingProfileKind: 'Relative' },
    });
    expect(payload).not.toHaveProperty('chargingProfile.transactionId');
  });

  it('TC_067 a profile is taken back by its number', async () => {
    const { action, payload } = await asked({ type: 'clear-charging-profile', profileId: 7 }, accepted);
    expect([action, payload]).toEqual(['ClearChargingProfile', { id: 7 }]);
  });

  it.each([
    [
      'TC_056 a default profile',
      'SetChargingProfile',
      {
        connectorId: 0,
        csChargingProfiles: {
          chargingProfileId: 1,
          stackLevel: 0,
          chargingProfilePurpose: 'TxDefaultProfile',
          chargingProfileKind: 'Absolute',
          chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }] },
        },
      },
      accepted,
    ],
    [
      'TC_066 the schedule that is in force',
      'GetCompositeSchedule',
      { connectorId: 1, duration: 300, chargingRateUnit: 'W' },
      { status: 'Rejected' },
    ],
  ])('%s, as an operator asks for it', async (_name, action, payload, answer) => {
    const sent = await asked({ type: 'action', action, payload }, answer);
    expect([sent.action, sent.payload]).toEqual([action, payload]);
    expect(sent.read).toMatchObject({ kind: 'answered', status: answer.status });
  });

  it('TC_057 a charge point that does not know the message shows it by its error', async () => {
    const answered = server.sockets.sendCommand('CP1', {
      type: 'set-charging-profile',
      profileId: 7,
      connectorId: 1,
      transactionId: '42',
      schedule: plan,
    });
    const [, id]: unknown[] = JSON.parse(await charger.nextText());
    charger.ws.send(JSON.stringify([4, id, 'NotSupported', '', {}]));
    expect(await answered).toMatchObject({ kind: 'error', code: 'NotSupported' });
  });
});

describe('reservations', () => {
  it('TC_046 a connector is kept for one tag until a moment', async () => {
    const { action, payload } = await asked(
      { type: 'reserve', reservationId: 3, connectorId: 1, idTag: 'TAG', expiresAt: AT },
      accepted,
    );
    expect([action, payload]).toEqual([
      'ReserveNow',
      { reservationId: 3, connectorId: 1, idTag: 'TAG', expiryDate: '2026-01-15T10:00:00.000Z' },
    ]);
  });

  it.each([
    ['TC_048_1', 'Faulted'],
    ['TC_048_2', 'Occupied'],
    ['TC_048_3', 'Unavailable'],
    ['TC_048_4', 'Rejected'],
  ])('%s a charge point that cannot says why: %s', async (_case, status) => {
    const { read } = await asked(
      { type: 'reserve', reservationId: 3, connectorId: 1, idTag: 'TAG', expiresAt: AT },
      { status },
    );
    expect(read).toMatchObject({ kind: 'answered', status });
  });

  it.each([
    ['TC_051', 'Accepted'],
    ['TC_052', 'Rejected'],
  ])('%s a reservation is taken back: %s', async (_case, status) => {
    const { action, payload, read } = await asked({ type: 'cancel-reservation', reservationId: 3 }, { status });
    expect([action, payload]).toEqual(['CancelReservation', { reservationId: 3 }]);
    expect(read).toMatchObject({ kind: 'answered', status });
  });
});
