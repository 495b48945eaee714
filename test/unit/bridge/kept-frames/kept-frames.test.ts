/**
 * While the store is unavailable, transaction messages are answered from the journal, no crash loses them, and limits
 * still hold.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FrameJournal } from '../../../../src/ports/frame-journal.js';
import type { ChargerEventOf } from '../../../../src/ports/charger-events.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { createBridgeHarness, POLICY, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createJournalOpener } from '../../../fakes/frame-journal.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
let journal: FrameJournal;

beforeEach(async () => {
  const open = createJournalOpener();
  harness = await createBridgeHarness(undefined, undefined, {
    openFrameJournal: (clock) => (journal = open(clock)),
  });
  await harness.connect();
});
afterEach(() => harness.stop());

const stops = (): number => harness.commands.filter(({ type }) => type === 'remote-stop').length;
const EMPTY_BYTES = 24;

function start(idTag: string, meterStartWh = 100): ChargerEventOf<'transaction-started'> {
  return {
    type: 'transaction-started',
    connectorId: 1,
    idTag,
    meterStartWh,
    at: harness.clock.now(),
    raw: `start ${idTag} ${meterStartWh}`,
  };
}

function stop(transactionId: string, meterStopWh: number): ChargerEventOf<'transaction-stopped'> {
  const at = harness.clock.now();
  return {
    type: 'transaction-stopped',
    transactionId,
    meterStopWh,
    at,
    reason: 'Local',
    samples: [],
    raw: `stop ${at}`,
  };
}

/** Makes the store available and waits until the bridge notices. */
async function storeReturns(): Promise<void> {
  harness.behaviour.diskFull = false;
  await harness.clock.advance(2_000);
  await settle(20);
}

async function session(): Promise<{ id: string; transactionId: string }> {
  const order = await harness.confirm({ wh: 3_000 });
  const transactionId = await harness.startTransaction(await harness.order(order.id), 100);
  await harness.clock.advance(110_000);
  return { id: order.id, transactionId };
}

it('a whole session while the store is away is answered at once and billed when it is back', async () => {
  const { id, idTag = '' } = await harness.order((await harness.confirm({ wh: 3_000 })).id);
  await settle(10);
  harness.behaviour.diskFull = true;
  const started = await harness.sendEvent(start(idTag));
  expect(started).toMatchObject({ type: 'transaction-started', status: 'Accepted' });
  const transactionId = started.type === 'transaction-started' ? started.transactionId : '';
  await harness.clock.advance(60_000);
  expect(await harness.sendSamples(1, [{ registerWh: 600 }], transactionId)).toEqual({ type: 'notification-received' });
  await harness.clock.advance(60_000);
  expect(await harness.sendEvent(stop(transactionId, 1_100))).toMatchObject({ type: 'transaction-stopped' });
  expect(journal.usedBytes).toBeGreaterThan(EMPTY_BYTES);

  await storeReturns();
  const order = await harness.order(id);
  expect(order).toMatchObject({ state: 'completed', bill: { energyWh: 1_000 } });
  expect(order.session).toMatchObject({ transactionId });
  expect(await harness.discrepancies()).toEqual([]);
  expect(journal.usedBytes).toBe(EMPTY_BYTES);
});

it('a crash after the answer loses nothing', async () => {
  const { id, idTag = '' } = await harness.order((await harness.confirm({ wh: 3_000 })).id);
  await settle(10);
  harness.behaviour.diskFull = true;
  const started = await harness.sendEvent(start(idTag));
  const transactionId = started.type === 'transaction-started' ? started.transactionId : '';
  await harness.clock.advance(60_000);
  await harness.sendEvent(stop(transactionId, 1_100));
  harness.behaviour.diskFull = false;
  await harness.restart();
  expect(await harness.order(id)).toMatchObject({
    state: 'completed',
    bill: { energyWh: 1_000 },
    session: { transactionId },
  });
  // A second restart finds the journal empty.
  await harness.restart();
  expect(journal.leftFrames()).toEqual([]);
});

it('a repeat of a kept message gets the same answer and no second place', async () => {
  const { idTag = '' } = await harness.order((await harness.confirm()).id);
  await settle(10);
  harness.behaviour.diskFull = true;
  const event = start(idTag);
  const first = await harness.sendEvent(event);
  const used = journal.usedBytes;
  expect(await harness.sendEvent({ ...event })).toEqual(first);
  expect(journal.usedBytes).toBe(used);
  // The same start with a new timestamp, as some chargers send when they repeat it.
  await harness.clock.advance(5_000);
  expect(await harness.sendEvent({ ...event, at: harness.clock.now(), raw: 'again' })).toMatchObject({
    transactionId: first.type === 'transaction-started' ? first.transactionId : '',
  });
  await storeReturns();
  expect(await harness.discrepancies()).toEqual([]);
  expect(await harness.store.listTransactions({ limit: 10 })).toHaveLength(1);
});

it('a start whose write was stored although it failed has one number', async () => {
  const { id, idTag = '' } = await harness.order((await harness.confirm()).id);
  await settle(10);
  harness.behaviour.answersLost = true;
  const answer = await harness.sendEvent(start(idTag));
  harness.behaviour.answersLost = false;
  await storeReturns();
  const { session } = await harness.order(id);
  expect(answer).toMatchObject({ transactionId: session?.transactionId, status: 'Accepted' });
  expect(await harness.store.listTransactions({ limit: 10 })).toHaveLength(1);
});

it('later messages of a charge point wait behind its kept ones, and other charge points do not', async () => {
  const { id, transactionId } = await session();
  harness.behaviour.diskFull = true;
  await harness.sendEvent(stop(transactionId, 900));
  harness.behaviour.diskFull = false;
  // The store is available again, but the bridge has not noticed, so the next message goes to the journal as well.
  await harness.sendSamples(1, [{ registerWh: 950 }]);
  expect(harness.bridge.keptFrames.count).toBe(2);
  expect(harness.bridge.keptFrames.has('CP2')).toBe(false);
  await storeReturns();
  expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 800 } });
});

it('a full journal leaves a message without an answer, and samples leave room for the end', async () => {
  const { transactionId } = await session();
  harness.behaviour.diskFull = true;
  const sample = () =>
    harness.sendSamples(1, [{ registerWh: 900 + harness.bridge.keptFrames.count, powerW: 1 }], transactionId);
  let kept = 0;
  for (; kept < 1_000; kept++) if ((await sample().catch(() => undefined)) === undefined) break;
  expect(kept).toBeGreaterThan(50);
  expect(kept).toBeLessThan(1_000);
  expect(harness.events.of('frame.not-kept')).toMatchObject([{ reason: 'full' }]);
  await expect(sample()).rejects.toThrow();
  expect(await harness.sendEvent(stop(transactionId, 2_000))).toMatchObject({ type: 'transaction-stopped' });
  await storeReturns();
  expect(await sample()).toEqual({ type: 'notification-received' });
});

it('without a reserved number a start is left without an answer', async () => {
  const { idTag = '' } = await harness.order((await harness.confirm()).id);
  await settle(10);
  harness.behaviour.diskFull = true;
  Object.assign(harness.store, {
    nextNumber: () => Promise.reject(new StoreFault('away')),
    reservedNumber: () => undefined,
  });
  await expect(harness.sendEvent(start(idTag))).rejects.toThrow('away');
  expect(harness.bridge.keptFrames.count).toBe(0);
});

describe('the safety path of a session that is not saved', () => {
  it('counts from the first reading if the start has no register', async () => {
    const { id, idTag = '' } = await harness.order((await harness.confirm({ wh: 3_000 })).id);
    await settle(10);
    harness.behaviour.diskFull = true;
    const started = await harness.sendEvent({ ...start(idTag, 0), registerMissing: true });
    const transactionId = started.type === 'transaction-started' ? started.transactionId : '';
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 1_000 }], transactionId);
    await harness.clock.advance(110_000);
    await harness.sendSamples(1, [{ registerWh: 3_000 }], transactionId);
    expect(stops()).toBe(0);
    await harness.sendEvent(stop(transactionId, 3_050));
    await storeReturns();
    expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 2_050 } });
    expect(await harness.discrepancies()).toEqual(['meter-missing']);
  });

  it('stops it at its limit', async () => {
    const { id, idTag = '' } = await harness.order((await harness.confirm({ wh: 3_000 })).id);
    await settle(10);
    harness.behaviour.diskFull = true;
    const started = await harness.sendEvent(start(idTag));
    const transactionId = started.type === 'transaction-started' ? started.transactionId : '';
    await harness.clock.advance(110_000);
    await harness.sendSamples(1, [{ registerWh: 1_300 }], transactionId);
    expect(stops()).toBe(0);
    await harness.clock.advance(110_000);
    await harness.sendSamples(1, [{ registerWh: 3_200 }], transactionId);
    expect(harness.commands.at(-1)).toEqual({ type: 'remote-stop', transactionId });
    await harness.sendEvent(stop(transactionId, 3_210));
    await storeReturns();
    expect(await harness.order(id)).toMatchObject({ state: 'completed', session: { transactionId } });
  });

  it('stops it by the worst case when nothing is heard', async () => {
    const { idTag = '' } = await harness.order((await harness.confirm({ wh: 3_000 })).id);
    await settle(10);
    harness.behaviour.diskFull = true;
    await harness.sendEvent(start(idTag));
    await harness.clock.advance(20 * 60_000);
    expect(stops()).toBeGreaterThan(0);
  });

  it('goes on with the meter of a saved session, and stops that at its limit', async () => {
    const { id, transactionId } = await session();
    harness.behaviour.diskFull = true;
    await harness.sendSamples(1, [{ registerWh: 1_300 }], transactionId);
    await harness.clock.advance(110_000);
    await harness.sendSamples(1, [{ registerWh: 3_200 }], transactionId);
    expect(stops()).toBeGreaterThan(0);
    await storeReturns();
    expect((await harness.order(id)).session?.stop?.reason).toBe('limit-energy');
  });
});

it('refuses the tag of nobody while the store is away', async () => {
  await session();
  harness.behaviour.diskFull = true;
  expect(await harness.sendEvent({ ...start('STRANGER'), connectorId: 2 })).toMatchObject({ status: 'Invalid' });
  await storeReturns();
  expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
});

it('accepts one start with the tag of an order, also after its stop was kept', async () => {
  const { idTag = '' } = await harness.order((await harness.confirm({ wh: 3_000 })).id);
  await settle(10);
  harness.behaviour.diskFull = true;
  const started = await harness.sendEvent(start(idTag));
  await harness.clock.advance(60_000);
  await harness.sendEvent(stop(started.type === 'transaction-started' ? started.transactionId : '', 600));
  expect(await harness.sendEvent(start(idTag, 600))).toMatchObject({ status: 'ConcurrentTx' });
});

it('a waiting order is not failed while its start may be among the kept messages', async () => {
  const { id, idTag = '' } = await harness.order((await harness.confirm({ wh: 3_000 })).id);
  await settle(10);
  harness.behaviour.diskFull = true;
  await harness.sendEvent(start(idTag));
  await harness.clock.advance(POLICY.pendingMs + 60_000);
  await storeReturns();
  expect((await harness.order(id)).session).toBeDefined();
});

it('a 2.x transaction while the store is away is billed when it is back', async () => {
  const { id, idTag = '' } = await harness.order((await harness.confirm({ wh: 3_000 })).id);
  await settle(10);
  harness.behaviour.diskFull = true;
  const base = { type: 'transaction-event', transactionId: 'T-1', offline: false, connectorId: 1 } as const;
  const at = harness.clock.now();
  const begun = {
    ...base,
    eventType: 'started',
    seqNo: 0,
    triggerReason: 'RemoteStart',
    idTag,
    meterStartWh: 100,
  } as const;
  expect(await harness.sendEvent({ ...begun, samples: [{ at, registerWh: 100 }], at, raw: 'a' })).toMatchObject({
    status: 'Accepted',
  });
  await harness.clock.advance(60_000);
  const now = harness.clock.now();
  const updated = { ...base, eventType: 'updated', seqNo: 1, triggerReason: 'MeterValuePeriodic' } as const;
  await harness.sendEvent({ ...updated, samples: [{ at: now, registerWh: 700 }], at: now, raw: 'b' });
  const ended = {
    ...base,
    eventType: 'ended',
    seqNo: 2,
    triggerReason: 'StopAuthorized',
    stoppedReason: 'Local',
  } as const;
  await harness.sendEvent({
    ...ended,
    meterStopWh: 1_100,
    samples: [{ at: now, registerWh: 1_100 }],
    at: now + 1_000,
    raw: 'c',
  });
  await storeReturns();
  expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 1_000 } });
  expect(await harness.discrepancies()).toEqual([]);
});
