/** Drafts: what a buyer is thinking of, quoted. */
import type { Surroundings } from './decide.js';
import { capsOf } from '../metering/limit.js';
import type { ConnectorState, Site } from '../model/network.js';
import type { Json, Limit, Order, Quote, Slot } from '../model/order.js';
import { ahead } from '../locations/reservation-slots.js';
import { without } from '../model/object.js';
import { priceOfLimit } from '../pricing/pricing.js';
import type { Terms } from '../model/tariff.js';
import { sameTerms } from '../pricing/resolve-terms.js';

export function isDraft(order: Order | undefined): order is Order {
  return order?.state === 'draft';
}

/** The order under a transaction may be asked for again, but not be changed into another. */
export function sameWish(order: Order, site: Site | undefined, limit: Limit | undefined, slot?: Slot): boolean {
  const here = order.connector;
  return (
    (!site || (site.chargePoint.id === here.chargePointId && site.connector.connectorId === here.connectorId)) &&
    (!slot || (slot.from === order.slot?.from && slot.until === order.slot.until)) &&
    (!limit || (limit.kind === order.limit.kind && limit.value === order.limit.value))
  );
}

function quoteOf(site: Site, limit: Limit, around: Surroundings, id: string, terms: Terms, at: number): Quote {
  return {
    ...priceOfLimit(site.connector, limit, terms, at),
    id,
    expiresAt: around.now + around.policy.quoteTtlMs,
  };
}

/** A draft for this wish: the old one re-quoted, or a new one. */
export function drafted(
  order: Order | undefined,
  site: Site,
  limit: Limit,
  around: Surroundings,
  more: {
    readonly slot?: Slot | undefined;
    readonly terms: Terms;
    readonly echo?: Json | undefined;
    readonly billing?: Json | undefined;
  },
): Order | undefined {
  const { opening, now } = around;
  const { terms } = more;
  // Where the tariff tells the time, what was quoted for one time is no price for another.
  const sameTime = !order?.tariff.elements || more.slot?.from === ahead(order.slot, now)?.from;
  const keepsQuote =
    isDraft(order) &&
    sameWish(order, site, limit) &&
    sameTime &&
    sameTerms(order, terms) &&
    order.quote.expiresAt > now;
  const id = opening?.quoteId ?? order?.quote.id ?? '';
  const quote = keepsQuote ? order.quote : quoteOf(site, limit, around, id, terms, more.slot?.from ?? now);
  // A quote that holds holds with its prices: the network's tariff may have changed since.
  const { tariff, caps } = keepsQuote
    ? order
    : { tariff: site.connector.tariff, caps: capsOf(site.connector, limit, quote.total, terms) };
  const wish = {
    connector: {
      providerId: site.provider.id,
      stationId: site.station.id,
      chargePointId: site.chargePoint.id,
      connectorId: site.connector.connectorId,
    },
    limit,
    tariff,
    quote,
    ...terms,
    caps,
    ...(more.slot && { slot: { from: more.slot.from, until: more.slot.until } }),
    ...(more.echo !== undefined && { echo: merged(order?.echo, more.echo) }),
    ...(more.billing !== undefined && { billing: more.billing }),
  };
  if (order) return { ...without(order, 'slot', 'offer', 'buyerFinderFee'), ...wish };
  if (!opening) return undefined;
  const unheard: ConnectorState = {
    status: 'Available',
    errorCode: 'NoError',
    at: 0,
  };
  return {
    id: opening.orderId,
    version: 0,
    state: 'draft',
    peer: opening.peer,
    becknTransactionId: opening.becknTransactionId,
    conversation: opening.conversation,
    initiated: false,
    authorised: 0,
    connectorState: unheard,
    createdAt: now,
    updatedAt: now,
    effects: [],
    nextSeq: 1,
    seen: [],
    ...wish,
  };
}

/** A buyer's later words over its earlier ones: what they do not name stays. */
export function merged(before: Json | undefined, news: Json): Json {
  return isRecord(before) && isRecord(news) ? { ...before, ...news } : news;
}

/** The same at every depth: one phone number changes nothing else of a contact. */
export function deepMerged(before: Json | undefined, news: Json): Json {
  if (!isRecord(before) || !isRecord(news)) return news;
  const entries = Object.entries(news).map(([key, value]) => [key, deepMerged(before[key], value)] as const);
  return { ...before, ...Object.fromEntries(entries) };
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
