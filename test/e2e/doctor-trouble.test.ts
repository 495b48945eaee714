/** Runs `doctor` beside a bridge whose disk is full, and beside one whose shutdown takes long. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { asList, textOf, type Json } from '../../src/sandbox/runtime/json.js';
import { run } from './program.js';
import { nothingLeft, startTestSystem, type TestSystem } from './test-system.js';
import { eventually } from './waiting.js';

const MIB = 2 ** 20;
/** Room for the ballast, the frame journal, the database and a little more, but less than `doctor` requires. */
const DISK_BYTES = 96 * MIB;

let system: TestSystem | undefined;
let mounted: string | undefined;

afterEach(async () => {
  if (system?.bridge.running) await system.bridge.kill9();
  if (mounted !== undefined) spawnSync('umount', ['--lazy', mounted]);
  await system?.close();
  [system, mounted] = [undefined, undefined];
  await nothingLeft();
});

/** Mounts a small disk on a folder. @returns False if that is not allowed. */
function mountSmallDisk(folder: string): boolean {
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder]);
  if (status === 0) mounted = folder;
  return status === 0;
}

async function codesOf({ configFile, dataDir }: TestSystem): Promise<string[]> {
  const { stdout } = await run(['doctor', '--json', '--config', configFile], { cwd: join(dataDir, '..') });
  const { findings } = JSON.parse(stdout) as Json;
  return asList(findings).map((one) => textOf((one as Json).code));
}

describe('a disk of 96 MiB (where this process may mount one)', () => {
  it('is disk-low, is disk-full once a file fills it, and is well again without the file', async ({ skip }) => {
    const given = (system = await startTestSystem({ chargePoints: ['CP-01'] }));
    if (!mountSmallDisk(given.dataDir)) return skip('mounting is not allowed here');
    await given.bridge.start();
    expect(await codesOf(given)).toContain('disk-low');
    const file = join(given.dataDir, 'a-file-of-somebody-else');
    expect(() => writeFileSync(file, Buffer.alloc(DISK_BYTES))).toThrow('ENOSPC');
    await eventually('the bridge has seen it', async () => (await codesOf(given)).includes('disk-full'));
    const codes = await codesOf(given);
    expect(codes).toEqual(expect.arrayContaining(['disk-low', 'disk-full']));
    rmSync(file);
    // The ballast is restored a minute after its release.
    await eventually('it is well again', async () => !(await codesOf(given)).includes('disk-full'), 90_000);
    expect(given.bridge.stderr).toContain('"disk.freed"');
  });
});

describe('a shutdown that waits for a request', () => {
  it('is shutting-down until it has ended', async () => {
    const settings = { beckn: { bodyTimeoutS: 60 } };
    const given = (system = await startTestSystem({ chargePoints: ['CP-01'], settings }));
    const config = JSON.parse(readFileSync(given.configFile, 'utf8')) as Json;
    writeFileSync(given.configFile, JSON.stringify({ ...config, drainMs: 60_000 }));
    await given.bridge.start();
    expect(await codesOf(given)).not.toContain('shutting-down');
    const socket = await beginRequest(given.addresses.beckn);
    try {
      process.kill(given.bridge.pid ?? 0, 'SIGTERM');
      expect(await codesOf(given)).toContain('shutting-down');
    } finally {
      socket.destroy();
    }
    expect(await given.bridge.death).toMatchObject({ code: 0 });
  });
});

/** Sends a request with an incomplete body. The shutdown waits for the rest, up to `drainMs`. */
async function beginRequest(url: string): Promise<Socket> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  // The bridge waits for the body only if this header is readable.
  const signature = `Signature keyId="a|b|ed25519",algorithm="ed25519",created="1",expires="2",headers="(created) (expires) digest",signature="${'A'.repeat(86)}=="`;
  const head = `POST ${pathname}/search HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${signature}\r\n`;
  await new Promise((resolve) => socket.write(`${head}Content-Length: 1000\r\n\r\n{"context":`, resolve));
  return socket;
}
