/**
 * Judges a hundred and fifty seeded runs of the whole bridge, hours of virtual time each, and checks that they meet
 * every fault, state and dialect, and that a seed repeats its run. `npm run test:full` judges more of them.
 */
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../src/beckn/dialects/all.js';
import { ORDER_STATES } from '../../src/domain/model/order.js';
import { check } from './checks/checker.js';
import { readHistory } from './checks/wire-reading.js';
import { BUYER_DIALECTS } from './dialects/all.js';
import { FAULTS } from './faults.js';
import type { Timed } from './runtime/history.js';
import { type Dict, isDict } from './runtime/json.js';
import { simulate } from './simulation.js';

const SEEDS = 150;

const faults = new Set<string>();
const states = new Set<string>();
const ends = new Set<string>();

/** One end in each terminal state. */
const ENDS = [
  { state: 'completed', outcome: 'limit-reached' },
  { state: 'failed', outcome: 'start-rejected' },
  { state: 'cancelled', outcome: 'cancelled-by-buyer' },
];

async function judge(seed: number): Promise<readonly unknown[]> {
  const run = await simulate(seed);
  for (const fault of run.struck.keys()) faults.add(fault);
  for (const state of run.states.keys()) states.add(state);
  for (const { dialect, final, action } of readHistory(run.history).callbacks)
    ends.add(final ? `${dialect.name} ${action}` : '');
  return [...check(run), ...run.bugs.map((bug) => ({ seed, bug }))];
}

/** On the day of the runs: `'07:09'` or `'07:09:45'`, epoch ms. */
const at = (clock: string): number => Date.parse(`2026-01-15T${clock}Z`);

/** A status of order O that left the bridge at `t` and states `made` as its timestamp. */
function status(t: string, made: string, state: 'ACTIVE' | 'COMPLETE', wh = 1000): Timed {
  const timestamp = new Date(at(made)).toISOString();
  const context = { domain: 'uei:charging', action: 'on_status', bap_id: 'one.example', transaction_id: 'T' };
  const list = [{ descriptor: { code: 'energy_delivered' }, value: `${wh / 1000} kWh` }];
  const tags = [{ descriptor: { code: 'charging-session-details' }, list }];
  const type = state === 'COMPLETE' ? 'DEFAULT' : 'DRAFT';
  const order = { id: 'O', status: state, type, tags, quote: { price: { value: '100.00' } } };
  const body = JSON.stringify({ context: { ...context, message_id: made, timestamp }, message: { order } });
  return { kind: 'callback', t: at(t), n: at(t), url: 'https://one.example/beckn/on_status', body };
}

/** Each callback is acknowledged as soon as it is sent. */
const delivered = (entry: Timed): Timed[] =>
  entry.kind === 'callback'
    ? [entry, { kind: 'delivery', t: entry.t, n: entry.n, to: 'one.example', status: 200, ack: true }]
    : [entry];

/** The problems that the checker reports with the sequence of the statuses of order O. */
function violationsIn(...history: Timed[]): string[] {
  const order = {
    id: 'O',
    idTag: 'TAG',
    becknTransactionId: 'T',
    customer: { bapId: 'one.example' },
    state: 'completed',
  };
  const rest = { seed: 0, discrepancies: [], transactions: [], ledger: [] };
  const found = check({ ...rest, history: history.flatMap((entry) => delivered(entry)), orders: [order] });
  return found.filter(({ invariant }) => /^I(?:3|11|13)$/.test(invariant)).map(({ problem }) => problem);
}

const CONTRADICTION = 'on_status after the end contradicts the final status';
const [LATE, FELL] = ['on_status arrived after a newer callback', '1000 Wh fell to 500 Wh'];

/** The host's clock is set back by an hour at 07:08. The bridge continues at 07:09:45 after each start. */
const SET_BACK: readonly Timed[] = [
  { kind: 'up', t: at('06:00'), percent: 100, hostOffsetMs: 0 },
  { kind: 'clock', t: at('07:08'), hostOffsetMs: -3_600_000 },
  ...restart('07:09', '07:10'),
  ...restart('07:54', '07:54:24'),
  { kind: 'killed', t: at('08:08') },
  { kind: 'killed', t: at('08:16') },
  { kind: 'up', t: at('08:17'), percent: 100, hostOffsetMs: -3_600_000 },
];

/** A restart of the bridge, whose clock shows 07:09:45 at `t`. */
function restart(diedAt: string, t: string): Timed[] {
  const call = { kind: 'frame', charger: 'CP', socket: at(t), t: at(t) } as const;
  const answer = { currentTime: new Date(at('07:09:45')).toISOString() };
  return [
    { kind: 'killed', t: at(diedAt) },
    { kind: 'up', t: at(diedAt), percent: 100, hostOffsetMs: -3_600_000 },
    { ...call, way: 'up', text: JSON.stringify([2, '1', 'Heartbeat', {}]) },
    { ...call, way: 'down', text: JSON.stringify([3, '1', answer]) },
  ];
}

describe('the checker', () => {
  it('reports a status that was made after the end', () => {
    expect(violationsIn(status('07:00', '07:00', 'COMPLETE'), status('07:05', '07:05', 'ACTIVE'))).toEqual([
      CONTRADICTION,
    ]);
    const early = violationsIn(status('07:05', '07:05', 'ACTIVE'), status('07:10', '07:00', 'COMPLETE'));
    expect(early).toEqual([CONTRADICTION, LATE]);
  });

  it('accepts a status that was sent before the end and may have been made before it', () => {
    const end = status('08:19', '07:09:45', 'COMPLETE');
    // The clock may have shown 06:56 at 07:56, after it had shown the time of the end at 07:54.
    expect(violationsIn(...SET_BACK, status('08:18', '06:56', 'ACTIVE'), end)).toEqual([]);
    // It is not known to have shown 23:00.
    expect(violationsIn(...SET_BACK, status('08:18', '23:00', 'ACTIVE'), end)).toEqual([]);
  });

  it('reports a status that was sent after the end and may have been made after it', () => {
    const found = violationsIn(
      ...SET_BACK,
      status('08:18', '07:09:45', 'COMPLETE'),
      status('08:19', '07:13', 'ACTIVE'),
    );
    expect(found).toContain(CONTRADICTION);
  });

  it('accepts an end by a clock that continued from the last save, at a time that an earlier clock showed too', () => {
    const up = { kind: 'up', percent: 100 } as const;
    const found = violationsIn(
      { ...up, t: at('06:00'), hostOffsetMs: 0 },
      { kind: 'clock', t: at('06:55'), hostOffsetMs: 3_600_000 },
      { kind: 'killed', t: at('07:10') },
      { ...up, t: at('07:11'), hostOffsetMs: 0 },
      status('07:53', '07:53', 'ACTIVE'),
      { kind: 'killed', t: at('08:06:08') },
      { kind: 'clock-continued', t: at('08:06:14'), offsetMs: -6000 },
      { ...up, t: at('08:06:14'), hostOffsetMs: -86_400_000 },
      status('08:06:24', '08:06:18', 'COMPLETE'),
    );
    expect(found).toEqual([]);
  });

  it('judges the sequence of callbacks only where the clock leaves it no doubt', () => {
    const [first, second] = ['06:50', '06:40'];
    expect(
      violationsIn(...SET_BACK, status('06:51', first, 'ACTIVE'), status('06:52', second, 'ACTIVE', 500)),
    ).toContain(LATE);
    expect(violationsIn(...SET_BACK, status('08:18', first, 'ACTIVE'), status('08:19', second, 'ACTIVE'))).toEqual([]);
    expect(violationsIn(...SET_BACK, status('06:51', second, 'ACTIVE'), status('06:52', first, 'ACTIVE', 500))).toEqual(
      [FELL],
    );
    expect(violationsIn(...SET_BACK, status('08:18', second, 'ACTIVE'), status('08:19', first, 'ACTIVE', 500))).toEqual(
      [],
    );
  });
});

it('the checker takes low readings for old ones unless the clock of their charger was set back meanwhile', async () => {
  const run = await simulate(16_314);
  type Step = Extract<Timed, { kind: 'charger-clock' }>;
  const problems = (change: (step: Step) => Timed[]): string[] =>
    check({
      ...run,
      history: run.history.flatMap((entry) => (entry.kind === 'charger-clock' ? change(entry) : [entry])),
    }).map(({ invariant, problem }) => `${invariant}: ${problem}`);
  const old = ['I8: delivered 8070 Wh, the meter says 8020'];
  expect(problems((step) => [step])).toEqual([]);
  expect(problems(() => [])).toEqual(old);
  expect(problems((step) => [{ ...step, stepMs: -step.stepMs }])).toEqual(old);
  expect(problems((step) => [{ ...step, charger: 'CP-X' }])).toEqual(old);
  expect(problems((step) => [{ ...step, t: at('06:40') }])).toEqual(old);
  expect(problems((step) => [{ ...step, t: at('07:31') }])).toEqual(old);
});

it('the checker takes a stop that came before its start for the end if a discrepancy names its register', async () => {
  const run = await simulate(26_334);
  // The stop shows 15,810 Wh, more than the connector can deliver. The bridge bills none of it, and says so.
  const [orderId, other] = ['d291646f-81d0-4b13-840d-6f6ecd58ba01', 'another order'];
  const [start, stop] = [4_290_336, 4_306_146];
  const own = run.discrepancies.findIndex(
    (one) => isDict(one) && one['orderId'] === orderId && one['amount'] === stop - start,
  );
  const problems = (...instead: readonly Dict[]): string[] =>
    check({ ...run, discrepancies: run.discrepancies.toSpliced(own, 1, ...instead) }).map(({ problem }) => problem);
  const silent = 'no stop arrived in time, and no discrepancy says so';
  expect(check(run)).toEqual([]);
  expect(problems()).toContain(silent);
  expect(problems({ orderId: other, kind: 'meter-implausible', amount: stop - start })).toContain(silent);
  // So many readings were rejected.
  expect(problems({ orderId, kind: 'meter-implausible', amount: 3 })).toContain(silent);
  // The register may also seem to follow a reset, or to be in kWh.
  expect(problems({ orderId, kind: 'meter-reset', amount: stop })).not.toContain(silent);
  expect(problems({ orderId, kind: 'meter-reset', amount: start })).toContain(silent);
  expect(problems({ orderId, kind: 'meter-scale', amount: stop * 1000 - start })).not.toContain(silent);
  expect(problems({ orderId, kind: 'meter-scale', amount: stop - start })).toContain(silent);
  expect(problems({ orderId, kind: 'overshoot', amount: stop - start })).toContain(silent);
});

it('the checker excuses a stop before the paid time if the amount may have been used up unheard', async () => {
  const run = await simulate(25_122);
  const problems = (history: readonly Timed[]): string[] =>
    check({ ...run, history: history.toSorted((a, b) => a.t - b.t) })
      .filter(({ invariant }) => invariant === 'I25')
      .map(({ problem }) => problem);
  const energy = { measurand: 'Energy.Active.Import.Register', value: '8276850' };
  const reading = { connectorId: 2, transactionId: 1011, meterValue: [{ sampledValue: [energy] }] };
  const frame = { kind: 'frame', charger: 'CP-A', socket: 61, t: at('08:05') } as const;
  const heard = { ...frame, way: 'up', text: JSON.stringify([2, 'M', 'MeterValues', reading]) } as const;
  const answer = { ...frame, way: 'down', text: JSON.stringify([3, 'M', {}]) } as const;
  const isStop = (one: Timed): boolean => one.kind === 'frame' && /"RemoteStop.*:1011}/.test(one.text);
  const stoppedAt = (t: number): Timed[] => run.history.map((one) => (isStop(one) ? { ...one, t } : one));
  const early = (seconds: number): string[] => [`1860 s were paid, and stopped after ${seconds} s`];
  expect(problems(run.history)).toEqual([]);
  expect(problems([...run.history, heard])).toEqual([]);
  expect(problems([...run.history, heard, answer])).toEqual(early(1208));
  expect(problems(stoppedAt(at('08:03')))).toEqual([]);
  expect(problems(stoppedAt(at('08:02')))).toEqual(early(1017));
});

it('the checker takes a stop for that of a refused second session, unless the register fell and shows no energy since', async () => {
  const run = await simulate(24_841);
  const problems = (change: (text: string) => string = String): string[] => {
    const history = run.history.map((entry): Timed => {
      if (entry.kind === 'callback') return { ...entry, body: change(entry.body) };
      return entry.kind === 'frame' ? { ...entry, text: change(entry.text) } : entry;
    });
    const found = check({ ...run, history }).filter((one) => one.order === 'QEW5CVZZMDLWHK2CUVY7R7ALZA');
    return found.map(({ invariant, problem }) => `${invariant}: ${problem}`);
  };
  const noStop = 'I17: no stop arrived in time, and no discrepancy says so';
  expect(problems()).toEqual([]);
  const withEnergySince = (text: string): string => text.replace('"meterStart":93', '"meterStart":92');
  expect(problems(withEnergySince)).toEqual(['I8: delivered 1798 Wh, the meter says 1735 or 1705', noStop]);
  // The session begins at 40 Wh, and the stop at 93 Wh is the first to show that its register fell.
  const withoutFall = (text: string): string =>
    text
      .replace('"meterStart":440', '"meterStart":40')
      .replace(/"value":"(?:0|30)"/, '"value":"2145"')
      .replace('1.798 kWh', '0.053 kWh');
  expect(problems(withoutFall)).toEqual(['I8: delivered 53 Wh, the meter says 2105 or 1764', noStop]);
});

describe('the simulation', () => {
  it(`finds no violation in ${SEEDS} seeds`, async () => {
    const found: unknown[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) found.push(...(await judge(seed)));
    expect(found).toEqual([]);
  }, 900_000);

  it('has met every fault and every state of an order by then', () => {
    expect(ORDER_STATES.filter((state) => !states.has(state))).toEqual([]);
    expect(FAULTS.filter((fault) => !faults.has(fault))).toEqual([]);
  });

  it('has met the end of an order in every dialect, in each of its terminal callbacks', () => {
    const expected = BUYER_DIALECTS.flatMap((dialect) => {
      const actions = ENDS.map((end) => dialect.terminalAction(end));
      return [...new Set(actions)].map((action) => `${dialect.name} ${action}`);
    });
    expect(expected.filter((end) => !ends.has(end))).toEqual([]);
  });

  it('speaks every dialect of the bridge', () => {
    const spoken = BUYER_DIALECTS.map(({ name }) => name);
    expect(spoken.toSorted()).toEqual(DIALECTS.map(({ name }) => name).toSorted());
  });

  it('does the same thing twice', async () => {
    const [once, again] = [await simulate(52), await simulate(52)];
    const hash = once.hash();
    expect(again.hash()).toBe(hash);
    expect((await simulate(53)).hash()).not.toBe(hash);
  });
});
