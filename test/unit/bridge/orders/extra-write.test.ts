/** What the bridge remembers of a transaction follows the commit: a write that fails leaves memory as it was. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeWorld, type BridgeWorld } from '../../../fakes/bridge-world.js';

let world: BridgeWorld;
beforeEach(async () => {
  world = await createBridgeWorld();
  await world.connect();
});
afterEach(() => world.stop());

/** How many journal entries are kept for an order. */
const entriesOf = async (orderId: string): Promise<number> => (await world.store.meterEntriesOf(orderId)).length;

it('a StartTransaction that could not be saved leaves no open transaction behind', async () => {
  const order = await world.confirm();
  world.behave.diskFull = true;
  await expect(world.begin(order, 100)).rejects.toThrow('full');
  world.behave.diskFull = false;

  await world.sample(1, [{ registerWh: 200 }]);
  expect(await entriesOf(order.id)).toBe(0);

  const transactionId = await world.begin(order, 100);
  await world.sample(1, [{ registerWh: 300 }]);
  expect(await entriesOf(order.id)).toBe(1);
  expect((await world.order(order.id)).session?.transactionId).toBe(transactionId);
});

it('a StopTransaction that could not be saved leaves the transaction open', async () => {
  const order = await world.confirm();
  const transactionId = await world.begin(order, 100);
  const stop = {
    type: 'transaction-stopped',
    transactionId,
    meterStopWh: 900,
    reason: 'Local',
    samples: [],
    raw: '{}',
  } as const;
  world.behave.diskFull = true;
  await expect(world.charger(stop)).rejects.toThrow('full');
  world.behave.diskFull = false;

  await world.sample(1, [{ registerWh: 500 }]);
  expect(await entriesOf(order.id)).toBe(1);
  await world.charger(stop);
  expect((await world.order(order.id)).state).toBe('completed');
});

it('a TransactionEvent that could not be saved leaves no open transaction behind', async () => {
  const order = await world.confirm();
  const event = {
    type: 'transaction-event',
    eventType: 'started',
    transactionId: 'T1',
    seqNo: 0,
    triggerReason: 'RemoteStart',
    offline: false,
    connectorId: 1,
    idTag: order.idTag ?? '',
    meterStartWh: 100,
    samples: [],
    at: world.clock.now(),
    raw: '{}',
  } as const;
  world.behave.diskFull = true;
  await expect(world.charger(event)).rejects.toThrow('full');
  world.behave.diskFull = false;

  await world.sample(1, [{ registerWh: 200 }]);
  expect(await entriesOf(order.id)).toBe(0);
  await world.charger(event);
  expect((await world.order(order.id)).session?.transactionId).toBe('T1');
});
