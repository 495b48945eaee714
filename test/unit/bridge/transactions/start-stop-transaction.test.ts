/**
 * Stops that only the transaction's record has, stops that arrive before their start, and starts without a register:
 * the order decides whether a stop is a repeat.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChargerEventOf } from '../../../../src/ports/charger-events.js';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

it('applies a stop that only the record of the transaction has', async () => {
  const { id } = await harness.confirm({ wh: 90_000 });
  const transactionId = await harness.startTransaction(await harness.order(id), 100);
  await harness.clock.advance(300_000);
  await harness.sendSamples(1, [{ registerWh: 2_100 }], transactionId);
  await harness.clock.advance(900_000);
  const at = harness.clock.now();
  const record = await harness.store.transaction('CP1', transactionId);
  if (!record) throw new Error('no record');
  // The state left by a process that ended between the two writes.
  const stop = { at, receivedAt: at, reason: 'Local', meterStopWh: 8_100 };
  await harness.store.commit({ transactions: [{ ...record, stop }] });
  await harness.restart();
  await harness.connect();

  const repeat = { type: 'transaction-stopped', transactionId, at, meterStopWh: 8_100 } as const;
  for (let times = 0; times < 2; times++)
    await harness.sendEvent({ ...repeat, reason: 'Local', samples: [], raw: '{}' });

  const order = await harness.order(id);
  expect([order.state, order.bill?.energyWh]).toEqual(['completed', 8_000]);
  expect(await harness.discrepancies()).toEqual([]);
});

it('a stop that arrived before its start closes the transaction, as well as the order', async () => {
  const { id, idTag = '' } = await harness.confirm({ wh: 90_000 });
  await harness.clock.advance(60_000);
  const at = harness.clock.now();
  const stop = { type: 'transaction-stopped', transactionId: '-1', at: at - 1_000, meterStopWh: 600, idTag } as const;
  await harness.sendEvent({ ...stop, reason: 'Local', samples: [], raw: 'stop' });
  const transactionId = await harness.startTransaction(await harness.order(id), 100, 1, at - 30_000);

  expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
  expect(await harness.store.transaction('CP1', transactionId)).toMatchObject({
    orderId: id,
    stop: { at: at - 1_000, receivedAt: at, meterStopWh: 600, reason: 'Local' },
  });
  expect(await harness.store.listTransactions({ limit: 10, open: true })).toEqual([]);
  await harness.sendSamples(1, [{ registerWh: 900 }]);
  const [entry] = await harness.store.meterEntriesOf(id);
  expect(entry).toBeUndefined();
});

describe('a start without a register', () => {
  const unread = (idTag: string, at = harness.clock.now()): ChargerEventOf<'transaction-started'> => ({
    ...{ type: 'transaction-started', connectorId: 1, idTag, meterStartWh: 0, registerMissing: true, at, raw: '{}' },
  });

  it('is ended by its stop that arrived before it', async () => {
    const { id, idTag = '' } = await harness.order((await harness.confirm()).id);
    const at = harness.clock.now();
    await harness.clock.advance(60_000);
    const stop = { type: 'transaction-stopped', transactionId: '-1', idTag, meterStopWh: 4_348_360 } as const;
    await harness.sendEvent({ ...stop, at: harness.clock.now(), reason: 'Local', samples: [], raw: '{}' });
    await harness.sendEvent(unread(idTag, at));
    expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 0 } });
    expect(await harness.discrepancies()).toContain('meter-missing');
  });

  it('has no bill, and no discrepancy of one, if it belongs to no order', async () => {
    await harness.sendEvent(unread('STRANGER'));
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
  });
});
