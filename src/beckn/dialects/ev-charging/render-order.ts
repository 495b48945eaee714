/** Renders orders for callbacks of the `ev-charging` dialects. */
import type { SiteView } from '../../../ports/callback-delivery.js';
import { costSoFar, energySoFar } from '../../../domain/billing/bill.js';
import { lastReadingAt, sessionBeginAt } from '../../../domain/metering/reading-time.js';
import type { Order } from '../../../domain/model/order.js';
import type { CallbackAction } from '../../../domain/model/effect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, isObject, readText } from '../../protocol/json-reading.js';
import {
  currencySign,
  formatDateTime,
  formatKilowattHours,
  formatDecimal,
  formatShortMoney,
} from '../core-1x/figures.js';
import { connectorStatusFields } from '../uei-charging/order-status.js';
import { renderProviderSummary } from '../uei-charging/render-items.js';
import { renderRefundTerms } from '../uei-charging/render-money.js';
import { tagEntry, tagGroup } from '../core-1x/tags.js';
import { orderStatus, phaseOf } from './phase.js';
import { formatGps } from './render-catalogue.js';
import { isRefundKnown, renderCancellationTerms, renderPaymentsWithCollector, renderQuote } from './render-money.js';
import { renderConnectorItem, energyMeasure, fulfillmentId, isFree, specificationGroup } from './render-site.js';
import type { Spelling } from './spelling.js';

export interface OrderRenderOptions {
  readonly action: CallbackAction;
  /** Epoch ms. */
  readonly at: number;
  readonly spelling: Spelling;
}

export function renderOrder(order: Order, site: SiteView, { action, at, spelling }: OrderRenderOptions): JsonObject {
  const quoted = action === 'on_select' || action === 'on_init';
  const status = orderStatus(order);
  return {
    order: {
      // In core 1.x an order has no id and no status before on_confirm.
      ...(!quoted && { id: order.id, status: status ?? 'ACTIVE' }),
      provider: site.provider ? renderProviderSummary(site.provider) : { id: order.connector.providerId },
      items: [renderItem(order, site, spelling)],
      fulfillments: [renderFulfillment(order, site, spelling)],
      quote: renderQuote(order, at, spelling),
      ...(isObject(order.billing) && { billing: order.billing }),
      ...(action !== 'on_select' && {
        payments: renderPaymentsWithCollector(order),
        cancellation_terms: renderCancellationTerms(),
      }),
      ...(isRefundKnown(order) && { refund_terms: renderRefundTerms(order) }),
      ...(status === 'CANCELLED' && { cancellation: renderCancellation(order) }),
      created_at: formatDateTime(order.createdAt),
      updated_at: formatDateTime(order.updatedAt),
    },
  };
}

// An order may outlive the configuration of its connector, which is then identified only by its ids.
function renderItem(order: Order, site: SiteView, spelling: Spelling): JsonObject {
  const { station, chargePoint, connector } = site;
  const { chargePointId, connectorId } = order.connector;
  const item =
    station && chargePoint && connector
      ? renderConnectorItem(
          { station, chargePoint, connector: { ...connector, tariff: order.tariff } },
          order.connectorState,
          spelling,
        )
      : { id: `${chargePointId}-${connectorId}`, descriptor: { code: 'energy' } };
  const available = valueAt(item, 'quantity', 'available');
  const deliveredWh = order.session && energySoFar(order);
  return {
    ...item,
    quantity: {
      ...(isObject(available) && { available }),
      selected: energyMeasure(order.limit.kind === 'energy' ? order.limit.value : order.quote.energyWh),
      ...(deliveredWh !== undefined && { allocated: energyMeasure(deliveredWh) }),
    },
  };
}

function renderFulfillment(order: Order, site: SiteView, spelling: Spelling): JsonObject {
  const { chargePoint, connector } = site;
  const customer = valueAt(order.passthrough, 'customer');
  const state = renderState(order, spelling);
  const details = renderChargingDetails(order);
  return {
    id: chargePoint && connector ? fulfillmentId(chargePoint, connector, spelling) : order.connector.chargePointId,
    type: 'CHARGING',
    ...(state && { state }),
    ...(isObject(customer) && { customer }),
    stops: renderStops(order, site, spelling),
    tags: [
      ...(chargePoint && connector
        ? [specificationGroup(chargePoint, [connector], { isFree: isFree(order.connectorState) }, spelling)]
        : []),
      ...(details ? [details] : []),
    ],
  };
}

function renderState(order: Order, { stateCodes, includesRawStatus }: Spelling): JsonObject | undefined {
  const code = stateCodes[phaseOf(order)];
  if (code === undefined) return undefined;
  const { status, errorCode } = connectorStatusFields(order);
  const rawStatus = { connectorId: order.connector.connectorId, errorCode, status };
  return {
    descriptor: {
      code,
      ...(order.outcome && { short_desc: order.outcome.text }),
      ...(includesRawStatus && { long_desc: JSON.stringify(rawStatus) }),
    },
    updated_at: formatDateTime(order.updatedAt),
  };
}

/**
 * Renders the start stop with its location and, if an end is known, the end stop. The booked start is shown until the
 * session begins, and the booked end until the session has ended.
 */
function renderStops(order: Order, { station, chargePoint }: SiteView, { endStopType }: Spelling): JsonObject[] {
  const { session, slot } = order;
  const from = session ? sessionBeginAt(session) : slot?.from;
  const until = session?.end ? lastReadingAt(session) : slot?.until;
  const instructions = `Plug in at ${chargePoint?.code ?? order.connector.chargePointId}, then start charging in your app.`;
  return [
    {
      type: 'start',
      ...(station && { location: { gps: formatGps(station), address: station.address } }),
      ...(from !== undefined && { time: { timestamp: formatDateTime(from) } }),
      ...(phaseOf(order) === 'confirmed' && {
        instructions: { name: 'Charging instructions', short_desc: instructions },
      }),
    },
    ...(until === undefined ? [] : [{ type: endStopType, time: { timestamp: formatDateTime(until) } }]),
  ];
}

/**
 * Renders the session's figures as of its last sample. Once there is a bill, energy and cost are taken from it.
 * @unit   Stated with each value, except that `meter-start` and `meter-stop` are in Wh. The cost includes taxes and
 *         fees.
 */
function renderChargingDetails(order: Order): JsonObject | undefined {
  const { session } = order;
  if (!session) return undefined;
  const { meter, end } = session;
  const cost = costSoFar(order);
  const optional = (code: string, name: string, value: number | undefined, unit: string): JsonObject[] =>
    value === undefined ? [] : [tagEntry(code, name, `${formatDecimal(value)}${unit}`)];
  return tagGroup('charging-details', 'Charging Details', [
    tagEntry('energy-delivered', 'Energy Delivered', formatKilowattHours(energySoFar(order) ?? 0).replace(' ', '')),
    ...optional('soc', 'State of Charge', meter.soc, '%'),
    ...optional('voltage', 'Voltage', meter.voltage, 'V'),
    ...optional('current', 'Current', meter.current, 'A'),
    ...optional('power', 'Power', meter.powerW === undefined ? undefined : meter.powerW / 1000, 'kW'),
    tagEntry('start-time', 'Start Time', formatDateTime(sessionBeginAt(session))),
    ...(end ? [tagEntry('stop-time', 'Stop Time', formatDateTime(lastReadingAt(session)))] : []),
    tagEntry('meter-start', 'Meter Start', String(session.meterStartWh)),
    ...(end ? [tagEntry('meter-stop', 'Meter Stop', String(end.meterStopWh))] : []),
    ...(cost
      ? [
          tagEntry(
            'cost-so-far',
            'Cost so far',
            `${currencySign(cost.currency)}${formatShortMoney(cost.amountMinor, cost.currency)}`,
          ),
        ]
      : []),
  ]);
}

/** @shape The reason is the buyer's own if the buyer cancelled, otherwise the order's outcome. */
function renderCancellation(order: Order): JsonObject {
  const { outcome, cancelReason } = order;
  const isByBuyer = outcome?.code === 'cancelled-by-buyer';
  const id = readText(valueAt(cancelReason, 'id'));
  const text = readText(valueAt(cancelReason, 'text'));
  const reason = isByBuyer
    ? { ...(id !== undefined && { id }), ...(text !== undefined && { descriptor: { short_desc: text } }) }
    : outcome && { descriptor: { code: outcome.code, short_desc: outcome.text } };
  return {
    time: formatDateTime(outcome?.at ?? order.updatedAt),
    cancelled_by: isByBuyer ? 'CONSUMER' : 'PROVIDER',
    ...(reason && Object.keys(reason).length > 0 && { reason }),
  };
}
