/**
 * Checks I29: the bill of a session at a 2.x station counts no more energy than flowed for its order, and, unless there
 * is a discrepancy, no less up to the limit.
 */
import { affordableWh, authorisedFor, limitWh } from './check-money.js';
import { promisedPrice } from './check-prices.js';
import { type ConfirmedOrder, deliveredOf, type RunRecord } from './checker.js';
import { ALL_CONNECTORS } from '../node/network.js';

const ROUNDING_WH = 20;

export const isStation = (charger: string): boolean => charger === 'CP-S' || charger === 'CP-U';

export function checkStations(record: RunRecord): void {
  for (const order of record.orders) if (isStation(order.charger)) checkBill(record, order);
}

function checkBill(record: RunRecord, order: ConfirmedOrder): void {
  const end = order.finals[0];
  const listed = ALL_CONNECTORS.find((one) => one.chargePointId === order.charger);
  if (!end || !listed) return;
  const flowed = record.flows
    .filter((one) => one.charger === order.charger && one.tag === order.tag && one.t <= end.t)
    .reduce((sum, { wh }) => sum + wh, 0);
  const delivered = deliveredOf(order) ?? 0;
  const connector = { ...listed, pricePerKwh: promisedPrice(record, order, listed) };
  const limit = Math.min(affordableWh(connector, authorisedFor(record, order)), limitWh(connector, end.order));
  const named = record.discrepancies.some((one) => one.order === order.id);
  if (delivered > flowed + ROUNDING_WH)
    record.report('I29', end.t, `${delivered} Wh were billed, ${flowed} flowed for this order`, order.id);
  if (Math.min(flowed, limit) > delivered + ROUNDING_WH && !named)
    record.report('I29', end.t, `${flowed} Wh flowed, ${delivered} were counted, and no discrepancy says so`, order.id);
}
