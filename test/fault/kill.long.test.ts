/**
 * The torture: the real process dies at every named moment, is started again, and nothing that was promised is broken.
 * A checker that knows only the wires and the operator's view is the judge.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { CRASH_POINTS } from '../../src/bridge/orders/crash-points.js';
import { nothingLeft } from '../e2e/world.js';
import { brokenPromises } from './journal-checker.js';
import { run, type Cycle, type Outcome } from './torture.js';

const PATIENCE_MS = 240_000;

/** Two at a time: the machine may have two cores, and most of a journey is waiting. */
const SIDE_BY_SIDE = 2;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= SIDE_BY_SIDE) await new Promise<void>((resolve) => waiting.push(resolve));
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
type Plan = Omit<Cycle, 'chaos'> & { readonly hits: readonly number[] };

const CHATTY = { session: { progressWh: 15 } };

/** Where each moment is met. The requests of a journey are select, init, confirm and the stop, in this order. */
const PLANS: { readonly [point in Point]: readonly Plan[] } = {
  'request.received': [{ story: 'buyer-stops', hits: [3, 4] }],
  'request.decided': [{ story: 'buyer-stops', hits: [3, 4] }],
  'request.saved': [{ story: 'buyer-stops', hits: [1, 3, 4] }],
  'order.decided': [{ story: 'buyer-stops', hits: [3, 5] }],
  'order.saved': [{ story: 'buyer-stops', hits: [3, 5] }],
  'order.effects': [
    { story: 'buyer-stops', hits: [3] },
    { story: 'cancelled', hits: [4] },
  ],
  'start.marking': [{ story: 'buyer-stops', hits: [1] }],
  'start.marked': [{ story: 'buyer-stops', hits: [1] }],
  'start.sent': [{ story: 'buyer-stops', hits: [1] }],
  'start.answered': [{ story: 'limit', hits: [1] }],
  'stop.sending': [
    { story: 'buyer-stops', hits: [1] },
    { story: 'ignores-stop', hits: [2] },
  ],
  'stop.sent': [{ story: 'limit', hits: [1] }],
  'stop.answered': [{ story: 'buyer-stops', hits: [1] }],
  // Told are on_select, on_init, on_confirm, on_status, on_cancel and the last on_status.
  'callback.sending': [{ story: 'buyer-stops', hits: [3, 6] }],
  'callback.sent': [{ story: 'buyer-stops', hits: [3, 6] }],
  'callback.settling': [{ story: 'buyer-stops', hits: [2, 6] }],
  'callback.settled': [{ story: 'buyer-stops', hits: [3, 6] }],
  // The link and the refund, or the link and what is taken of what is held.
  'payment.sending': [
    { story: 'buyer-stops', hits: [1, 2], collects: 'bpp-prepaid' },
    { story: 'cancelled', hits: [2], collects: 'bpp-hold' },
  ],
  'payment.sent': [
    { story: 'buyer-stops', hits: [1, 2], collects: 'bpp-prepaid' },
    { story: 'limit', hits: [2], collects: 'bpp-hold' },
  ],
  'payment.settled': [{ story: 'buyer-stops', hits: [1, 2], collects: 'bpp-prepaid' }],
  'boot.saved': [{ story: 'buyer-stops', hits: [1] }],
  'status.saved': [{ story: 'buyer-stops', hits: [1, 3] }],
  'transaction.numbered': [{ story: 'buyer-stops', hits: [1] }],
  'transaction.saved': [{ story: 'limit', hits: [1] }],
  'transaction.ended': [{ story: 'buyer-stops', hits: [1] }],
  'meter.decided': [{ story: 'limit', hits: [1, 3] }],
  'meter.saved': [{ story: 'limit', hits: [1], ...CHATTY }],
  'timer.fired': [
    { story: 'limit', hits: [1] },
    { story: 'never-starts', hits: [1], session: { startTimeoutS: 5 } },
    { story: 'ignores-stop', hits: [2] },
  ],
  'restart.loaded': [{ story: 'buyer-stops', hits: [1], second: true }],
  'restart.resumed': [{ story: 'buyer-stops', hits: [1], second: true }],
};

const CYCLES = CRASH_POINTS.flatMap((point) =>
  PLANS[point].flatMap(({ hits, ...plan }) => hits.map((hit) => ({ ...plan, chaos: `${point}:${hit}` }))),
);

/** A charge point that says everything three times, at the moments where that hurts most. */
const REPEATED: readonly Cycle[] = [
  { story: 'buyer-stops', chaos: 'transaction.numbered:1' },
  { story: 'buyer-stops', chaos: 'transaction.saved:1' },
  { story: 'buyer-stops', chaos: 'transaction.ended:1' },
  { story: 'limit', chaos: 'transaction.saved:2' },
  { story: 'limit', chaos: 'meter.decided:2' },
  { story: 'buyer-stops', chaos: 'order.saved:6' },
];

function judge({ evidence, deaths, log }: Outcome, expectedDeath: string): void {
  expect(deaths, 'the process dies where it was told to').toEqual([expectedDeath]);
  expect(brokenPromises(evidence), log.slice(-6_000)).toEqual([]);
}

describe.concurrent('a process that is killed', () => {
  it.for(CYCLES.map((cycle) => [cycle.chaos, cycle.story, cycle] as const))(
    'at %s (%s) keeps every promise',
    { timeout: PATIENCE_MS },
    ([, , cycle]) => inTurn(async () => judge(await run(cycle), 'SIGKILL')),
  );

  it.for(REPEATED.map((cycle) => [cycle.chaos, cycle.story, cycle] as const))(
    'at %s (%s) keeps every promise to a charge point that repeats itself',
    { timeout: PATIENCE_MS },
    ([, , cycle]) => inTurn(async () => judge(await run({ ...cycle, misbehaves: 'repeats-messages' }), 'SIGKILL')),
  );
});

describe.concurrent('a process that is asked to end', () => {
  it.for([1, 2, 3].map((third) => [third, Math.round(((third - Math.random()) / 3) * 2_400)] as const))(
    'at a random moment of the %sth third of a journey (%s ms) ends well and loses nothing',
    { timeout: PATIENCE_MS },
    ([, afterMs]) =>
      inTurn(async () => {
        const deaths: string[] = [];
        const { evidence, log } = await run({
          story: 'buyer-stops',
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
