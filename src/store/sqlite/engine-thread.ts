/** Runs the engine in its own thread, and communicates with it by messages. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { EngineResult, EngineHost } from './engine-port.js';
import type { Durability, EngineApi } from './engine.js';

export interface WriterSettings {
  readonly path: string;
  readonly durability: Durability;
  /** Two flags shared by both threads: the writer is busy; the writer must start nothing new. */
  readonly state: Int32Array<SharedArrayBuffer>;
}

export const BUSY = 0;
export const STOPPED = 1;
/** How long an exiting process waits for a running write, ms. */
const LAST_WRITE_TIMEOUT_MS = 5_000;

/** A message to the thread, which answers messages in order, each with a `WriterResponse`. */
export interface WriterRequest {
  readonly id: number;
  readonly name: keyof EngineApi | 'open' | 'end';
  // `request` and `callEngine` know which arguments belong to which name.
  readonly args: never;
}

export type WriterResponse =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

interface PendingRequest {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Tests run the TypeScript sources, but a thread needs the built module. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/store/sqlite/writer-thread.js' : './writer-thread.js',
  import.meta.url,
);

/** Runs the engine in its own thread, so that a slow disk does not block the event loop. */
export class EngineThread implements EngineHost {
  private worker: Worker | undefined;
  private exited: Promise<void> = Promise.resolve();
  private readonly pending = new Map<number, PendingRequest>();
  private lastId = 0;
  private highestSeq = 0;
  /** True when the thread is expected to end. */
  private expected = false;
  private ended = false;

  /** @param onExit Called with the cause if the thread ends unexpectedly; `restart` starts another one. */
  constructor(
    private readonly settings: Omit<WriterSettings, 'state'>,
    private readonly onExit: (cause: Error) => void,
  ) {}

  topSeq(): number {
    return this.highestSeq;
  }

  /** Starts the thread, which takes a while. Must be called before `open`. */
  launch(): void {
    if (!existsSync(ENTRY)) throw new Error(`${fileURLToPath(ENTRY)} is missing: npm run build`);
    // The thread gets no flags and no environment, because it needs neither a debugger nor a secret.
    const state = new Int32Array(new SharedArrayBuffer(8));
    const workerData: WriterSettings = { ...this.settings, state };
    const worker = new Worker(ENTRY, { workerData, execArgv: [], env: {}, name: 'store-writer' });
    // An exiting process ends its threads at any point; inside SQLite that would abort the process.
    const exiting = (): void => {
      Atomics.store(state, STOPPED, 1);
      Atomics.wait(state, BUSY, 1, LAST_WRITE_TIMEOUT_MS);
    };
    process.once('exit', exiting);
    let cause = new Error('it was terminated from outside');
    worker.on('message', (response: WriterResponse) => this.handleResponse(response));
    worker.on('error', (error) => (cause = error instanceof Error ? error : new Error(String(error))));
    this.exited = new Promise((resolve) =>
      worker.once('exit', () => {
        process.off('exit', exiting);
        this.worker = undefined;
        this.rejectPending(new Error(`the writer thread died: ${cause.message}`, { cause }));
        resolve();
      }),
    );
    worker.unref();
    this.expected = false;
    this.worker = worker;
  }

  /** @errors Those of the engine. */
  async open(): Promise<void> {
    this.highestSeq = await this.request<number>('open', []);
  }

  /** Starts another thread if the last one died. */
  async restart(): Promise<void> {
    if (this.worker !== undefined || this.ended) return;
    this.launch();
    try {
      await this.open();
    } catch (error) {
      // A thread without an engine is useless; the next attempt starts another one.
      await this.stopThread();
      throw error;
    }
  }

  call<N extends keyof EngineApi>(name: N, ...args: Parameters<EngineApi[N]>): Promise<EngineResult<N>> {
    return this.request<EngineResult<N>>(name, args);
  }

  /** Finishes the pending requests, then closes the files and ends the thread. */
  async end(): Promise<void> {
    this.ended = true;
    await this.stopThread();
  }

  /** Leaves all pending requests without an answer. */
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
    return new Promise<T>((resolve, reject) => {
      const id = ++this.lastId;
      worker.postMessage({ id, name, args });
      // The process must not end while a request is pending.
      if (this.pending.size === 0) worker.ref();
      this.pending.set(id, { resolve, reject });
    });
  }

  private handleResponse(response: WriterResponse): void {
    const pending = this.pending.get(response.id);
    this.pending.delete(response.id);
    if (this.pending.size === 0) this.worker?.unref();
    if ('error' in response) pending?.reject(new Error(response.error));
    else pending?.resolve(response.value as never);
  }

  private rejectPending(error: Error): void {
    const lost = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of lost) reject(error);
    if (!this.expected) this.onExit(error);
  }
}
