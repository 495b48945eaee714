/**
 * Crash tests: the real process dies at every crash point, restarts, and breaks no promise. The checker knows only the
 * traffic and the view of the operator.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { CRASH_POINTS } from '../../src/bridge/orders/crash-points.js';
import { nothingLeft } from '../e2e/test-system.js';
import { brokenPromises } from './journal-checker.js';
import { run, type CrashTest, type CrashTestRun } from './crash-test.js';

const TIMEOUT_MS = 240_000;

/** Two journeys run at a time: the machine may have two cores, and a journey mostly waits. */
const CONCURRENCY = 2;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= CONCURRENCY) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

type Point = (typeof CRASH_POINTS)[number];
type Plan = Omit<CrashTest, 'crashAt'> & { readonly hits: readonly number[] };

const CHATTY = { session: { progressWh: 15 } };

/** The journeys that reach each crash point. A journey sends select, init, confirm and the stop, in this order. */
const PLANS: { readonly [point in Point]: readonly Plan[] } = {
  'request.received': [{ scenario: 'buyer-stops', hits: [3, 4] }],
  'request.decided': [{ scenario: 'buyer-stops', hits: [3, 4] }],
  'request.saved': [{ scenario: 'buyer-stops', hits: [1, 3, 4] }],
  'order.decided': [{ scenario: 'buyer-stops', hits: [3, 5] }],
  'order.saved': [{ scenario: 'buyer-stops', hits: [3, 5] }],
  'order.effects': [
    { scenario: 'buyer-stops', hits: [3] },
    { scenario: 'cancelled', hits: [4] },
  ],
  'start.marking': [{ scenario: 'buyer-stops', hits: [1] }],
  'start.marked': [{ scenario: 'buyer-stops', hits: [1] }],
  'start.sent': [{ scenario: 'buyer-stops', hits: [1] }],
  'start.answered': [{ scenario: 'limit', hits: [1] }],
  'stop.sending': [
    { scenario: 'buyer-stops', hits: [1] },
    { scenario: 'ignores-stop', hits: [2] },
  ],
  'stop.sent': [{ scenario: 'limit', hits: [1] }],
  'stop.answered': [{ scenario: 'buyer-stops', hits: [1] }],
  // The callbacks are on_select, on_init, on_confirm, on_status, on_cancel and the last on_status.
  'callback.sending': [{ scenario: 'buyer-stops', hits: [3, 6] }],
  'callback.sent': [{ scenario: 'buyer-stops', hits: [3, 6] }],
  'callback.settling': [{ scenario: 'buyer-stops', hits: [2, 6] }],
  'callback.settled': [{ scenario: 'buyer-stops', hits: [3, 6] }],
  // The payment requests are the link and the refund, or the link and the capture of the held amount.
  'payment.sending': [
    { scenario: 'buyer-stops', hits: [1, 2], collects: 'bpp-prepaid' },
    { scenario: 'cancelled', hits: [2], collects: 'bpp-hold' },
  ],
  'payment.sent': [
    { scenario: 'buyer-stops', hits: [1, 2], collects: 'bpp-prepaid' },
    { scenario: 'limit', hits: [2], collects: 'bpp-hold' },
  ],
  'payment.settled': [{ scenario: 'buyer-stops', hits: [1, 2], collects: 'bpp-prepaid' }],
  'boot.saved': [{ scenario: 'buyer-stops', hits: [1] }],
  'status.saved': [{ scenario: 'buyer-stops', hits: [1, 3] }],
  'transaction.numbered': [{ scenario: 'buyer-stops', hits: [1] }],
  'transaction.saved': [{ scenario: 'limit', hits: [1] }],
  'transaction.ended': [{ scenario: 'buyer-stops', hits: [1] }],
  'meter.decided': [{ scenario: 'limit', hits: [1, 3] }],
  'meter.saved': [{ scenario: 'limit', hits: [1], ...CHATTY }],
  'timer.fired': [
    { scenario: 'limit', hits: [1] },
    { scenario: 'never-starts', hits: [1], session: { startTimeoutS: 5 } },
    { scenario: 'ignores-stop', hits: [2] },
  ],
  'restart.loaded': [{ scenario: 'buyer-stops', hits: [1], second: true }],
  'restart.resumed': [{ scenario: 'buyer-stops', hits: [1], second: true }],
};

const CRASH_TESTS = CRASH_POINTS.flatMap((point) =>
  PLANS[point].flatMap(({ hits, ...plan }) => hits.map((hit) => ({ ...plan, crashAt: `${point}:${hit}` }))),
);

/** Crash points at which a charge point that sends every message three times does the most harm. */
const REPEATED: readonly CrashTest[] = [
  { scenario: 'buyer-stops', crashAt: 'transaction.numbered:1' },
  { scenario: 'buyer-stops', crashAt: 'transaction.saved:1' },
  { scenario: 'buyer-stops', crashAt: 'transaction.ended:1' },
  { scenario: 'limit', crashAt: 'transaction.saved:2' },
  { scenario: 'limit', crashAt: 'meter.decided:2' },
  { scenario: 'buyer-stops', crashAt: 'order.saved:6' },
];

function judge({ evidence, deaths, log }: CrashTestRun, expectedDeath: string): void {
  expect(deaths, 'the process dies at its crash point').toEqual([expectedDeath]);
  expect(brokenPromises(evidence), log.slice(-6_000)).toEqual([]);
}

describe.concurrent('a killed process', () => {
  it.for(CRASH_TESTS.map((test) => [test.crashAt, test.scenario, test] as const))(
    'at %s (%s) keeps every promise',
    { timeout: TIMEOUT_MS },
    ([, , test]) => inTurn(async () => judge(await run(test), 'SIGKILL')),
  );

  it.for(REPEATED.map((test) => [test.crashAt, test.scenario, test] as const))(
    'at %s (%s) keeps every promise to a charge point that repeats itself',
    { timeout: TIMEOUT_MS },
    ([, , test]) => inTurn(async () => judge(await run({ ...test, misbehaves: 'repeats-messages' }), 'SIGKILL')),
  );
});

describe.concurrent('a process that receives SIGTERM', () => {
  it.for([1, 2, 3].map((third) => [third, Math.round(((third - Math.random()) / 3) * 2_400)] as const))(
    'at a random moment in third %s of a journey (%s ms) exits with 0 and loses nothing',
    { timeout: TIMEOUT_MS },
    ([, afterMs]) =>
      inTurn(async () => {
        const deaths: string[] = [];
        const { evidence, log } = await run({
          scenario: 'buyer-stops',
          async meanwhile({ bridge }) {
            await new Promise((resolve) => setTimeout(resolve, afterMs));
            const death = await bridge.term();
            deaths.push(`exit ${death.code ?? death.signal}`);
            await bridge.start();
          },
        });
        expect(deaths).toEqual(['exit 0']);
        expect(brokenPromises(evidence), log.slice(-6_000)).toEqual([]);
      }),
  );
});

afterAll(() => nothingLeft());
