import { StoreFault, type MeterEntry } from '../ports/store.js';
import type { Clock } from '../ports/runtime.js';

/** One caller of `commit` that waits for its batch. */
export interface Waiting<B> {
  readonly batch: B;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** Everything that came in during one event-loop turn, or while the turn before was being written. */
export interface Turn<B> {
  readonly waiting: Waiting<B>[];
  readonly entries: MeterEntry[];
  /** One promise for all callers of `append`; absent when there were none. */
  appended?: { readonly promise: Promise<void>; readonly done: () => void; readonly failed: (error: Error) => void };
}

/** A turn of so many waits for the next one millisecond; of twice as many, two. */
const SHARES_PER_MS = 12;
const LONGEST_PAUSE_MS = 6;

/**
 * Group commit: collects the work of one event-loop turn and hands it over as one write. One runs at a time, and what
 * comes meanwhile is gathered: the slower the disk, the more shares a sync. After a full turn the next one waits a
 * moment for company, because a turn costs the same however few share it; after a small one it goes at once.
 * `write` settles everybody in the turn and never throws.
 */
export class TurnQueue<B> {
  /** Until then the next turn waits for company, epoch ms. */
  private gatherUntil = 0;
  private turn: Turn<B> | undefined;
  private scheduled = false;
  private running: Promise<void> | undefined;
  private refusal: string | undefined = 'the store has not been started';

  constructor(
    private readonly clock: Clock,
    private readonly write: (turn: Turn<B>) => void | Promise<void>,
  ) {}

  open(): void {
    this.refusal = undefined;
  }

  /** True while work is taken. */
  isOpen(): boolean {
    return this.refusal === undefined;
  }

  commit(batch: B): Promise<void> {
    const turn = this.current();
    if (turn === undefined) return this.refuse();
    return new Promise((done, failed) => turn.waiting.push({ batch, done, failed }));
  }

  /** The hot path: a push, and the promise that the whole turn shares. */
  append(entry: MeterEntry): Promise<void> {
    const turn = this.current();
    if (turn === undefined) return this.refuse();
    turn.entries.push(entry);
    turn.appended ??= deferred();
    return turn.appended.promise;
  }

  /** Writes what waits, then refuses all further work. */
  async close(): Promise<void> {
    while (this.turn !== undefined || this.running !== undefined) {
      this.flush();
      await this.running;
    }
    this.refusal = 'the store is stopped';
  }

  /** A crash: what waits is never written, and its callers never hear of it. */
  abandon(): void {
    this.turn = undefined;
    // Whether the write that runs will ever be answered is nobody's concern any more.
    this.running = undefined;
    this.refusal = 'the store is gone';
  }

  private current(): Turn<B> | undefined {
    if (this.refusal !== undefined) return undefined;
    if (this.turn === undefined) {
      this.turn = { waiting: [], entries: [] };
      this.schedule();
    }
    return this.turn;
  }

  private schedule(): void {
    if (this.scheduled || this.running !== undefined) return;
    this.scheduled = true;
    const due = (): void => {
      this.scheduled = false;
      this.flush();
    };
    const pause = this.gatherUntil - this.clock.now();
    if (pause > 0 && pause <= LONGEST_PAUSE_MS) this.clock.after(pause, due);
    else this.clock.soon(due);
  }

  private flush(): void {
    const turn = this.turn;
    if (turn === undefined || this.running !== undefined) return;
    this.turn = undefined;
    const size = turn.entries.length + turn.waiting.length;
    const written = this.write(turn);
    if (written === undefined) return;
    this.running = written.then(() => {
      this.running = undefined;
      this.gatherUntil = this.clock.now() + Math.min(LONGEST_PAUSE_MS, Math.floor(size / SHARES_PER_MS));
      if (this.turn !== undefined) this.schedule();
    });
  }

  private refuse(): Promise<never> {
    return Promise.reject(new StoreFault(this.refusal ?? 'the store takes no work'));
  }
}

function deferred(): NonNullable<Turn<never>['appended']> {
  let done: () => void = () => {};
  let failed: (error: Error) => void = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    done = resolve;
    failed = reject;
  });
  return { promise, done, failed };
}
