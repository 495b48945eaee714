import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Answer, EngineHost } from './engine-port.js';
import type { Durability, Work } from './engine.js';

export interface WriterSettings {
  readonly path: string;
  readonly durability: Durability;
  /** Two integers that both threads see: whether the writer is at work, and whether it must begin nothing more. */
  readonly state: Int32Array<SharedArrayBuffer>;
}

export const AT_WORK = 0;
export const NO_MORE = 1;
/** A process that exits waits no longer than this for a write that has begun, ms. */
const LAST_WRITE_MS = 5_000;

/** A message to the thread; it answers each with one `Told`, in order. */
export interface Asked {
  readonly id: number;
  readonly name: keyof Work | 'open' | 'end';
  // Which arguments belong to which name is known to `do` and to `perform`.
  readonly args: never;
}

export type Told = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly problem: string };

interface Pending {
  readonly done: (value: never) => void;
  readonly failed: (error: Error) => void;
}

/** Tests run the sources, and a thread runs what was built of them. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/store/sqlite/writer-thread.js' : './writer-thread.js',
  import.meta.url,
);

/** An engine in a thread of its own: a slow disk holds up its answers, and nothing else. */
export class ThreadHost implements EngineHost {
  private worker: Worker | undefined;
  private gone: Promise<void> = Promise.resolve();
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private top = 0;
  /** That the thread ends is no surprise. */
  private expected = false;
  private ended = false;

  /** @param died hears why when the thread ends unasked; `revive` starts another. */
  constructor(
    private readonly settings: Omit<WriterSettings, 'state'>,
    private readonly died: (cause: Error) => void,
  ) {}

  topSeq(): number {
    return this.top;
  }

  /** Starts the thread, which takes a while; may be called before `open`. */
  launch(): void {
    if (!existsSync(ENTRY)) throw new Error(`${fileURLToPath(ENTRY)} is missing: npm run build`);
    // No flags and no environment of the process: neither a debugger nor a secret is needed there.
    const state = new Int32Array(new SharedArrayBuffer(8));
    const workerData: WriterSettings = { ...this.settings, state };
    const worker = new Worker(ENTRY, { workerData, execArgv: [], env: {}, name: 'store-writer' });
    // An exit ends threads wherever they are, and in the middle of SQLite that would abort the process.
    const exiting = (): void => {
      Atomics.store(state, NO_MORE, 1);
      Atomics.wait(state, AT_WORK, 1, LAST_WRITE_MS);
    };
    process.once('exit', exiting);
    let cause = new Error('it was ended from outside');
    worker.on('message', (told: Told) => this.hear(told));
    worker.on('error', (error) => (cause = error instanceof Error ? error : new Error(String(error))));
    this.gone = new Promise((resolve) =>
      worker.once('exit', () => {
        process.off('exit', exiting);
        this.worker = undefined;
        this.buryPending(new Error(`the writer thread has died: ${cause.message}`, { cause }));
        resolve();
      }),
    );
    worker.unref();
    this.expected = false;
    this.worker = worker;
  }

  /** @errors The engine's own. */
  async open(): Promise<void> {
    this.top = await this.ask<number>('open', []);
  }

  /** A new thread in the place of one that died. */
  async revive(): Promise<void> {
    if (this.worker !== undefined || this.ended) return;
    this.launch();
    try {
      await this.open();
    } catch (error) {
      // A thread without an engine is of no use: the next try starts another.
      await this.finish();
      throw error;
    }
  }

  do<N extends keyof Work>(name: N, ...args: Parameters<Work[N]>): Promise<Answer<N>> {
    return this.ask<Answer<N>>(name, args);
  }

  /** Finishes what was asked, then lets go of everything. */
  async end(): Promise<void> {
    this.ended = true;
    await this.finish();
  }

  /** Nobody hears of what was asked and is not answered yet. */
  forget(): void {
    this.pending.clear();
  }

  private async finish(): Promise<void> {
    this.expected = true;
    if (this.worker !== undefined) await this.ask('end', []).catch(() => undefined);
    this.worker?.ref();
    await this.gone;
  }

  private ask<T>(name: Asked['name'], args: readonly unknown[]): Promise<T> {
    const { worker } = this;
    if (worker === undefined) return Promise.reject(new Error('the writer thread is not running'));
    return new Promise<T>((done, failed) => {
      const id = ++this.lastId;
      worker.postMessage({ id, name, args });
      // While something is asked the process must not end in the middle of it.
      if (this.pending.size === 0) worker.ref();
      this.pending.set(id, { done, failed });
    });
  }

  private hear(told: Told): void {
    const pending = this.pending.get(told.id);
    this.pending.delete(told.id);
    if (this.pending.size === 0) this.worker?.unref();
    if ('problem' in told) pending?.failed(new Error(told.problem));
    else pending?.done(told.value as never);
  }

  private buryPending(error: Error): void {
    const lost = [...this.pending.values()];
    this.pending.clear();
    for (const { failed } of lost) failed(error);
    if (!this.expected) this.died(error);
  }
}
