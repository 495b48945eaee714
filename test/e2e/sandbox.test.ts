/** The sandbox for an external buyer app, as a program: a whole session, then an order at misbehaving chargers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { createBuyerApp, type BuyerApp } from '../../src/sandbox/buyer-app.js';
import { orderOf, placeOrder, waitForEnd } from '../../src/sandbox/demo/place-order.js';
import { isJson, type Json, textOf } from '../../src/sandbox/runtime/json.js';
import { makeKeys } from '../../src/sandbox/runtime/keys.js';
import { realClock } from '../../src/sandbox/runtime/scaled-clock.js';
import { createSeededRandom } from '../../src/sandbox/runtime/seeded-random.js';
import { freePorts } from './free-ports.js';
import { nothingLeft } from './test-system.js';
import { eventually } from './waiting.js';

const PROGRAM = join(import.meta.dirname, '../../dist/sandbox/hosted/sandbox.js');
const APP = { subscriberId: 'shop.example', keyId: 'shop-key' } as const;
const WISH = { gps: '12.9784,77.6408', connectorId: 'KC-IND-01-1', amount: 100 };
const MAX_SESSION_MS = 60_000;

interface Running {
  readonly app: BuyerApp;
  readonly child: ChildProcess;
  text(): string;
  messages(): Json[];
  /** Presses Ctrl-C. Resolves with the exit code. */
  stop(): Promise<number | null>;
}

let running: Running | undefined;
afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.app.stop();
});
afterAll(() => nothingLeft());

async function start(...more: string[]): Promise<Running> {
  const keys = await makeKeys();
  const [appPort = 0, port = 0, registryPort = 0] = await freePorts(3);
  const app = createBuyerApp({
    ...APP,
    secretKey: keys.secretKey,
    host: '127.0.0.1',
    port: appPort,
    clock: realClock,
    random: createSeededRandom(7),
    registryUrl: `http://127.0.0.1:${registryPort}`,
    bppUri: `http://127.0.0.1:${port}/beckn`,
    bppId: 'bpp.sandbox.example',
  });
  const { bapUri } = await app.start();
  const ports = ['--port', String(port), '--registry-port', String(registryPort)];
  const who = ['--subscriber-id', APP.subscriberId, '--key-id', APP.keyId, '--public-key', keys.publicKeyBase64];
  const args = [PROGRAM, '--json', '--bap-url', bapUri, ...who, ...ports, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  running = {
    app,
    child,
    text: () => stderr,
    messages: () =>
      stdout
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
        .filter(isJson),
    stop: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
  await eventually('the sandbox', () => stderr.includes('until you press Ctrl-C'));
  return running;
}

it('an app finds, orders, pays and stops a session, and every message is shown as it was sent', async () => {
  const { app, text, messages, stop } = await start();
  const { orderId } = await placeOrder(app, WISH);
  await eventually('the session', () => text().includes('Connector 1 is Charging'));
  const sent = await app.send('cancel', { order_id: orderId, descriptor: { code: 'stop-charging' } });
  expect(sent.ack).toBe(true);
  const ended = await waitForEnd(app, orderId, MAX_SESSION_MS);
  expect(textOf(orderOf(ended)?.['status'])).toBe('COMPLETE');
  expect(app.rejected).toEqual([]);

  const becknActions = messages().flatMap(({ wire, action }) => (wire === 'beckn' ? [textOf(action)] : []));
  for (const action of ['search', 'on_search', 'select', 'on_select', 'init', 'on_init', 'confirm', 'on_confirm'])
    expect(becknActions).toContain(action);
  const requests = messages().filter(({ action, from }) => action === 'confirm' && from === APP.subscriberId);
  expect(requests).toHaveLength(1);
  expect(text()).toContain('Paid ₹');
  expect(await stop()).toBe(0);
});

it('chargers misbehave on request: where every start is rejected, the order is cancelled', async () => {
  const { text } = await start('--fault', 'rejects-start,meter-reset', '--ocpp', '2.0.1');
  expect(text()).toContain('Each charge point rejects every start.');
  expect(text()).toContain('sets its energy register to zero within a session');
  const { app } = running as Running;
  const { orderId } = await placeOrder(app, WISH);
  const ended = await waitForEnd(app, orderId, MAX_SESSION_MS);
  expect(textOf(orderOf(ended)?.['status'])).toBe('CANCELLED');
});
