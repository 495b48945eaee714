/** The real process: tests start, kill, stop and restart it, and read its output. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist', 'program', 'main.js');
const READY = /^ready beckn=(\S+) ocpp=(\S+) operator=(\S+)(?: ocpp-tls=\S+)?$/m;
const READY_WITHIN_MS = 60_000;

export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Started {
  readonly beckn: string;
  readonly ocpp: string;
  readonly operator: string;
  /** The time from the spawn to the ready line, ms. */
  readonly tookMs: number;
}

const alive = new Set<ChildProcess>();

/** Returns the pids of our processes that still run. The list must be empty at the end of every test. */
export const stillRunning = (): number[] => [...alive].flatMap((child) => child.pid ?? []);

export class BridgeProcess {
  stdout = '';
  stderr = '';
  /** Resolves when the last process has ended and all its output has been read. */
  death: Promise<Death> = Promise.resolve({ code: null, signal: null });
  #child: ChildProcess | undefined;

  /**
   * @param env Environment variables of every process that this object starts.
   * @param folder The working directory.
   */
  constructor(
    readonly args: readonly string[],
    readonly env: { readonly [name: string]: string } = {},
    readonly folder = ROOT,
  ) {
    if (!existsSync(MAIN)) throw new Error('the process runs from dist: npm run build');
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts the process without waiting for anything. It inherits the test's environment without the bridge's settings.
   * @param env Additional environment variables.
   */
  spawn(env: { readonly [name: string]: string } = {}): void {
    if (this.#child) throw new Error('it runs already');
    this.stdout = '';
    const inherited = Object.entries(process.env).filter(([name]) => !/^(BRIDGE_|NODE_OPTIONS|VITEST)/.test(name));
    const child = spawn(process.execPath, [MAIN, ...this.args], {
      cwd: this.folder,
      env: { ...Object.fromEntries(inherited), ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    alive.add(child);
    child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-400_000)));
    this.death = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        alive.delete(child);
        if (this.#child === child) this.#child = undefined;
        resolve({ code, signal });
      });
    });
  }

  /**
   * Starts the process and waits for the ready line.
   * @errors Throws the output of a process that ends before that line, or that does not print it within a minute.
   */
  async start(env: { readonly [name: string]: string } = {}): Promise<Started> {
    const began = performance.now();
    this.spawn(env);
    const child = this.#child!;
    const found = await new Promise<RegExpExecArray | Death>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not ready: ${this.stderr}`)), READY_WITHIN_MS);
      const look = (): void => {
        const ready = READY.exec(this.stdout);
        if (ready) finish(ready);
      };
      const finish = (outcome: RegExpExecArray | Death): void => {
        clearTimeout(late);
        child.stdout!.off('data', look);
        resolve(outcome);
      };
      child.stdout!.on('data', look);
      void this.death.then(finish);
    });
    if (!Array.isArray(found)) throw new DiedBeforeReady(found, this.stderr);
    const [, beckn = '', ocpp = '', operator = ''] = found;
    return { beckn, ocpp, operator, tookMs: performance.now() - began };
  }

  /** Closes the reading end of the process's output. */
  closeOutput(): void {
    this.#child?.stdout?.destroy();
    this.#child?.stderr?.destroy();
  }

  kill9(): Promise<Death> {
    this.#child?.kill('SIGKILL');
    return this.death;
  }

  term(): Promise<Death> {
    this.#child?.kill('SIGTERM');
    return this.death;
  }
}

class DiedBeforeReady extends Error {
  constructor(
    readonly death: Death,
    readonly stderr: string,
  ) {
    super(`it ended before it was ready (${death.code ?? death.signal}): ${stderr.slice(-2_000)}`);
  }
}
