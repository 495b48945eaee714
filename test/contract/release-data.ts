/** Writes the data of a release once, and checks that later versions can read and continue it. */
import { expect } from 'vitest';
import { buyerKey } from '../../src/domain/model/order.js';
import type { Store } from '../../src/ports/store.js';
import { createBridgeHarness, type BridgeHarness } from '../fakes/bridge-harness.js';
import type { ManualClock } from '../fakes/manual-clock.js';

/** Facts about the data, recorded when it was written. */
export interface ReleaseFacts {
  /** Epoch ms. */
  readonly writtenAt: number;
  readonly ended: { readonly id: string; readonly total: number; readonly energyWh: number };
  readonly charging: { readonly id: string; readonly transactionId: string; readonly meterEntries: number };
  readonly draft: { readonly becknTransactionId: string };
  readonly unmatchedTransactionId: string;
  readonly discrepancies: readonly string[];
  readonly postings: number;
  readonly ratings: number;
}

const HOUR_MS = 3_600_000;

/** Plays an ended order, a charging one, a draft, a rating and an unknown card, and then stops the bridge. */
export async function writeReleaseData(openStore: (clock: ManualClock) => Store): Promise<ReleaseFacts> {
  const harness = await createBridgeHarness(undefined, undefined, { openStore });
  await harness.connect();
  const ended = await harness.confirm({ transaction: 'tx-ended' });
  const endedTransaction = await harness.startTransaction(ended, 1_000);
  await harness.clock.advance(HOUR_MS / 4);
  await harness.sendSamples(1, [{ registerWh: 5_000 }], endedTransaction);
  await stopTransaction(harness, endedTransaction, 6_000);
  await harness.sendRequest({ type: 'rating', ratings: [{ id: ended.id, category: 'Order', value: 5 }] }, 'rating', {
    transaction: 'tx-ended',
  });
  const charging = await harness.confirm({ transaction: 'tx-charging', item: 'CP1-2' });
  const transactionId = await harness.startTransaction(charging, 20_000);
  await harness.clock.advance(60_000);
  await harness.sendSamples(2, [{ registerWh: 20_700 }], transactionId);
  await harness.sendRequest(
    {
      type: 'select',
      items: { itemIds: [{ id: 'CP2-1', path: 'message.order.items[0].id' }] },
      limit: { limit: { kind: 'energy', value: 7_000 } },
    },
    'select',
    { transaction: 'tx-draft' },
  );
  const foreign = await harness.sendEvent({
    type: 'transaction-started',
    connectorId: 1,
    idTag: 'A-CARD',
    meterStartWh: 6_000,
    at: harness.clock.now(),
    raw: '{}',
  });
  await harness.store.putValue('release-data', { kept: true });
  const facts: ReleaseFacts = {
    writtenAt: harness.clock.now(),
    ended: { id: ended.id, total: (await harness.order(ended.id)).bill?.total ?? -1, energyWh: 5_000 },
    charging: {
      id: charging.id,
      transactionId,
      meterEntries: (await harness.store.meterEntriesOf(charging.id)).length,
    },
    draft: { becknTransactionId: 'tx-draft' },
    unmatchedTransactionId: foreign.type === 'transaction-started' ? foreign.transactionId : '',
    discrepancies: await harness.discrepancies(),
    ratings: (await harness.store.listRatings({ limit: 100 })).length,
    postings: (await harness.store.listLedger({ limit: 100 })).length,
  };
  await harness.stop();
  return facts;
}

/** Opens the data with today's code, checks that everything is there, and continues the charging order to its bill. */
export async function expectReleaseData(facts: ReleaseFacts, openStore: (clock: ManualClock) => Store): Promise<void> {
  const harness = await createBridgeHarness(undefined, undefined, { openStore, startAt: facts.writtenAt + 60_000 });
  const { store } = harness;
  expect(await harness.order(facts.ended.id)).toMatchObject({
    state: 'completed',
    bill: { total: facts.ended.total, energyWh: facts.ended.energyWh },
  });
  const draft = await store.orderByTransaction(
    buyerKey({ network: 'main', bapId: 'bap' }),
    facts.draft.becknTransactionId,
  );
  expect(draft?.state).toBe('draft');
  expect(await store.meterEntriesOf(facts.charging.id)).toHaveLength(facts.charging.meterEntries);
  expect(await harness.discrepancies()).toEqual(facts.discrepancies);
  expect(await store.listLedger({ limit: 100 })).toHaveLength(facts.postings);
  expect(await store.listRatings({ limit: 100 })).toHaveLength(facts.ratings);
  expect(await store.value('release-data')).toEqual({ kept: true });
  expect(await store.nextNumber('transactionId')).toBeGreaterThan(Number(facts.unmatchedTransactionId));

  await harness.connect();
  await harness.sendSamples(2, [{ registerWh: 21_500 }], facts.charging.transactionId);
  expect((await harness.order(facts.charging.id)).state).toBe('charging');
  await stopTransaction(harness, facts.charging.transactionId, 22_000);
  expect(await harness.order(facts.charging.id)).toMatchObject({
    state: 'completed',
    bill: { energyWh: 2_000, total: 2_000 },
  });
  await harness.stop();
}

async function stopTransaction(harness: BridgeHarness, transactionId: string, meterStopWh: number): Promise<void> {
  await harness.sendEvent({
    type: 'transaction-stopped',
    transactionId,
    meterStopWh,
    at: harness.clock.now(),
    reason: 'Local',
    samples: [],
    raw: '{}',
  });
}
