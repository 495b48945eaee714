/**
 * Completes decisions. The records of a decision stay in its order's document until they are in their collections, so
 * that the single write of that document is decisive. A decision without an order uses the document of the request that
 * it accepts, or else one of its own; a decision of a single record needs none.
 */
import type { FencedWrites } from './fenced-writes.js';
import type { PendingBatch, StoredOrder } from './stored-documents.js';
import { project } from './projection.js';
import { trusted, type NumberedRest } from './stored-forms.js';

/**
 * Completes every decision that a crash or a broken connection left incomplete.
 * @errors Those of the driver and the lease.
 */
export async function completePending(writes: FencedWrites): Promise<void> {
  const { orders, requests, pendingBatches } = writes.collections;
  const found = await orders.find({ hasPending: true }, { version: 1, pending: 1, accepts: 1 }).lean();
  for (const order of found) await completeOrder(writes, order);
  const accepted = await requests.find({ hasPending: true, claim: trusted({ $exists: false }) }, { pending: 1 }).lean();
  for (const { _id, pending } of accepted) {
    if (pending !== undefined) await project(writes, [parseRest(pending)]);
    await clearAcceptance(writes, [{ _id }]);
  }
  for (const { _id, doc } of await pendingBatches.find({ doc: trusted({ $exists: true }) }).lean()) {
    if (doc !== undefined) await project(writes, [parseRest(doc)]);
    await writes.delete(pendingBatches, { _id });
  }
}

/**
 * Projects the records that wait in an order, makes the acceptance of its request final, and clears both.
 * @errors Those of the driver and the lease.
 */
export async function completeOrder(
  writes: FencedWrites,
  { _id, version, pending, accepts }: Pick<StoredOrder, '_id' | 'version' | 'pending' | 'accepts'>,
): Promise<void> {
  if (pending !== undefined) await project(writes, [parseRest(pending)]);
  if (accepts !== undefined) await clearAcceptance(writes, [{ _id: accepts, 'claim.orderId': _id }]);
  await clearPending(writes, [{ _id, version }]);
}

/**
 * Removes the pending records and the accepted request's key from orders. Must be called only once the records are in
 * their collections and the acceptance is final.
 */
export function clearPending(
  writes: FencedWrites,
  written: readonly { readonly _id: string; readonly version: number }[],
): Promise<void> {
  const filters = written.map(({ _id, version }) => ({ _id, version }));
  return writes.unset(writes.collections.orders, filters, ['pending', 'accepts', 'hasPending']);
}

/** Marks requests as accepted for good, once the order or the records of their decision are written. */
export function clearAcceptance(
  writes: FencedWrites,
  requests: readonly { readonly _id: string; readonly 'claim.orderId'?: string }[],
): Promise<void> {
  return writes.unset(
    writes.collections.requests,
    requests.map((filter) => ({ ...filter })),
    ['claim', 'pending', 'hasPending'],
  );
}

/**
 * Makes sure that a batch whose write failed does not arrive later, when its records may be out of date: an empty
 * document takes its id, unless the batch has arrived already.
 */
export async function blockLateBatches(writes: FencedWrites, ids: readonly string[]): Promise<void> {
  await writes.insertFree(
    writes.collections.pendingBatches,
    ids.map((_id) => ({ _id })),
  );
}

/** Removes the documents that `blockLateBatches` inserted in earlier processes. */
export async function removeBlocks(writes: FencedWrites): Promise<void> {
  await writes.delete(writes.collections.pendingBatches, { doc: { $exists: false } });
}

export function toPendingBatch(_id: string, rest: NumberedRest): PendingBatch {
  return { _id, doc: JSON.stringify(rest) };
}

/** Parses records that this store wrote; their type is not checked again. */
function parseRest(text: string): NumberedRest {
  return JSON.parse(text) as NumberedRest;
}
