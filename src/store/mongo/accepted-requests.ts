/**
 * Accepts requests. The first acceptance of a request inserts its document, so that only one of two deliveries is
 * accepted. If the request also changes an order, the document is only a claim until that order is written: the order
 * names the request in the same write, and a claim whose order does not name the request is void.
 */
import mongoose from 'mongoose';
import { RequestConflict, StoreFault } from '../../ports/store.js';
import type { PendingCommit } from '../group-commit.js';
import type { RequestClaim, StoredRequest } from './stored-documents.js';
import type { FencedWrites } from './fenced-writes.js';
import { clearAcceptance } from './pending.js';
import { toStoredRequest, trusted, type PreparedBatch } from './stored-forms.js';

type PreparedCommit = PendingCommit<PreparedBatch>;

export class AcceptedRequests {
  readonly #writes: FencedWrites;

  constructor(writes: FencedWrites) {
    this.#writes = writes;
  }

  /**
   * Inserts the requests that the batches accept.
   * @returns The batches except those whose request was, or may have been, accepted before. The callers of those get a
   *          RequestConflict or, while it is unknown whether the request was accepted, a StoreFault.
   * @errors Those of the driver and the lease; some requests may have been inserted.
   */
  async insert(commits: readonly PreparedCommit[]): Promise<readonly PreparedCommit[]> {
    const documents = commits.flatMap(({ batch }) => this.#documentOf(batch) ?? []);
    const taken = await this.#writes.insertFree(this.#writes.collections.requests, documents);
    if (taken.size === 0) return commits;
    const left: PreparedCommit[] = [];
    for (const commit of commits) {
      const { accepted } = commit.batch;
      const document = accepted && taken.has(accepted.key) && documents.find(({ _id }) => _id === accepted.key);
      const refusal = document ? await this.#takeOver(document) : undefined;
      if (refusal) commit.reject(refusal);
      else left.push(commit);
    }
    return left;
  }

  #documentOf({ accepted, order, rest, restSize }: PreparedBatch): StoredRequest | undefined {
    if (!accepted) return undefined;
    const stored = toStoredRequest(accepted);
    if (!order) return restSize === 0 ? stored : { ...stored, pending: JSON.stringify(rest), hasPending: true };
    const { epoch, notAfter } = this.#writes;
    const token = new mongoose.Types.ObjectId().toHexString();
    return { ...stored, claim: { token, orderId: order._id, epoch, notAfter }, hasPending: true };
  }

  /**
   * Replaces a claim whose order was never written and either can no longer be written or is this batch's own.
   * @returns Why the request cannot be accepted; `undefined` if the claim was replaced.
   */
  async #takeOver(document: StoredRequest): Promise<Error | undefined> {
    const { requests, orders } = this.#writes.collections;
    const found = await this.#claimOf(document._id);
    if (!found) return new StoreFault(`request ${document._id}: its document has just gone`);
    const { claim, isOver } = found;
    if (!claim) return new RequestConflict(document._id);
    // The order is read after the deadline was checked, so a later write of the order cannot be missed.
    if (await orders.exists({ _id: claim.orderId, accepts: document._id })) return new RequestConflict(document._id);
    const isOurs = document.claim?.orderId === claim.orderId;
    const canArrive = claim.epoch === this.#writes.epoch && !isOver && !isOurs;
    const token = { _id: document._id, 'claim.token': claim.token };
    if (!canArrive && (await this.#writes.replace(requests, token, document))) return undefined;
    return new StoreFault(`request ${document._id}: an earlier write of it may still arrive`);
  }

  async #claimOf(_id: string): Promise<{ readonly claim?: RequestClaim; readonly isOver: boolean } | undefined> {
    const { collections, maxWriteMs } = this.#writes;
    const isOver = { $lt: [{ $add: ['$claim.notAfter', maxWriteMs] }, '$$NOW'] };
    const [found] = await collections.requests.aggregate<{ claim?: RequestClaim; isOver: boolean }>([
      { $match: { _id } },
      { $project: { claim: 1, isOver } },
    ]);
    return found;
  }

  /** Removes the claim of a batch whose order was refused. @errors Those of the driver and the lease. */
  async withdraw({ accepted, order }: PreparedBatch): Promise<void> {
    if (!accepted || !order) return;
    const { requests } = this.#writes.collections;
    await this.#writes.delete(requests, { _id: accepted.key, 'claim.orderId': order._id });
  }

  /**
   * Makes an acceptance final once its order or its other records are written.
   * @errors Those of the driver and the lease.
   */
  async settle(batches: readonly PreparedBatch[]): Promise<void> {
    await clearAcceptance(
      this.#writes,
      batches.flatMap(({ accepted, order, restSize }) => {
        if (!accepted || (!order && restSize === 0)) return [];
        return { _id: accepted.key, ...(order && { 'claim.orderId': order._id }) };
      }),
    );
  }
}

/**
 * Removes the claims of earlier processes. Must be called after `completePending`: the claims that are then left belong
 * to orders that do not name the requests and can no longer be written.
 */
export async function removeDeadClaims(writes: FencedWrites): Promise<void> {
  await writes.delete(writes.collections.requests, { hasPending: true, 'claim.epoch': { $lt: writes.epoch } });
}

/** Checks whether a request that was found with a claim is accepted. */
export async function isAccepted(
  { orders, requests }: Pick<FencedWrites['collections'], 'orders' | 'requests'>,
  key: string,
  claim: RequestClaim,
): Promise<boolean> {
  if (await orders.exists({ _id: claim.orderId, accepts: key })) return true;
  // It may have become final between the two reads.
  return (await requests.exists({ _id: key, claim: trusted({ $exists: false }) })) !== null;
}
