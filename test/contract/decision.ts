/** A decision with a record of every kind except audit entries, and a check of how much of it a store holds. */
import type { Batch, Store } from '../../src/ports/store.js';
import {
  aDiscrepancy,
  aLogEntry,
  aMeterEntry,
  anOrder,
  aPosting,
  aRating,
  aRequest,
  aTransaction,
  nextVersion,
} from './sample.js';

const RUNNING = anOrder('o1', { state: 'charging' });

/** What the store holds before the decision. */
export const BEFORE: Batch = {
  orders: [{ order: RUNNING, expectedVersion: 0 }],
  transactions: [aTransaction('7')],
  requests: [aRequest('k1', { owed: { action: 'on_status', attempts: 0, dueAt: 0, giveUpAt: 1, responsePlan: {} } })],
  chargePoints: [{ id: 'cp-1', accepted: true, connectors: {} }],
};

const REST: Omit<Batch, 'orders'> = {
  meterEntries: [aMeterEntry(1_000_000, 'o1')],
  transactions: [aTransaction('7', { stop: { at: 5_000, receivedAt: 5_000, reason: 'Local', meterStopWh: 8_000 } })],
  requests: [aRequest('k1')],
  acceptedRequest: aRequest('k2'),
  chargePoints: [{ id: 'cp-1', accepted: true, connectors: {}, stopLatenciesMs: [9] }],
  discrepancies: [aDiscrepancy('d1'), aDiscrepancy('d2')],
  ratings: [aRating('r1')],
  logEntries: [aLogEntry('l1')],
};

/** A decision about the order. */
export const DECISION: Batch = {
  ...REST,
  orders: [
    {
      order: nextVersion(RUNNING, 'completed', { updatedAt: 6_000, ledger: [aPosting(2, 6_000)] }),
      expectedVersion: 1,
    },
  ],
};

/** The same records without an order, as in the decision about a rating. */
export const DECISION_BY_REQUEST: Batch = REST;

const { acceptedRequest: _none, ...WITHOUT_REQUEST } = REST;
/** The same records without an order or a request, as in the decision about an unmatched transaction. */
export const DECISION_WITHOUT_ORDER: Batch = WITHOUT_REQUEST;

/** Checks, for each part of the decision, whether the store holds it. */
async function partsOf(store: Store): Promise<Readonly<Record<string, boolean>>> {
  const [postings, ratings, entries, discrepancies] = [
    await store.listLedger({ limit: 10 }),
    await store.listRatings({ limit: 10 }),
    await store.meterEntriesOf('o1'),
    await store.listDiscrepancies({ limit: 10 }),
  ];
  return {
    order: (await store.order('o1'))?.version === 2,
    postings: postings.length === 1,
    meterEntry: entries.length === 1,
    transaction: (await store.transaction('cp-1', '7'))?.stop !== undefined,
    request: (await store.owedRequests()).length === 0,
    acceptedRequest: (await store.request('k2')) !== undefined,
    chargePoint: (await store.chargePoint('cp-1'))?.stopLatenciesMs !== undefined,
    firstDiscrepancy: discrepancies.some(({ id }) => id === 'd1'),
    secondDiscrepancy: discrepancies.some(({ id }) => id === 'd2'),
    rating: ratings.length === 1,
    logEntry: (await store.logEntry('l1')) !== undefined,
  };
}

/** Returns `all`, `nothing`, or `without` and the missing parts. */
export async function extentOf(store: Store, decision: Batch): Promise<string> {
  const parts = Object.entries(await partsOf(store)).filter(([name]) => {
    if (name === 'order' || name === 'postings') return decision.orders !== undefined;
    return name !== 'acceptedRequest' || decision.acceptedRequest !== undefined;
  });
  const missing = parts.filter(([, isThere]) => !isThere).map(([name]) => name);
  if (missing.length === 0) return 'all';
  return missing.length === parts.length ? 'nothing' : `without ${missing.join(', ')}`;
}
