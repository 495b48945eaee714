/**
 * Checks I8, I9 and parts of I17: the bill follows the meter and the tariff within the authorised amount, the rest of
 * the payment is refunded exactly, and an overshoot, a missing stop and a stop that comes too late have a discrepancy.
 */
import { acceptedStart, sessionOf } from './check-chargers.js';
import {
  type RunRecord,
  type ConfirmedOrder,
  deliveredOf,
  overAt,
  type Discrepancy,
  discrepanciesOf,
  isTagOf,
} from './checker.js';
import { at, hundredths, list, text } from '../runtime/json.js';
import { promisedPrice } from './check-prices.js';
import type { StatedOrder } from '../dialects/buyer-dialect.js';
import { ALL_CONNECTORS, type ConnectorSpec } from '../node/network.js';
import { PREPAID_APP } from '../node/settings.js';
import { isStation } from './check-stations.js';
import { earlyStop, endsTransaction } from './session-ends.js';
import type { Call } from './wire-reading.js';

export function checkMoney(record: RunRecord): void {
  for (const order of record.orders) {
    const end = order.finals[0];
    if (!end) continue;
    const isAtStation = isStation(order.charger);
    const bill = end.order!;
    const report = (invariant: string, problem: string): void => record.report(invariant, end.t, problem, order.id);
    const authorised = authorisedFor(record, order);
    if (bill.total > authorised) report('I9', `billed ${bill.total} of ${authorised} authorised`);
    const most = mostForAmount(order, bill);
    if (bill.total > most) report('I9', `billed ${bill.total}, although the ordered amount allows ${most}`);
    const isTimed = order.charger === 'CP-T';
    const { lines } = bill;
    if (lines && bill.total !== lines.energy + lines.tax + lines.fee && !isTimed)
      report('I9', 'the lines do not sum to the total');
    const paid = paidFor(record, order) ?? authorised;
    const isCollected = order.buyer === PREPAID_APP;
    if (bill.refund !== paid - bill.total && !isCollected)
      report('I9', `paid ${paid}, billed ${bill.total}, refunded ${bill.refund}`);
    const start = acceptedStart(record, order);
    if (isAtStation) continue;
    if (!start) {
      if (bill.total !== 0 && unansweredStart(record, order) === undefined)
        report('I8', `billed ${bill.total} without a transaction`);
      continue;
    }
    const delivered = deliveredOf(order);
    if (bill.status !== 'complete' || delivered === undefined) {
      report('I8', 'the final status ignores an accepted transaction');
      continue;
    }
    checkEnergy(record, order, start, delivered);
    const listed = connectorOfStart(start);
    const connector = { ...listed, pricePerKwh: promisedPrice(record, order, listed) };
    const capped = Math.min(delivered, affordableWh(connector, authorised), limitWh(connector, bill));
    const due = price(connector, capped);
    if (bill.total !== due && connector.chargePointId !== 'CP-T')
      report('I9', `${delivered} Wh (${capped} billed) cost ${due}, billed ${bill.total}`);
    const over = delivered - capped;
    if ((over > 100 || (over > 2 && over * 20 > capped)) && discrepanciesOf(record, order.id, 'overshoot').length === 0)
      report('I17', `${delivered - capped} Wh beyond the limit have no discrepancy`);
  }
}

function unansweredStart(record: RunRecord, order: ConfirmedOrder): Call | undefined {
  return record.fromChargers.find(
    (call) => call.action === 'StartTransaction' && isTagOf(order, text(at(call.payload, 'idTag'))) && !call.answer,
  );
}

export function connectorOfStart(start: Call): ConnectorSpec {
  const connectorId = at(start.payload, 'connectorId');
  const connector = ALL_CONNECTORS.find(
    (one) => one.chargePointId === start.charger && one.connectorId === connectorId,
  );
  if (!connector) throw new Error(`no connector ${start.charger}/${String(connectorId)}`);
  return connector;
}

/**
 * I8: the delivered energy is the sum of the register's increases, or stop minus start if the register never fell. I17:
 * without a stop in time there is a discrepancy, and so there is if a late stop reports more energy.
 */
function checkEnergy(record: RunRecord, order: ConfirmedOrder, start: Call, delivered: number): void {
  const over = overAt(order);
  const report = (invariant: string, problem: string): void => record.report(invariant, over, problem, order.id);
  const later = record.fromChargers.filter((call) => call.charger === start.charger && call.t >= start.t);
  // The bridge may have stored a stop and died before it answered, or its store may have reported a successful write
  // as failed.
  const ends = record.fromChargers.filter((call) => endsTransaction(record, call, order, start));
  const stops = ends.filter((call) => call.answer?.ok !== false);
  // A charger that loses the order of its messages reports the end first. The bridge keeps such a stop for its start,
  // but not for ever.
  const possibleEnd =
    ends.find((call) => call.answer?.ok === false && call.t <= over) ?? earlyStop(record, order, start);
  const stop = stops.find((call) => call.t <= over) ?? stops[0];
  const inTime = stop !== undefined && stop.t <= over;
  const discrepancies = discrepanciesOf(record, order.id, 'meter-implausible', 'meter-mismatch');
  const samples = later.filter(
    (call) =>
      call.action === 'MeterValues' && call.t <= over && belongs(record, call, start) && call.answer?.ok !== false,
  );
  const meterStop = inTime ? Number(at(stop.payload, 'meterStop')) : undefined;
  // The bridge may or may not have stored a message before it died without answering. While the store is unavailable
  // the bridge keeps the stop in the journal: later readings are not part of the session, although the order ends
  // later.
  const answered = samples.filter((call) => call.answer?.ok);
  const variants = [samples, answered, ...(inTime ? [samples.filter((call) => call.t <= stop.t)] : [])];
  const possibleStop = possibleEnd && !inTime ? Number(at(possibleEnd.payload, 'meterStop')) : undefined;
  // A first reading that is impossible by the rated power or by the host's clock cannot count from the beginning of the
  // session.
  const isImpossible = record.skewed || record.discrepancies.some(({ kind }) => kind === 'power-rating-contradicted');
  const isReset = isImpossible && discrepanciesOf(record, order.id, 'meter-reset').length > 0;
  const readings = [true, !isReset].flatMap((mayBeRelative) =>
    [0, JITTER].map((slackWh) => ({ mayBeRelative, slackWh })),
  );
  const metered = (wh: number | undefined): number[] =>
    readings.flatMap((reading) => variants.map((calls) => meteredWh(start, calls, wh, reading)));
  const byPossible = possibleStop === undefined ? [] : metered(possibleStop);
  const inKwh =
    discrepanciesOf(record, order.id, 'meter-scale').length > 0
      ? variants.flatMap((calls) => meteredInKwh(start, calls, inTime ? stop : undefined))
      : [];
  const expected = [...metered(meterStop), ...byPossible, ...inKwh];
  if (!expected.includes(delivered) && !(discrepancies.length > 0 && delivered <= Math.max(...expected)))
    report('I8', `delivered ${delivered} Wh, the meter says ${[...new Set(expected)].join(' or ')}`);
  if (!inTime && !byPossible.includes(delivered) && discrepanciesOf(record, order.id, 'end-inferred').length === 0)
    report('I17', 'no stop arrived in time, and no discrepancy says so');
  if (stop && !inTime) {
    const stoppedWh = Number(at(stop.payload, 'meterStop')) - Number(at(start.payload, 'meterStart'));
    const unmatched = (discrepancy: Discrepancy): boolean =>
      discrepancy.kind === 'unmatched-stop' && discrepancy.transaction === String(at(stop.payload, 'transactionId'));
    if (
      stoppedWh > delivered + 10 &&
      discrepanciesOf(record, order.id, 'late-stop').length === 0 &&
      !record.discrepancies.some(unmatched)
    )
      report(
        'I17',
        `a stop after the end reports ${stoppedWh} Wh, ${delivered} were billed, and no discrepancy says so`,
      );
  }
}

/**
 * Checks whether a sample belongs to a start: by its transactionId, or by its connector while no other transaction has
 * started there.
 */
function belongs(record: RunRecord, sample: Call, start: Call): boolean {
  const number = Number(at(sample.payload, 'transactionId') ?? -1);
  if (number > 0) return number === Number(at(start.answer?.payload, 'transactionId'));
  if (at(sample.payload, 'connectorId') !== at(start.payload, 'connectorId')) return false;
  return !record.fromChargers.some(
    (call) =>
      call.action === 'StartTransaction' &&
      call.charger === start.charger &&
      at(call.payload, 'connectorId') === at(start.payload, 'connectorId') &&
      sessionOf(record, call) !== sessionOf(record, start) &&
      call.t > start.t &&
      call.t <= sample.t,
  );
}

const JITTER = 10;

function registerIn(call: Call | undefined): number {
  const values = list(at(call?.payload, 'meterValue', 0, 'sampledValue'));
  return Number(
    at(
      values.find((one) => at(one, 'measurand') === 'Energy.Active.Import.Register'),
      'value',
    ),
  );
}

/**
 * Checks whether a single fall is a glitch: the next higher reading continues from the register before it, or from just
 * below it. In the latter case the register may also have been reset again at once.
 */
function isSingleFall(samples: readonly Call[], low: Call, register: number, slackWh: number): boolean {
  const value = registerIn(low);
  if (value >= register) return false;
  const next = samples.slice(samples.indexOf(low) + 1).find((call) => registerIn(call) > value);
  return next !== undefined && register > 0 && registerIn(next) >= register - slackWh;
}

interface Reading {
  /** Whether samples with a low first reading may count from the beginning of the session. If not, it is a reset. */
  readonly mayBeRelative: boolean;
  /** How far below the register the readings after a glitch may continue, Wh. */
  readonly slackWh: number;
}

/** Returns the energy according to the registers, Wh. */
function meteredWh(
  start: Call,
  samples: readonly Call[],
  meterStop: number | undefined,
  { mayBeRelative, slackWh }: Reading = { mayBeRelative: true, slackWh: JITTER },
): number {
  const first = Number(at(start.payload, 'meterStart'));
  let [register, sum, falls, latest, relative] = [first, 0, 0, Date.parse(text(at(start.payload, 'timestamp'))), false];
  for (const call of samples) {
    const meterValue = at(call.payload, 'meterValue', 0);
    const value = registerIn(call);
    const timestamp = Date.parse(text(at(meterValue, 'timestamp')));
    if (timestamp < latest && (relative ? first : 0) + value <= register) continue;
    latest = timestamp;
    if (isSingleFall(samples, call, relative ? register - first : register, slackWh)) continue;
    if (mayBeRelative && sum === 0 && falls === 0 && value < first / 2) relative = true;
    const reading = relative ? first + value : value;
    if (reading > register) sum += reading - register;
    if (reading < register - JITTER) falls += 1;
    if (reading > register || reading < register - JITTER) register = reading;
  }
  if (meterStop === undefined) return sum;
  if (falls === 0 && meterStop >= first) return meterStop - first;
  // If the samples count from the beginning, so does a stop below the start.
  const last = relative && meterStop < first ? register - first : register;
  return sum + Math.max(0, meterStop - last);
}

/** Returns the energy of the samples, Wh, if the stop in kWh can follow their last register; otherwise nothing. */
function meteredInKwh(start: Call, samples: readonly Call[], stop: Call | undefined): readonly number[] {
  const sum = meteredWh(start, samples, undefined);
  const register = Number(at(start.payload, 'meterStart')) + sum;
  const last = samples.at(-1);
  const lastAt = text(last ? at(last.payload, 'meterValue', 0, 'timestamp') : at(start.payload, 'timestamp'));
  const { powerW } = connectorOfStart(start);
  const ms = Math.max(0, Date.parse(text(at(stop?.payload, 'timestamp'))) - Date.parse(lastAt));
  const flowedWh = (powerW * 1.2 * ms) / 3_600_000;
  const meterStop = Number(at(stop?.payload, 'meterStop'));
  const isNear = meterStop >= Math.floor(register / 1000) && meterStop <= Math.floor((register + flowedWh) / 1000) + 1;
  return isNear ? [sum] : [];
}

const halfUp = (value: number): number => Math.floor(value + 0.5);

/** Returns the price in minor units. Without energy it is zero. */
function price(connector: ConnectorSpec, energyWh: number): number {
  const cost = halfUp((energyWh * connector.pricePerKwh) / 1000);
  const fee = energyWh > 0 ? connector.serviceFee : 0;
  return cost + fee + halfUp(((cost + fee) * connector.taxBps) / 10_000);
}

/** Returns the most energy that `amount` buys, Wh. */
export function affordableWh(connector: ConnectorSpec, amount: number): number {
  let [low, high] = [0, 1_000_000];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (price(connector, middle) <= amount) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Returns the highest total of an ordered amount with taxes and fees, minor units; `Infinity` if none was ordered. */
function mostForAmount({ charger }: ConfirmedOrder, { limit }: StatedOrder): number {
  if (limit?.kind !== 'amount') return Infinity;
  const { serviceFee, taxBps } = ALL_CONNECTORS.find((one) => one.chargePointId === charger)!;
  return Math.ceil((limit.value * 100 + serviceFee) * (1 + taxBps / 10_000));
}

/** Returns the energy limit of the order, Wh; `Infinity` unless the order is limited in energy or money. */
export function limitWh(connector: ConnectorSpec, order: StatedOrder | undefined): number {
  const { kind, value } = order?.limit ?? {};
  if (kind === 'energy') return value ?? NaN;
  if (kind === 'amount') return Math.floor(((value ?? NaN) * 100_000) / connector.pricePerKwh);
  return Infinity;
}

/**
 * Returns the quote in the first on_confirm, minor units, or the authorised amount in the store if no on_confirm states
 * it.
 */
export function authorisedFor(record: RunRecord, order: ConfirmedOrder): number {
  const first = firstConfirm(record, order)?.order;
  return first?.quoted ?? (first?.status === 'active' ? first.total : order.authorised);
}

function firstConfirm(record: RunRecord, order: ConfirmedOrder) {
  return record.callbacks
    .filter((one) => one.orderId === order.id && one.action === 'on_confirm')
    .sort((a, b) => a.madeAt - b.madeAt)[0];
}

function paidFor(record: RunRecord, order: ConfirmedOrder): number | undefined {
  const all = record.requests.filter(
    (one) => one.action === 'confirm' && one.transactionId === order.transactionId && one.answer?.status !== 401,
  );
  const sums = new Set(all.map((one) => hundredths(one.intent.amount)));
  return sums.size === 1 ? [...sums][0] : undefined;
}
