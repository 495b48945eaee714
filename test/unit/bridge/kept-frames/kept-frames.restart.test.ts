/** After a restart, the bridge knows what it has answered to the messages that still wait for the store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiscrepancyFactory } from '../../../../src/bridge/orders/discrepancies.js';
import { KeptFrames } from '../../../../src/bridge/kept-frames/kept-frames.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import type { ChargerEventOf } from '../../../../src/ports/charger-events.js';
import type { FrameJournal, KeptFrame } from '../../../../src/ports/frame-journal.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { createJournalOpener } from '../../../fakes/frame-journal.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
let journal: FrameJournal;
/** The frames that the next process finds in its journal; `undefined` for those that the last one kept. */
let left: KeptFrame[] | undefined;

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

function start(idTag: string, meterStartWh = 100): ChargerEventOf<'transaction-started'> {
  const raw = `start ${idTag} ${meterStartWh}`;
  return { type: 'transaction-started', connectorId: 1, idTag, meterStartWh, at: harness.clock.now(), raw };
}

it('a start that is repeated with another time after a restart gets its number again', async () => {
  harness.behaviour.diskFull = true;
  const first = await harness.sendEvent(start('CARD'));
  await harness.restart();
  expect(harness.bridge.keptFrames.count).toBe(1);
  await harness.clock.advance(1_000);
  const again = await harness.sendEvent({ ...start('CARD'), raw: 'again' });
  expect(again).toEqual(first);
  harness.behaviour.diskFull = false;
  await harness.clock.advance(2_000);
  await settle(20);
  expect(await harness.store.listTransactions({ limit: 10 })).toHaveLength(1);
  expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
});

it('our time continues from the newest kept message after a restart at which the clock was set back', async () => {
  await harness.confirm();
  const keptAt = harness.clock.now() + 600_000;
  const outcome = { type: 'transaction-started', transactionId: '7', status: 'Invalid' } as const;
  left = [{ chargePointId: 'CP1', event: { ...start('KEPT'), receivedAt: keptAt, givenTransactionId: '7' }, outcome }];
  harness.clock.step(-86_400_000);
  await harness.restart();
  await harness.sendEvent({ ...start('LATER'), connectorId: 2 });
  const records = await harness.store.listTransactions({ limit: 10 });
  expect(records.find(({ idTag }) => idTag === 'LATER')?.receivedAt).toBeGreaterThanOrEqual(keptAt);
});

describe('a start that the last process kept for an order', () => {
  async function keptStart(): Promise<string> {
    const { idTag = '' } = await harness.order((await harness.confirm({ wh: 3_000 })).id);
    await settle(10);
    harness.behaviour.diskFull = true;
    const event = { ...start(idTag), receivedAt: harness.clock.now(), givenTransactionId: '7' };
    const outcome = { type: 'transaction-started', transactionId: '7', status: 'Accepted' } as const;
    Object.assign(journal, { leftFrames: () => [{ chargePointId: 'CP1', event, outcome }] });
    harness.bridge.keptFrames.load();
    return idTag;
  }

  it('lets a second start with its tag be refused', async () => {
    const idTag = await keptStart();
    expect(await harness.sendEvent(start(idTag, 600))).toMatchObject({ status: 'ConcurrentTx' });
  });

  it('is stopped at its limit', async () => {
    await keptStart();
    await harness.clock.advance(110_000);
    expect(harness.commands.filter(({ type }) => type === 'remote-stop')).toEqual([]);
    await harness.sendSamples(1, [{ registerWh: 3_200 }], '7');
    await harness.clock.advance(110_000);
    expect(harness.commands.at(-1)).toEqual({ type: 'remote-stop', transactionId: '7' });
  });
});

describe('a saved start that is repeated with another time behind a kept message', () => {
  const again = (idTag: string) => harness.sendEvent({ ...start(idTag), raw: 'again' });

  it('gets its number again', async () => {
    const { idTag = '' } = await harness.order((await harness.confirm()).id);
    const first = await harness.sendEvent(start(idTag));
    const card = await harness.sendEvent({ ...start('CARD'), connectorId: 2 });
    harness.behaviour.diskFull = true;
    await harness.clock.advance(1_000);
    // Messages behind a kept one are kept too.
    await harness.sendSamples(1, [{ registerWh: 100 }]);
    expect(harness.bridge.keptFrames.count).toBe(1);
    expect(await again(idTag)).toEqual(first);
    expect(await harness.sendEvent({ ...start('CARD'), connectorId: 2, raw: 'card again' })).toEqual(card);
    harness.behaviour.diskFull = false;
    await harness.clock.advance(2_000);
    await settle(20);
    expect(await harness.store.listTransactions({ limit: 10 })).toHaveLength(2);
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
  });

  it('is a new one after a stop that is kept too', async () => {
    const first = await harness.sendEvent(start('CARD'));
    const transactionId = first.type === 'transaction-started' ? first.transactionId : '';
    harness.behaviour.diskFull = true;
    await harness.clock.advance(1_000);
    await harness.sendEvent({
      ...{ type: 'transaction-stopped', transactionId, idTag: 'CARD', meterStopWh: 100, at: harness.clock.now() },
      ...{ reason: 'Local', samples: [], raw: 'stop' },
    });
    await harness.clock.advance(1_000);
    const next = await again('CARD');
    expect(next).not.toMatchObject({ transactionId });
    harness.behaviour.diskFull = false;
    await harness.clock.advance(2_000);
    await settle(20);
    expect(await harness.store.transaction('CP1', transactionId)).toMatchObject({ stop: { meterStopWh: 100 } });
    expect(await harness.store.listTransactions({ limit: 10 })).toHaveLength(2);
  });
});

it('a message counts as waiting before it is loaded, and until the store has it', async () => {
  const { store, clock, events } = harness;
  const discrepancies = new DiscrepancyFactory({ random: systemRandom, clock });
  harness.behaviour.diskFull = true;
  await harness.sendEvent(start('KEPT'));
  await harness.restart();
  expect(new KeptFrames({ journal, store, clock, events, discrepancies }).isPending).toBe(true);
  harness.behaviour.diskFull = false;
  await harness.clock.advance(2_000);
  await settle(20);
  expect([harness.bridge.keptFrames.isPending, journal.leftFrames().length]).toEqual([false, 0]);
});

describe('a kept message is never later than our time when it reaches the store, although no order depends on that', () => {
  /** Expects the discrepancy of the only start to be no older than the start. */
  async function expectInOrder(): Promise<void> {
    const [record] = await harness.store.listTransactions({ limit: 10 });
    const [discrepancy] = await harness.store.listDiscrepancies({ limit: 10 });
    expect(record).toBeDefined();
    expect(discrepancy?.at).toBeGreaterThanOrEqual(record?.receivedAt ?? Infinity);
  }

  it('if the clock was set back while no process ran', async () => {
    const outcome = { type: 'transaction-started', transactionId: '7', status: 'Invalid' } as const;
    const receivedAt = harness.clock.now() + 600_000;
    left = [{ chargePointId: 'CP1', event: { ...start('KEPT'), receivedAt, givenTransactionId: '7' }, outcome }];
    harness.clock.step(-86_400_000);
    await harness.restart();
    await expectInOrder();
  });

  it('if the clock is set back while the store is away, and it is followed later', async () => {
    harness.behaviour.diskFull = true;
    await harness.sendEvent(start('KEPT'));
    harness.clock.step(-86_400_000);
    await harness.clock.advance(60_000);
    harness.behaviour.diskFull = false;
    await harness.clock.advance(2_000);
    await settle(20);
    await expectInOrder();
    await harness.clock.advance(2_000);
    await harness.sendEvent({ ...start('LATER'), connectorId: 2 });
    const later = (await harness.store.listTransactions({ limit: 10 })).find(({ idTag }) => idTag === 'LATER');
    expect(later?.receivedAt).toBe(harness.clock.now());
  });
});
