/** Ports for processes that tests start and restart. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Below the ports that the system uses for outgoing connections, so that a restarted process can bind its port again.
 */
const [LOWEST_PORT, HIGHEST_PORT] = [11_000, 31_000] as const;

/**
 * A folder with one file per claimed port. Each file holds the id of the test process that claimed the port, so that no
 * other test takes it while a program under test restarts. A claim lapses when the test process ends.
 */
const CLAIMS = join(tmpdir(), 'bridge-test-ports');

/** Returns distinct free ports. Until this process ends, no other call returns them. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    if (claim(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

/** Claims the port for this process. Returns false if a live process has it. */
function claim(port: number): boolean {
  mkdirSync(CLAIMS, { recursive: true });
  const file = join(CLAIMS, String(port));
  if (!created(file)) {
    if (isAlive(Number(readFileSync(file, 'utf8')))) return false;
    rmSync(file, { force: true });
    if (!created(file)) return false;
  }
  return true;
}

function created(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

/** @param pid 0 if the process has not yet written it. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
