/** `bap-check` as a program: its instructions, its report and its exit codes. The sandbox buyer app conforms. */
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { profilesOf } from '../../src/sandbox/bap-check/provider/provider-profiles.js';
import { createBuyerApp } from '../../src/sandbox/buyer-app.js';
import { DIALECTS } from '../../src/sandbox/dialects/all.js';
import { makeKeys } from '../../src/sandbox/runtime/keys.js';
import { realClock } from '../../src/sandbox/runtime/scaled-clock.js';
import { createSeededRandom } from '../../src/sandbox/runtime/seeded-random.js';
import {
  KEY_ID,
  PUBLIC_KEY_DER,
  startBuyerUnderTest,
  SUBSCRIBER,
  type Json,
  type Violations,
} from '../fakes/buyer-under-test.js';
import { nothingLeft } from './test-system.js';

const CLI = join(import.meta.dirname, '../../dist/sandbox/bap-check/cli.js');

interface FinishedRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @param onText Called with all output so far whenever more arrives, and with a function that interrupts the program.
 */
function run(args: readonly string[], onText?: (text: string, interrupt: () => void) => void): Promise<FinishedRun> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  const handleText = (): void => onText?.(stdout + stderr, () => child.kill('SIGINT'));
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    handleText();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    handleText();
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

describe('the sandbox buyer app', () => {
  // On a busy machine a callback may take longer than the one second allowed.
  it.each(['uei-charging-1.0.0', 'ubc-2.0.0'] as const)(
    'conforms in %s when bap-check drives it through its client API',
    { retry: 1 },
    async (dialect) => {
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
        envelope: DIALECTS[dialect].envelope,
      });
      const { url, bapUri } = await buyer.start();
      try {
        const finished = await run([
          ...[
            '--url',
            bapUri,
            '--public-key',
            keys.publicKeyBase64,
            '--subscriber-id',
            'shop.example',
            '--key-id',
            'k1',
          ],
          ...[
            '--trigger-url',
            `${url}/client/{action}`,
            '--port',
            String(port),
            '--registry-port',
            String(registryPort),
          ],
          ...['--dialect', dialect, '--linger', '1', '--json'],
        ]);
        const lines = linesOf(finished.stdout);
        const rulesWith = (verdict: string) =>
          new Set(lines.filter((line) => line.verdict === verdict).map(({ rule }) => rule as string));
        expect([...rulesWith('fail'), ...rulesWith('not-tried')]).toEqual([]);
        // The app never repeats a request by itself, and sends no cancel where an update stops the session. All other
        // rules were seen.
        const hasCancel = dialect.startsWith('uei-charging');
        expect([...rulesWith('not-seen')]).toEqual([...(hasCancel ? [] : ['request.cancel']), 'repeats.identical']);
        const profiles = profilesOf(DIALECTS[dialect]).map(({ name }) => name);
        const runs = lines.filter(({ type }) => type === 'run');
        expect(runs.map(({ profile, abortReason }) => [profile, abortReason])).toEqual(
          profiles.map((name) => [name, null]),
        );
        expect(lines.at(-1)).toMatchObject({ type: 'summary', dialect, failed: 0, missing: 0, conforms: true });
        expect(finished.stderr).toContain('The buyer app conforms.');
        expect(finished.code).toBe(0);
        // The app rejected every forged callback.
        expect(buyer.rejected).toHaveLength(6 * profiles.length);
        expect(JSON.stringify([...buyer.orders.values()])).not.toMatch(/"meteredEnergyKWh":[89]\d|"[89]\d\.\d\d ?kWh"/);
      } finally {
        await buyer.stop();
      }
    },
  );
});

async function withBuyer(
  violations: Violations,
  extraArguments: (buyer: { triggerUrl: string }) => readonly string[],
  onText?: Parameters<typeof run>[1],
) {
  const buyer = await startBuyerUnderTest(violations);
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
    return await run(
      [...common, '--key-id', KEY_ID, '--profile', 'onix', '--linger', '1', ...extraArguments(buyer)],
      onText,
    );
  } finally {
    await buyer.close();
  }
}

describe('the output of bap-check', () => {
  it('gives a person the addresses and step-by-step instructions', async () => {
    let started = false;
    const buyer = await startBuyerUnderTest();
    const finished = await run(
      [
        ...['--url', buyer.bapUri, '--public-key', PUBLIC_KEY_DER, '--subscriber-id', SUBSCRIBER],
        ...['--port', '0', '--profile', 'onix', '--linger', '1'],
      ],
      (text) => {
        if (started || !text.includes('Now, in your app: search for chargers')) return;
        started = true;
        const find = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
        const settings = {
          registry_url: find(/Registry +(\S+)/),
          bpp_id: find(/bpp_id (\S+)/),
          bpp_uri: find(/bpp_uri (\S+)/),
        };
        void fetch(buyer.triggerUrl, { method: 'POST', body: JSON.stringify(settings) });
      },
    );
    await buyer.close();
    // The app may be faster than the next instruction, which is then omitted.
    expect(finished.stdout).toContain('Now, in your app: search for chargers, anywhere.');
    expect(finished.stdout).toMatch(/\(expired\) +the app answered 401 NACK: expired, \d+ ms/);
    expect(finished.stdout).toContain('The buyer app conforms.');
    expect(finished.stdout).not.toContain('\u001b[');
    expect(finished.code).toBe(0);
  });

  it('reports a violation with its rule, profile, observation, source and remedy', async () => {
    const finished = await withBuyer({ signature: { lifetimeS: 300_000 } }, ({ triggerUrl }) => [
      '--trigger-url',
      triggerUrl,
    ]);
    expect(finished.code).toBe(1);
    expect(finished.stdout).toContain(
      '✗ signature.times: created is in the past, expires is in the future, and at most a day lies between them',
    );
    expect(finished.stdout).toContain('    onix: every request: the signature is valid for 83 h');
    expect(finished.stdout).toContain('    Source: BECKN-006, Authorization header: created, expires');
    expect(finished.stdout).toContain('    What to do: Synchronise the clock by NTP');
    expect(finished.stdout).toMatch(/\n\d+ passed, 1 failed, 1 not seen\n/);
    expect(finished.stdout).toContain('The buyer app does not conform.');
  });

  it('reports after an interruption, tries nothing else, and exits with 1', async () => {
    let interrupted = false;
    const finished = await withBuyer(
      {},
      () => [],
      (text, interrupt) => {
        if (interrupted || !text.includes('Now, in your app: search')) return;
        interrupted = true;
        interrupt();
      },
    );
    expect(finished.stdout).toContain('✗ The run was interrupted.');
    expect(finished.stdout).toMatch(/\n0 passed, 0 failed, 0 not seen, \d+ not tried\n/);
    expect(finished.stdout).toContain('Not everything could be tried.');
    expect(finished.code).toBe(1);
  });

  it('reports one cause once for all profiles, and prints nothing but JSON with --json', async () => {
    const finished = await withBuyer({ answersAll: { status: 404, text: 'Not here' } }, ({ triggerUrl }) => [
      ...['--trigger-url', triggerUrl, '--profile', 'all', '--json'],
    ]);
    const lines = linesOf(finished.stdout);
    expect(lines.filter(({ type }) => type === 'cause')).toMatchObject([
      { cause: 'callbacks-refused', profiles: ['strict', 'protocol-server', 'onix'] },
    ]);
    expect(lines.filter(({ verdict }) => verdict === 'fail' || verdict === 'not-seen')).toEqual([]);
    expect(lines.filter(({ type }) => type === 'run')).toHaveLength(1);
    expect(finished.stderr.match(/with 404: it does not serve POST/g)).toHaveLength(1);
    expect(finished.code).toBe(1);
  });

  it('reports a trigger that does not work', async () => {
    const finished = await withBuyer({}, () => ['--trigger-url', 'http://127.0.0.1:1/begin']);
    expect(finished.stdout).toContain('✗ The trigger http://127.0.0.1:1/begin could not be reached: ');
    expect(finished.code).toBe(1);
  });

  it('names a problem of the command line and exits with 2', async () => {
    const finished = await run(['--url', 'localhost:9000/bap']);
    expect(finished.stderr).toBe(
      "bap-check: --public-key is required\nTry 'bap-check --help' for the list of options.\n",
    );
    expect(finished.code).toBe(2);
  });

  it('prints the usage to stdout and exits with 0', async () => {
    const finished = await run(['--help']);
    expect(finished.stdout).toMatch(/^Usage: bap-check --url URL [^]*--version/);
    expect([finished.code, finished.stderr]).toEqual([0, '']);
  });
});
