/** Writes a commit group to MongoDB. */
import mongoose from 'mongoose';
import { StoreConflict, StoreFault } from '../../ports/store.js';
import type { CommitGroup, PendingCommit } from '../group-commit.js';
import { CONNECTOR_INDEX, RESERVATION_INDEX, type Collections } from './collections.js';
import type { StoredOrder } from './stored-documents.js';
import type { Lease } from './lease.js';
import { blockLateBatches, clearPending, completePending, parseRest, toPendingBatch } from './pending.js';
import { appendToJournal, project } from './projection.js';
import { duplicateIndex, trusted, type PreparedBatch } from './stored-forms.js';

type PreparedCommit = PendingCommit<PreparedBatch>;

/** An order as it is written: with the epoch of its writer and the records that are still to be projected. */
type WrittenOrder = StoredOrder & { readonly epoch: number };

export interface GroupWriterDeps {
  /** Its collections change when it is opened again. */
  readonly source: { readonly collections: Collections };
  readonly lease: Pick<Lease, 'epoch' | 'reportLost'>;
}

/**
 * Writes each batch as a whole or not at all: first the document that decides, which contains all its records, then the
 * records' own collections.
 */
export class GroupWriter {
  readonly #deps: GroupWriterDeps;
  #mayBeIncomplete = true;
  /** Documents of batches whose write failed and may still arrive. */
  readonly #unconfirmedBatches = new Set<string>();

  constructor(deps: GroupWriterDeps) {
    this.#deps = deps;
  }

  /** True if a failed write, or the process before this one, may have left a decision incomplete. */
  get mayBeIncomplete(): boolean {
    return this.#mayBeIncomplete;
  }

  /** Completes what a failed write left incomplete. Never while a group is being written. @errors The driver's. */
  async complete(): Promise<void> {
    if (!this.#mayBeIncomplete) return;
    const { collections } = this.#deps.source;
    await blockLateBatches(collections, [...this.#unconfirmedBatches]);
    this.#unconfirmedBatches.clear();
    await completePending(collections);
    this.#mayBeIncomplete = false;
  }

  /** A decision that was found incomplete; `complete` has something to do. */
  reportIncomplete(): void {
    this.#mayBeIncomplete = true;
  }

  /**
   * Writes a group. A conflict rejects only its own caller.
   * @errors The driver's. Settled callers keep their result; any other batch may or may not have been written.
   */
  async write(group: CommitGroup<PreparedBatch>): Promise<void> {
    await this.complete();
    try {
      await appendToJournal(this.#deps.source.collections, group.entries);
      group.append?.resolve();
      let rest: readonly PreparedCommit[] = group.commits;
      while (rest.length > 0) {
        const { now, later } = splitByKeys(rest);
        await this.#writeRound(now);
        rest = later;
      }
    } catch (error) {
      this.#mayBeIncomplete = true;
      throw error;
    }
  }

  /** Writes batches that have nothing in common. */
  async #writeRound(batches: readonly PreparedCommit[]): Promise<void> {
    const { collections } = this.#deps.source;
    const decided = await this.#writeOrders(batches);
    const alone = decided.filter(({ batch }) => !batch.order && batch.restSize > 1);
    const documents = alone.map(({ batch }) => toPendingBatch(new mongoose.Types.ObjectId().toHexString(), batch.rest));
    if (documents.length > 0) {
      for (const { _id } of documents) this.#unconfirmedBatches.add(_id);
      await collections.pendingBatches.insertMany(documents, { lean: true });
      for (const { _id } of documents) this.#unconfirmedBatches.delete(_id);
    }
    await project(
      collections,
      decided.map(({ batch }) => batch.rest),
    );
    for (const { resolve } of decided) resolve();
    const carriers = decided.flatMap(({ batch }) => (batch.order && batch.restSize > 0 ? [batch.order] : []));
    await clearPending(collections, carriers);
    if (documents.length > 0)
      await collections.pendingBatches.deleteMany({ _id: trusted({ $in: documents.map(({ _id }) => _id) }) });
  }

  /** Writes the orders. @returns The batches without those that a conflict has rejected. */
  async #writeOrders(batches: readonly PreparedCommit[]): Promise<PreparedCommit[]> {
    const outcomes = await Promise.allSettled(batches.map(({ batch }) => this.#writeOrder(batch)));
    const decided: PreparedCommit[] = [];
    let failure: unknown;
    outcomes.forEach((outcome, i) => {
      const waiter = batches[i];
      if (waiter === undefined) return;
      if (outcome.status === 'fulfilled') decided.push(waiter);
      else if (outcome.reason instanceof StoreConflict || outcome.reason instanceof StoreFault)
        waiter.reject(outcome.reason);
      else failure ??= outcome.reason;
    });
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error(String(failure));
    return decided;
  }

  async #writeOrder({ order, rest, restSize }: PreparedBatch): Promise<void> {
    if (!order) return;
    const { source, lease } = this.#deps;
    const { collections } = source;
    const pending = restSize > 0 && ({ pending: JSON.stringify(rest), hasPending: true } as const);
    const written: WrittenOrder = { ...order, epoch: lease.epoch, ...pending };
    try {
      if (order.version === 1) await collections.orders.insertMany([written], { lean: true });
      else if (!(await this.#replaceOrder(written))) throw new StoreConflict('version', order._id);
    } catch (error) {
      const index = duplicateIndex(error);
      if (index === undefined) throw error;
      if (index === CONNECTOR_INDEX || index === RESERVATION_INDEX) throw new StoreConflict('connector', order._id);
      if (index === '_id_') throw new StoreConflict('version', order._id);
      throw new StoreFault(`order ${order._id}: its idTag belongs to another order`, { cause: error });
    }
  }

  /**
   * Replaces the expected version of an order, after its records that are still pending have been projected.
   * @returns False if the stored version is another one.
   * @errors StoreFault if another process has taken over the database.
   */
  async #replaceOrder({ _id, ...fields }: WrittenOrder): Promise<boolean> {
    const { source, lease } = this.#deps;
    const { collections } = source;
    const version = fields.version - 1;
    const isNotLater = trusted({ $not: { $gt: lease.epoch } });
    const filter = { _id, version, epoch: isNotLater, hasPending: trusted({ $ne: true }) };
    const replace = async (): Promise<boolean> =>
      (await collections.orders.replaceOne(filter, fields)).matchedCount === 1;
    if (await replace()) return true;
    const found = await collections.orders.findById(_id, { version: 1, epoch: 1, pending: 1 }).lean();
    if (found && (found.epoch ?? 0) > lease.epoch) throw lease.reportLost();
    if (found?.version !== version || found.pending === undefined) return false;
    await project(collections, [parseRest(found.pending)]);
    await clearPending(collections, [found]);
    return replace();
  }
}

/** Picks the batches that have nothing in common with an earlier one; the others follow in their order. */
function splitByKeys(batches: readonly PreparedCommit[]): { now: PreparedCommit[]; later: PreparedCommit[] } {
  const touched = new Set<string>();
  const now: PreparedCommit[] = [];
  const later: PreparedCommit[] = [];
  for (const waiter of batches) {
    const { keys } = waiter.batch;
    (keys.some((key) => touched.has(key)) ? later : now).push(waiter);
    for (const key of keys) touched.add(key);
  }
  return { now, later };
}
