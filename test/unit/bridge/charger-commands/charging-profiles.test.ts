/**
 * How limits reach the charger, what the bridge learns about chargers from their sessions, and the energy that no
 * reading reported.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChargerCommand } from '../../../../src/ports/charger-commands.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

const SMART = { SupportedFeatureProfiles: 'Core,SmartCharging', ChargingScheduleAllowedChargingRateUnit: 'Power' };
let transactions = 0;

async function smartCharger(): Promise<void> {
  await harness.connect();
  harness.bridge.chargerEvents.configurationRead('CP1', SMART);
  await settle(10);
}

async function session(more: { limit?: Order['limit'] } = {}): Promise<{ order: Order; transactionId: string }> {
  transactions += 1;
  const order = await harness.confirm({ ...more, transaction: `limits-${transactions}` });
  const transactionId = await harness.startTransaction(order, 1000);
  return { order, transactionId };
}

async function end(transactionId: string, energyWh = 900): Promise<void> {
  const at = harness.clock.now();
  const meterStopWh = 1000 + energyWh;
  const stop = { transactionId, meterStopWh, at, reason: 'Remote', samples: [], raw: '{}' };
  await harness.sendEvent({ type: 'transaction-stopped', ...stop });
  await settle(10);
}

const sent = <T extends ChargerCommand['type']>(type: T): Extract<ChargerCommand, { type: T }>[] =>
  harness.commands.filter((command): command is Extract<ChargerCommand, { type: T }> => command.type === type);

const answerWith = (type: ChargerCommand['type'], status: string): void => {
  harness.behaviour.answer = (command) => ({
    kind: 'answered',
    status: command.type === type ? status : 'Accepted',
    payload: {},
  });
};

describe('a charger that takes power plans', () => {
  it('gets one with the start, one for the transaction, and loses it at the end (TC_057, TC_059, TC_067)', async () => {
    await smartCharger();
    const { transactionId } = await session();
    expect(sent('remote-start')[0]?.schedule).toEqual([
      { startS: 0, limitW: 60_000 },
      { startS: 600, limitW: 0 },
    ]);
    expect(sent('set-charging-profile')).toEqual([]);
    await harness.clock.advance(2000);
    const plan = sent('set-charging-profile')[0];
    expect(plan).toMatchObject({ connectorId: 1, transactionId, rate: { unit: 'W' }, startsAt: harness.clock.now() });
    expect(plan?.profileId).toBe(sent('remote-start')[0]?.remoteStartId);
    await end(transactionId);
    expect(sent('clear-charging-profile')).toEqual([{ type: 'clear-charging-profile', profileId: plan?.profileId }]);
    await harness.clock.advance(1000);
    expect(harness.bridge.openOrders()).toEqual([]);
  });

  it('that refuses one is not asked for another on this socket, and is on the next', async () => {
    await smartCharger();
    answerWith('set-charging-profile', 'NotSupported');
    const first = await session();
    await harness.clock.advance(2000);
    expect(sent('set-charging-profile')).toHaveLength(1);
    await end(first.transactionId);
    const second = await session();
    await harness.clock.advance(60_000);
    expect(sent('set-charging-profile')).toHaveLength(1);
    await end(second.transactionId);
    await harness.disconnect();
    await harness.connect();
    await session();
    await harness.clock.advance(2000);
    expect(sent('set-charging-profile')).toHaveLength(2);
  });

  it('that was away at the end is tidied up when it is back', async () => {
    await smartCharger();
    const { order, transactionId } = await session();
    await harness.clock.advance(2000);
    harness.behaviour.answer = (command) =>
      command.type === 'clear-charging-profile'
        ? { kind: 'not-sent', reason: 'offline' }
        : { kind: 'answered', status: 'Accepted', payload: {} };
    await end(transactionId);
    expect((await harness.order(order.id)).effects.map(({ kind }) => kind)).toContain('clear-charging-profile');
    await harness.restart();
    answerWith('clear-charging-profile', 'Accepted');
    harness.commands.length = 0;
    await harness.connect();
    await settle(20);
    expect(sent('clear-charging-profile')).toHaveLength(1);
    expect((await harness.order(order.id)).effects.map(({ kind }) => kind)).not.toContain('clear-charging-profile');
  });

  it('is known to have accepted one although the store failed when it answered', async () => {
    await smartCharger();
    const { order } = await session();
    harness.behaviour.answer = () => {
      harness.behaviour.diskFull = true;
      return { kind: 'answered', status: 'Accepted', payload: {} };
    };
    await harness.clock.advance(2000);
    await settle(10);
    const status = async () => (await harness.order(order.id)).session?.chargingProfile?.status;
    expect([sent('set-charging-profile').length, await status()]).toEqual([1, 'requested']);
    harness.behaviour.diskFull = false;
    await harness.clock.advance(5000);
    await settle(10);
    expect([sent('set-charging-profile').length, await status()]).toEqual([1, 'accepted']);
  });

  it('gets its profile again when a restart left open whether it had one', async () => {
    await smartCharger();
    const { transactionId, order } = await session();
    // The process ends before the answer arrives.
    harness.behaviour.answer = () => ({ kind: 'unknown', reason: 'timeout' });
    await harness.clock.advance(2000);
    await harness.restart();
    answerWith('set-charging-profile', 'Accepted');
    await harness.connect();
    harness.commands.length = 0;
    await harness.sendSamples(1, [{ registerWh: 1010, powerW: 40_000 }], transactionId);
    await harness.clock.advance(10_000);
    expect(sent('set-charging-profile')).toHaveLength(1);
    expect((await harness.order(order.id)).session?.chargingProfile?.status).toBe('accepted');
  });
});

it('a charger that takes none is never sent one', async () => {
  await harness.connect();
  const { transactionId } = await session();
  await harness.clock.advance(100_000);
  await end(transactionId);
  expect(harness.commands.map(({ type }) => type)).not.toContain('set-charging-profile');
  expect(harness.commands.map(({ type }) => type)).not.toContain('clear-charging-profile');
  expect(sent('remote-start')[0]).not.toHaveProperty('profile');
});

it('readings are asked for near the limit, and when the charger comes back', async () => {
  await harness.connect();
  const { transactionId } = await session();
  await harness.clock.advance(540_000);
  harness.commands.length = 0;
  await harness.sendSamples(1, [{ registerWh: 1000 + 8500, powerW: 50_000 }], transactionId);
  await harness.clock.advance(20_000);
  expect(sent('trigger-message')).toEqual(
    Array(4).fill({ type: 'trigger-message', requestedMessage: 'MeterValues', connectorId: 1 }),
  );
  await harness.disconnect();
  await harness.clock.advance(60_000);
  harness.commands.length = 0;
  await harness.connect();
  expect(sent('trigger-message')).toHaveLength(1);
});

it('how long a charger takes to stop is remembered over restarts, and used', async () => {
  await harness.connect();
  for (let count = 0; count < 3; count += 1) {
    const { order, transactionId } = await session();
    await harness.clock.advance(120_000);
    await harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel', { transaction: `limits-${transactions}` });
    await settle(10);
    await harness.clock.advance(6000);
    await end(transactionId);
  }
  await harness.restart();
  await harness.connect();
  const { order } = await session();
  expect((await harness.order(order.id)).session?.capabilities?.stopLatencyMs).toBe(6000);
});

describe('a limit of the state of charge', () => {
  const soc: Order['limit'] = { kind: 'soc', value: 80 };

  it('is not sold any more where no session ever tells a state of charge', async () => {
    await harness.connect();
    const { transactionId } = await session();
    await harness.clock.advance(400_000);
    await harness.sendSamples(1, [{ registerWh: 1800, powerW: 7000 }], transactionId);
    await end(transactionId);
    await expect(session({ limit: soc })).rejects.toThrow('the confirm made no order');
    await settle(10);
    const refused = harness.callbacks.at(-1) as { body: object } | undefined;
    expect(JSON.stringify(refused?.body)).toContain('does not offer this charging option');
  });

  it('is sold until that is known, and where one told it', async () => {
    await harness.connect();
    const { transactionId } = await session({ limit: soc });
    await harness.clock.advance(400_000);
    await harness.sendSamples(1, [{ registerWh: 1800, powerW: 7000, soc: 50 }], transactionId);
    await end(transactionId);
    expect((await session({ limit: soc })).order.state).toBe('starting');
  });
});

describe('what flowed without being told', () => {
  it('between two transactions is a row for a person, once', async () => {
    await harness.connect();
    const { transactionId } = await session();
    await harness.clock.advance(120_000);
    await end(transactionId, 900);
    const again = async (meterStartWh: number): Promise<void> => {
      const at = harness.clock.now();
      await harness.sendEvent({
        type: 'transaction-started',
        connectorId: 1,
        idTag: 'CARD',
        meterStartWh,
        at,
        raw: '{}',
      });
    };
    await harness.restart();
    await harness.connect();
    await again(4000);
    await again(4000);
    const rows = (await harness.store.listDiscrepancies({ limit: 10 })).filter(({ kind }) => kind === 'meter-gap');
    expect(rows).toMatchObject([{ kind: 'meter-gap', amount: 2100, chargePointId: 'CP1' }]);
  });

  it('after the last reading of a session whose end was lost is one too', async () => {
    await harness.connect();
    const { transactionId } = await session();
    await harness.clock.advance(120_000);
    await harness.sendSamples(1, [{ registerWh: 1500 }], transactionId);
    const next = await harness.confirm({ transaction: 'next', item: 'CP1-2' });
    expect(next.state).toBe('starting');
    const at = harness.clock.now();
    await harness.sendEvent({
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'CARD',
      meterStartWh: 1800,
      at,
      raw: '{}',
    });
    expect(await harness.discrepancies()).toContain('meter-gap');
  });

  it('is nothing where the next begins where the last one ended', async () => {
    await harness.connect();
    const { transactionId } = await session();
    await harness.clock.advance(120_000);
    await end(transactionId, 900);
    const at = harness.clock.now();
    await harness.sendEvent({
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'CARD',
      meterStartWh: 1950,
      at,
      raw: '{}',
    });
    expect(await harness.discrepancies()).not.toContain('meter-gap');
  });
});
