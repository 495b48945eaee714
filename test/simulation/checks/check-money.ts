/**
 * Checks I9, and I8 with `check-energy.ts`: the bill follows the meter and the tariff within the authorised amount, the
 * rest of the payment is refunded exactly, and an overshoot has a discrepancy (I17).
 */
import { acceptedStart } from './check-chargers.js';
import { checkEnergy } from './check-energy.js';
import { type RunRecord, type ConfirmedOrder, deliveredOf, discrepanciesOf, isTagOf } from './checker.js';
import { at, hundredths, text } from '../runtime/json.js';
import { promisedPrice } from './check-prices.js';
import type { StatedOrder } from '../dialects/buyer-dialect.js';
import { ALL_CONNECTORS, type ConnectorSpec } from '../node/network.js';
import { PREPAID_APP } from '../node/settings.js';
import { isStation } from './check-stations.js';
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

const halfUp = (value: number): number => Math.floor(value + 0.5);

/** Returns the price in minor units. Without energy it is zero. */
function price(connector: ConnectorSpec, energyWh: number): number {
  const cost = halfUp((energyWh * connector.pricePerKwh) / 1000);
  const fee = energyWh > 0 ? connector.serviceFee : 0;
  return cost + fee + halfUp(((cost + fee) * connector.taxBps) / 10_000);
}

/** Returns the most energy that `amount` buys, Wh; at most 1 MWh. @param amount Minor units. */
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

/** Returns the energy limit of the order, Wh. Only limits in energy or money restrict the energy. */
export function limitWh(connector: ConnectorSpec, order: StatedOrder | undefined): number {
  const { kind, value } = order?.limit ?? {};
  if (kind === 'energy') return value ?? NaN;
  if (kind === 'amount') return Math.floor(((value ?? NaN) * 100_000) / connector.pricePerKwh);
  return Infinity;
}

/**
 * Returns the authorised amount, minor units: the quote in the first on_confirm or, if it states only a total, that of
 * an active order. Without either, the amount in the store counts.
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
