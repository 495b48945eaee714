/** Writes a commit group to MongoDB. */
import mongoose from 'mongoose';
import { StoreConflict, StoreFault } from '../../ports/store.js';
import type { CommitGroup, PendingCommit } from '../group-commit.js';
import { AcceptedRequests, removeDeadClaims } from './accepted-requests.js';
import { CONNECTOR_INDEX, RESERVATION_INDEX } from './collections.js';
import type { FencedWrites } from './fenced-writes.js';
import type { StoredOrder, WriteNumber } from './stored-documents.js';
import type { Lease } from './lease.js';
import { blockLateBatches, clearPending, completeOrder, completePending, toPendingBatch } from './pending.js';
import { appendToJournal, project } from './projection.js';
import { duplicateIndex, type PreparedBatch } from './stored-forms.js';

type PreparedCommit = PendingCommit<PreparedBatch>;

/** An order as it is written: with the epoch of its writer and the records that are still to be projected. */
type WrittenOrder = StoredOrder & { readonly epoch: number };

export interface GroupWriterDeps {
  readonly writes: FencedWrites;
  readonly lease: Pick<Lease, 'reportLost' | 'reportFailedWrite'>;
}

/**
 * Writes each batch as a whole or not at all: first a decisive document that contains all records of the batch, then
 * the records' own collections. The decisive document is the order, or else the accepted request, or else one made for
 * the purpose; a batch of a single record needs none.
 */
export class GroupWriter {
  readonly #deps: GroupWriterDeps;
  readonly #acceptedRequests: AcceptedRequests;
  #mayBeIncomplete = true;
  /** The ids of batch documents whose write failed and may still arrive. */
  readonly #unconfirmedBatches = new Set<string>();

  constructor(deps: GroupWriterDeps) {
    this.#deps = deps;
    this.#acceptedRequests = new AcceptedRequests(deps.writes);
  }

  /** True if a failed write, or the process before this one, may have left a decision incomplete. */
  get mayBeIncomplete(): boolean {
    return this.#mayBeIncomplete;
  }

  /**
   * Completes what a failed write, or the process before this one, left incomplete. Must not be called while a group is
   * being written.
   * @errors Those of the driver and the lease.
   */
  async complete(): Promise<void> {
    if (!this.#mayBeIncomplete) return;
    const { writes } = this.#deps;
    await blockLateBatches(writes, [...this.#unconfirmedBatches]);
    this.#unconfirmedBatches.clear();
    await completePending(writes);
    await removeDeadClaims(writes);
    this.#mayBeIncomplete = false;
  }

  /** Records that a decision was found incomplete, so that `complete` has work to do. */
  reportIncomplete(): void {
    this.#mayBeIncomplete = true;
  }

  /**
   * Writes a group. A conflict rejects only its own caller.
   * @errors Those of the driver and the lease. Settled callers keep their result; any other batch may or may not have
   *         been written.
   */
  async write(group: CommitGroup<PreparedBatch>): Promise<void> {
    await this.complete();
    try {
      await appendToJournal(this.#deps.writes, group.entries);
      group.append?.resolve();
      let rest: readonly PreparedCommit[] = group.commits;
      while (rest.length > 0) {
        const { now, later } = splitByKeys(rest);
        await this.#writeRound(now);
        rest = later;
      }
    } catch (error) {
      this.#mayBeIncomplete = true;
      this.#deps.lease.reportFailedWrite();
      throw error;
    }
  }

  /** Writes batches that share no key. */
  async #writeRound(batches: readonly PreparedCommit[]): Promise<void> {
    const { writes } = this.#deps;
    const { pendingBatches } = writes.collections;
    const numbered = batches.map((commit) => withNumber(commit, writes.nextNumber()));
    const decided = await this.#writeOrders(await this.#acceptedRequests.insert(numbered));
    const alone = decided.filter(({ batch }) => !batch.order && !batch.accepted && batch.restSize > 1);
    const documents = alone.map(({ batch }) => toPendingBatch(new mongoose.Types.ObjectId().toHexString(), batch.rest));
    if (documents.length > 0) {
      for (const { _id } of documents) this.#unconfirmedBatches.add(_id);
      await writes.insertFree(pendingBatches, documents);
      for (const { _id } of documents) this.#unconfirmedBatches.delete(_id);
    }
    await project(
      writes,
      decided.map(({ batch }) => batch.rest),
    );
    for (const { resolve } of decided) resolve();
    await this.#acceptedRequests.settle(decided.map(({ batch }) => batch));
    const carriers = decided.flatMap(({ batch }) => (batch.order && hasPending(batch) ? [batch.order] : []));
    await clearPending(writes, carriers);
    if (documents.length > 0) await writes.delete(pendingBatches, { _id: { $in: documents.map(({ _id }) => _id) } });
  }

  /** Writes the orders, and rejects the callers whose order has a conflict or fault of its own. @returns The others. */
  async #writeOrders(batches: readonly PreparedCommit[]): Promise<PreparedCommit[]> {
    const outcomes = await Promise.allSettled(batches.map(({ batch }) => this.#writeOrder(batch)));
    const decided: PreparedCommit[] = [];
    const refused: (() => void)[] = [];
    let failure: unknown;
    for (const [i, waiter] of batches.entries()) {
      const outcome = outcomes[i];
      if (outcome?.status === 'fulfilled') decided.push(waiter);
      else if (outcome?.reason instanceof StoreConflict || outcome?.reason instanceof StoreFault) {
        const { reason } = outcome;
        refused.push(() => waiter.reject(reason));
        await this.#acceptedRequests.withdraw(waiter.batch);
      } else failure ??= outcome?.reason;
    }
    for (const reject of refused) reject();
    if (failure !== undefined) throw failure instanceof Error ? failure : new Error(String(failure));
    return decided;
  }

  async #writeOrder(batch: PreparedBatch): Promise<void> {
    const { order, accepted, rest, restSize } = batch;
    if (!order) return;
    const { writes } = this.#deps;
    const written: WrittenOrder = {
      ...order,
      epoch: writes.epoch,
      ...(restSize > 0 && { pending: JSON.stringify(rest) }),
      ...(accepted && { accepts: accepted.key }),
      ...(hasPending(batch) && { hasPending: true }),
    };
    try {
      if (order.version === 1) await writes.insert(writes.collections.orders, written);
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
   * Replaces the expected version of an order, projecting its pending records first if there are any.
   * @returns False if the stored version is another one.
   * @errors StoreFault if another process has taken over the database; those of the driver.
   */
  async #replaceOrder(written: WrittenOrder): Promise<boolean> {
    const { writes, lease } = this.#deps;
    const { orders } = writes.collections;
    const { _id, version: next } = written;
    const version = next - 1;
    const filter = { _id, version, epoch: { $not: { $gt: writes.epoch } }, hasPending: { $ne: true } };
    const replace = (): Promise<boolean> => writes.replace(orders, filter, written);
    if (await replace()) return true;
    const found = await orders.findById(_id, { version: 1, epoch: 1, pending: 1, accepts: 1, hasPending: 1 }).lean();
    if (found && (found.epoch ?? 0) > writes.epoch) throw lease.reportLost();
    if (found?.version !== version || found.hasPending !== true) return false;
    await completeOrder(writes, found);
    return replace();
  }
}

function withNumber(commit: PreparedCommit, written: WriteNumber): PreparedCommit {
  const { batch } = commit;
  return { ...commit, batch: { ...batch, rest: { ...batch.rest, written } } };
}

/** Checks whether a batch has records to project, or a request to accept, besides its order. */
function hasPending({ accepted, restSize }: PreparedBatch): boolean {
  return accepted !== undefined || restSize > 0;
}

/** Separates the batches that share no key with an earlier one from the others, which keep their order. */
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
