/** The order as every callback about it tells it. */
import type { SiteView } from '../../../ports/buyer-requests.js';
import { costOf } from '../../../domain/billing/bill.js';
import type { CallbackAction, Order } from '../../../domain/model/order.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, isObject, text } from '../../protocol/json-reading.js';
import { currencySign, dateTime, kilowattHours, plain, shortMoney } from '../core-1x/figures.js';
import { connectorWords } from '../uei-charging/order-status.js';
import { providerPart } from '../uei-charging/render-items.js';
import { renderRefundTerms } from '../uei-charging/render-money.js';
import { entry, group } from '../core-1x/tags.js';
import { orderStatus, phaseOf } from './phase.js';
import { gpsOf } from './render-catalogue.js';
import { refundIsDue, renderCancellationTerms, renderEchoedPayments, renderQuote } from './render-money.js';
import { connectorItem, energy, fulfillmentId, isFree, specifications } from './render-site.js';
import type { Spelling } from './spelling.js';

export function renderOrder(
  action: CallbackAction,
  order: Order,
  site: SiteView,
  now: number,
  spelling: Spelling,
): JsonObject {
  const quoted = action === 'on_select' || action === 'on_init';
  const status = orderStatus(order);
  return {
    order: {
      // Core 1.x has no order id and no status before on_confirm.
      ...(!quoted && { id: order.id, status: status ?? 'ACTIVE' }),
      provider: site.provider ? providerPart(site.provider) : { id: order.connector.providerId },
      items: [renderItem(order, site, spelling)],
      fulfillments: [renderFulfillment(order, site, spelling)],
      quote: renderQuote(order, now, spelling),
      ...(isObject(order.billing) && { billing: order.billing }),
      ...(action !== 'on_select' && {
        payments: renderEchoedPayments(order),
        cancellation_terms: renderCancellationTerms(),
      }),
      ...(refundIsDue(order) && { refund_terms: renderRefundTerms(order) }),
      ...(status === 'CANCELLED' && { cancellation: cancellation(order) }),
      created_at: dateTime(order.createdAt),
      updated_at: dateTime(order.updatedAt),
    },
  };
}

// An order outlives the configuration: what is gone from it is still named by its ids.
function renderItem(order: Order, site: SiteView, spelling: Spelling): JsonObject {
  const { station, chargePoint, connector } = site;
  const { chargePointId, connectorId } = order.connector;
  const whole =
    station && chargePoint && connector
      ? connectorItem(station, chargePoint, { ...connector, tariff: order.tariff }, order.connectorState, spelling)
      : { id: `${chargePointId}-${connectorId}`, descriptor: { code: 'energy' } };
  const available = at(whole, 'quantity', 'available');
  const delivered = deliveredWh(order);
  return {
    ...whole,
    quantity: {
      ...(isObject(available) && { available }),
      selected: energy(order.limit.kind === 'energy' ? order.limit.value : order.quote.energyWh),
      ...(delivered !== undefined && { allocated: energy(delivered) }),
    },
  };
}

function deliveredWh({ bill, session }: Order): number | undefined {
  return session && (bill?.deliveredWh ?? session.meter.energyWh);
}

function renderFulfillment(order: Order, site: SiteView, spelling: Spelling): JsonObject {
  const { chargePoint, connector } = site;
  const customer = at(order.echo, 'customer');
  const state = renderState(order, spelling);
  const details = chargingDetails(order);
  return {
    id: chargePoint && connector ? fulfillmentId(chargePoint, connector, spelling) : order.connector.chargePointId,
    type: 'CHARGING',
    ...(state && { state }),
    ...(isObject(customer) && { customer }),
    stops: renderStops(order, site, spelling),
    tags: [
      ...(chargePoint && connector
        ? [specifications(chargePoint, [connector], isFree(order.connectorState), spelling)]
        : []),
      ...(details ? [details] : []),
    ],
  };
}

function renderState(order: Order, { states, rawStatus }: Spelling): JsonObject | undefined {
  const code = states[phaseOf(order)];
  if (code === undefined) return undefined;
  const { status, errorCode } = connectorWords(order);
  const raw = { connectorId: order.connector.connectorId, errorCode, status };
  return {
    descriptor: {
      code,
      ...(order.outcome && { short_desc: order.outcome.text }),
      ...(rawStatus && { long_desc: JSON.stringify(raw) }),
    },
    updated_at: dateTime(order.updatedAt),
  };
}

/** The place with its booked or its real beginning, and the end as far as it is known. */
function renderStops(order: Order, { station, chargePoint }: SiteView, { endStop }: Spelling): JsonObject[] {
  const { session, slot } = order;
  const from = session?.startedAt ?? slot?.from;
  const until = session?.end?.at ?? slot?.until;
  const how = `Plug in at ${chargePoint?.code ?? order.connector.chargePointId}, then start charging in your app.`;
  return [
    {
      type: 'start',
      ...(station && { location: { gps: gpsOf(station), address: station.address } }),
      ...(from !== undefined && { time: { timestamp: dateTime(from) } }),
      ...(phaseOf(order) === 'confirmed' && { instructions: { name: 'Charging instructions', short_desc: how } }),
    },
    ...(until === undefined ? [] : [{ type: endStop, time: { timestamp: dateTime(until) } }]),
  ];
}

/**
 * The session's figures as of its last sample, or as billed once it has ended.
 * @unit   Said in each value; `meter-start` and `meter-stop` are Wh. `cost-so-far` is the whole price, taxes and fees in.
 */
function chargingDetails(order: Order): JsonObject | undefined {
  const { session } = order;
  if (!session) return undefined;
  const { meter, end } = session;
  const cost = costOf(order);
  const optional = (code: string, name: string, value: number | undefined, unit: string): JsonObject[] =>
    value === undefined ? [] : [entry(code, name, `${plain(value)}${unit}`)];
  return group('charging-details', 'Charging Details', [
    entry('energy-delivered', 'Energy Delivered', kilowattHours(deliveredWh(order) ?? 0).replace(' ', '')),
    ...optional('soc', 'State of Charge', meter.soc, '%'),
    ...optional('voltage', 'Voltage', meter.voltage, 'V'),
    ...optional('current', 'Current', meter.current, 'A'),
    ...optional('power', 'Power', meter.powerW === undefined ? undefined : meter.powerW / 1000, 'kW'),
    entry('start-time', 'Start Time', dateTime(session.startedAt)),
    ...(end ? [entry('stop-time', 'Stop Time', dateTime(end.at))] : []),
    entry('meter-start', 'Meter Start', String(session.meterStartWh)),
    ...(end ? [entry('meter-stop', 'Meter Stop', String(end.meterStopWh))] : []),
    ...(cost
      ? [entry('cost-so-far', 'Cost so far', `${currencySign(cost.currency)}${shortMoney(cost.minor, cost.currency)}`)]
      : []),
  ]);
}

/** @shape  The reason is the buyer's own where the buyer cancelled, else what went wrong. */
function cancellation(order: Order): JsonObject {
  const { outcome, cancelReason } = order;
  const byBuyer = outcome?.code === 'cancelled-by-buyer';
  const id = text(at(cancelReason, 'id'));
  const words = text(at(cancelReason, 'text'));
  const reason = byBuyer
    ? { ...(id !== undefined && { id }), ...(words !== undefined && { descriptor: { short_desc: words } }) }
    : outcome && { descriptor: { code: outcome.code, short_desc: outcome.text } };
  return {
    time: dateTime(outcome?.at ?? order.updatedAt),
    cancelled_by: byBuyer ? 'CONSUMER' : 'PROVIDER',
    ...(reason && Object.keys(reason).length > 0 && { reason }),
  };
}
