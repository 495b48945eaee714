/** What the played provider tells, in the words of `uei:charging` 1.0.0. */
import { textOf, isJson, type Json } from '../../runtime/json.js';
import type { Action } from './provider-profiles.js';
import type { QuotedTransaction, Offer } from './run-record.js';

/** Where a session stands when it is told. */
export interface SessionSnapshot {
  readonly status: 'ACTIVE' | 'COMPLETE';
  readonly connector: 'Preparing' | 'Charging' | 'Finishing';
  /** Wh. */
  readonly energyWh: number;
  /** Seconds since the start. */
  readonly elapsedS: number;
}

const tagEntry = (code: string, name: string, value: string): Json => ({
  display: true,
  descriptor: { code, name },
  value,
});

const tagGroup = (code: string, name: string, list: readonly Json[]): Json => ({
  display: true,
  descriptor: { code, name },
  list,
});

const statusTag = (status: string): Json =>
  tagGroup('connector-status', 'Connector Status', [
    tagEntry('status', 'Status', status),
    tagEntry('error', 'Error', 'NoError'),
  ]);

function connectorItem(offer: Offer, id: string, status: string): Json {
  return {
    id,
    parent_item_id: offer.chargePointId,
    category_ids: ['connector'],
    descriptor: { name: 'CCS 2', code: 'CCS2' },
    tags: [tagGroup('power-rating', 'Power Rating', [{ display: true, value: '60kW' }]), statusTag(status)],
  };
}

function catalogueItems(offer: Offer, connectors: readonly string[], status: string): Json[] {
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
        tagGroup('price', 'Price', [{ display: true, value: '₹18/kWh' }]),
        tagGroup('available-charging-options', 'Available Charging Options', [tagEntry('amount', 'Amount', '500')]),
      ],
    },
    ...connectors.map((id) => connectorItem(offer, id, status)),
  ];
}

export function catalogue(offer: Offer): Json {
  const location = {
    id: offer.stationId,
    gps: '12.9716,77.5946',
    address: '1 Check Road',
    city: { code: 'std:080', name: 'Bangalore' },
    country: { code: 'IND', name: 'India' },
  };
  const provider = {
    id: offer.providerId,
    descriptor: { name: 'Check Charging' },
    locations: [location],
    items: catalogueItems(offer, offer.connectorIds, 'Available'),
  };
  return { catalog: { descriptor: { name: 'bap-check' }, providers: [provider] } };
}

/** `amount` is the whole price; a tenth of it is called the fee, so that the rows add up. */
function buildQuote({ amount, currency }: QuotedTransaction): Json {
  const total = Math.round(Number(amount) * 100);
  const fee = Math.floor(total / 10);
  const row = (title: string, hundredths: number): Json => ({
    title,
    price: { currency, value: (hundredths / 100).toFixed(2) },
  });
  return {
    price: { currency, value: amount, estimated_value: amount },
    breakup: [row('Estimated Charging Cost', total - fee), row('Service Fee', fee), row('Total', total)],
  };
}

function buildOrder(offer: Offer, given: QuotedTransaction, status: string, now: number): Json {
  const { amount, currency } = given;
  const at = new Date(now).toISOString();
  return {
    provider: { id: offer.providerId, descriptor: { name: 'Check Charging' } },
    items: catalogueItems(offer, [offer.connectorIds[0]], status),
    quote: buildQuote(given),
    refund_terms: [
      {
        refund_eligible: true,
        refund_within: { days: '1' },
        refund_amount: { currency, minimum_value: '0', maximum_value: amount },
      },
    ],
    created_at: at,
    updated_at: at,
  };
}

const payment = ({ amount, currency }: QuotedTransaction, status: 'PAID' | 'NOT-PAID'): Json => ({
  type: 'PRE-ORDER',
  status,
  params: { amount, currency },
});

/** The order as it stands. @param now Epoch ms of `updated_at`. */
export function buildSessionOrder(offer: Offer, given: QuotedTransaction, moment: SessionSnapshot, now: number): Json {
  const { energyWh, elapsedS, status } = moment;
  const details = tagGroup('charging-session-details', 'Charging Session Details', [
    tagEntry('time_elapsed', 'Time Elapsed', String(elapsedS)),
    tagEntry('energy_delivered', 'Energy Delivered', `${(energyWh / 1_000).toFixed(2)} kWh`),
  ]);
  const order = {
    id: given.orderId,
    type: 'DEFAULT',
    status,
    ...buildOrder(offer, given, moment.connector, now),
    payments: [payment(given, 'PAID')],
    tags: [details],
  };
  return { order };
}

/** The `message` of the answer to a request. */
export function buildAnswer(
  action: Action,
  request: Json,
  offer: Offer,
  given: QuotedTransaction,
  moment: SessionSnapshot,
  now: number,
): Json {
  const draft = { type: 'DRAFT', ...buildOrder(offer, given, 'Available', now) };
  switch (action) {
    case 'search':
      return catalogue(offer);
    case 'select':
      return { order: draft };
    case 'init':
      return { order: { ...draft, ...billing(request), payments: [payment(given, 'NOT-PAID')] } };
    case 'confirm':
    case 'status':
    case 'update':
      return buildSessionOrder(offer, given, moment, now);
    case 'cancel':
      return buildSessionOrder(offer, given, { ...moment, connector: 'Finishing' }, now);
    case 'track':
      return { tracking: { status: 'inactive' } };
    case 'support':
      return { support: { ref_id: given.orderId, phone: '+911800000000', email: 'support@check.example' } };
    case 'rating':
      return {};
  }
}

function billing(request: Json): Json {
  return isJson(request.order) && isJson(request.order.billing) ? { billing: request.order.billing } : {};
}

/** The order id that a request speaks of; '' when it names none. */
export function readOrderId(message: Json): string {
  const { order, support, ratings } = message;
  const rated: unknown = Array.isArray(ratings) ? ratings[0] : undefined;
  return (
    textOf(message.order_id) ||
    (isJson(order) ? textOf(order.id) : '') ||
    (isJson(support) ? textOf(support.ref_id) : '') ||
    textOf(message.ref_id) ||
    (isJson(rated) ? textOf(rated.id) : '')
  );
}
