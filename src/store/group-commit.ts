import { StoreFault, type MeterEntry } from '../ports/store.js';
import type { Clock } from '../ports/runtime.js';

/** One caller of `commit` that waits for its batch. */
export interface PendingCommit<B> {
  readonly batch: B;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Everything that came in during one event-loop turn, or while the turn before was being written. */
export interface CommitGroup<B> {
  readonly commits: PendingCommit<B>[];
  readonly entries: MeterEntry[];
  /** One promise for all callers of `append`; absent when there were none. */
  append?: { readonly promise: Promise<void>; readonly resolve: () => void; readonly reject: (error: Error) => void };
}

/** A turn of so many waits for the next one millisecond; of twice as many, two. */
const COMMITS_PER_MS = 12;
const MAX_GATHER_MS = 6;

/**
 * Group commit: collects the work of one event-loop turn and hands it over as one write. One runs at a time, and what
 * comes meanwhile is gathered: the slower the disk, the more shares a sync. After a full turn the next one waits a
 * moment for company, because a turn costs the same however few share it; after a small one it goes at once.
 * `write` settles everybody in the turn and never throws.
 */
export class GroupCommitQueue<B> {
  /** Until then the next turn waits for company, epoch ms. */
  private gatherUntil = 0;
  private group: CommitGroup<B> | undefined;
  private scheduled = false;
  private running: Promise<void> | undefined;
  private closedReason: string | undefined = 'the store has not been started';

  constructor(
    private readonly clock: Clock,
    private readonly write: (turn: CommitGroup<B>) => void | Promise<void>,
  ) {}

  open(): void {
    this.closedReason = undefined;
  }

  /** True while work is taken. */
  isOpen(): boolean {
    return this.closedReason === undefined;
  }

  commit(batch: B): Promise<void> {
    const turn = this.currentGroup();
    if (turn === undefined) return this.rejectClosed();
    return new Promise((done, failed) => turn.commits.push({ batch, resolve: done, reject: failed }));
  }

  /** The hot path: a push, and the promise that the whole turn shares. */
  append(entry: MeterEntry): Promise<void> {
    const turn = this.currentGroup();
    if (turn === undefined) return this.rejectClosed();
    turn.entries.push(entry);
    turn.append ??= deferred();
    return turn.append.promise;
  }

  /** Writes what waits, then refuses all further work. */
  async close(): Promise<void> {
    while (this.group !== undefined || this.running !== undefined) {
      this.flush();
      await this.running;
    }
    this.closedReason = 'the store is stopped';
  }

  /** A crash: what waits is never written, and its callers never hear of it. */
  discard(): void {
    this.group = undefined;
    // Whether the write that runs will ever be answered is nobody's concern any more.
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
    const due = (): void => {
      this.scheduled = false;
      this.flush();
    };
    const pause = this.gatherUntil - this.clock.now();
    if (pause > 0 && pause <= MAX_GATHER_MS) this.clock.callLater(pause, due);
    else this.clock.callSoon(due);
  }

  private flush(): void {
    const turn = this.group;
    if (turn === undefined || this.running !== undefined) return;
    this.group = undefined;
    const size = turn.entries.length + turn.commits.length;
    const written = this.write(turn);
    if (written === undefined) return;
    this.running = written.then(() => {
      this.running = undefined;
      this.gatherUntil = this.clock.now() + Math.min(MAX_GATHER_MS, Math.floor(size / COMMITS_PER_MS));
      if (this.group !== undefined) this.schedule();
    });
  }

  private rejectClosed(): Promise<never> {
    return Promise.reject(new StoreFault(this.closedReason ?? 'the store takes no work'));
  }
}

function deferred(): NonNullable<CommitGroup<never>['append']> {
  let done: () => void = () => {};
  let failed: (error: Error) => void = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    done = resolve;
    failed = reject;
  });
  return { promise, resolve: done, reject: failed };
}
