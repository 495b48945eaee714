/** The demo as a program: its JSON output, its checks and its exit codes. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import { nothingLeft } from './test-system.js';

const DEMO = join(import.meta.dirname, '../../dist/sandbox/demo/demo.js');
const KEYS = ['at', 'wire', 'from', 'to', 'action', 'messageId', 'body'];

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Run> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(BRIDGE_|VITEST)/.test(name)));
  const child = spawn(process.execPath, [DEMO, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

afterAll(() => nothingLeft());

describe('the demo with --once and --json', () => {
  let demo: Run;
  let messages: Json[];

  beforeAll(async () => {
    demo = await run('--once', '--json', '--speed', '50');
    messages = demo.stdout
      .trim()
      .split('\n')
      .flatMap((line) => {
        const parsed: unknown = JSON.parse(line);
        return isJson(parsed) ? [parsed] : [];
      });
  });

  const isCall = (message: Json): boolean => Array.isArray(message.body) && message.body[0] === 2;
  /** Returns the index of the first request, callback or OCPP CALL of an action. Answers do not count. */
  const firstIndex = (action: string, matches: (message: Json) => boolean = () => true): number =>
    messages.findIndex(
      (message) =>
        message.action === action &&
        (message.wire === 'ocpp' ? isCall(message) : isJson(message.body) && isJson(message.body.context)) &&
        matches(message),
    );
  const reportsEnd = (message: Json): boolean => JSON.stringify(message.body).includes('"status":"COMPLETE"');

  it('exits with 0 when all of its checks pass', () => {
    expect(demo.code, demo.stderr).toBe(0);
    expect(demo.stderr).toContain('All 9 checks passed.');
    expect(demo.stderr).not.toContain('✗');
  });

  it('writes one JSON object per line to stdout, with the same keys in the same order, and nothing else', () => {
    expect(messages).toHaveLength(demo.stdout.trim().split('\n').length);
    for (const message of messages) {
      expect(Object.keys(message)).toEqual(KEYS);
      expect(['beckn', 'ocpp']).toContain(message.wire);
      expect(new Date(textOf(message.at)).toISOString()).toBe(message.at);
      expect(message.from).not.toBe(message.to);
    }
    const times = messages.map((message) => Date.parse(textOf(message.at)));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('shows the messages of the session in their natural order', () => {
    const steps = [
      firstIndex('BootNotification'),
      firstIndex('search'),
      firstIndex('on_search'),
      firstIndex('select'),
      firstIndex('on_select'),
      firstIndex('init'),
      firstIndex('on_init'),
      firstIndex('confirm'),
      firstIndex('RemoteStartTransaction'),
      firstIndex('StartTransaction'),
      firstIndex('MeterValues'),
      firstIndex('RemoteStopTransaction'),
      firstIndex('StopTransaction'),
      firstIndex('on_status', reportsEnd),
    ];
    expect(steps).not.toContain(-1);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(messages.filter((message) => message.action === 'on_status' && reportsEnd(message))).toHaveLength(1);
  });

  it('shows an answer to every request, callback and OCPP CALL', () => {
    const answered = (message: Json): boolean =>
      messages.some(
        (other) =>
          other.messageId === message.messageId &&
          other.from === message.to &&
          other.to === message.from &&
          other.action === message.action,
      );
    expect(messages.filter((message) => !answered(message))).toEqual([]);
  });
});

it.each(['2.0.1', '2.1'])(
  'the demo passes its checks with charge points of OCPP %s',
  async (ocpp) => {
    const { code, stderr } = await run('--once', '--json', '--speed', '50', '--ocpp', ocpp);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('TransactionEvent');
    expect(stderr).not.toContain('✗');
  },
  120_000,
);

describe('the command line of the demo', () => {
  it('prints the usage and the version to stdout and exits with 0', async () => {
    const help = await run('--help');
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toMatch(/^Usage: npm run demo -- \[options\]\n[^]*--speed N/);
    const manifest = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['--speed', '200'], "--speed must be a number from 1 to 60, not '200'"],
    [['--ocpp', '1.5'], "--ocpp must be 1.6, 2.0.1 or 2.1, not '1.5'"],
    [['--fast'], "Unknown option '--fast'"],
  ])('names the problem with %j and exits with 2', async (args, sentence) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`demo: ${sentence}\nTry 'npm run demo -- --help' for the list of options.\n`);
  });
});
