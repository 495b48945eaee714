/** A real MongoDB engine for tests, or the reason why none is available. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LIBC_MS, nodeCommand } from './libc.js';

const HERE = import.meta.dirname;
/** The folder of the lock and of a newer C library. Git ignores it. */
const CACHE = join(HERE, '..', '..', '.mongo-test');
const START_MS = 20_000;
const INSTALL_MS = 90_000;
/** The longest time that a living process holds the lock, and some time for a busy machine. */
const LOCK_MS = INSTALL_MS + LIBC_MS + 30_000;

export interface MongoEngine {
  /** The address of the database. */
  uri(database: string): string;
  /** True for the server of `MONGODB_URI`. The tests do not kill it. */
  readonly foreign: boolean;
  /** Kills the engine without a shutdown. */
  kill9(): Promise<void>;
  /** Starts the engine again with the same data and address, after killing it if it still runs. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Uses the server of `MONGODB_URI`, or starts an engine, which it installs from a separate package on first use.
 * Without either, prints the reason and the property that stays untested, and returns `undefined`; the tests are then
 * skipped.
 * @errors In CI, throws if the engine cannot be installed or started.
 */
export async function startMongo(unproven: string): Promise<MongoEngine | undefined> {
  const given = process.env['MONGODB_URI'];
  if (given !== undefined && given !== '') return foreignServer(given);
  try {
    return await ownEngine();
  } catch (error) {
    // In CI a skipped test would go unnoticed.
    if (process.env['CI'] === 'true') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const line = '='.repeat(100);
    console.error(
      `\n${line}\nSKIPPED: no MongoDB for tests.\n  Why: ${reason.trim().replaceAll('\n', '\n       ')}\n` +
        `  Not proven by this run: ${unproven}.\n` +
        `  Set MONGODB_URI to a server of your own (its databases named bridge-test-… are dropped) to run it.\n${line}\n`,
    );
    return undefined;
  }
}

function foreignServer(given: string): MongoEngine {
  const [address = '', query] = given.split('?');
  const server = /^mongodb(?:\+srv)?:\/\/[^/]+/.exec(address)?.[0] ?? address;
  const never = (): Promise<never> => Promise.reject(new Error('a server of your own is not killed'));
  return {
    foreign: true,
    uri: (database) => `${server}/${database}${query === undefined ? '' : `?${query}`}`,
    kill9: never,
    restart: never,
    stop: () => Promise.resolve(),
  };
}

async function ownEngine(): Promise<MongoEngine> {
  mkdirSync(CACHE, { recursive: true });
  const command = await oneAtATime(async () => {
    if (!existsSync(join(HERE, 'node_modules', '@0q', 'embedded-mongodb'))) {
      const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts'];
      await promisify(execFile)('npm', args, { cwd: HERE, timeout: INSTALL_MS });
    }
    return nodeCommand(CACHE);
  });
  const data = mkdtempSync(join(tmpdir(), 'mongo-engine-'));
  let { child, port } = await launch(command, data, 0);
  return {
    foreign: false,
    uri: (database) => `mongodb://127.0.0.1:${port}/${database}`,
    kill9: () => end(child, 'SIGKILL'),
    async restart() {
      await end(child, 'SIGKILL');
      ({ child, port } = await launch(command, data, port));
    },
    async stop() {
      await end(child, 'SIGKILL');
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Runs `work` in one test file at a time, so that only one installs the engine. */
async function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const lock = join(CACHE, 'lock');
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      // The process that took the lock has died: no installation takes that long.
      if (made > 0 && Date.now() - made > LOCK_MS) rmSync(lock, { recursive: true, force: true });
      await wait(100);
    }
  }
  try {
    return await work();
  } finally {
    rmdirSync(lock);
  }
}

function launch(
  command: readonly string[],
  data: string,
  port: number,
): Promise<{ child: ChildProcess; port: number }> {
  const [program = '', ...args] = [...command, join(HERE, 'server.cjs'), data, String(port)];
  // The engine ends with its standard input, so it cannot outlive a killed test run.
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`the engine ${why}\n${output.slice(-2_000)}`));
    };
    const timer = setTimeout(() => fail(`was not ready after ${START_MS / 1_000} s`), START_MS);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => fail(`ended at once (${signal ?? code})`));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const ready = /^ready (\d+)$/m.exec(output)?.[1];
      if (ready === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve({ child, port: Number(ready) });
    });
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
