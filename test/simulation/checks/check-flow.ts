/**
 * Checks the energy that really flowed (I18) and the deadlines of an order (I19). Without a discrepancy, no more is
 * billed than flowed, what flowed is billed up to the limit, and little flows beyond the limit. No start is requested
 * after `startBy`, and the order ends in time.
 */
import { acceptedStart } from './check-chargers.js';
import { affordableWh, authorisedFor, connectorOfStart, limitWh } from './check-money.js';
import { promisedPrice } from './check-prices.js';
import { type ConfirmedOrder, deliveredOf, discrepanciesOf, isTagOf, type RunRecord } from './checker.js';
import { at, text } from '../runtime/json.js';
import { WAITS } from '../node/settings.js';
import type { Call } from './wire-reading.js';

const ROUNDING_WH = 10;
/** How long a silent charger may deliver before the bridge asks it or assumes its power, seconds. */
const SILENCE_S = 600;
/** How long the bridge waits before it gives up a session that does not end, seconds. */
const LOST_STOP_S = 900;

export function checkFlow(record: RunRecord): void {
  for (const order of record.orders) {
    checkBilledFlow(record, order);
    if (!record.skewed) checkDeadlines(record, order);
  }
}

function checkBilledFlow(record: RunRecord, order: ConfirmedOrder): void {
  const start = acceptedStart(record, order);
  const end = order.finals[0];
  if (!start || !end) return;
  // A stop without a number may end any session with the tag of the order.
  const flowed = record.flows
    .filter(
      (one) =>
        one.charger === start.charger && one.connector === at(start.payload, 'connectorId') && isTagOf(order, one.tag),
    )
    .reduce((sum, { wh }) => sum + wh, 0);
  const named = record.discrepancies.some((one) => one.order === order.id && ENERGY_KINDS.test(one.kind));
  const billed = deliveredOf(order) ?? 0;
  if (billed > flowed + ROUNDING_WH && !named)
    record.report('I18', end.t, `${billed} Wh were billed, ${flowed} flowed`, order.id);
  checkUnbilledFlow(record, order, start, named);
  const listed = connectorOfStart(start);
  const connector = { ...listed, pricePerKwh: promisedPrice(record, order, listed) };
  const limit = Math.min(affordableWh(connector, authorisedFor(record, order)), limitWh(connector, end.order));
  const most = limit + (connector.powerW * SILENCE_S) / 3600;
  // A second transaction with the tag is refused, and has a discrepancy of its own.
  const first = record.flows.find(
    (one) =>
      one.charger === start.charger && isTagOf(order, one.tag) && one.meterStart === at(start.payload, 'meterStart'),
  );
  const wh = first?.wh ?? 0;
  if (wh > most && !named)
    record.report('I18', end.t, `${wh} Wh flowed, at most ${Math.round(most)} were expected`, order.id);
}

/**
 * I18: the energy that flowed before the final status is billed up to the limit, unless a discrepancy explains the
 * difference.
 */
function checkUnbilledFlow(record: RunRecord, order: ConfirmedOrder, start: Call, named: boolean): void {
  const end = order.finals[0]!;
  const session = record.flows.find(
    (one) =>
      one.charger === start.charger &&
      isTagOf(order, one.tag) &&
      one.meterStart === at(start.payload, 'meterStart') &&
      one.t <= end.t,
  );
  const listed = connectorOfStart(start);
  const connector = { ...listed, pricePerKwh: promisedPrice(record, order, listed) };
  const limit = Math.min(affordableWh(connector, authorisedFor(record, order)), limitWh(connector, end.order));
  const delivered = deliveredOf(order) ?? 0;
  const isNamed = named || discrepanciesOf(record, order.id, 'unmatched-stop', 'duplicate-start').length > 0;
  if (session && !isNamed && Math.min(session.wh, limit) > delivered + UNBILLED_WH)
    record.report(
      'I18',
      end.t,
      `${session.wh} Wh flowed, ${delivered} were counted, and no discrepancy says so`,
      order.id,
    );
}

/** Tolerated difference, Wh: the rounding of two registers. */
const UNBILLED_WH = 20;
const ENERGY_KINDS = /^(?:meter-|power-|overshoot|end-inferred|stop-not-obeyed|late-stop)/;

function checkDeadlines(record: RunRecord, order: ConfirmedOrder): void {
  const { startBy, endBy, finals } = order;
  for (const call of record.toChargers) {
    if (call.action !== 'RemoteStartTransaction' || text(at(call.payload, 'idTag')) !== order.tag) continue;
    if (call.t > startBy) record.report('I19', call.t, `RemoteStart ${call.t - startBy} ms after startBy`, order.id);
  }
  const end = finals[0];
  if (!end || Number.isNaN(endBy)) return;
  const windows = (LOST_STOP_S + WAITS.finalS + WAITS.offlineS) * 1000;
  // A bridge that is down at `endBy` cannot give the session up, nor receive what its charger has queued, before it is
  // up again, so its waits begin then.
  const latest = record.upAfter(record.upAfter(endBy) + windows) + 60_000;
  if (end.madeNotBefore > latest)
    record.report('I19', end.t, `the end came ${Math.round((end.madeNotBefore - latest) / 1000)} s too late`, order.id);
}
