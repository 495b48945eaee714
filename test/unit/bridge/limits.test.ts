/** How a limit reaches the charger, and what is learned of chargers that do not take it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChargerCommand } from '../../../src/ports/charger-commands.js';
import type { Order } from '../../../src/domain/model/order.js';
import { type BridgeWorld, createBridgeWorld } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';

let world: BridgeWorld;
beforeEach(async () => {
  world = await createBridgeWorld();
});
afterEach(() => world.stop());

const SMART = { SupportedFeatureProfiles: 'Core,SmartCharging', ChargingScheduleAllowedChargingRateUnit: 'Power' };
let transactions = 0;

async function smartCharger(): Promise<void> {
  await world.connect();
  world.bridge.chargerEvents.configurationRead('CP1', SMART);
  await settle(10);
}

async function session(more: { limit?: Order['limit'] } = {}): Promise<{ order: Order; transactionId: string }> {
  transactions += 1;
  const order = await world.confirm({ ...more, transaction: `limits-${transactions}` });
  const transactionId = await world.begin(order, 1000);
  return { order, transactionId };
}

async function end(transactionId: string, energyWh = 900): Promise<void> {
  const at = world.clock.now();
  const meterStopWh = 1000 + energyWh;
  const stop = { transactionId, meterStopWh, at, reason: 'Remote', samples: [], raw: '{}' };
  await world.charger({ type: 'transaction-stopped', ...stop });
  await settle(10);
}

const sent = <T extends ChargerCommand['type']>(type: T): Extract<ChargerCommand, { type: T }>[] =>
  world.commands.filter((command): command is Extract<ChargerCommand, { type: T }> => command.type === type);

const answerWith = (type: ChargerCommand['type'], status: string): void => {
  world.behave.answer = (command) => ({
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
    await world.clock.advance(2000);
    const plan = sent('set-charging-profile')[0];
    expect(plan).toMatchObject({ connectorId: 1, transactionId, rate: { unit: 'W' }, startsAt: world.clock.now() });
    expect(plan?.profileId).toBe(sent('remote-start')[0]?.remoteStartId);
    await end(transactionId);
    expect(sent('clear-charging-profile')).toEqual([{ type: 'clear-charging-profile', profileId: plan?.profileId }]);
    await world.clock.advance(1000);
    expect(world.bridge.openOrders()).toEqual([]);
  });

  it('that refuses one is not asked for another on this socket, and is on the next', async () => {
    await smartCharger();
    answerWith('set-charging-profile', 'NotSupported');
    const first = await session();
    await world.clock.advance(2000);
    expect(sent('set-charging-profile')).toHaveLength(1);
    await end(first.transactionId);
    const second = await session();
    await world.clock.advance(60_000);
    expect(sent('set-charging-profile')).toHaveLength(1);
    await end(second.transactionId);
    await world.disconnect();
    await world.connect();
    await session();
    await world.clock.advance(2000);
    expect(sent('set-charging-profile')).toHaveLength(2);
  });

  it('that was away at the end is tidied up when it is back', async () => {
    await smartCharger();
    const { order, transactionId } = await session();
    await world.clock.advance(2000);
    world.behave.answer = (command) =>
      command.type === 'clear-charging-profile'
        ? { kind: 'not-sent', reason: 'offline' }
        : { kind: 'answered', status: 'Accepted', payload: {} };
    await end(transactionId);
    expect((await world.order(order.id)).effects.map(({ kind }) => kind)).toContain('clear-charging-profile');
    await world.restart();
    answerWith('clear-charging-profile', 'Accepted');
    world.commands.length = 0;
    await world.connect();
    await settle(20);
    expect(sent('clear-charging-profile')).toHaveLength(1);
    expect((await world.order(order.id)).effects.map(({ kind }) => kind)).not.toContain('clear-charging-profile');
  });

  it('gets its profile again when a restart left open whether it had one', async () => {
    await smartCharger();
    const { transactionId, order } = await session();
    // The answer never comes: the process ends before.
    world.behave.answer = () => ({ kind: 'unknown', reason: 'timeout' });
    await world.clock.advance(2000);
    await world.restart();
    answerWith('set-charging-profile', 'Accepted');
    await world.connect();
    world.commands.length = 0;
    await world.sample(1, [{ registerWh: 1010, powerW: 40_000 }], transactionId);
    await world.clock.advance(10_000);
    expect(sent('set-charging-profile')).toHaveLength(1);
    expect((await world.order(order.id)).session?.chargingProfile?.status).toBe('accepted');
  });
});

it('a charger that takes none is never sent one', async () => {
  await world.connect();
  const { transactionId } = await session();
  await world.clock.advance(100_000);
  await end(transactionId);
  expect(world.commands.map(({ type }) => type)).not.toContain('set-charging-profile');
  expect(world.commands.map(({ type }) => type)).not.toContain('clear-charging-profile');
  expect(sent('remote-start')[0]).not.toHaveProperty('profile');
});

it('readings are asked for near the limit, and when the charger comes back', async () => {
  await world.connect();
  const { transactionId } = await session();
  await world.clock.advance(540_000);
  world.commands.length = 0;
  await world.sample(1, [{ registerWh: 1000 + 8500, powerW: 50_000 }], transactionId);
  await world.clock.advance(20_000);
  expect(sent('trigger-message')).toEqual(
    Array(4).fill({ type: 'trigger-message', requestedMessage: 'MeterValues', connectorId: 1 }),
  );
  await world.disconnect();
  await world.clock.advance(60_000);
  world.commands.length = 0;
  await world.connect();
  expect(sent('trigger-message')).toHaveLength(1);
});

it('how long a charger takes to stop is remembered over restarts, and used', async () => {
  await world.connect();
  for (let count = 0; count < 3; count += 1) {
    const { order, transactionId } = await session();
    await world.clock.advance(120_000);
    await world.ask({ type: 'stop', orderId: order.id }, 'cancel', { transaction: `limits-${transactions}` });
    await settle(10);
    await world.clock.advance(6000);
    await end(transactionId);
  }
  await world.restart();
  await world.connect();
  const { order } = await session();
  expect((await world.order(order.id)).session?.capabilities?.stopLatencyMs).toBe(6000);
});

describe('a limit of the state of charge', () => {
  const soc: Order['limit'] = { kind: 'soc', value: 80 };

  it('is not sold any more where no session ever tells a state of charge', async () => {
    await world.connect();
    const { transactionId } = await session();
    await world.clock.advance(400_000);
    await world.sample(1, [{ registerWh: 1800, powerW: 7000 }], transactionId);
    await end(transactionId);
    await expect(session({ limit: soc })).rejects.toThrow('the confirm made no order');
    await settle(10);
    const refused = world.told.at(-1) as { body: object } | undefined;
    expect(JSON.stringify(refused?.body)).toContain('does not offer this charging option');
  });

  it('is sold until that is known, and where one told it', async () => {
    await world.connect();
    const { transactionId } = await session({ limit: soc });
    await world.clock.advance(400_000);
    await world.sample(1, [{ registerWh: 1800, powerW: 7000, soc: 50 }], transactionId);
    await end(transactionId);
    expect((await session({ limit: soc })).order.state).toBe('starting');
  });
});

describe('what flowed without being told', () => {
  it('between two transactions is a row for a person, once', async () => {
    await world.connect();
    const { transactionId } = await session();
    await world.clock.advance(120_000);
    await end(transactionId, 900);
    const again = async (meterStartWh: number): Promise<void> => {
      const at = world.clock.now();
      await world.charger({ type: 'transaction-started', connectorId: 1, idTag: 'CARD', meterStartWh, at, raw: '{}' });
    };
    await world.restart();
    await world.connect();
    await again(4000);
    await again(4000);
    const rows = (await world.store.listDiscrepancies({ limit: 10 })).filter(({ kind }) => kind === 'meter-gap');
    expect(rows).toMatchObject([{ kind: 'meter-gap', amount: 2100, chargePointId: 'CP1' }]);
  });

  it('after the last reading of a session whose end was lost is one too', async () => {
    await world.connect();
    const { transactionId } = await session();
    await world.clock.advance(120_000);
    await world.sample(1, [{ registerWh: 1500 }], transactionId);
    const next = await world.confirm({ transaction: 'next', item: 'CP1-2' });
    expect(next.state).toBe('starting');
    const at = world.clock.now();
    await world.charger({
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'CARD',
      meterStartWh: 1800,
      at,
      raw: '{}',
    });
    expect(await world.rows()).toContain('meter-gap');
  });

  it('is nothing where the next begins where the last one ended', async () => {
    await world.connect();
    const { transactionId } = await session();
    await world.clock.advance(120_000);
    await end(transactionId, 900);
    const at = world.clock.now();
    await world.charger({
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'CARD',
      meterStartWh: 1950,
      at,
      raw: '{}',
    });
    expect(await world.rows()).not.toContain('meter-gap');
  });
});
