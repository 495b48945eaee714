/** Builds the callbacks of the 1.1.0 dialects. */
import type { Json } from '../runtime/json.js';
import * as core from './core-1x.js';
import { tagEntry, tagGroup } from './core-1x.js';
import {
  CURRENCY,
  type CallbackDetails,
  type Offer,
  type QuotedOrder,
  type SessionSnapshot,
  type Step,
} from './dialect.js';

export const ENERGY_KWH = '5';
const MAX_ENERGY_KWH = '30';

type Phase = SessionSnapshot['phase'];

export interface Spelling {
  readonly domain: string;
  /** The states that a request asks for to start and to stop charging. */
  readonly start: string;
  readonly stop: string;
  /** The state that callbacks report in each phase. */
  readonly states: Readonly<Record<Exclude<Phase, 'quoted'>, string>>;
  /** What a fulfillment stands for. */
  readonly fulfillmentPer: 'charge-point' | 'connector';
  readonly specificationsName: string;
  readonly endStop: 'end' | 'finish';
}

export const fulfillmentId = ({ fulfillmentPer }: Spelling, offer: Offer, connectorId: string): string =>
  fulfillmentPer === 'charge-point' ? offer.chargePointId : connectorId;

function connectorEntries(isFree: boolean): Json[] {
  return [
    tagEntry('charger-type', 'Charger type', 'DC'),
    tagEntry('connector-type', 'Connector type', 'CCS2'),
    tagEntry('power-rating', 'Power Rating', '60kW'),
    tagEntry('availability', 'Availability', isFree ? 'Available' : 'Unavailable'),
  ];
}

function specifications({ specificationsName }: Spelling, isFree: boolean): Json {
  const code = specificationsName.toLowerCase().replaceAll(' ', '-');
  return tagGroup(code, specificationsName, [
    tagEntry('charger-id', 'Charger Id', 'CHECK01'),
    ...connectorEntries(isFree),
  ]);
}

function connectorItem(spelling: Spelling, offer: Offer, id: string, isFree: boolean): Json {
  const tags = [
    tagGroup('connector-specifications', 'Connector Specifications', [
      tagEntry('connector-id', 'Connector Id', id),
      ...connectorEntries(isFree),
    ]),
  ];
  return {
    id,
    descriptor: { code: 'energy', name: 'CCS 2' },
    price: { currency: `${CURRENCY}/kWH`, value: core.PRICE_PER_KWH },
    quantity: { available: { measure: { unit: 'kWh', value: MAX_ENERGY_KWH } } },
    location_ids: [offer.stationId],
    fulfillment_ids: [fulfillmentId(spelling, offer, id)],
    ...(spelling.fulfillmentPer === 'charge-point' && { tags }),
  };
}

function buildCatalogue(offer: Offer, spelling: Spelling): Json {
  const { gps, address, ...place } = core.location(offer.stationId);
  const fulfillmentIds = new Set(offer.connectorIds.map((id) => fulfillmentId(spelling, offer, id)));
  const provider = {
    id: offer.providerId,
    descriptor: { name: 'Check Charging' },
    locations: [{ ...place, gps, address, descriptor: { name: 'Check Station' } }],
    fulfillments: [...fulfillmentIds].map((id) => ({
      id,
      type: 'CHARGING',
      stops: [{ type: 'start', location: { gps, address } }],
      tags: [specifications(spelling, true)],
    })),
    items: offer.connectorIds.map((id) => connectorItem(spelling, offer, id, true)),
  };
  return { catalog: { descriptor: { name: 'bap-check' }, providers: [provider] } };
}

function buildQuote({ amount, currency }: QuotedOrder): Json {
  const { total, fee } = core.splitAmount(amount);
  const line = (code: string, title: string, hundredths: number): Json => ({
    title,
    item: { descriptor: { code, name: title } },
    price: { currency, value: (hundredths / 100).toFixed(2) },
  });
  return {
    price: { currency, value: amount },
    breakup: [line('energy-cost', 'charging session cost', total - fee), line('service-charge', 'service fee', fee)],
  };
}

/** Builds an order without its id and status, which it gets on `confirm`. */
function buildOrder(details: CallbackDetails, spelling: Spelling): Json {
  const { offer, order, session, now } = details;
  const [connectorId] = offer.connectorIds;
  const selected = { measure: { unit: 'kWh', value: ENERGY_KWH } };
  const item = connectorItem(spelling, offer, connectorId, session.phase === 'quoted');
  const { available } = item.quantity as Json;
  return {
    provider: { id: offer.providerId, descriptor: { name: 'Check Charging' } },
    items: [{ ...item, quantity: { available, selected } }],
    fulfillments: [buildFulfillment(details, spelling)],
    quote: buildQuote(order),
    ...core.timestamps(now),
  };
}

function buildFulfillment({ offer, session, now }: CallbackDetails, spelling: Spelling): Json {
  const { phase, energyWh, elapsedS } = session;
  const { gps, address } = core.location(offer.stationId);
  const base = { id: fulfillmentId(spelling, offer, offer.connectorIds[0]), type: 'CHARGING' };
  const start = { type: 'start', location: { gps, address } };
  const specification = specifications(spelling, phase === 'quoted');
  if (phase === 'quoted') return { ...base, stops: [start], tags: [specification] };
  const state = { descriptor: { code: spelling.states[phase] }, updated_at: new Date(now).toISOString() };
  if (phase === 'waiting') return { ...base, state, stops: [start], tags: [specification] };
  const [begun, at] = [now - elapsedS * 1_000, now].map((time) => new Date(time).toISOString());
  const details = tagGroup('charging-details', 'Charging Details', [
    tagEntry('energy-delivered', 'Energy Delivered', `${(energyWh / 1_000).toFixed(2)}kWh`),
    tagEntry('start-time', 'Start Time', begun ?? ''),
    ...(phase === 'ended' ? [tagEntry('stop-time', 'Stop Time', at ?? '')] : []),
  ]);
  const end = phase === 'ended' ? [{ type: spelling.endStop, time: { timestamp: at } }] : [];
  const stops = [{ ...start, time: { timestamp: begun } }, ...end];
  return { ...base, state, stops, tags: [specification, details] };
}

export function buildReport(details: CallbackDetails, spelling: Spelling): Json {
  const { order, session } = details;
  return {
    order: {
      id: order.orderId,
      status: session.phase === 'ended' ? 'COMPLETE' : 'ACTIVE',
      ...buildOrder(details, spelling),
      payments: [core.payment(order, 'PAID')],
      ...(session.phase === 'ended' && core.refundTerms(order)),
    },
  };
}

export function buildAnswer(step: Step, details: CallbackDetails, spelling: Spelling): Json {
  const { request, offer, order, session } = details;
  const quoted = buildOrder({ ...details, session: { ...session, phase: 'quoted' } }, spelling);
  switch (step) {
    case 'search':
      return buildCatalogue(offer, spelling);
    case 'select':
      return { order: quoted };
    case 'init':
      return { order: { ...quoted, ...core.billingOf(request), payments: [core.payment(order, 'NOT-PAID')] } };
    case 'track':
    case 'support':
    case 'rating':
      return core.buildAfterSales(step, order);
    case 'stop':
    case 'cancel':
      return buildReport({ ...details, session: { ...session, phase: 'stopping' } }, spelling);
    default:
      return buildReport(details, spelling);
  }
}
