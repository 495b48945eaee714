/**
 * Checks I26 and I32. I26: the reason for an order's end is true, a driver who comes in time gets the session, ended
 * transactions are closed, and no charger is put under quarantine. I32: no second process gets the database of a
 * running one.
 */
import { type ConfirmedOrder, isTagOf, type RunRecord } from './checker.js';
import { at, text } from '../runtime/json.js';
import { PREPAID_APP } from '../node/settings.js';

/** The bridge must not stop a shorter session for its length, ms. */
const LONGEST_MS = 20 * 3_600_000;

export function checkOutcomes(record: RunRecord): void {
  for (const order of record.orders) {
    checkReason(record, order);
    checkRefusedDriver(record, order);
  }
  checkClosed(record);
  for (const t of record.intruders) record.report('I32', t, 'a second process got the database of a running one');
  for (const one of record.discrepancies)
    if (one.kind === 'quarantine' || one.kind.startsWith('charger-quarantined'))
      record.report('I26', 0, `a charger with one address and one proof was put under quarantine: ${one.detail}`);
}

/**
 * I26: an outcome is true. Nobody operates the bridge here, only another order takes a connector, only very long
 * sessions are stopped for their length, and no charger deserves quarantine.
 */
function checkReason(record: RunRecord, order: ConfirmedOrder): void {
  const end = order.finals[0]?.t ?? 0;
  if (/^(?:cancelled|closed)-by-operator$/.test(order.outcome))
    record.report('I26', end, `the order ended as ${order.outcome}, and nobody operates the bridge`, order.id);
  const confirmed = record.requests.find(
    (one) => one.action === 'confirm' && one.transactionId === order.transactionId,
  );
  const lastedMs = end - (confirmed?.t ?? 0);
  const isStepped = record.prices.some((one) => one.hostOffsetMs !== 0);
  if (order.outcome === 'stopped-by-operator' && order.buyer !== PREPAID_APP && lastedMs < LONGEST_MS && !isStepped)
    record.report('I26', end, `stopped for its length after ${Math.round(lastedMs / 60_000)} minutes`, order.id);
  const others = record.orders.some((one) => one !== order && one.charger === order.charger);
  if (order.outcome === 'connector-taken' && !others)
    record.report('I26', end, 'its connector counts as taken, and no other order was there', order.id);
  if (order.outcome === 'charger-quarantined')
    record.report('I26', end, 'its charger is under quarantine, with one address and one proof', order.id);
}

/** I26: the first StartTransaction with an order's tag is not answered `Invalid` unless the order has ended before. */
function checkRefusedDriver(record: RunRecord, order: ConfirmedOrder): void {
  const starts = record.fromChargers.filter(
    (call) => call.action === 'StartTransaction' && isTagOf(order, text(at(call.payload, 'idTag'))) && call.answer?.ok,
  );
  const first = starts[0];
  const endedAt = order.finals[0]?.t ?? Infinity;
  if (first && first.t < endedAt && text(at(first.answer?.payload, 'idTagInfo', 'status')) === 'Invalid')
    record.report('I26', first.t, 'a start with the tag of the order was refused as unknown', order.id);
}

/**
 * I26: a stored transaction of a card or a stranger is closed if a later one on its connector shows that it has ended.
 */
function checkClosed(record: RunRecord): void {
  const starts = record.fromChargers.filter((call) => call.action === 'StartTransaction' && call.answer?.ok);
  for (const [index, start] of starts.entries()) {
    const number = String(at(start.answer?.payload, 'transactionId'));
    if (!/^(CARD|STRANGER)/.test(text(at(start.payload, 'idTag')))) continue;
    const later = starts
      .slice(index + 1)
      .some(
        (one) =>
          one.charger === start.charger &&
          at(one.payload, 'connectorId') === at(start.payload, 'connectorId') &&
          String(at(one.answer?.payload, 'transactionId')) !== number &&
          Date.parse(text(at(one.payload, 'timestamp'))) > Date.parse(text(at(start.payload, 'timestamp'))),
      );
    if (later && record.storedTransactions.get(`${start.charger}/${number}`) === false)
      record.report('I26', start.t, `transaction ${number} of ${start.charger} is open, though another followed it`);
  }
}
