/** Group commit: the work of one event-loop turn becomes one write. */
import { StoreFault } from '../ports/store.js';
import { type MeterEntry } from '../ports/stored-records.js';
import type { Clock } from '../ports/runtime.js';

/** A batch with the caller that waits for it. */
export interface PendingCommit<B> {
  readonly batch: B;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The work of one event-loop turn, or of the time in which the previous group was written. */
export interface CommitGroup<B> {
  readonly commits: PendingCommit<B>[];
  readonly entries: MeterEntry[];
  /** One promise for all callers of `append`; absent without any. */
  append?: { readonly promise: Promise<void>; readonly resolve: () => void; readonly reject: (error: Error) => void };
}

/** After a group of this many the next one gathers for 1 ms, after twice as many for 2 ms. */
const COMMITS_PER_MS = 12;
const MAX_GATHER_MS = 6;

/**
 * Collects the work of one event-loop turn and writes it as one group. One write runs at a time; work that arrives
 * meanwhile joins the next group, so a slower disk shares each sync among more callers. After a large group the next
 * one gathers for a moment, because a write costs the same however few share it; after a small one it starts at once.
 * `write` settles every caller of the group and never throws.
 */
export class GroupCommitQueue<B> {
  /** The next group gathers until this time, epoch ms. */
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

  /** The hot path: one push, and a promise that the whole group shares. */
  append(entry: MeterEntry): Promise<void> {
    const group = this.currentGroup();
    if (group === undefined) return this.rejectClosed();
    group.entries.push(entry);
    group.append ??= deferred();
    return group.append.promise;
  }

  /** Writes the waiting work, then refuses any more. */
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
