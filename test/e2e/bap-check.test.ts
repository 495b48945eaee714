/** `bap-check` as a newcomer runs it: a process, a buyer app, a report and an exit code. */
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBuyerApp } from '../../src/sandbox/buyer-app.js';
import { makeKeys } from '../../src/sandbox/runtime/keys.js';
import { realClock } from '../../src/sandbox/runtime/scaled-clock.js';
import { createSeededRandom } from '../../src/sandbox/runtime/seeded-random.js';
import {
  KEY_ID,
  PUBLIC_KEY_DER,
  startBuyerUnderTest,
  SUBSCRIBER,
  type Json,
  type BuyerFaults,
} from '../fakes/buyer-under-test.js';
import { nothingLeft } from './world.js';

const CLI = join(import.meta.dirname, '../../dist/sandbox/bap-check/cli.js');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param heard Told of all text so far, whenever there is more; gives a way to interrupt. */
function run(args: readonly string[], heard?: (text: string, interrupt: () => void) => void): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  const more = (): void => heard?.(stdout + stderr, () => child.kill('SIGINT'));
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    more();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    more();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

async function freePort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const linesOf = (text: string): Json[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);

afterAll(() => nothingLeft());

describe('our own buyer app', () => {
  it('conforms, driven through its client interface', async () => {
    const [port, registryPort] = [await freePort(), await freePort()];
    const keys = await makeKeys();
    const buyer = createBuyerApp({
      subscriberId: 'shop.example',
      keyId: 'k1',
      secretKey: keys.secretKey,
      host: '127.0.0.1',
      port: 0,
      clock: realClock,
      random: createSeededRandom(1),
      registryUrl: `http://127.0.0.1:${registryPort}`,
      bppUri: `http://127.0.0.1:${port}/bpp`,
      bppId: 'bap-check.example',
    });
    const { url, bapUri } = await buyer.start();
    try {
      const ended = await run([
        ...['--url', bapUri, '--public-key', keys.publicKeyBase64, '--subscriber-id', 'shop.example', '--key-id', 'k1'],
        ...['--trigger-url', `${url}/client/{action}`, '--port', String(port), '--registry-port', String(registryPort)],
        '--json',
      ]);
      const lines = linesOf(ended.stdout);
      expect(lines.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
      // It never repeats a request by itself; everything else was seen in all three.
      expect([
        ...new Set(lines.filter(({ verdict }) => verdict === 'not-seen').map(({ rule }) => rule as string)),
      ]).toEqual(['repeats.identical']);
      expect(lines.filter(({ type }) => type === 'run').map(({ profile, cutShort }) => [profile, cutShort])).toEqual([
        ['strict', null],
        ['protocol-server', null],
        ['onix', null],
      ]);
      expect(lines.at(-1)).toMatchObject({ type: 'summary', failed: 0, missing: 0, conforms: true });
      expect(ended.stderr).toContain('The buyer app conforms.');
      expect(ended.code).toBe(0);
      // What was flawed has not reached the app's orders.
      expect(buyer.rejected).toHaveLength(18);
      expect(JSON.stringify([...buyer.orders.values()])).not.toContain('94.00 kWh');
    } finally {
      await buyer.stop();
    }
  });
});

async function withBuyer(
  sins: BuyerFaults,
  more: (buyer: { triggerUrl: string }) => readonly string[],
  heard?: Parameters<typeof run>[1],
) {
  const buyer = await startBuyerUnderTest(sins);
  try {
    const common = [
      '--url',
      buyer.bapUri,
      '--public-key',
      PUBLIC_KEY_DER,
      '--subscriber-id',
      SUBSCRIBER,
      '--port',
      '0',
    ];
    return await run([...common, '--key-id', KEY_ID, '--profile', 'onix', '--linger', '1', ...more(buyer)], heard);
  } finally {
    await buyer.close();
  }
}

describe('what it prints', () => {
  it('tells a person what to do, step by step, and where everything is', async () => {
    let begun = false;
    const buyer = await startBuyerUnderTest();
    const ended = await run(
      [
        ...['--url', buyer.bapUri, '--public-key', PUBLIC_KEY_DER, '--subscriber-id', SUBSCRIBER],
        ...['--port', '0', '--profile', 'onix', '--linger', '1'],
      ],
      (text) => {
        if (begun || !text.includes('Now, in your app: search for chargers')) return;
        begun = true;
        const find = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
        const said = {
          registry_url: find(/registry +(\S+)/),
          bpp_id: find(/bpp_id (\S+),/),
          bpp_uri: find(/bpp_uri (\S+)/),
        };
        void fetch(buyer.triggerUrl, { method: 'POST', body: JSON.stringify(said) });
      },
    );
    await buyer.close();
    expect(ended.stdout).toContain('Now, in your app: pay the quote, and confirm.');
    expect(ended.stdout).toContain('If your app can: rate the order.');
    expect(ended.stdout).toMatch(/\(expired\) +the app said 401 NACK: expired, \d+ ms/);
    expect(ended.stdout).toContain('The buyer app conforms.');
    expect(ended.stdout).not.toContain('\u001b[');
    expect(ended.code).toBe(0);
  });

  it('says of a fault which rule, in which profile, what was seen and what to do', async () => {
    const ended = await withBuyer({ signing: { lifeS: 300_000 } }, ({ triggerUrl }) => ['--trigger-url', triggerUrl]);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(
      '✗ signature.times: created lies in the past, expires in the future, and not too far',
    );
    expect(ended.stdout).toContain('    onix: search: the signature lives for 83 h');
    expect(ended.stdout).toContain('    source: BECKN-006, Authorization header: created, expires');
    expect(ended.stdout).toContain('    to do: Set the clock by NTP');
    expect(ended.stdout).toMatch(/\n\d+ passed, 1 failed, 1 not seen\n/);
    expect(ended.stdout).toContain('The buyer app does not conform.');
  });

  it('ends with 1 when what is required was not seen, and reports when it is interrupted', async () => {
    let interrupted = false;
    const ended = await withBuyer(
      {},
      () => [],
      (text, interrupt) => {
        if (interrupted || !text.includes('Now, in your app: search')) return;
        interrupted = true;
        interrupt();
      },
    );
    expect(ended.stdout).toContain('✗ onix was cut short: it was interrupted.');
    expect(ended.stdout).toContain('– request.search: search is sent, and carries an intent');
    expect(ended.code).toBe(1);
  });

  it('says when the trigger does not work', async () => {
    const ended = await withBuyer({}, () => ['--trigger-url', 'http://127.0.0.1:1/begin']);
    expect(ended.stdout).toContain('cut short: the trigger http://127.0.0.1:1/begin could not be reached: ');
    expect(ended.code).toBe(1);
  });

  it('refuses a wrong command line with 2', async () => {
    const ended = await run(['--url', 'localhost:9000/bap']);
    expect(ended.stderr).toMatch(/^--public-key is missing\nusage: bap-check /);
    expect(ended.code).toBe(2);
  });
});
