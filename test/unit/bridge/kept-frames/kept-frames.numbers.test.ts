/** The transaction id with which a kept start was answered is the one that the store has. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChargerEventOf } from '../../../../src/ports/charger-events.js';
import type { FrameJournal, KeptFrame } from '../../../../src/ports/frame-journal.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { createJournalOpener } from '../../../fakes/frame-journal.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
let journal: FrameJournal;
/** The frames that the next process finds in its journal; `undefined` for those that the last one kept. */
let left: readonly KeptFrame[] | undefined;

beforeEach(async () => {
  const open = createJournalOpener();
  left = undefined;
  harness = await createBridgeHarness(undefined, undefined, {
    openFrameJournal(clock) {
      journal = open(clock);
      const found = left;
      return found ? Object.assign(journal, { leftFrames: () => found }) : journal;
    },
  });
  await harness.connect();
});
afterEach(() => harness.stop());

/** Sends a start, by default with a time of its own, and returns its transaction id. */
async function sendStart(idTag: string, { connectorId = 1, meterStartWh = 100, at = 0 } = {}): Promise<string> {
  await harness.clock.advance(1_000);
  const now = harness.clock.now();
  const raw = `start ${idTag} ${now}`;
  const start = { connectorId, idTag, meterStartWh, at: at || now, raw };
  const answer = await harness.sendEvent({ type: 'transaction-started', ...start });
  return answer.type === 'transaction-started' ? answer.transactionId : '';
}

async function sendStop(
  transactionId: string,
  stop: Partial<ChargerEventOf<'transaction-stopped'>> = {},
): Promise<void> {
  await harness.clock.advance(1_000);
  const at = harness.clock.now();
  const raw = `stop ${transactionId} ${at}`;
  const rest = { meterStopWh: 100, reason: 'Local', samples: [], ...stop } as const;
  await harness.sendEvent({ type: 'transaction-stopped', transactionId, at, raw, ...rest });
}

async function storeReturns(): Promise<void> {
  harness.behaviour.diskFull = false;
  await harness.clock.advance(2_000);
  await settle(20);
}

const stored = (transactionId: string) => harness.store.transaction('CP1', transactionId);
const countStored = async () => (await harness.store.listTransactions({ limit: 10 })).length;

it('a saved start that is repeated behind the stop of another transaction gets its number again', async () => {
  const { idTag = '' } = await harness.order((await harness.confirm()).id);
  const ofOrder = await sendStart(idTag);
  const ofCard = await sendStart('CARD', { connectorId: 2 });
  harness.behaviour.diskFull = true;
  const other = await sendStart('OTHER', { connectorId: 2, meterStartWh: 200 });
  await sendStop(other, { meterStopWh: 200 });
  await sendStop(other, { meterStopWh: 200, idTag: 'OTHER' });
  await sendStop('-1', { meterStopWh: 200, idTag: 'OTHER' });
  expect(await sendStart(idTag)).toBe(ofOrder);
  expect(await sendStart('CARD', { connectorId: 2 })).toBe(ofCard);
});

it('a saved start that is repeated behind stops of other saved transactions gets its number again', async () => {
  const first = await sendStart('CARD');
  const other = await sendStart('OTHER', { connectorId: 2 });
  harness.behaviour.diskFull = true;
  await sendStop(other);
  await harness.sendEvent(
    {
      type: 'transaction-stopped',
      transactionId: first,
      idTag: 'CARD',
      reason: 'Local',
      samples: [],
      raw: 'elsewhere',
    },
    'CP2',
  );
  expect(await sendStart('CARD')).toBe(first);
  await storeReturns();
  // The two starts and the unmatched stop of the other charge point.
  expect(await countStored()).toBe(3);
});

it.each([
  ['its number', (transactionId: string) => sendStop(transactionId)],
  ['its card', () => sendStop('-1', { idTag: 'CARD' })],
  ['nothing', () => sendStop('-1')],
])('a saved start behind a stop that names %s is a new one', async (_, stop) => {
  const first = await sendStart('CARD');
  harness.behaviour.diskFull = true;
  await stop(first);
  const second = await sendStart('CARD');
  expect(second).not.toBe(first);
  await storeReturns();
  expect(await stored(first)).toHaveProperty('stop');
  expect(await stored(second)).not.toHaveProperty('stop');
});

it('a start that was answered as a new one stays one, even if the stop before it ended nothing', async () => {
  const first = await sendStart('CARD');
  harness.behaviour.diskFull = true;
  await sendStop(first, { idTag: 'OTHER', meterStopWh: 9_000_000 });
  const second = await sendStart('CARD');
  await storeReturns();
  expect(await stored(first)).toMatchObject({ stop: { reason: 'Inferred' } });
  expect(await stored(second)).toMatchObject({ idTag: 'CARD', refused: true });
  const kinds = await harness.discrepancies();
  expect(kinds.filter((kind) => kind === 'unmatched-transaction')).toHaveLength(2);
});

it('two transactions of one card at one register have two numbers', async () => {
  harness.behaviour.diskFull = true;
  const first = await sendStart('CARD');
  expect(await sendStart('CARD')).toBe(first);
  await sendStop(first, { idTag: 'CARD' });
  const second = await sendStart('CARD');
  expect(second).not.toBe(first);
  await harness.restart();
  expect(await sendStart('CARD')).toBe(second);
  await storeReturns();
  expect(await stored(first)).toMatchObject({ stop: { meterStopWh: 100, reason: 'Local' } });
  expect(await stored(second)).not.toHaveProperty('stop');
  expect(await countStored()).toBe(2);
});

it('kept frames that are replayed again after a crash reopen no transaction', async () => {
  const at = harness.clock.now();
  const first = await sendStart('CARD', { at });
  harness.behaviour.diskFull = true;
  await sendStop('-1', { idTag: 'CARD' });
  const second = await sendStart('CARD', { at });
  await sendStop(second, { idTag: 'CARD', meterStopWh: 150 });
  await harness.restart();
  left = journal.leftFrames();
  expect(left).toHaveLength(3);
  await storeReturns();
  const ended = { stop: { meterStopWh: 150 } };
  expect(await stored(second)).toMatchObject(ended);
  const count = await countStored();
  await harness.restart();
  expect(await stored(second)).toMatchObject(ended);
  expect(await stored(first)).toHaveProperty('stop');
  expect(await countStored()).toBe(count);
});

it('a repeated start of an order does not divide its session, although it was answered with a second number', async () => {
  const { id, idTag = '' } = await harness.order((await harness.confirm()).id);
  const first = await sendStart(idTag);
  const card = await sendStart('CARD', { connectorId: 2 });
  harness.behaviour.diskFull = true;
  await sendStop('-1');
  const second = await sendStart(idTag);
  expect([first, card]).not.toContain(second);
  await storeReturns();
  expect(await stored(second)).toBeUndefined();
  expect(await harness.order(id)).toMatchObject({ session: { transactionId: first } });
  expect(await harness.discrepancies()).toContain('transaction-contradiction');
  await harness.clock.advance(110_000);
  await sendStop(second, { idTag, meterStopWh: 300 });
  expect(await harness.order(id)).toMatchObject({ state: 'completed', bill: { energyWh: 200 } });
});
