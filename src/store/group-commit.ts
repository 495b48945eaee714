/** Collects the work of one event-loop turn into one write (group commit). */
import { StoreFault } from '../ports/store.js';
import { type MeterEntry } from '../ports/stored-records.js';
import type { Clock } from '../ports/runtime.js';

/** A batch with the caller that waits for it. */
export interface PendingCommit<B> {
  readonly batch: B;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Work that is written together, because it arrived in one event-loop turn or during the previous write. */
export interface CommitGroup<B> {
  readonly commits: PendingCommit<B>[];
  readonly entries: MeterEntry[];
  /** One promise shared by all callers of `append`; absent if there are none. */
  append?: { readonly promise: Promise<void>; readonly resolve: () => void; readonly reject: (error: Error) => void };
}

/**
 * After a group of this size the next one waits 1 ms for more work, after twice the size 2 ms, up to the maximum below.
 */
const COMMITS_PER_MS = 12;
const MAX_GATHER_MS = 6;

/**
 * Collects the work of one event-loop turn and writes it as one group. One write runs at a time, and work that arrives
 * meanwhile joins the next group, so that on a slower disk more callers share each sync. After a large group the next
 * one waits a few milliseconds, because a write costs about the same however many callers share it. `write` settles
 * every caller of the group and never throws.
 */
export class GroupCommitQueue<B> {
  /** The next group waits for more work until this time, epoch ms. */
  private gatherUntil = 0;
  private group: CommitGroup<B> | undefined;
  private scheduled = false;
  private running: Promise<void> | undefined;
  private closedReason: string | undefined = 'the store has not been started';

  constructor(
    private readonly clock: Clock,
    private readonly write: (group: CommitGroup<B>) => void | Promise<void>,
  ) {}

  open(): void {
    this.closedReason = undefined;
  }

  /** True while the queue accepts work. */
  isOpen(): boolean {
    return this.closedReason === undefined;
  }

  commit(batch: B): Promise<void> {
    const group = this.currentGroup();
    if (group === undefined) return this.rejectClosed();
    return new Promise((resolve, reject) => group.commits.push({ batch, resolve, reject }));
  }

  /** Queues a meter entry. On this hot path the callers of a group share one promise. */
  append(entry: MeterEntry): Promise<void> {
    const group = this.currentGroup();
    if (group === undefined) return this.rejectClosed();
    group.entries.push(entry);
    group.append ??= deferred();
    return group.append.promise;
  }

  /** Writes the waiting work, and then refuses further work. */
  async close(): Promise<void> {
    while (this.group !== undefined || this.running !== undefined) {
      this.flush();
      await this.running;
    }
    this.closedReason = 'the store is stopped';
  }

  /** Simulates a crash: the waiting work is never written and its callers never get an answer. */
  discard(): void {
    this.group = undefined;
    // Nobody waits for the running write any longer.
    this.running = undefined;
    this.closedReason = 'the store is gone';
  }

  private currentGroup(): CommitGroup<B> | undefined {
    if (this.closedReason !== undefined) return undefined;
    if (this.group === undefined) {
      this.group = { commits: [], entries: [] };
      this.schedule();
    }
    return this.group;
  }

  private schedule(): void {
    if (this.scheduled || this.running !== undefined) return;
    this.scheduled = true;
    const onDue = (): void => {
      this.scheduled = false;
      this.flush();
    };
    const gatherMs = this.gatherUntil - this.clock.now();
    if (gatherMs > 0 && gatherMs <= MAX_GATHER_MS) this.clock.callLater(gatherMs, onDue);
    else this.clock.callSoon(onDue);
  }

  private flush(): void {
    const group = this.group;
    if (group === undefined || this.running !== undefined) return;
    this.group = undefined;
    const size = group.entries.length + group.commits.length;
    const writing = this.write(group);
    if (writing === undefined) return;
    this.running = writing.then(() => {
      this.running = undefined;
      this.gatherUntil = this.clock.now() + Math.min(MAX_GATHER_MS, Math.floor(size / COMMITS_PER_MS));
      if (this.group !== undefined) this.schedule();
    });
  }

  private rejectClosed(): Promise<never> {
    return Promise.reject(new StoreFault(this.closedReason ?? 'the store accepts no work'));
  }
}

function deferred(): NonNullable<CommitGroup<never>['append']> {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
