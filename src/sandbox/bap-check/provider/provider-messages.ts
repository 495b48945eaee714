/** Builds the provider's messages in the vocabulary of `uei:charging` 1.0.0. */
import { isJson, textOf, valueAt, type Json } from '../../runtime/json.js';
import type { Action } from './provider-profiles.js';
import type { Offer, QuotedTransaction } from './run-record.js';

/** The state of a session at the time of a report. */
export interface SessionSnapshot {
  readonly status: 'ACTIVE' | 'COMPLETE';
  readonly connector: 'Preparing' | 'Charging' | 'Finishing';
  /** The energy delivered so far. */
  readonly energyWh: number;
  /** The time since the start of the session. */
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

function catalogueItems(offer: Offer, connectorIds: readonly string[], status: string): Json[] {
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
    ...connectorIds.map((id) => connectorItem(offer, id, status)),
  ];
}

function buildCatalogue(offer: Offer): Json {
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

/** Builds a quote with `amount` as the total price, a tenth of which is shown as a fee. */
function buildQuote({ amount, currency }: QuotedTransaction): Json {
  const total = Math.round(Number(amount) * 100);
  const fee = Math.floor(total / 10);
  const line = (title: string, hundredths: number): Json => ({
    title,
    price: { currency, value: (hundredths / 100).toFixed(2) },
  });
  return {
    price: { currency, value: amount, estimated_value: amount },
    breakup: [line('Estimated Charging Cost', total - fee), line('Service Fee', fee), line('Total', total)],
  };
}

function buildOrder(offer: Offer, transaction: QuotedTransaction, connectorStatus: string, now: number): Json {
  const { amount, currency } = transaction;
  const timestamp = new Date(now).toISOString();
  return {
    provider: { id: offer.providerId, descriptor: { name: 'Check Charging' } },
    items: catalogueItems(offer, [offer.connectorIds[0]], connectorStatus),
    quote: buildQuote(transaction),
    refund_terms: [
      {
        refund_eligible: true,
        refund_within: { days: '1' },
        refund_amount: { currency, minimum_value: '0', maximum_value: amount },
      },
    ],
    created_at: timestamp,
    updated_at: timestamp,
  };
}

const payment = ({ amount, currency }: QuotedTransaction, status: 'PAID' | 'NOT-PAID'): Json => ({
  type: 'PRE-ORDER',
  status,
  params: { amount, currency },
});

/** Builds the `message` that reports a session. @param now `created_at` and `updated_at`, epoch ms. */
export function buildSessionOrder(
  offer: Offer,
  transaction: QuotedTransaction,
  session: SessionSnapshot,
  now: number,
): Json {
  const { energyWh, elapsedS, status, connector } = session;
  const details = tagGroup('charging-session-details', 'Charging Session Details', [
    tagEntry('time_elapsed', 'Time Elapsed', String(elapsedS)),
    tagEntry('energy_delivered', 'Energy Delivered', `${(energyWh / 1_000).toFixed(2)} kWh`),
  ]);
  const order = {
    id: transaction.orderId,
    type: 'DEFAULT',
    status,
    ...buildOrder(offer, transaction, connector, now),
    payments: [payment(transaction, 'PAID')],
    tags: [details],
  };
  return { order };
}

export interface AnswerDetails {
  /** The `message` of the request. */
  readonly request: Json;
  readonly offer: Offer;
  readonly transaction: QuotedTransaction;
  readonly session: SessionSnapshot;
  /** Epoch ms. */
  readonly now: number;
}

/** Builds the `message` of the callback that answers a request. */
export function buildAnswer(action: Action, { request, offer, transaction, session, now }: AnswerDetails): Json {
  const draft = { type: 'DRAFT', ...buildOrder(offer, transaction, 'Available', now) };
  switch (action) {
    case 'search':
      return buildCatalogue(offer);
    case 'select':
      return { order: draft };
    case 'init':
      return { order: { ...draft, ...billingOf(request), payments: [payment(transaction, 'NOT-PAID')] } };
    case 'confirm':
    case 'status':
    case 'update':
      return buildSessionOrder(offer, transaction, session, now);
    case 'cancel':
      return buildSessionOrder(offer, transaction, { ...session, connector: 'Finishing' }, now);
    case 'track':
      return { tracking: { status: 'inactive' } };
    case 'support':
      return { support: { ref_id: transaction.orderId, phone: '+911800000000', email: 'support@check.example' } };
    case 'rating':
      return {};
  }
}

function billingOf(request: Json): Json {
  const billing = valueAt(request, 'order', 'billing');
  return isJson(billing) ? { billing } : {};
}

/** Returns the order id in the `message` of a request, or '' if it has none. */
export function readOrderId(message: Json): string {
  return (
    textOf(message.order_id) ||
    textOf(valueAt(message, 'order', 'id')) ||
    textOf(valueAt(message, 'support', 'ref_id')) ||
    textOf(message.ref_id) ||
    textOf(valueAt(message, 'ratings', 0, 'id'))
  );
}
