/**
 * Completes decisions. The records of a decision lie in its order's document until they are in their collections, so
 * that the one write of that document decides. A decision without an order has a document of its own for that.
 */
import type { Collections } from './collections.js';
import type { PendingBatch } from './stored-documents.js';
import { project } from './projection.js';
import { duplicateIndex, trusted, type Rest } from './stored-forms.js';

/** Completes every decision that a crash or a broken connection left incomplete. @errors The driver's. */
export async function completePending(collections: Collections): Promise<void> {
  const { orders, pendingBatches } = collections;
  const found = await orders.find({ hasPending: true }, { version: 1, pending: 1 }).lean();
  for (const { _id, version, pending } of found) {
    if (pending !== undefined) await project(collections, [parseRest(pending)]);
    await clearPending(collections, [{ _id, version }]);
  }
  for (const { _id, doc } of await pendingBatches.find({ doc: trusted({ $exists: true }) }).lean()) {
    if (doc !== undefined) await project(collections, [parseRest(doc)]);
    await pendingBatches.deleteOne({ _id });
  }
}

/** Removes the pending records from orders, once they are in their collections. */
export async function clearPending(
  { orders }: Pick<Collections, 'orders'>,
  written: readonly { readonly _id: string; readonly version: number }[],
): Promise<void> {
  if (written.length === 0) return;
  const update = { $unset: { pending: 1, hasPending: 1 } };
  await orders.bulkWrite(
    written.map(({ _id, version }) => ({ updateOne: { filter: { _id, version }, update } })),
    { strict: false },
  );
}

/**
 * Makes sure that a batch of which a write failed does not arrive later, when its records may be out of date: its
 * document's id is taken, unless it has arrived already.
 */
export async function blockLateBatches(
  { pendingBatches }: Pick<Collections, 'pendingBatches'>,
  ids: readonly string[],
): Promise<void> {
  for (const _id of ids) {
    try {
      await pendingBatches.insertMany([{ _id }], { lean: true });
    } catch (error) {
      if (duplicateIndex(error) !== '_id_') throw error;
    }
  }
}

/** Removes what `blockLateBatches` left behind under earlier processes. */
export async function removeBlocks({ pendingBatches }: Pick<Collections, 'pendingBatches'>): Promise<void> {
  await pendingBatches.deleteMany({ doc: trusted({ $exists: false }) });
}

export function toPendingBatch(_id: string, rest: Rest): PendingBatch {
  return { _id, doc: JSON.stringify(rest) };
}

/** Parses records that this store wrote; their type is not checked again. */
export function parseRest(text: string): Rest {
  return JSON.parse(text) as Rest;
}
