/**
 * How a 2.x station keeps an order's limits: as transaction limits (2.1), as a charging profile, or by a stop in time.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import type { Order } from '../../../src/domain/model/order.js';
import { NETWORK } from '../../fakes/bridge-harness.js';
import { at } from '../../simulation/runtime/json.js';
import {
  type ChargerFixture,
  named,
  type Payload,
  startChargerFixture,
  type Station,
  type Version,
} from './station.js';

const EVSE = { evse: { id: 1, connectorId: 1 } };
const SMART = { 'SmartChargingCtrlr.Enabled': 'true', 'SmartChargingCtrlr.RateUnit': 'W,A' };
const KEEPS = { 'TxCtrlr.SupportedLimits': 'maxEnergy,maxTime,maxSoC' };

let fixture: ChargerFixture;
let station: Station;
beforeEach(() => loadSodium());
afterEach(() => fixture.stop());

async function arrive(version: Version, configuration: object, network = NETWORK): Promise<void> {
  fixture = await startChargerFixture(false, network);
  station = await fixture.connect([`ocpp${version}`]);
  await station.boot();
  await station.status('Available');
  fixture.harness.bridge.chargerEvents.configurationRead('CP1', { ...configuration });
}

const later = (ms: number): Promise<void> => fixture.harness.clock.advance(ms);
const now = (order: Order): Promise<Order> => fixture.harness.order(order.id);
const asked = (action: string): Payload[] =>
  station.calls.filter((call) => call.action === action).map(({ payload }) => payload);

/** Starts the transaction of a new order at 1000 Wh. Returns the order and the answer to the Started event. */
async function begun(more: Parameters<ChargerFixture['harness']['confirm']>[0] = {}): Promise<[Order, Payload]> {
  const order = await fixture.harness.confirm(more);
  await station.called('RequestStartTransaction');
  const context = 'Transaction.Begin';
  const answer = await station.tell('Started', 'RemoteStart', { ...named(order), ...EVSE, registerWh: 1000, context });
  return [order, answer];
}

const measured = (registerWh: number): Promise<Payload> =>
  station.tell('Updated', 'MeterValuePeriodic', { registerWh });
const confirmed = (transactionLimit: object): Promise<Payload> =>
  station.tell('Updated', 'LimitSet', { info: { transactionLimit } });
const ended = (registerWh: number, reason: string, trigger = reason): Promise<Payload> =>
  station.tell('Ended', trigger, { info: { stoppedReason: reason }, registerWh, context: 'Transaction.End' });

/** Counts the callbacks that report the order as complete. */
const farewells = (): number =>
  fixture.harness.callbacks.filter(({ body }) => JSON.stringify(body).includes('"status":"COMPLETE"')).length;

describe('OCPP 2.1 E16 limits that the station keeps by itself', () => {
  it('are in every answer until the station says that it keeps them, and in none after', async () => {
    await arrive('2.1', { ...KEEPS, ...SMART });
    const [order, first] = await begun();
    expect(first).toMatchObject({ transactionLimit: { maxEnergy: 10_000 } });
    await later(5000);
    expect(await measured(1050)).toEqual({ totalCost: 0.5, transactionLimit: { maxEnergy: 10_000 } });
    expect(await confirmed({ maxEnergy: 10_000 })).not.toHaveProperty('transactionLimit');
    await later(60_000);
    expect(await measured(1200)).toEqual({ totalCost: 2 });
    expect((await now(order)).session?.enforcedLimits).toEqual(['energy']);
    // A limit that the station enforces itself needs no charging profile.
    await later(60_000);
    expect(asked('SetChargingProfile')).toEqual([]);
  });

  it('are not sent again with what happened while the line was down', async () => {
    await arrive('2.1', KEEPS);
    await begun();
    await later(60_000);
    const queued = await station.tell('Updated', 'MeterValuePeriodic', { registerWh: 1100, offline: true });
    expect(queued).toEqual({ totalCost: 1 });
    expect(await measured(1200)).toHaveProperty('transactionLimit');
  });

  it.each([
    ['energy', { wh: 10_000 }, { maxEnergy: 10_000 }, 'EnergyLimitReached', 11_000],
    ['time', { limit: { kind: 'time', value: 600 } }, { maxTime: 600 }, 'TimeLimitReached', 6000],
    ['state of charge', { limit: { kind: 'soc', value: 80 } }, { maxSoC: 80 }, 'SoCLimitReached', 7000],
  ] as const)('%s: reached, the session is over, and billed once', async (_kind, more, limit, trigger, registerWh) => {
    await arrive('2.1', KEEPS);
    const [order, first] = await begun(more);
    expect(first['transactionLimit']).toMatchObject(limit);
    await confirmed(first['transactionLimit'] as object);
    await later(500_000);
    await station.tell('Updated', trigger, { registerWh, info: { chargingState: 'SuspendedEVSE' } });
    expect((await now(order)).state).toBe('stopping');
    await ended(registerWh, trigger === 'SoCLimitReached' ? 'SOCLimitReached' : trigger, trigger);
    await later(5000);
    expect(await now(order)).toMatchObject({
      state: 'completed',
      outcome: { code: 'limit-reached' },
      bill: { energyWh: registerWh - 1000, total: registerWh - 1000, confidence: 'exact' },
    });
    expect(farewells()).toBe(1);
    await ended(registerWh, 'EnergyLimitReached');
    expect([farewells(), await fixture.harness.discrepancies()]).toEqual([1, []]);
  });

  it('what the station lets through beyond its limit is not billed', async () => {
    await arrive('2.1', KEEPS);
    const [order, first] = await begun();
    await confirmed(first['transactionLimit'] as object);
    await later(700_000);
    await station.tell('Updated', 'EnergyLimitReached', { registerWh: 11_040 });
    await ended(11_090, 'EnergyLimitReached');
    const { bill, authorised, state } = await now(order);
    expect(state).toBe('completed');
    expect(bill).toMatchObject({ total: authorised });
    expect(farewells()).toBe(1);
  });

  it('a station that says so and does not keep it is stopped all the same', async () => {
    await arrive('2.1', KEEPS);
    const [order, first] = await begun();
    await confirmed(first['transactionLimit'] as object);
    await later(590_000);
    await measured(10_990);
    await later(10_000);
    expect(asked('RequestStopTransaction')).toEqual([{ transactionId: 'tx' }]);
    await ended(11_000, 'Remote', 'RemoteStop');
    expect(await now(order)).toMatchObject({ state: 'completed', bill: { energyWh: 10_000 } });
  });

  it('a higher limit than the order’s, which a driver may have chosen, keeps nothing: the order is stopped unheard', async () => {
    await arrive('2.1', { ...KEEPS, ...SMART });
    const [order, first] = await begun();
    await confirmed(first['transactionLimit'] as object);
    await later(60_000);
    expect(asked('SetChargingProfile')).toEqual([]);
    expect(await confirmed({ maxEnergy: 50_000 })).toMatchObject({ transactionLimit: { maxEnergy: 10_000 } });
    expect((await now(order)).session).not.toHaveProperty('enforcedLimits');
    await later(2000);
    expect(asked('SetChargingProfile')).toHaveLength(1);
    await later(900_000);
    expect(asked('RequestStopTransaction')).not.toEqual([]);
  });

  it('a lower limit, which a driver may have chosen, is kept', async () => {
    await arrive('2.1', KEEPS);
    const [order] = await begun();
    await confirmed({ maxEnergy: 5000, maxTime: 60 });
    expect((await now(order)).session?.enforcedLimits).toEqual(['energy']);
  });

  it('count from the beginning of the transaction, although the order joins it later', async () => {
    await arrive('2.1', KEEPS);
    await station.tell('Started', 'CablePluggedIn', { ...EVSE, registerWh: 1000, context: 'Transaction.Begin' });
    await later(600_000);
    await station.tell('Updated', 'MeterValuePeriodic', { registerWh: 1020 });
    const order = await fixture.harness.confirm({ limit: { kind: 'time', value: 600 } });
    await station.called('RequestStartTransaction');
    const answer = await station.tell('Updated', 'RemoteStart', { ...named(order), registerWh: 1020 });
    const { maxTime, maxEnergy } = answer['transactionLimit'] as { maxTime: number; maxEnergy: number };
    expect(maxTime).toBe(1200);
    expect(maxEnergy).toBe(order.caps.energyWh + 20);
    await confirmed({ maxTime, maxEnergy });
    expect((await now(order)).session?.enforcedLimits).toEqual(['energy', 'time']);
  });

  it('only those that the station can keep, and none in 2.0.1', async () => {
    await arrive('2.1', { 'TxCtrlr.SupportedLimits': 'maxTime' });
    expect((await begun())[1]).not.toHaveProperty('transactionLimit');
    await fixture.stop();
    await arrive('2.0.1', KEEPS);
    expect((await begun())[1]).not.toHaveProperty('transactionLimit');
  });
});

describe.each(['2.0.1', '2.1'] as const)('OCPP %s power plans', (version) => {
  const periods = (limit: number, seconds: number): object[] => [
    { startPeriod: 0, limit },
    { startPeriod: seconds, limit: 0 },
  ];

  it('K01, F01.FR.08 one rides on the start, one is set for the transaction, and it is cleared at the end', async () => {
    await arrive(version, SMART);
    const [order] = await begun();
    expect(asked('RequestStartTransaction')).toMatchObject([
      {
        evseId: 1,
        chargingProfile: {
          chargingProfilePurpose: 'TxProfile',
          chargingProfileKind: 'Relative',
          chargingSchedule: [{ chargingRateUnit: 'W', chargingSchedulePeriod: periods(60_000, 600) }],
        },
      },
    ]);
    expect(JSON.stringify(asked('RequestStartTransaction'))).not.toContain('"transactionId"');
    await later(2000);
    const [set] = asked('SetChargingProfile');
    const profile = set?.['chargingProfile'] as { id: number };
    expect(set).toMatchObject({
      evseId: 1,
      chargingProfile: {
        transactionId: 'tx',
        chargingProfilePurpose: 'TxProfile',
        chargingProfileKind: 'Absolute',
        chargingSchedule: [{ startSchedule: station.time(), chargingRateUnit: 'W' }],
      },
    });
    await later(60_000);
    await measured(1900);
    await ended(1950, 'Local', 'StopAuthorized');
    await later(1000);
    expect(asked('ClearChargingProfile')).toEqual([{ chargingProfileId: profile.id }]);
    expect(await now(order)).toMatchObject({ state: 'completed', bill: { energyWh: 950 } });
  });

  it('K01.FR.39 all that are set for a transaction share the id of the start', async () => {
    await arrive(version, SMART);
    await begun();
    for (let minute = 1; minute <= 8; minute++) {
      await later(60_000);
      await measured(1000 + minute * 400);
    }
    await later(1000);
    const id = at(asked('RequestStartTransaction')[0], 'chargingProfile', 'id');
    const set = asked('SetChargingProfile');
    expect(set.length).toBeGreaterThan(1);
    expect(set.map((request) => at(request, 'chargingProfile', 'id'))).toEqual(set.map(() => id));
    const answers = fixture.harness.events.of('charging-profile.answered');
    expect(answers.map(({ answer }) => answer)).toEqual(set.map(() => 'accepted'));
  });

  it('one whose renewal is refused is cleared by the id of the start', async () => {
    await arrive(version, SMART);
    station.answers['SetChargingProfile'] = () => ({ status: 'Rejected' });
    await begun();
    await later(3000);
    const id = at(asked('RequestStartTransaction')[0], 'chargingProfile', 'id');
    expect(asked('ClearChargingProfile')).toEqual([{ chargingProfileId: id }]);
  });

  it('in amperes of each phase where the station counts so', async () => {
    const [provider] = NETWORK.providers;
    const [place] = provider?.stations ?? [];
    const [first] = place?.chargePoints ?? [];
    if (!provider || !place || !first) throw new Error('the network is empty');
    const connectors = first.connectors.map((one) => ({
      ...one,
      powerType: 'AC' as const,
      maxPowerW: 22_080,
      phases: 3,
    }));
    const stations = [{ ...place, chargePoints: [{ ...first, connectors }] }];
    await arrive(
      version,
      { ...SMART, 'SmartChargingCtrlr.RateUnit': 'A' },
      {
        ...NETWORK,
        providers: [{ ...provider, stations }],
      },
    );
    await begun();
    expect(asked('RequestStartTransaction')).toMatchObject([
      {
        chargingProfile: {
          chargingSchedule: [{ chargingRateUnit: 'A', chargingSchedulePeriod: [{ limit: 32 }, { limit: 0 }] }],
        },
      },
    ]);
  });

  it('one that is refused is not asked for again, and the session is stopped in time', async () => {
    await arrive(version, SMART);
    station.answers['SetChargingProfile'] = () => ({ status: 'Rejected' });
    const [order] = await begun();
    await later(2000);
    await later(588_000);
    await measured(10_990);
    await later(10_000);
    expect(asked('SetChargingProfile')).toHaveLength(1);
    expect(asked('RequestStopTransaction')).toHaveLength(1);
    await ended(11_000, 'Remote', 'RemoteStop');
    expect(await now(order)).toMatchObject({ state: 'completed', bill: { energyWh: 10_000 } });
  });
});

describe.each(['2.0.1', '2.1'] as const)('OCPP %s how long a station takes to stop', (version) => {
  it('is learned from its stops, and used', async () => {
    await arrive(version, {});
    const say = (event: 'Started' | 'Updated' | 'Ended', trigger: string, transactionId: string, more: object) => {
      const { info = {}, ...rest } = more as { readonly info?: object; readonly registerWh?: number };
      return station.tell(event, trigger, { ...rest, info: { ...info, transactionId } });
    };
    for (const count of [1, 2, 3, 4]) {
      const order = await fixture.harness.confirm({ transaction: `learned-${count}` });
      await later(1000);
      const { idToken, info } = named(order);
      const meterStart = { registerWh: 1000, context: 'Transaction.Begin' };
      await say('Started', 'RemoteStart', `tx-${count}`, { idToken, info, ...EVSE, ...meterStart });
      if (count === 4) {
        expect((await now(order)).session?.capabilities?.stopLatencyMs).toBe(6000);
        break;
      }
      await later(120_000);
      await fixture.harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel', {
        transaction: `learned-${count}`,
      });
      await later(6000);
      const end = { info: { stoppedReason: 'Remote' }, registerWh: 1900, context: 'Transaction.End' };
      await say('Ended', 'RemoteStop', `tx-${count}`, end);
      await station.status('Available');
    }
    expect(fixture.harness.bridge.chargePoints.record('CP1').stopLatenciesMs).toEqual([6000, 6000, 6000]);
  });
});
