/** Stops that arrive before their start end the session that it begins, also if the bridge was killed between the two. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { createJournalOpener } from '../../../fakes/frame-journal.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness(undefined, undefined, { openFrameJournal: createJournalOpener() });
  await harness.connect();
});
afterEach(() => harness.stop());

/** Confirms an order, whose stop and start then wait in the charger's queue for half a minute. */
async function confirmed(connectorId = 1): Promise<Order> {
  const { id } = await harness.confirm({ item: `CP1-${connectorId}`, transaction: `tx-${connectorId}`, wh: 90_000 });
  const order = await harness.order(id);
  await harness.clock.advance(30_000);
  return order;
}

async function sendStop({ idTag = '' }: Order, meterStopWh: number, at = harness.clock.now() - 1000): Promise<void> {
  const event = { type: 'transaction-stopped', transactionId: '-1', idTag, meterStopWh, at } as const;
  await harness.sendEvent({ ...event, reason: 'Local', samples: [], raw: `${idTag} ${meterStopWh}` });
}

async function sendStart({ idTag = '' }: Order, meterStartWh: number, connectorId = 1): Promise<void> {
  const at = harness.clock.now() - 30_000;
  await harness.sendEvent({ type: 'transaction-started', connectorId, idTag, meterStartWh, at, raw: '{}' });
}

async function restart(): Promise<void> {
  await harness.restart();
  await harness.connect();
}

/** Returns the notes with which discrepancies were closed; `undefined` for open ones. */
const closedNotes = async () => (await harness.store.listDiscrepancies({ limit: 9 })).map((one) => one.closedNote);

it('a restart between the stop and the start changes nothing', async () => {
  const order = await confirmed();
  await sendStop(order, 1500);
  await restart();
  await sendStart(order, 1000);
  expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
  expect(await closedNotes()).toEqual([expect.stringContaining('Its start arrived')]);
});

it('a stop from before a long outage of the store is found, however late both reach it', async () => {
  const order = await confirmed();
  harness.behaviour.diskFull = true;
  await sendStop(order, 1500);
  await harness.clock.advance(1_200_000);
  await sendStart(order, 1000);
  await harness.clock.advance(1_200_000);
  harness.behaviour.diskFull = false;
  await harness.clock.advance(2000);
  await settle(20);
  expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
});

it('stops of two connectors with the same number and time each end their own session', async () => {
  const [first, second] = [await confirmed(1), await confirmed(2)];
  const at = harness.clock.now() - 1000;
  await sendStop(first, 1500, at);
  await sendStop(second, 1500, at);
  await sendStop(second, 1500, at);
  expect(await harness.store.listTransactions({ limit: 9 })).toHaveLength(2);
  await sendStart(second, 1200, 2);
  await sendStart(first, 1000, 1);
  expect(await harness.order(first.id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
  expect(await harness.order(second.id)).toMatchObject({ state: 'completed', bill: { energyWh: 300 } });
});

it('a stop with the tag of another order is not its stop', async () => {
  const [first, second] = [await confirmed(1), await confirmed(2)];
  await sendStop(second, 1500);
  await sendStart(first, 1000, 1);
  expect(await harness.order(first.id)).toMatchObject({ state: 'charging' });
});

it('a stop in kWh ends the session when it is repeated after the start, and is no longer reported as unmatched', async () => {
  const order = await confirmed();
  const at = harness.clock.now() - 1000;
  await sendStop(order, 1, at);
  await sendStart(order, 1100);
  expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
  await sendStop(order, 1, at);
  expect(await harness.order(order.id)).toMatchObject({ state: 'completed', outcome: { code: 'stopped-at-charger' } });
  const [unmatched] = await harness.store.listDiscrepancies({ limit: 9, kind: 'unmatched-stop' });
  expect(unmatched?.closedNote).toContain('Its start arrived');
});
