import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { EngineResult, EngineHost } from './engine-port.js';
import type { Durability, EngineApi } from './engine.js';

export interface WriterSettings {
  readonly path: string;
  readonly durability: Durability;
  /** Two integers that both threads see: whether the writer is at work, and whether it must begin nothing more. */
  readonly state: Int32Array<SharedArrayBuffer>;
}

export const BUSY = 0;
export const STOPPED = 1;
/** A process that exits waits no longer than this for a write that has begun, ms. */
const LAST_WRITE_TIMEOUT_MS = 5_000;

/** A message to the thread; it answers each with one `Told`, in order. */
export interface WriterRequest {
  readonly id: number;
  readonly name: keyof EngineApi | 'open' | 'end';
  // Which arguments belong to which name is known to `do` and to `perform`.
  readonly args: never;
}

export type WriterResponse =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };

interface PendingRequest {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Tests run the sources, and a thread runs what was built of them. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/store/sqlite/writer-thread.js' : './writer-thread.js',
  import.meta.url,
);

/** An engine in a thread of its own: a slow disk holds up its answers, and nothing else. */
export class EngineThread implements EngineHost {
  private worker: Worker | undefined;
  private exited: Promise<void> = Promise.resolve();
  private readonly pending = new Map<number, PendingRequest>();
  private lastId = 0;
  private highestSeq = 0;
  /** That the thread ends is no surprise. */
  private expected = false;
  private ended = false;

  /** @param onExit hears why when the thread ends unasked; `revive` starts another. */
  constructor(
    private readonly settings: Omit<WriterSettings, 'state'>,
    private readonly onExit: (cause: Error) => void,
  ) {}

  topSeq(): number {
    return this.highestSeq;
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
      Atomics.store(state, STOPPED, 1);
      Atomics.wait(state, BUSY, 1, LAST_WRITE_TIMEOUT_MS);
    };
    process.once('exit', exiting);
    let cause = new Error('it was ended from outside');
    worker.on('message', (told: WriterResponse) => this.handleResponse(told));
    worker.on('error', (error) => (cause = error instanceof Error ? error : new Error(String(error))));
    this.exited = new Promise((resolve) =>
      worker.once('exit', () => {
        process.off('exit', exiting);
        this.worker = undefined;
        this.rejectPending(new Error(`the writer thread has died: ${cause.message}`, { cause }));
        resolve();
      }),
    );
    worker.unref();
    this.expected = false;
    this.worker = worker;
  }

  /** @errors The engine's own. */
  async open(): Promise<void> {
    this.highestSeq = await this.request<number>('open', []);
  }

  /** A new thread in the place of one that died. */
  async restart(): Promise<void> {
    if (this.worker !== undefined || this.ended) return;
    this.launch();
    try {
      await this.open();
    } catch (error) {
      // A thread without an engine is of no use: the next try starts another.
      await this.stopThread();
      throw error;
    }
  }

  call<N extends keyof EngineApi>(name: N, ...args: Parameters<EngineApi[N]>): Promise<EngineResult<N>> {
    return this.request<EngineResult<N>>(name, args);
  }

  /** Finishes what was asked, then lets go of everything. */
  async end(): Promise<void> {
    this.ended = true;
    await this.stopThread();
  }

  /** Nobody hears of what was asked and is not answered yet. */
  dropPending(): void {
    this.pending.clear();
  }

  private async stopThread(): Promise<void> {
    this.expected = true;
    if (this.worker !== undefined) await this.request('end', []).catch(() => undefined);
    this.worker?.ref();
    await this.exited;
  }

  private request<T>(name: WriterRequest['name'], args: readonly unknown[]): Promise<T> {
    const { worker } = this;
    if (worker === undefined) return Promise.reject(new Error('the writer thread is not running'));
    return new Promise<T>((done, failed) => {
      const id = ++this.lastId;
      worker.postMessage({ id, name, args });
      // While something is asked the process must not end in the middle of it.
      if (this.pending.size === 0) worker.ref();
      this.pending.set(id, { resolve: done, reject: failed });
    });
  }

  private handleResponse(told: WriterResponse): void {
    const pending = this.pending.get(told.id);
    this.pending.delete(told.id);
    if (this.pending.size === 0) this.worker?.unref();
    if ('error' in told) pending?.reject(new Error(told.error));
    else pending?.resolve(told.value as never);
  }

  private rejectPending(error: Error): void {
    const lost = [...this.pending.values()];
    this.pending.clear();
    for (const { reject: failed } of lost) failed(error);
    if (!this.expected) this.onExit(error);
  }
}
