/**
 * Checks I27 and I28. I27: a session stopped at its limit does not end short of it. I28: a session that passes its
 * limit is stopped, with readings or without, and a lower limit that it has clearly passed already is refused.
 */
import { acceptedStart } from './check-chargers.js';
import { affordableWh, authorisedFor, connectorOfStart, limitWh } from './check-money.js';
import { promisedPrice } from './check-prices.js';
import { type ConfirmedOrder, deliveredOf, isTagOf, type RunRecord } from './checker.js';
import { WAITS } from '../node/settings.js';
import { at } from '../runtime/json.js';
import { endsTransaction, registerIn } from './session-messages.js';
import type { StatedOrder } from '../dialects/buyer-dialect.js';
import type { Call, Request } from './wire-reading.js';

/** Tolerated shortfall at the end: this many Wh, or the energy of `SHORT_S` seconds if that is more. */
const SHORT_WH = 40;
const SHORT_S = 4;
/** Tolerated energy beyond a lowered limit, Wh: the flow is estimated as if the power were constant. */
const LOWERED_WH = 200;
/** How long the bridge trusts a reading at least, ms, and how long before that ends it asks for the next one at most. */
const WATCHED_MS = 15_000;
const ASKED_MS = 10_000;
/** How late the bridge may notice a timeout, ms. */
const SWEEP_MS = 2500;
/** How long a RemoteStop may wait behind another command, ms. */
const STOP_MS = 75_000;
/** How long a charger that sends nothing may deliver beyond the limit, ms. */
const SILENCE_MS = 120_000;

export function checkLimits(record: RunRecord): void {
  for (const order of record.orders) {
    const start = acceptedStart(record, order);
    const end = order.finals[0];
    if (!start || !end || order.charger === 'CP-T' || order.charger !== start.charger) continue;
    const listed = connectorOfStart(start);
    const connector = { ...listed, pricePerKwh: promisedPrice(record, order, listed) };
    const changes = record.requests.filter(
      (one) => one.intent.step === 'change' && one.transactionId === order.transactionId,
    );
    const limitOf = (stated: StatedOrder | undefined): number =>
      Math.min(affordableWh(connector, authorisedFor(record, order)), limitWh(connector, stated));
    const limit = limitOf(end.order);
    const session = { order, start, limit, limitSince: changes.at(-1)?.t ?? start.t };
    if (changes.length === 0 && order.outcome === 'limit-reached')
      checkShortfall(record, { ...session, powerW: connector.powerW }, deliveredOf(order) ?? 0);
    checkHeld(record, session);
    checkStopped(record, session);
    const change = acceptedChange(record, order, changes);
    if (change && limit < limitOf(change.before)) checkLowered(record, session, change.at);
  }
}

interface Limited {
  readonly order: ConfirmedOrder;
  readonly start: Call;
  readonly limit: number;
  /** When the limit was last changed, or when the session started. The energy may have exceeded the limit before. */
  readonly limitSince: number;
}

function callsOf(record: RunRecord, { start }: Limited, action: string): Call[] {
  const calls = action.startsWith('Remote') ? record.toChargers : record.fromChargers;
  const number = at(start.answer?.payload, 'transactionId');
  return calls.filter(
    (call) => call.charger === start.charger && call.action === action && at(call.payload, 'transactionId') === number,
  );
}

/** I27: a session with readings until its end ends close to its limit. */
function checkShortfall(record: RunRecord, session: Limited & { readonly powerW: number }, delivered: number): void {
  const { order, start, limit, powerW } = session;
  const stop = callsOf(record, session, 'RemoteStopTransaction')[0];
  const readings = callsOf(record, session, 'MeterValues').filter((call) => stop && call.t < stop.t && call.answer?.ok);
  const last = readings.at(-1);
  const wasDecidedBefore = stop && (waitedForAnswer(record, stop) || waitedForSocket(record, stop));
  const isWatched = stop && last && readings.length > 3 && stop.t - last.t < WATCHED_MS && !wasDecidedBefore;
  const isBounded = order.limitKind === 'energy' || order.limitKind === 'amount';
  const seconds = SHORT_S + slowestStopMs(record, start) / 1000;
  const allowed = Math.max(SHORT_WH, (Math.min(powerW, 1.3 * powerOf(readings)) * seconds) / 3600);
  // A charger that refuses a new charging profile keeps the old one, which cuts the power before the limit. One that does
  // not answer in time may have kept it.
  const keepsOldPlan = record.toChargers.some(
    (call) =>
      call.charger === start.charger &&
      call.action === 'SetChargingProfile' &&
      call.t > start.t &&
      call.t < (stop?.t ?? 0) &&
      !(at(call.answer?.payload, 'status') === 'Accepted' && call.answer!.t <= call.t + WAITS.callTimeoutS * 1000),
  );
  const isDisturbed =
    keepsOldPlan ||
    (stop && last && tookLessThanShown({ start, stop, last }, powerOf(readings), delivered, limit - allowed)) ||
    record.deaths.some((t) => t > start.t) ||
    record.discrepancies.some((one) => one.order === order.id);
  if (isWatched && isBounded && !isDisturbed && delivered < limit - allowed)
    record.report('I27', stop.t, `stopped at ${delivered} Wh of ${limit}, although readings came`, order.id);
}

/**
 * Checks whether the car stopped taking energy after the last reading, and would otherwise have reached the limit. The
 * bridge cannot know that until the next reading.
 * @param most The limit, less the tolerated shortfall, Wh.
 */
function tookLessThanShown(
  { start, stop, last }: { readonly start: Call; readonly stop: Call; readonly last: Call },
  powerW: number,
  delivered: number,
  most: number,
): boolean {
  const shownWh = registerIn(last) - startOf(start);
  const expectedWh = (powerW * (stop.t - last.t)) / 3_600_000;
  const flowedWh = delivered - shownWh;
  return flowedWh >= 0 && flowedWh < expectedWh / 2 && shownWh + expectedWh >= most;
}

/**
 * Checks whether the RemoteStop had to wait for the answer to another command, or for its timeout. It was then decided
 * earlier, perhaps because nothing was heard; what the slow connection delivered meanwhile came too late.
 */
function waitedForAnswer({ toChargers }: RunRecord, stop: Call): boolean {
  return toChargers.some(({ charger, t, answer }) => {
    const timeout = t + WAITS.callTimeoutS * 1000;
    const [settledAt, lateMs] = answer && answer.t <= timeout ? [answer.t, 1000] : [timeout, SWEEP_MS];
    const isBefore = settledAt <= stop.t && settledAt > stop.t - lateMs;
    return charger === stop.charger && isBefore && settledAt - t > ASKED_MS;
  });
}

/**
 * Checks whether the RemoteStop may be a repeat of one that was decided while a socket was being replaced, and did not
 * leave.
 */
function waitedForSocket({ sockets }: RunRecord, stop: Call): boolean {
  const since = stop.t - WAITS.stopRetryS * 1000 - SWEEP_MS;
  return sockets.some(({ charger, t }) => charger === stop.charger && t > since && t <= stop.t);
}

function startOf(start: Call): number {
  return Number(at(start.payload, 'meterStart'));
}

/** Returns the power according to the last four readings, W; `Infinity` if there are fewer. */
function powerOf(readings: readonly Call[]): number {
  const [last, before] = [readings.at(-1), readings.at(-4)];
  if (!last || !before) return Infinity;
  return ((registerIn(last) - registerIn(before)) * 3_600_000) / (last.t - before.t);
}

/**
 * Returns the longest time that earlier RemoteStops of this charger took to end a transaction, ms; those of two minutes
 * or more do not count. The bridge learns from these times.
 */
function slowestStopMs(record: RunRecord, { charger, t }: Call): number {
  const stops = record.toChargers.filter(
    (call) => call.charger === charger && call.action === 'RemoteStopTransaction' && call.t < t,
  );
  const taken = stops.map(({ payload, t: sentAt }) => {
    const number = at(payload, 'transactionId');
    const end = record.fromChargers.find(
      (call) =>
        call.charger === charger && call.action === 'StopTransaction' && at(call.payload, 'transactionId') === number,
    );
    return end ? end.t - sentAt : 0;
  });
  return Math.max(0, ...taken.filter((ms) => ms < 120_000));
}

function flowOf(record: RunRecord, order: ConfirmedOrder, start: Call): RunRecord['flows'][number] | undefined {
  return record.flows.find(
    (one) =>
      one.charger === start.charger && isTagOf(order, one.tag) && one.meterStart === at(start.payload, 'meterStart'),
  );
}

/**
 * I28: once a reading shows the limit, a RemoteStop is sent in time, even if the store is away. Not judged if the
 * process died, a socket of the charger opened or closed, or the session or its order ended meanwhile, or if the meter
 * is doubted.
 */
function checkHeld(record: RunRecord, session: Limited): void {
  const { order, start, limit, limitSince } = session;
  const first = startOf(start);
  const beyond = callsOf(record, session, 'MeterValues').find((call) => registerIn(call) - first >= limit + 5);
  if (!beyond) return;
  const until = Math.max(beyond.t, limitSince) + STOP_MS;
  const isOver =
    record.deaths.some((t) => t > start.t && t < until) ||
    record.sockets.some((one) => one.charger === start.charger && one.t > beyond.t - 120_000 && one.t < until) ||
    record.fromChargers.some((call) => call.t < until && endsTransaction(record, call, order, start)) ||
    (order.finals[0]?.t ?? Infinity) < until;
  const stops = callsOf(record, session, 'RemoteStopTransaction');
  const isDoubted = record.discrepancies.some((one) => one.order === order.id && one.kind.startsWith('meter-'));
  if (!isOver && !isDoubted && !stops.some((call) => call.t < until))
    record.report('I28', beyond.t, `a reading shows the limit of ${limit} Wh, and no RemoteStop left`, order.id);
}

/** I28: a stop is sent soon after the limit even without readings, because the bridge then assumes the worst case. */
function checkStopped(record: RunRecord, session: Limited): void {
  const { order, start, limit, limitSince } = session;
  const flow = flowOf(record, order, start);
  if (!flow || flow.wh <= limit) return;
  // The power is constant while energy flows. The bridge notices a rated power that is too small only from readings.
  const sinceLimitMs = ((flow.t - start.t) * (flow.wh - limit)) / flow.wh;
  const limitAt = Math.max(flow.t - sinceLimitMs, limitSince);
  const until = limitAt + SILENCE_MS + (start.charger === 'CP-A' ? limitAt - start.t : 0);
  const isDisturbed =
    record.deaths.some((t) => t > start.t && t < until) ||
    record.sockets.some((one) => one.charger === start.charger && one.t > start.t - 60_000 && one.t < until) ||
    (order.finals[0]?.t ?? Infinity) < until;
  const isDoubted = record.discrepancies.some((one) => one.order === order.id && /^(?:meter-|power-)/.test(one.kind));
  const isAsked = callsOf(record, session, 'RemoteStopTransaction').some((call) => call.t < until);
  if (flow.t > until && !isDisturbed && !isDoubted && !isAsked)
    record.report('I28', until, `the limit of ${limit} Wh was passed, and no RemoteStop left`, order.id);
}

/**
 * Returns when the last change that was accepted arrived, and the order as the last callback before its answer states
 * it.
 */
function acceptedChange(
  { callbacks }: RunRecord,
  { id }: ConfirmedOrder,
  changes: readonly Request[],
): { readonly at: number; readonly before: StatedOrder | undefined } | undefined {
  for (const { messageId, t } of changes.toReversed()) {
    const answer = callbacks.find((one) => one.messageId === messageId && !one.isError);
    if (!answer) continue;
    const earlier = callbacks.filter((one) => one.orderId === id && one.order?.limit && one.madeAt < answer.madeAt);
    const before = earlier.toSorted((a, b) => a.madeAt - b.madeAt).at(-1)?.order;
    return { at: t, before };
  }
  return undefined;
}

/**
 * I28: a lower limit that the session has clearly passed already is refused, because the bill would be capped at it. A
 * larger one may still leave the session with its authorised amount, which caps the bill in any case.
 */
function checkLowered(record: RunRecord, { order, start, limit }: Limited, acceptedAt: number): void {
  const flow = flowOf(record, order, start);
  // If the rated power is too small, the bridge cannot know how much may have flowed.
  if (!flow || start.charger === 'CP-A' || acceptedAt < start.t || acceptedAt > flow.t) return;
  // What flowed while the register fell is in no reading and on no bill.
  if (record.discrepancies.some((one) => one.order === order.id && one.kind === 'meter-reset')) return;
  const flowedWh = Math.floor((flow.wh * (acceptedAt - start.t)) / (flow.t - start.t));
  if (flowedWh > limit + LOWERED_WH)
    record.report('I28', acceptedAt, `a limit of ${limit} Wh was accepted after about ${flowedWh} Wh`, order.id);
}
