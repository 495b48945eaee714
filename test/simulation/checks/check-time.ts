/**
 * Checks I24 and I25: an order ends in time by the true time, paid time is neither cut short nor exceeded, and a bill
 * by time counts the time that passed.
 */
import { acceptedStart } from './check-chargers.js';
import { affordableWh, authorisedFor, connectorOfStart } from './check-money.js';
import { promisedPrice } from './check-prices.js';
import { type ConfirmedOrder, discrepanciesOf, isTagOf, type RunRecord } from './checker.js';
import { at, text } from '../runtime/json.js';
import { PRICE_PER_HOUR } from '../node/network.js';
import { belongs, registerIn } from './session-messages.js';
import type { Call } from './wire-reading.js';

const HOUR_MS = 3_600_000;
/** The sum of the bridge's waits for an end that nobody reports and for an unavailable buyer app, ms. */
const END_MS = 8 * HOUR_MS;
/** Tolerated shortfall of paid time, ms. */
const SHORT_MS = 90_000;
/** How long a session may exceed its time before a stop is sent, ms. */
const OVERTIME_MS = 300_000;

export function checkTime(record: RunRecord): void {
  for (const order of record.orders) {
    checkEndsInTime(record, order);
    checkPaidTime(record, order);
    checkTimeBill(record, order);
  }
}

/** I24: once nothing flows and all faults are over, the final status is sent within the waits. */
function checkEndsInTime(record: RunRecord, order: ConfirmedOrder): void {
  const sentAt = Math.min(...order.finals.map((one) => one.t));
  const confirmed = record.requests.find(
    (one) => one.action === 'confirm' && one.transactionId === order.transactionId,
  );
  const flowed = record.flows.filter((one) => isTagOf(order, one.tag)).map((one) => one.t);
  const last = Math.max(confirmed?.t ?? 0, record.faultsEndedAt, ...flowed);
  // A slot is agreed by the calendar, so it moves with the host's clock.
  const calendarMs = confirmed?.intent.isBooked ? record.clockSpreadMs : 0;
  const latest = record.upAfter(last) + END_MS + calendarMs;
  if (Number.isFinite(sentAt) && sentAt > latest)
    record.report('I24', sentAt, `the end came ${Math.round((sentAt - latest) / 1000)} s too late`, order.id);
}

/** I25: a time limit causes no stop before the time is over, whatever the clocks say, and a stop soon after it. */
function checkPaidTime(record: RunRecord, order: ConfirmedOrder): void {
  const start = acceptedStart(record, order);
  const end = order.finals[0];
  if (!start || !end) return;
  const { kind, value } = end.order?.limit ?? {};
  const seconds = kind === 'time' ? (value ?? NaN) : NaN;
  const stop = record.toChargers.find(
    (call) =>
      call.action === 'RemoteStopTransaction' &&
      call.charger === start.charger &&
      at(call.payload, 'transactionId') === at(start.answer?.payload, 'transactionId'),
  );
  const flow = record.flows.find((one) => one.charger === start.charger && isTagOf(order, one.tag));
  if (!stop && flow && flow.t - start.t > seconds * 1000 + OVERTIME_MS && !isDisturbed(record, start, flow.t, end.t))
    record.report(
      'I25',
      flow.t,
      `${seconds} s were paid, and nothing was stopped after ${Math.round((flow.t - start.t) / 1000)} s`,
      order.id,
    );
  if (Number.isNaN(seconds) || !stop || wasAsked(record, order) || order.outcome !== 'limit-reached') return;
  if (isStoppedUnheard(record, order, stop) || mayBeUsedUp(record, order, { start, stop })) return;
  const lastedMs = stop.t - start.t;
  if (lastedMs < seconds * 1000 - SHORT_MS && (end.order?.total ?? 0) < order.authorised * 0.8)
    record.report(
      'I25',
      stop.t,
      `${seconds} s were paid, and stopped after ${Math.round(lastedMs / 1000)} s`,
      order.id,
    );
}

/**
 * Checks whether the charger sent no reading between the last restart and the stop, and a discrepancy says that the
 * host's clock was stepped. To the bridge, that looks like a long outage, so it stops the session.
 */
function isStoppedUnheard(record: RunRecord, order: ConfirmedOrder, stop: Call): boolean {
  const restartedAt = record.deaths.findLast((t) => t < stop.t) ?? stop.t;
  const isHeard = record.fromChargers.some(
    ({ action, charger, t }) => action === 'MeterValues' && charger === stop.charger && t > restartedAt && t < stop.t,
  );
  return !isHeard && discrepanciesOf(record, order.id, 'clock-stepped').length > 0;
}

/**
 * Checks whether the amount may have been used up before the stop, although no reading showed it: since the last
 * reading that was answered, the session may have drawn the connector's power. The bridge must then stop it, however
 * much of its time is left.
 */
function mayBeUsedUp(
  record: RunRecord,
  order: ConfirmedOrder,
  { start, stop }: { readonly start: Call; readonly stop: Call },
): boolean {
  const listed = connectorOfStart(start);
  const connector = { ...listed, pricePerKwh: promisedPrice(record, order, listed) };
  const heard = record.fromChargers.filter(
    (call) =>
      call.action === 'MeterValues' &&
      call.answer?.ok === true &&
      call.answer.t <= stop.t &&
      belongs(record, call, start),
  );
  const rises = heard.map((call) => registerIn(call) - Number(at(start.payload, 'meterStart')));
  const shownWh = Math.max(0, ...rises.filter((wh) => !Number.isNaN(wh)));
  const silentMs = stop.t - (heard.at(-1)?.t ?? start.t);
  return shownWh + (connector.powerW * silentMs) / 3_600_000 >= affordableWh(connector, authorisedFor(record, order));
}

/** Checks whether the bridge died, a socket of the charger opened or closed, or the order ended before `until`. */
function isDisturbed(record: RunRecord, start: Call, until: number, endedAt: number): boolean {
  return (
    endedAt < until ||
    record.deaths.some((t) => t > start.t && t < until) ||
    record.sockets.some((one) => one.charger === start.charger && one.t > start.t - 60_000 && one.t < until)
  );
}

function wasAsked(record: RunRecord, order: ConfirmedOrder): boolean {
  return record.requests.some(
    (one) =>
      one.transactionId === order.transactionId && /^(?:stop|cancel|change)$/.test(one.intent.step) && one.answer?.ack,
  );
}

/** Returns for how long the register stood still before the stop, by the charger's clock, ms. */
function idleMs({ fromChargers }: RunRecord, { charger, payload }: Call): number {
  const isFinal = (call: Call): boolean =>
    call.charger === charger &&
    call.action === 'MeterValues' &&
    at(call.payload, 'transactionId') === at(payload, 'transactionId') &&
    Number(at(call.payload, 'meterValue', 0, 'sampledValue', 0, 'value')) === at(payload, 'meterStop');
  const first = fromChargers.find(isFinal);
  const since = text(at(first?.payload, 'meterValue', 0, 'timestamp'));
  return first ? Math.max(0, Date.parse(text(at(payload, 'timestamp'))) - Date.parse(since)) : 0;
}

/**
 * I25: a bill by time counts about nine tenths of the time for which energy flowed, or more, up to two hours, unless
 * there is a discrepancy or the authorised amount is used up.
 */
function checkTimeBill(record: RunRecord, order: ConfirmedOrder): void {
  const start = acceptedStart(record, order);
  const end = order.finals[0];
  if (!start || !end || order.charger !== 'CP-T') return;
  const session = record.flows.find((one) => one.charger === 'CP-T' && isTagOf(order, one.tag));
  const stop = record.fromChargers.find(
    (call) => call.action === 'StopTransaction' && isTagOf(order, text(at(call.payload, 'idTag'))),
  );
  if (!session || !stop || stop.t > end.t || record.discrepancies.some((one) => one.order === order.id)) return;
  const hours = (session.t - start.t - idleMs(record, stop)) / HOUR_MS;
  const least = Math.min(hours * 0.9 - 0.02, 2) * PRICE_PER_HOUR;
  const total = end.order?.total ?? 0;
  if (total < Math.min(least, order.authorised * 0.95))
    record.report(
      'I25',
      end.t,
      `${total} was billed for ${hours.toFixed(2)} hours, which cost at least ${Math.round(least)}`,
      order.id,
    );
}
