/**
 * Checks I29: a session at a 2.x station is billed for no more energy than flowed for its order and, unless there is a
 * discrepancy, for no less than that or the limit, whichever is lower. Checks K01.FR.39: later charging profiles reuse
 * the id of the profile in the remote start.
 */
import { affordableWh, authorisedFor, limitWh } from './check-money.js';
import { promisedPrice } from './check-prices.js';
import { type ConfirmedOrder, deliveredOf, type RunRecord } from './checker.js';
import { ALL_CONNECTORS } from '../node/network.js';
import { at } from '../runtime/json.js';
import type { Call } from './wire-reading.js';

const ROUNDING_WH = 20;

export const isStation = (charger: string): boolean => charger === 'CP-S' || charger === 'CP-U';

export function checkStations(record: RunRecord): void {
  for (const order of record.orders) if (isStation(order.charger)) checkBill(record, order);
  checkProfiles(record);
}

/** A station refuses a second profile of a transaction, on the stack level of the first, under another id. */
function checkProfiles(record: RunRecord): void {
  const idOf = (call: Call): unknown => at(call.payload, 'chargingProfile', 'id');
  for (const set of record.toChargers) {
    if (!isStation(set.charger) || set.action !== 'SetChargingProfile') continue;
    const transactionId = at(set.payload, 'chargingProfile', 'transactionId');
    // Some stations use a transaction id again.
    const begun = record.fromChargers.findLast(
      ({ charger, payload, t }) =>
        charger === set.charger &&
        t <= set.t &&
        at(payload, 'eventType') === 'Started' &&
        at(payload, 'transactionInfo', 'transactionId') === transactionId,
    );
    const start = record.toChargers.find(
      ({ charger, action, payload }) =>
        charger === set.charger &&
        action === 'RequestStartTransaction' &&
        at(payload, 'remoteStartId') === at(begun?.payload, 'transactionInfo', 'remoteStartId'),
    );
    const first = start && idOf(start);
    if (first !== undefined && first !== idOf(set))
      record.report('K01.FR.39', set.t, `profile ${String(idOf(set))} follows profile ${String(first)} of the start`);
  }
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
