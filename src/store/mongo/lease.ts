/**
 * One process writes to a database at a time. It holds a lease: a document that it renews every two seconds and that is
 * valid for eight seconds, by the database's clock. In the last three seconds the server begins no write of the holder
 * (see `fenced-writes.ts`), so none is under way when another process takes over. Each new holder has a higher epoch,
 * which its orders carry: an earlier holder's change of an order is refused even if the database's clock was adjusted.
 */
import mongoose from 'mongoose';
import type { Cancel, Clock } from '../../ports/runtime.js';
import { StoreFault } from '../../ports/store.js';
import type { Collections } from './collections.js';
import type { StoredLease } from './stored-documents.js';
import { duplicateIndex, trusted } from './stored-forms.js';

const LEASE_MS = 8_000;
const POLL_MS = 250;

/** The times of a lease that is valid for `leaseMs`, ms. */
function timesOf(leaseMs: number) {
  return {
    leaseMs,
    renewMs: leaseMs / 4,
    /** The last part of the lease, in which the server begins no write. */
    marginMs: Math.ceil((leaseMs * 3) / 8),
    /** The server aborts a write after this time, so that the write ends before the lease does. */
    maxWriteMs: Math.floor((leaseMs * 5) / 16),
    /** A lease renewed longer ago than this is renewed before the next write, which then has time to arrive. */
    trustedMs: leaseMs / 2,
  } as const;
}

/** The lease's collection changes when the connection is opened again. */
interface LeaseSource {
  readonly collections: Pick<Collections, 'lease'>;
}

export interface LeaseDeps {
  readonly clock: Clock;
  /** The holder's name in the error that a second process gets. */
  readonly holderName: string;
  /** How long to wait at startup for another process to give up the lease, ms. */
  readonly waitMs: number;
  /** How long the lease is valid without a renewal, ms; 8 s by default. */
  readonly leaseMs?: number;
  /** Called once, when another process has taken over. */
  readonly onLost: (reason: string) => void;
}

export class Lease {
  readonly #deps: LeaseDeps;
  readonly #times: ReturnType<typeof timesOf>;
  readonly #holder = new mongoose.Types.ObjectId().toHexString();
  #source: LeaseSource | undefined;
  #epoch = 0;
  /** When the last renewal was sent, by the monotonic clock. */
  #renewedAt = 0;
  /** When the lease ends, by the database's clock. */
  #until = new Date(0);
  /** Time of the last failed write, by the monotonic clock. That write may still arrive. */
  #failedAt = -Infinity;
  #lost: StoreFault | undefined;
  #timer: Cancel | undefined;

  constructor(deps: LeaseDeps) {
    this.#deps = deps;
    this.#times = timesOf(deps.leaseMs ?? LEASE_MS);
  }

  /** Higher than the epoch of every earlier holder. */
  get epoch(): number {
    return this.#epoch;
  }

  /** From this time, by the database's clock, the server begins no write that the holder sends now. */
  get notAfter(): Date {
    return new Date(this.#until.getTime() - this.#times.marginMs);
  }

  /** How long the server may work on a write of this holder, ms. */
  get maxWriteMs(): number {
    return this.#times.maxWriteMs;
  }

  /** Records that a write failed. It may still arrive, so `release` then lets the lease run out. */
  reportFailedWrite(): void {
    this.#failedAt = this.#deps.clock.monotonic();
  }

  /**
   * Takes the lease, once its holder has given it up or let it run out, and begins to renew it.
   * @errors StoreFault with a sentence for the operator if another process still holds it after `waitMs`; the driver's.
   */
  async acquire(source: LeaseSource): Promise<void> {
    await source.collections.lease
      .updateOne(
        { _id: 'lease' },
        { $setOnInsert: { holder: '', name: '', epoch: 0, until: new Date(0) } },
        { upsert: true },
      )
      // Two processes may insert it at the same moment.
      .catch((error: unknown) => {
        if (duplicateIndex(error) !== '_id_') throw error;
      });
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      const sentAt = this.#deps.clock.monotonic();
      const taken = await this.#take(source.collections.lease);
      if (taken) {
        this.#source = source;
        this.#epoch = taken.epoch;
        this.#until = taken.until;
        this.#renewedAt = sentAt;
        this.#schedule();
        return;
      }
      if (waitedMs >= this.#deps.waitMs) throw await this.#refusal(source.collections.lease);
      await new Promise<void>((resolve) => this.#deps.clock.callLater(POLL_MS, resolve));
    }
  }

  #take(collection: Collections['lease']): Promise<StoredLease | null> {
    const { holderName: name } = this.#deps;
    const holder = this.#holder;
    return collection
      .findOneAndUpdate(
        { _id: 'lease', $expr: trusted({ $lte: ['$until', '$$NOW'] }) },
        [{ $set: { holder, name, epoch: { $add: ['$epoch', 1] }, until: { $add: ['$$NOW', this.#times.leaseMs] } } }],
        { returnDocument: 'after', updatePipeline: true },
      )
      .lean<StoredLease>();
  }

  async #refusal(collection: Collections['lease']): Promise<StoreFault> {
    const found = await collection.findById('lease').lean<StoredLease>();
    return new StoreFault(
      `another process uses this database (${found?.name ?? 'unknown'}); two would send everything twice. ` +
        `Stop it first; if it was killed, its lease ends within ${this.#times.leaseMs / 1000} s (store.leaseWaitS waits for that)`,
    );
  }

  /** Renews the lease before a write if the last renewal is old. @errors StoreFault if it was lost; the driver's. */
  async ensureHeld(): Promise<void> {
    if (this.#lost) throw this.#lost;
    if (this.#deps.clock.monotonic() - this.#renewedAt > this.#times.trustedMs) await this.renew();
  }

  /**
   * Renews the lease, and finds out whether this process still has it.
   * @errors StoreFault if it was lost, or while the store is not running; the driver's.
   */
  async renew(): Promise<void> {
    if (this.#lost) throw this.#lost;
    const source = this.#source;
    if (!source) throw new StoreFault('the store is not running');
    const sentAt = this.#deps.clock.monotonic();
    const renewed = await source.collections.lease
      .findOneAndUpdate(
        { _id: 'lease', holder: this.#holder, epoch: this.#epoch },
        [{ $set: { until: { $add: ['$$NOW', this.#times.leaseMs] } } }],
        { returnDocument: 'after', updatePipeline: true },
      )
      .lean<StoredLease>();
    if (this.#source !== source) return;
    if (renewed === null) throw this.reportLost();
    this.#until = renewed.until;
    this.#renewedAt = sentAt;
  }

  /** Records that another process has the database now. @returns The fault for the caller. */
  reportLost(): StoreFault {
    const reason = 'another process has taken over this database; this one may write nothing any more';
    const isFirst = this.#lost === undefined;
    this.#lost ??= new StoreFault(reason);
    this.#timer?.();
    if (isFirst) this.#deps.onLost(reason);
    return this.#lost;
  }

  #schedule(): void {
    this.#timer = this.#deps.clock.callLater(this.#times.renewMs, () => {
      // While the database is unreachable, nothing is written; the next write or the next round tries again.
      this.renew()
        .catch(() => undefined)
        .finally(() => {
          if (this.#source && !this.#lost) this.#schedule();
        });
    });
  }

  /** Lets the next process begin at once. If a write may still arrive, lets the lease run out instead. */
  async release(): Promise<void> {
    const source = this.#source;
    this.abandon();
    const mayBeUnderWay = this.#deps.clock.monotonic() - this.#failedAt < this.#times.leaseMs;
    if (!source || this.#lost || mayBeUnderWay) return;
    const mine = { _id: 'lease', holder: this.#holder, epoch: this.#epoch } as const;
    await source.collections.lease.updateOne(mine, { $set: { until: new Date(0) } });
  }

  /** Stops renewing the lease, which then runs out. */
  abandon(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#source = undefined;
  }
}

/** Raises the epoch of all orders that can still change, so that a write of an earlier holder is refused. */
export async function fenceOrders({ orders }: Pick<Collections, 'orders'>, epoch: number): Promise<void> {
  const mayChange = [{ open: true }, { state: 'draft' }];
  await orders.updateMany({ $or: mayChange, epoch: trusted({ $not: { $gte: epoch } }) }, { $set: { epoch } });
}
