/** The first thing that a newcomer runs, as a machine reads it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import { nothingLeft } from './world.js';

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

describe('the demo, once and as JSON', () => {
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
  /** Where the first message of an action is: a request, a callback or an OCPP CALL, not an answer to one. */
  const first = (action: string, so: (message: Json) => boolean = () => true): number =>
    messages.findIndex(
      (message) =>
        message.action === action &&
        (message.wire === 'ocpp' ? isCall(message) : isJson(message.body) && isJson(message.body.context)) &&
        so(message),
    );
  const tellsEnd = (message: Json): boolean => JSON.stringify(message.body).includes('"status":"COMPLETE"');

  it('ends well, and every check that it makes holds', () => {
    expect(demo.code, demo.stderr).toBe(0);
    expect(demo.stderr).toContain('✓');
    expect(demo.stderr).not.toContain('✗');
  });

  it('writes one JSON object a line with the same keys in the same order, and nothing else', () => {
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

  it('tells the journey in the order in which it has to happen', () => {
    const steps = [
      first('BootNotification'),
      first('search'),
      first('on_search'),
      first('select'),
      first('on_select'),
      first('init'),
      first('on_init'),
      first('confirm'),
      first('RemoteStartTransaction'),
      first('StartTransaction'),
      first('MeterValues'),
      first('RemoteStopTransaction'),
      first('StopTransaction'),
      first('on_status', tellsEnd),
    ];
    expect(steps).not.toContain(-1);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(messages.filter((message) => message.action === 'on_status' && tellsEnd(message))).toHaveLength(1);
  });

  it('answers every call and every request', () => {
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
  'the demo with chargers of OCPP %s ends as well',
  async (ocpp) => {
    const { code, stderr } = await run('--once', '--json', '--speed', '50', '--ocpp', ocpp);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('TransactionEvent');
    expect(stderr).not.toContain('✗');
  },
  120_000,
);

it('the demo says what is wrong with an option, and ends with 2', async () => {
  const { code, stdout, stderr } = await run('--speed', '200');
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/--speed 200 .*1 to 60[^]*usage: /);
});
