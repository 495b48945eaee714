/** The journeys that lead a process to each crash point, on each store and in each OCPP version. */
import { CRASH_POINTS } from '../../src/bridge/orders/crash-points.js';
import type { Cell, CrashTest } from './crash-test.js';

type Point = (typeof CRASH_POINTS)[number];
type KillTest = CrashTest & {
  readonly crashAt: string;
  /** Set if only this version's messages lead to this hit. By default both do. */
  readonly only?: Cell['ocpp'];
};
type Plan = Omit<KillTest, 'crashAt'> & { readonly hits: readonly number[] };

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
  // A station of 2.x reports the states of a session in its transaction events, and numbers its transactions itself.
  'status.saved': [
    { scenario: 'buyer-stops', hits: [1] },
    { scenario: 'buyer-stops', hits: [3], only: '1.6' },
  ],
  'transaction.numbered': [{ scenario: 'buyer-stops', hits: [1], only: '1.6' }],
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

/** The crash points at which repeats do the most harm: the charge point sends every transaction message three times. */
const REPEATED: readonly KillTest[] = [
  { scenario: 'buyer-stops', crashAt: 'transaction.numbered:1', only: '1.6' },
  { scenario: 'buyer-stops', crashAt: 'transaction.saved:1' },
  { scenario: 'buyer-stops', crashAt: 'transaction.ended:1' },
  // A repeated StartTransaction is saved again; a repeated TransactionEvent is not.
  { scenario: 'limit', crashAt: 'transaction.saved:2', only: '1.6' },
  { scenario: 'limit', crashAt: 'meter.decided:2' },
  { scenario: 'buyer-stops', crashAt: 'order.saved:6' },
];

export const CELLS: readonly Cell[] = [
  { store: 'sqlite', ocpp: '1.6' },
  { store: 'sqlite', ocpp: '2.0.1' },
  { store: 'mongo', ocpp: '1.6' },
  { store: 'mongo', ocpp: '2.0.1' },
];

/** Returns every crash test of a cell. */
export function crashTestsOf({ ocpp }: Cell): KillTest[] {
  const all = [...CRASH_TESTS, ...REPEATED.map((test) => ({ ...test, misbehaves: 'repeats-messages' as const }))];
  return all.filter(({ only }) => only === undefined || only === ocpp);
}

export function titleOf({ crashAt, scenario, misbehaves }: KillTest): string {
  return `${crashAt} (${scenario}${misbehaves ? `, the charge point ${misbehaves}` : ''})`;
}
