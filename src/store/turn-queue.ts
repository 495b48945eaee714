import { StoreFault, type MeterEntry } from '../bridge/ports/store.js';
import type { Clock } from '../bridge/ports/runtime.js';

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

/** However slow the disk, nothing waits longer than this for the write before it to be made up for, ms. */
const LONGEST_REST_MS = 8;

/**
 * Group commit: collects the work of one event-loop turn and hands it over as one write.
 * A write rests as long as the one before it took: on a slow disk the next gathers more, and the process is never
 * more than half of its time in the engine. `write` settles everybody in the turn and never throws; one runs at a time.
 */
export class TurnQueue<B> {
  private turn: Turn<B> | undefined;
  private scheduled = false;
  private running: Promise<void> | undefined;
  /** Not before this is the next turn written, epoch ms. */
  private restUntil = 0;
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
    const rest = Math.min(this.restUntil - this.clock.now(), LONGEST_REST_MS);
    if (rest > 0) this.clock.after(rest, due);
    else this.clock.soon(due);
  }

  private flush(): void {
    const turn = this.turn;
    if (turn === undefined || this.running !== undefined) return;
    this.turn = undefined;
    const began = this.clock.now();
    const written = this.write(turn);
    if (written === undefined) return this.rest(began);
    this.running = written.then(() => {
      this.running = undefined;
      this.rest(began);
      if (this.turn !== undefined) this.schedule();
    });
  }

  private rest(began: number): void {
    const now = this.clock.now();
    this.restUntil = now + (now - began);
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
