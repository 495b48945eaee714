/** Speaks `uei:charging` 1.0.0, in which a confirm starts charging and a cancel stops it. */
import { UEI_CHARGING_ENVELOPE } from '../buyer-app/envelope.js';
import { demoBilling, paidPayment, selectedOrder } from '../buyer-app/request-messages.js';
import { isJson, type Json } from '../runtime/json.js';
import { priceText } from '../runtime/price-text.js';
import * as core from './core-1x.js';
import { tagEntry, tagGroup } from './core-1x.js';
import {
  CURRENCY,
  findUnofferedId,
  stepOfAction,
  type CallbackDetails,
  type Dialect,
  type Offer,
  type QuotedOrder,
  type RequestDetails,
  type SessionSnapshot,
  type Step,
} from './dialect.js';

/** The amount to order, in major units. */
const AMOUNT = '100';

const ACTIONS = {
  search: 'search',
  select: 'select',
  init: 'init',
  confirm: 'confirm',
  status: 'status',
  update: 'update',
  track: 'track',
  support: 'support',
  cancel: 'cancel',
  rating: 'rating',
} as const;

/**
 * Whether callbacks follow the schema, or the samples of the first `uei:charging` platform, in which a session is
 * reported as one sampled value.
 */
type Variant = 'schema' | 'samples';

function createUeiCharging(variant: Variant): Dialect {
  return {
    envelope: UEI_CHARGING_ENVELOPE,
    specification: 'core 1.x',
    actions: ACTIONS,
    contents: core.CONTENTS,
    choice: `the first connector and an amount of ${priceText(CURRENCY, AMOUNT)}`,
    terminalAction: 'on_status',
    hasUuidOrders: false,
    errorNames: { code: 'code', message: 'message' },
    buildRequest,
    buildAnswer: (step, details) => buildAnswer(step, details, variant),
    buildReport: (details) => buildReport(details, variant),
    stepOf: (action) => stepOfAction(ACTIONS, action),
    readOrderId: core.readOrderId,
    findMissingField: core.findMissingField,
    findUnofferedItem,
    findPaymentFault: core.findPaymentFault,
  };
}

function buildRequest(step: Step, { offer, order: quoted, now }: RequestDetails): Json {
  const { providerId, stationId, chargePointId, connectorIds } = offer;
  const option = { code: 'amount', value: AMOUNT } as const;
  const order = selectedOrder({ providerId, stationId, chargePointId, connectorId: connectorIds[0], option });
  const orderId = quoted?.orderId ?? '';
  switch (step) {
    case 'search':
      return { intent: {} };
    case 'select':
      return { order };
    case 'init':
      return { order: { ...order, billing: demoBilling(now) } };
    case 'confirm': {
      const payments = quoted ? [paidPayment(quoted.amount, quoted.currency, 'pay-1')] : [];
      return { order: { ...order, billing: demoBilling(now), payments } };
    }
    case 'update':
      return { update_target: 'item', order: { id: orderId, ...order } };
    case 'support':
      return { support: { ref_id: orderId } };
    case 'cancel':
      return { order_id: orderId, descriptor: { name: 'Stop Charging', code: 'stop-charging' } };
    case 'rating':
      return { ratings: [{ id: orderId, rating_category: 'Order', value: '5' }] };
    default:
      return { order_id: orderId };
  }
}

function connectorItem(offer: Offer, id: string, status: string): Json {
  return {
    id,
    parent_item_id: offer.chargePointId,
    category_ids: ['connector'],
    descriptor: { name: 'CCS 2', code: 'CCS2' },
    tags: [
      tagGroup('power-rating', 'Power Rating', [{ display: true, value: '60kW' }]),
      tagGroup('connector-status', 'Connector Status', [
        tagEntry('status', 'Status', status),
        tagEntry('error', 'Error', 'NoError'),
      ]),
    ],
  };
}

function catalogueItems(offer: Offer, connectorIds: readonly string[], status: string): Json[] {
  const price = `${priceText(CURRENCY, core.PRICE_PER_KWH)}/kWh`;
  return [
    {
      id: offer.stationId,
      category_ids: ['charging-station'],
      location_ids: [offer.stationId],
      descriptor: { name: 'Check Station' },
    },
    {
      id: offer.chargePointId,
      parent_item_id: offer.stationId,
      category_ids: ['charge-point'],
      descriptor: { name: 'Check Point 1', code: 'CHECK01' },
      tags: [
        tagGroup('price', 'Price', [{ display: true, value: price }]),
        tagGroup('available-charging-options', 'Available Charging Options', [tagEntry('amount', 'Amount', '500')]),
      ],
    },
    ...connectorIds.map((id) => connectorItem(offer, id, status)),
  ];
}

function buildCatalogue(offer: Offer): Json {
  const provider = {
    id: offer.providerId,
    descriptor: { name: 'Check Charging' },
    locations: [core.location(offer.stationId)],
    items: catalogueItems(offer, offer.connectorIds, 'Available'),
  };
  return { catalog: { descriptor: { name: 'bap-check' }, providers: [provider] } };
}

/** Builds a quote whose last line is its total. */
function buildQuote({ amount, currency }: QuotedOrder): Json {
  const { total, fee } = core.splitAmount(amount);
  const line = (title: string, hundredths: number): Json => ({
    title,
    price: { currency, value: (hundredths / 100).toFixed(2) },
  });
  return {
    price: { currency, value: amount, estimated_value: amount },
    breakup: [line('Estimated Charging Cost', total - fee), line('Service Fee', fee), line('Total', total)],
  };
}

const CONNECTOR_STATUS: Readonly<Record<SessionSnapshot['phase'], string>> = {
  quoted: 'Available',
  waiting: 'Preparing',
  charging: 'Charging',
  stopping: 'Finishing',
  ended: 'Finishing',
};

function buildOrder({ offer, order, session: { phase }, now }: CallbackDetails): Json {
  return {
    provider: { id: offer.providerId, descriptor: { name: 'Check Charging' } },
    items: catalogueItems(offer, [offer.connectorIds[0]], CONNECTOR_STATUS[phase]),
    quote: buildQuote(order),
    ...core.refundTerms(order),
    ...core.timestamps(now),
  };
}

function buildReport(details: CallbackDetails, variant: Variant): Json {
  const { order, session } = details;
  return {
    order: {
      id: order.orderId,
      type: 'DEFAULT',
      status: session.phase === 'ended' ? 'COMPLETE' : 'ACTIVE',
      ...buildOrder(details),
      payments: [payment(order, 'PAID', variant)],
      tags: [sessionDetails(session, variant)],
    },
  };
}

function sessionDetails({ energyWh, elapsedS }: SessionSnapshot, variant: Variant): Json {
  const kwh = (energyWh / 1_000).toFixed(2);
  const entries =
    variant === 'schema'
      ? [
          tagEntry('time_elapsed', 'Time Elapsed', String(elapsedS)),
          tagEntry('energy_delivered', 'Energy Delivered', `${kwh} kWh`),
        ]
      : [
          tagEntry('time-elapsed', 'Time Elapsed', elapsedS.toFixed(2)),
          ...Object.entries({
            context: 'Sample.Periodic',
            format: 'Raw',
            phase: '',
            measurand: 'energy',
            unit: 'kWh',
          }).map(([code, value]) => tagEntry(code, code, value)),
          tagEntry('value', 'value', kwh),
        ];
  return tagGroup('charging-session-details', 'Charging Session Details', entries);
}

function payment(order: QuotedOrder, status: 'PAID' | 'NOT-PAID', variant: Variant): Json {
  const { params, ...rest } = core.payment(order, status);
  const bankFields = { bank_code: '', bank_account_number: '', virtual_payment_address: '' };
  return { ...rest, params: { ...(variant === 'samples' && bankFields), ...(isJson(params) && params) } };
}

function buildAnswer(step: Step, details: CallbackDetails, variant: Variant): Json {
  const { request, offer, order, session } = details;
  const draft = { type: 'DRAFT', ...buildOrder({ ...details, session: { ...session, phase: 'quoted' } }) };
  switch (step) {
    case 'search':
      return buildCatalogue(offer);
    case 'select':
      return { order: draft };
    case 'init':
      return { order: { ...draft, ...core.billingOf(request), payments: [payment(order, 'NOT-PAID', variant)] } };
    case 'track':
    case 'support':
    case 'rating':
      return core.buildAfterSales(step, order);
    case 'cancel':
      return buildReport({ ...details, session: { ...session, phase: 'stopping' } }, variant);
    default:
      return buildReport(details, variant);
  }
}

function findUnofferedItem(message: Json, offer: Offer): string | undefined {
  if (!isJson(message.order)) return undefined;
  const { order } = message;
  const { stationId, chargePointId, connectorIds } = offer;
  const ids = core.itemIdsIn(order);
  const fault =
    core.findProviderFault(order, offer.providerId) ??
    findUnofferedId(ids, [stationId, chargePointId, ...connectorIds], 'order.items');
  if (fault !== undefined) return fault;
  const hasConnector = ids.some((id) => connectorIds.some((connectorId) => connectorId === id));
  return hasConnector ? undefined : 'order.items contains no connector';
}

export const ueiCharging: Dialect = createUeiCharging('schema');
export const ueiChargingPulse: Dialect = createUeiCharging('samples');
