/** A kept message counts once its append has ended, and until the store has taken it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChargerEventOf } from '../../../../src/ports/charger-events.js';
import type { FrameJournal, KeptFrame } from '../../../../src/ports/frame-journal.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { BoundedFrameJournal } from '../../../../src/store/disk/frame-journal.js';
import { createMemoryJournal } from '../../../../src/store/sqlite/journal-medium.js';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
let journal: FrameJournal;
/** Appends that wait for the test, if it holds them back. */
let pending: { readonly frame: KeptFrame; readonly end: (error?: Error) => void }[] | undefined;

beforeEach(async () => {
  pending = undefined;
  harness = await createBridgeHarness(undefined, undefined, {
    openFrameJournal: (clock) => {
      const saveFile = (file: string): string => file;
      const openMedium = createMemoryJournal;
      journal = new BoundedFrameJournal({ openMedium, capacityBytes: 1 << 16, clock, saveFile }).open();
      const append = journal.append.bind(journal);
      return Object.assign(journal, {
        async append(frame: KeptFrame) {
          if (pending) {
            const held = pending;
            await new Promise<void>((resolve, reject) => {
              held.push({ frame, end: (error) => (error ? reject(error) : resolve()) });
            });
          }
          return append(frame);
        },
      });
    },
  });
  await harness.connect();
});
afterEach(() => harness.stop());

async function waitingStart(): Promise<ChargerEventOf<'transaction-started'>> {
  const { idTag = '' } = await harness.confirm({ wh: 3_000 });
  await settle(10);
  const at = harness.clock.now();
  return { type: 'transaction-started', connectorId: 1, idTag, meterStartWh: 100, at, raw: `start ${idTag}` };
}

async function storeReturns(): Promise<void> {
  harness.behaviour.diskFull = false;
  await harness.clock.advance(2_000);
  await settle(20);
}

const outcomeOf = (answer: Promise<unknown>): Promise<unknown> => answer.catch(() => 'none');

it('a repeat is not answered before its message is in the journal', async () => {
  const event = await waitingStart();
  harness.behaviour.diskFull = true;
  pending = [];
  let answered = 0;
  const send = async (): Promise<unknown> => {
    const outcome = await outcomeOf(harness.sendEvent({ ...event }));
    answered += 1;
    return outcome;
  };
  const [first, repeat] = [send(), send()];
  await settle(10);
  expect([pending.length, answered]).toEqual([1, 0]);
  pending[0]?.end();
  expect(await repeat).toEqual(await first);
  expect(await first).toMatchObject({ status: 'Accepted' });
});

it('a repeat gets no answer if its message cannot be kept', async () => {
  const event = await waitingStart();
  harness.behaviour.diskFull = true;
  pending = [];
  const answers = [outcomeOf(harness.sendEvent(event)), outcomeOf(harness.sendEvent({ ...event }))];
  await settle(10);
  pending[0]?.end(new Error('disk'));
  expect(await Promise.all(answers)).toEqual(['none', 'none']);
  expect(harness.bridge.keptFrames.count).toBe(0);
});

it('the store takes no message before the journal has it, so that nothing of it is left behind', async () => {
  const event = await waitingStart();
  harness.behaviour.diskFull = true;
  pending = [];
  const answer = harness.sendEvent(event);
  await settle(10);
  await storeReturns();
  const waiting = harness.bridge.keptFrames.replayAll();
  await settle(10);
  expect(await harness.store.listTransactions({ limit: 10 })).toEqual([]);
  pending[0]?.end();
  await Promise.all([answer, waiting]);
  await storeReturns();
  expect(await harness.store.listTransactions({ limit: 10 })).toHaveLength(1);
  expect(harness.bridge.keptFrames.count).toBe(0);
  expect(journal.usedBytes).toBe(24);
});

it('a message that cannot be handled is set aside and named, and does not count as one that reached the store', async () => {
  const event = await waitingStart();
  harness.behaviour.diskFull = true;
  await harness.sendEvent(event);
  Object.assign(harness.store, { transactionByStartKey: () => Promise.reject(new Error('bug')) });
  await storeReturns();
  expect(harness.bridge.keptFrames.count).toBe(0);
  expect(harness.events.of('frame.replayed')).toEqual([]);
  const [found] = await harness.store.listDiscrepancies({ limit: 10 });
  expect(found).toMatchObject({ kind: 'message-set-aside', chargePointId: 'CP1' });
  expect(found?.detail).toMatch(/transaction-started .* \(Error: bug\)\. It is in .*\.set-aside\./);
});

it('a message that cannot be handled nor written to a file is in its discrepancy', async () => {
  const event = await waitingStart();
  harness.behaviour.diskFull = true;
  await harness.sendEvent(event);
  Object.assign(harness.store, { transactionByStartKey: () => Promise.reject(new Error('bug')) });
  Object.assign(journal, {
    setAside: () => {
      throw new Error('ENOSPC');
    },
  });
  await storeReturns();
  const [found] = await harness.store.listDiscrepancies({ limit: 10 });
  expect(found?.detail).toContain(`"meterStartWh":${event.meterStartWh}`);
  expect(found?.detail).not.toContain(event.idTag);
  expect(harness.bridge.keptFrames.count).toBe(0);
});

it('a message that cannot be handled stays until its discrepancy is saved', async () => {
  const event = await waitingStart();
  harness.behaviour.diskFull = true;
  await harness.sendEvent(event);
  const { commit } = harness.store;
  Object.assign(harness.store, {
    transactionByStartKey: () => Promise.reject(new Error('bug')),
    commit: () => Promise.reject(new StoreFault('full')),
  });
  await storeReturns();
  expect(harness.bridge.keptFrames.count).toBe(1);
  Object.assign(harness.store, { commit });
  await storeReturns();
  expect(harness.bridge.keptFrames.count).toBe(0);
});

it('a start that could not be kept stops nothing once its repeat is in the store', async () => {
  const event = await waitingStart();
  harness.behaviour.diskFull = true;
  pending = [];
  const answer = outcomeOf(harness.sendEvent(event));
  await settle(10);
  pending[0]?.end(new Error('disk'));
  expect(await answer).toBe('none');
  await storeReturns();
  expect(harness.bridge.keptFrames.count).toBe(0);
  const started = await harness.sendEvent({ ...event });
  expect(started).toMatchObject({ status: 'Accepted' });
  const transactionId = started.type === 'transaction-started' ? started.transactionId : '';
  for (let minute = 1; minute <= 6; minute += 1) {
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 100 + minute * 100 }], transactionId);
  }
  expect(harness.commands.filter(({ type }) => type === 'remote-stop')).toEqual([]);
});
