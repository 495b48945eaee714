/** I8, I9: the bill is the meter's, by the tariff, within what was authorised; what was paid comes back to the paisa. */
import { acceptedStart } from './check-chargers.js';
import { energyOf } from './check-buyers.js';
import { type Case, type Confirmed, discrepanciesOf, type Discrepancy, overAt } from './checker.js';
import { at, hundredths, list, tags, text } from './json.js';
import { promisedPrice } from './check-prices.js';
import { OUTLETS, type Outlet } from './network.js';
import type { Call } from './wire-reading.js';

export function checkMoney(found: Case): void {
  for (const order of found.orders) {
    const end = order.finals[0];
    if (!end) continue;
    const shown = readBill(end.order);
    const complain = (invariant: string, what: string): void => found.complain(invariant, end.t, what, order.id);
    const authorised = authorisedFor(found, order);
    if (shown.total > authorised) complain('I9', `billed ${shown.total} of ${authorised} authorised`);
    if (shown.total !== shown.energy + shown.tax + shown.fee) complain('I9', 'the lines do not sum to the total');
    const paid = paidFor(found, order) ?? authorised;
    if (shown.refund !== paid - shown.total)
      complain('I9', `paid ${paid}, billed ${shown.total}, back ${shown.refund}`);
    const start = acceptedStart(found, order);
    if (!start) {
      if (shown.total !== 0 && startedUnheard(found, order) === undefined)
        complain('I8', `billed ${shown.total} without a transaction`);
      continue;
    }
    const delivered = energyOf(end.order);
    if (text(at(end.order, 'status')) !== 'COMPLETE' || delivered === undefined) {
      complain('I8', 'a transaction was accepted, and the order ended without it');
      continue;
    }
    energy(found, order, start, delivered);
    const written = outletOf(start);
    const outlet = { ...written, pricePerKwh: promisedPrice(found, order, written) };
    const capped = Math.min(delivered, affordable(outlet, authorised), limitWh(outlet, end.order));
    const due = price(outlet, capped);
    if (shown.total !== due) complain('I9', `${delivered} Wh (${capped} billed) cost ${due}, billed ${shown.total}`);
    if (delivered - capped > 100 && discrepanciesOf(found, order.id, 'overshoot').length === 0)
      complain('I17', `${delivered - capped} Wh too many and no discrepancy`);
  }
}

function startedUnheard(found: Case, order: Confirmed): Call | undefined {
  return found.fromChargers.find(
    (call) => call.action === 'StartTransaction' && text(at(call.payload, 'idTag')) === order.tag && !call.answer,
  );
}

function outletOf(start: Call): Outlet {
  const connectorId = at(start.payload, 'connectorId');
  const outlet = OUTLETS.find((one) => one.chargePointId === start.charger && one.connectorId === connectorId);
  if (!outlet) throw new Error(`no outlet ${start.charger}/${String(connectorId)}`);
  return outlet;
}

/** I8: the register's rises; the stop against the start where it never fell. */
function energy(found: Case, order: Confirmed, start: Call, delivered: number): void {
  const over = overAt(order);
  const complain = (invariant: string, what: string): void => found.complain(invariant, over, what, order.id);
  const mine = found.fromChargers.filter((call) => call.charger === start.charger && call.t >= start.t);
  // One over which the bridge died may be kept all the same.
  const stops = found.fromChargers.filter((call) => endsIt(call, order, start) && call.answer?.ok !== false);
  const stop = stops.find((call) => call.t <= over) ?? stops[0];
  const inTime = stop !== undefined && stop.t <= over;
  const doubted = discrepanciesOf(found, order.id, 'meter-implausible', 'meter-mismatch');
  const samples = mine.filter(
    (call) =>
      call.action === 'MeterValues' && call.t <= over && belongs(found, call, start) && call.answer?.ok !== false,
  );
  const meterStop = inTime ? Number(at(stop.payload, 'meterStop')) : undefined;
  // What was heard and never answered, because the bridge died over it, may be kept or not.
  const expected = [samples, samples.filter((call) => call.answer?.ok)].map((calls) =>
    metered(start, calls, meterStop),
  );
  if (!expected.includes(delivered) && !(doubted.length > 0 && delivered <= Math.max(...expected)))
    complain('I8', `delivered ${delivered} Wh, the meter says ${[...new Set(expected)].join(' or ')}`);
  if (!inTime && discrepanciesOf(found, order.id, 'end-inferred').length === 0)
    complain('I17', 'no stop came in time, and no discrepancy says so');
  if (stop && !inTime) {
    const reported = Number(at(stop.payload, 'meterStop')) - Number(at(start.payload, 'meterStart'));
    const unmatched = (one: Discrepancy): boolean =>
      one.kind === 'unmatched-stop' && one.transaction === String(at(stop.payload, 'transactionId'));
    if (
      reported > delivered + 10 &&
      discrepanciesOf(found, order.id, 'late-stop').length === 0 &&
      !found.discrepancies.some(unmatched)
    )
      complain(
        'I17',
        `a stop after the end reports ${reported} Wh, ${delivered} were billed, and no discrepancy says so`,
      );
  }
}

function endsIt(call: Call, order: Confirmed, start: Call): boolean {
  if (call.action !== 'StopTransaction' || call.charger !== start.charger) return false;
  const number = Number(at(call.payload, 'transactionId'));
  if (number > 0) return number === Number(at(start.answer?.payload, 'transactionId'));
  return text(at(call.payload, 'idTag')) === order.tag;
}

/** By its number; without one, by the connector, while no other transaction has begun on it. */
function belongs(found: Case, sample: Call, start: Call): boolean {
  const number = Number(at(sample.payload, 'transactionId') ?? -1);
  if (number > 0) return number === Number(at(start.answer?.payload, 'transactionId'));
  if (at(sample.payload, 'connectorId') !== at(start.payload, 'connectorId')) return false;
  return !found.fromChargers.some(
    (call) =>
      call.action === 'StartTransaction' &&
      call.charger === start.charger &&
      at(call.payload, 'connectorId') === at(start.payload, 'connectorId') &&
      at(call.payload, 'timestamp') !== at(start.payload, 'timestamp') &&
      call.t > start.t &&
      call.t <= sample.t,
  );
}

const JITTER = 10;

function metered(start: Call, samples: readonly Call[], meterStop: number | undefined): number {
  const first = Number(at(start.payload, 'meterStart'));
  let [register, sum, falls, when, relative] = [first, 0, 0, Date.parse(text(at(start.payload, 'timestamp'))), false];
  for (const call of samples) {
    const value = at(call.payload, 'meterValue', 0);
    const energyValue = list(at(value, 'sampledValue')).find(
      (one) => at(one, 'measurand') === 'Energy.Active.Import.Register',
    );
    const said = Number(at(energyValue, 'value'));
    const sampledAt = Date.parse(text(at(value, 'timestamp')));
    if (sampledAt < when && (relative ? first : 0) + said <= register) continue;
    when = sampledAt;
    if (sum === 0 && falls === 0 && said < first / 2) relative = true;
    const reading = relative ? first + said : said;
    if (reading > register) sum += reading - register;
    if (reading < register - JITTER) falls += 1;
    if (reading > register || reading < register - JITTER) register = reading;
  }
  if (meterStop === undefined) return sum;
  if (falls === 0 && meterStop >= first) return meterStop - first;
  return sum + Math.max(0, meterStop - register);
}

const halfUp = (value: number): number => Math.floor(value + 0.5);

/** Minor units; nothing for nothing. */
export function price(outlet: Outlet, energyWh: number): number {
  const cost = halfUp((energyWh * outlet.pricePerKwh) / 1000);
  const fee = energyWh > 0 ? outlet.serviceFee : 0;
  return cost + fee + halfUp(((cost + fee) * outlet.taxBps) / 10_000);
}

/** The most energy for this much, Wh. */
function affordable(outlet: Outlet, amount: number): number {
  let [low, high] = [0, 1_000_000];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (price(outlet, middle) <= amount) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What the buyer chose bounds the energy only where it is an energy or a sum. */
function limitWh(outlet: Outlet, order: unknown): number {
  for (const [code, value] of tags(order, 'selected-charging-option')) {
    if (code.toLowerCase() === 'units') return Number(value);
    if (code.toLowerCase() === 'amount') return Math.floor(((hundredths(value) ?? 0) * 1000) / outlet.pricePerKwh);
  }
  return Infinity;
}

interface Shown {
  readonly total: number;
  readonly energy: number;
  readonly tax: number;
  readonly fee: number;
  readonly refund: number;
}

export function readBill(order: unknown): Shown {
  const lines = new Map(
    list(at(order, 'quote', 'breakup')).map((one) => [text(at(one, 'title')), hundredths(at(one, 'price', 'value'))]),
  );
  return {
    total: hundredths(at(order, 'quote', 'price', 'value')) ?? NaN,
    energy: lines.get('Charging Cost') ?? NaN,
    tax: lines.get('GST') ?? NaN,
    fee: lines.get('Service Fee') ?? NaN,
    refund: hundredths(at(order, 'refund_terms', 0, 'refund_amount', 'estimated_value')) ?? NaN,
  };
}

/** What the first on_confirm quoted; what the store says where that one never left. */
function authorisedFor(found: Case, order: Confirmed): number {
  const quoted = firstConfirm(found, order)?.order;
  return hundredths(at(quoted, 'quote', 'price', 'estimated_value')) ?? order.authorised;
}

function firstConfirm(found: Case, order: Confirmed) {
  return found.callbacks
    .filter((one) => one.orderId === order.id && one.action === 'on_confirm')
    .sort((a, b) => a.madeAt - b.madeAt)[0];
}

function paidFor(found: Case, order: Confirmed): number | undefined {
  const all = found.requests.filter(
    (one) => one.action === 'confirm' && one.transactionId === order.transactionId && one.answer?.status !== 401,
  );
  const sums = new Set(
    all.map((one) => hundredths(at(one.json, 'message', 'order', 'payments', 0, 'params', 'amount'))),
  );
  return sums.size === 1 ? [...sums][0] : undefined;
}
