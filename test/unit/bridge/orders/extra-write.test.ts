/** The bridge's memory of a transaction follows the commit: a failed write leaves it unchanged. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

/** Returns the number of meter entries of an order. */
const entriesOf = async (orderId: string): Promise<number> => (await harness.store.meterEntriesOf(orderId)).length;

it('a StartTransaction that could not be saved leaves no open transaction behind', async () => {
  const order = await harness.confirm();
  harness.behaviour.diskFull = true;
  await expect(harness.startTransaction(order, 100)).rejects.toThrow('full');
  harness.behaviour.diskFull = false;

  await harness.sendSamples(1, [{ registerWh: 200 }]);
  expect(await entriesOf(order.id)).toBe(0);

  const transactionId = await harness.startTransaction(order, 100);
  await harness.sendSamples(1, [{ registerWh: 300 }]);
  expect(await entriesOf(order.id)).toBe(1);
  expect((await harness.order(order.id)).session?.transactionId).toBe(transactionId);
});

it('a StopTransaction that could not be saved leaves the transaction open', async () => {
  const order = await harness.confirm();
  const transactionId = await harness.startTransaction(order, 100);
  const stop = {
    type: 'transaction-stopped',
    transactionId,
    meterStopWh: 900,
    reason: 'Local',
    samples: [],
    raw: '{}',
  } as const;
  harness.behaviour.diskFull = true;
  await expect(harness.sendEvent(stop)).rejects.toThrow('full');
  harness.behaviour.diskFull = false;

  await harness.sendSamples(1, [{ registerWh: 500 }]);
  expect(await entriesOf(order.id)).toBe(1);
  await harness.sendEvent(stop);
  expect((await harness.order(order.id)).state).toBe('completed');
});

it('a TransactionEvent that could not be saved leaves no open transaction behind', async () => {
  const order = await harness.confirm();
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
    at: harness.clock.now(),
    raw: '{}',
  } as const;
  harness.behaviour.diskFull = true;
  await expect(harness.sendEvent(event)).rejects.toThrow('full');
  harness.behaviour.diskFull = false;

  await harness.sendSamples(1, [{ registerWh: 200 }]);
  expect(await entriesOf(order.id)).toBe(0);
  await harness.sendEvent(event);
  expect((await harness.order(order.id)).session?.transactionId).toBe('T1');
});
