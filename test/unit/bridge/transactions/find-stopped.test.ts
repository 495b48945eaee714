/**
 * Stops that are easily assigned to the wrong transaction or to none: each ends the right one, or leaves a discrepancy.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { ChargerOutcomeOf } from '../../../../src/ports/charger-events.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const tagOf = (order: Order): string => order.idTag ?? '';

async function start(idTag: string, connectorId: number, meterStartWh: number, at = harness.clock.now()) {
  const event = { type: 'transaction-started', connectorId, idTag, meterStartWh, at, raw: '{}' } as const;
  return (await harness.sendEvent(event)) as ChargerOutcomeOf<'transaction-started'>;
}

async function stop(transactionId: string, meterStopWh: number, idTag?: string, time: { at?: number } = {}) {
  await harness.clock.advance(1000);
  return harness.sendEvent({
    ...{ type: 'transaction-stopped', transactionId, meterStopWh, at: harness.clock.now() },
    ...{ reason: 'Local', samples: [], raw: '{}' },
    ...(idTag !== undefined && { idTag }),
    ...time,
  });
}

/** Starts an order that charges from 1,000 Wh on connector 1, or from 501,000 Wh on connector 2. */
async function charging(connectorId = 1) {
  const order = await harness.confirm({ item: `CP1-${connectorId}`, transaction: `tx-${connectorId}`, wh: 90_000 });
  const { transactionId } = await start(tagOf(order), connectorId, connectorId === 1 ? 1000 : 501_000);
  await harness.clock.advance(10_000);
  return { order, transactionId };
}

const finish = () =>
  harness.sendEvent({
    ...{ type: 'connector-status-changed', connectorId: 1, status: 'Available', errorCode: 'NoError' },
  });

async function vouch(idTag: string, connectorId: number): Promise<void> {
  await harness.bridge.operatorCommands.send({
    ...{ chargePointId: 'CP1', action: 'RemoteStartTransaction', payload: { idTag, connectorId } },
    ...{ expiresAfterMs: 1000, timeoutMs: 1000 },
  });
}

describe('a stop without number and tag', () => {
  it('ends the only session that it can be of, and a person is told', async () => {
    const { order } = await charging();
    await stop('-1', 1100);
    await finish();
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 100 } });
    expect(await harness.discrepancies()).toEqual(['stop-assumed']);
  });

  it('ends it also if the clock of the charger is not set', async () => {
    const { order } = await charging();
    await stop('-1', 1100, undefined, { at: 3_600_000 });
    await finish();
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 100 } });
  });

  it('is named at each session that it may have ended', async () => {
    const { order } = await charging();
    await vouch('OWN', 2);
    await start('OWN', 2, 501_000);
    await stop('-1', 1100);
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
    const rows = await harness.store.listDiscrepancies({ limit: 9 });
    expect(rows.map(({ kind, orderId }) => [kind, orderId]).toSorted()).toEqual([
      ['transaction-contradiction', order.id],
      ['unmatched-stop', undefined],
    ]);
  });

  it('ends no session from before a boot', async () => {
    const { order } = await charging();
    await harness.disconnect();
    await harness.connect();
    await stop('-1', 1100);
    expect((await harness.order(order.id)).state).not.toBe('completed');
    expect(await harness.discrepancies()).toEqual(['unmatched-stop']);
  });

  it('ends no session after which another transaction has begun and ended', async () => {
    const { order } = await charging();
    await vouch('OWN', 1);
    const { transactionId } = await start('OWN', 1, 1040);
    await stop(transactionId, 1080, 'OWN');
    await stop('-1', 1120);
    expect(await harness.order(order.id)).toMatchObject({ state: 'provisional' });
    expect(await harness.discrepancies()).toEqual(['unmatched-stop']);
  });
});

describe('a stop with the number of a session and another tag', () => {
  it('ends neither if the tag is of an order whose start has not arrived', async () => {
    const { order, transactionId } = await charging();
    const waiting = await harness.confirm({ item: 'CP1-2', transaction: 'tx-2' });
    await harness.clock.advance(60_000);
    await stop(transactionId, 501_100, tagOf(waiting));
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
    expect(await harness.discrepancies()).toEqual(['unmatched-stop']);
    const own = await start(tagOf(waiting), 2, 501_000, harness.clock.now() - 50_000);
    expect(await harness.order(waiting.id)).toMatchObject({ state: 'completed', bill: { energyWh: 100 } });
    expect(await harness.store.transaction('CP1', own.transactionId)).toMatchObject({ stop: { meterStopWh: 501_100 } });
    expect(await harness.store.listDiscrepancies({ limit: 9, open: true })).toEqual([]);
  });

  it('is applied with the repeated start if it could not be saved with the first', async () => {
    const waiting = await harness.confirm();
    await harness.clock.advance(60_000);
    await stop('987', 1100, tagOf(waiting));
    const { store } = harness;
    const commit = store.commit.bind(store);
    store.commit = (batch) =>
      batch.transactions?.some((one) => one.stop) ? Promise.reject(new StoreFault('disk full')) : commit(batch);
    await expect(start(tagOf(waiting), 1, 1000, harness.clock.now() - 50_000)).rejects.toThrow(StoreFault);
    store.commit = commit;
    await start(tagOf(waiting), 1, 1000, harness.clock.now() - 50_000);
    expect(await harness.order(waiting.id)).toMatchObject({ state: 'completed', bill: { energyWh: 100 } });
  });

  it('is told although the session has ended, if the tag is of an order that never began', async () => {
    const { transactionId, order } = await charging();
    await stop(transactionId, 1100, tagOf(order));
    const failed = await harness.confirm({ item: 'CP1-2', transaction: 'tx-2' });
    await harness.clock.advance(300_000);
    await stop(transactionId, 505_000, tagOf(failed));
    expect(await harness.discrepancies()).toEqual(['unmatched-stop']);
  });

  it("ends the card's own transaction, and a person is told", async () => {
    const { order, transactionId } = await charging();
    await vouch('OWN', 2);
    const own = await start('OWN', 2, 501_000);
    await stop(transactionId, 501_040, 'OWN');
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
    expect(await harness.store.transaction('CP1', own.transactionId)).toMatchObject({ stop: { meterStopWh: 501_040 } });
    expect(await harness.discrepancies()).toEqual(['transaction-contradiction']);
    // The repeat matches nothing: the card's transaction has ended, and the register is not the session's.
    await stop(transactionId, 501_040, 'OWN');
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
  });

  it("ends the card's own transaction, and a person is told, also if the number names no session", async () => {
    await vouch('OTHER', 1);
    const other = await start('OTHER', 1, 1000);
    await vouch('OWN', 2);
    const own = await start('OWN', 2, 501_000);
    await stop(other.transactionId, 501_040, 'OWN');
    expect(await harness.store.transaction('CP1', own.transactionId)).toMatchObject({ stop: { meterStopWh: 501_040 } });
    expect(await harness.store.listDiscrepancies({ limit: 9 })).toMatchObject([
      { kind: 'transaction-contradiction', transactionId: own.transactionId },
    ]);
  });

  it('says nothing of a session that ended long ago at another register', async () => {
    const { order, transactionId } = await charging();
    await stop(transactionId, 1100, tagOf(order));
    await stop(transactionId, 501_040, 'A-CARD');
    expect(await harness.discrepancies()).toEqual(['unmatched-stop']);
  });
});

it.each([
  ['is older than the last reading', 240_000, ['transaction-contradiction']],
  ['is as old as the last reading', 0, []],
])('tells of a stop without a register that %s', async (_title, ageMs, kinds) => {
  const { order, transactionId } = await charging();
  await harness.clock.advance(300_000);
  await harness.sendSamples(1, [{ registerWh: 1400 }]);
  await harness.sendEvent({
    ...{ type: 'transaction-stopped', transactionId, at: harness.clock.now() - ageMs },
    ...{ reason: 'Local', samples: [], raw: '{}' },
  });
  expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 400 } });
  expect(await harness.discrepancies()).toEqual(kinds);
});

describe('a stop with the number of an order and another card', () => {
  it('ends the session, and a person is told if the charge point has booted since', async () => {
    const { order, transactionId } = await charging();
    await harness.disconnect();
    await harness.connect();
    await stop(transactionId, 1100, 'A-CARD');
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 100 } });
    expect(await harness.discrepancies()).toEqual(['transaction-contradiction']);
  });
});

it('does not take a stop without number and tag that is said again for the end of the next session', async () => {
  await charging();
  await stop('-1', 1100);
  await finish();
  const next = await harness.confirm({ transaction: 'tx-9', bapId: 'other' });
  await start(tagOf(next), 1, 1100);
  await stop('-1', 1100);
  expect(await harness.order(next.id)).toMatchObject({ state: 'charging' });
  await harness.clock.advance(60_000);
  await stop('-1', 1300);
  await finish();
  expect(await harness.order(next.id)).toMatchObject({ state: 'completed', bill: { energyWh: 200 } });
});

it('recognises a start that is told again with another time after its session has ended', async () => {
  const { order, transactionId } = await charging();
  await stop(transactionId, 1100, tagOf(order));
  expect(await start(tagOf(order), 1, 1000)).toMatchObject({ transactionId, status: 'Expired' });
  expect(await harness.discrepancies()).toEqual([]);
});

it('ends the transaction of its number and card with a register in kWh, which does not count as a gap', async () => {
  await vouch('OWN', 1);
  await start('OWN', 1, 0);
  await vouch('OWN', 2);
  const { transactionId } = await start('OWN', 2, 501_000);
  await stop(transactionId, 501, 'OWN');
  expect(await harness.store.transaction('CP1', transactionId)).toMatchObject({ stop: { meterStopWh: 501 } });
  expect(await harness.store.listTransactions({ limit: 9, open: true })).toHaveLength(1);
  await start('OWN', 2, 501_040);
  expect(await harness.discrepancies()).toEqual([]);
});

describe('a stop with the tag of an order and an unknown number, where the meter counts from zero', () => {
  /** Charges 4,200 Wh in the order's session, which begins at 0 Wh. */
  async function fromZero() {
    const order = await harness.confirm({ item: 'CP1-1', transaction: 'tx-1', wh: 90_000 });
    const { transactionId } = await start(tagOf(order), 1, 0);
    await harness.clock.advance(600_000);
    const samples = [{ at: harness.clock.now(), registerWh: 4200 }];
    await harness.sendEvent({ type: 'meter-sampled', connectorId: 1, transactionId, samples, raw: '{}' });
    return { order, transactionId };
  }

  it('ends the refused second transaction of that tag, and the order is billed by its last reading', async () => {
    const { order } = await fromZero();
    await harness.clock.advance(1000);
    const second = await start(tagOf(order), 1, 0);
    expect(second.status).toBe('ConcurrentTx');
    await harness.clock.advance(300_000);
    await stop('-1', 5000, tagOf(order));
    expect(await harness.order(order.id)).toMatchObject({ state: 'provisional' });
    const record = await harness.store.transaction('CP1', second.transactionId);
    expect(record?.stop).toMatchObject({ meterStopWh: 5000 });
    await harness.clock.advance(86_400_000);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 4200 } });
    expect(await harness.discrepancies()).toContain('end-inferred');
  });

  it('ends the session if it was written before the second transaction began', async () => {
    const { order } = await fromZero();
    const at = harness.clock.now();
    await harness.clock.advance(1000);
    await start(tagOf(order), 1, 0);
    await stop('-1', 4240, tagOf(order), { at });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 4240 } });
  });

  it('ends the second transaction also if the order had ended before', async () => {
    const { order, transactionId } = await fromZero();
    await stop(transactionId, 4240, tagOf(order));
    await harness.clock.advance(1000);
    const second = await start(tagOf(order), 1, 0);
    expect(second.status).toBe('ConcurrentTx');
    await harness.clock.advance(300_000);
    await stop('-1', 5000, tagOf(order));
    const record = await harness.store.transaction('CP1', second.transactionId);
    expect(record?.stop).toMatchObject({ meterStopWh: 5000 });
    expect(await harness.discrepancies()).not.toContain('late-stop');
  });
});

describe('a stop after an end that was inferred from the next transaction', () => {
  it.each([1400, 1])('is stored with a transaction that has no order, at %i Wh', async (meterStopWh) => {
    const { transactionId } = await start('A-CARD', 1, 1000);
    await harness.clock.advance(60_000);
    await start('B-CARD', 1, 1500);
    expect((await harness.store.transaction('CP1', transactionId))?.stop).toMatchObject({ reason: 'Inferred' });
    await stop(transactionId, meterStopWh, 'A-CARD');
    expect((await harness.store.transaction('CP1', transactionId))?.stop).toMatchObject({ meterStopWh });
    expect(await harness.store.listTransactions({ limit: 9, open: true })).toMatchObject([{ idTag: 'B-CARD' }]);
    expect(harness.bridge.chargePoints.record('CP1').registers).toBeUndefined();
  });

  it('is stored with the transaction of an order that was closed', async () => {
    const { order, transactionId } = await charging();
    await harness.bridge.operatorCommands.close(order.id, 'anna', 'the charger is broken');
    await start('B-CARD', 1, 1500);
    expect((await harness.store.transaction('CP1', transactionId))?.stop).toMatchObject({ reason: 'Inferred' });
    await stop(transactionId, 1400, tagOf(order));
    expect((await harness.store.transaction('CP1', transactionId))?.stop).toMatchObject({ meterStopWh: 1400 });
    expect(await harness.discrepancies()).toContain('late-stop');
  });
});

describe('a second stop of a transaction without an order', () => {
  async function ended(): Promise<string> {
    await vouch('OWN', 2);
    const { transactionId } = await start('OWN', 2, 501_000);
    await stop(transactionId, 501_040, 'OWN');
    return transactionId;
  }

  it('is a discrepancy if its register differs, and changes nothing', async () => {
    const transactionId = await ended();
    await stop(transactionId, 501_900, 'OWN');
    await stop(transactionId, 501_900, 'OWN');
    expect(await harness.store.listDiscrepancies({ limit: 9 })).toMatchObject([
      { kind: 'transaction-contradiction', transactionId, detail: expect.stringMatching(/501040 Wh.*501900 Wh/) },
    ]);
    expect(await harness.store.transaction('CP1', transactionId)).toMatchObject({ stop: { meterStopWh: 501_040 } });
  });

  it('is a repeat if its register is the same', async () => {
    const transactionId = await ended();
    await stop(transactionId, 501_040, 'OWN');
    expect(await harness.discrepancies()).toEqual([]);
  });
});
