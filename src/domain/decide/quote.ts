/** Drafts: what a buyer is thinking of, quoted. */
import type { DecisionContext } from '../model/decision.js';
import { capsForLimit } from '../metering/limit.js';
import type { ConnectorState, Site } from '../model/network.js';
import type { Order } from '../model/order.js';
import type { Quote, Limit } from '../model/quote.js';
import { type Json, omit } from '../model/object.js';
import { futureSlot } from '../locations/reservation-slots.js';
import { type Slot } from '../model/reservation.js';
import { priceOfLimit } from '../pricing/pricing.js';
import type { QuoteTerms } from '../model/quote-terms.js';
import { isSameTerms } from '../pricing/resolve-terms.js';

export function isDraft(order: Order | undefined): order is Order {
  return order?.state === 'draft';
}

/** The order under a transaction may be asked for again, but not be changed into another. */
export function isSameSelection(order: Order, site: Site | undefined, limit: Limit | undefined, slot?: Slot): boolean {
  const here = order.connector;
  return (
    (!site || (site.chargePoint.id === here.chargePointId && site.connector.connectorId === here.connectorId)) &&
    (!slot || (slot.from === order.slot?.from && slot.until === order.slot.until)) &&
    (!limit || (limit.kind === order.limit.kind && limit.value === order.limit.value))
  );
}

function newQuote(site: Site, limit: Limit, around: DecisionContext, id: string, terms: QuoteTerms, at: number): Quote {
  return {
    ...priceOfLimit(site.connector, limit, terms, at),
    id,
    expiresAt: around.now + around.policy.quoteTtlMs,
  };
}

/** A draft for this wish: the old one re-quoted, or a new one. */
export function quoteDraft(
  order: Order | undefined,
  site: Site,
  limit: Limit,
  around: DecisionContext,
  more: {
    readonly slot?: Slot | undefined;
    readonly terms: QuoteTerms;
    readonly passthrough?: Json | undefined;
    readonly billing?: Json | undefined;
  },
): Order | undefined {
  const { newOrder: opening, now } = around;
  const { terms } = more;
  // Where the tariff tells the time, what was quoted for one time is no price for another.
  const sameTime = !order?.tariff.elements || more.slot?.from === futureSlot(order.slot, now)?.from;
  const keepsQuote =
    isDraft(order) &&
    isSameSelection(order, site, limit) &&
    sameTime &&
    isSameTerms(order, terms) &&
    order.quote.expiresAt > now;
  const id = opening?.quoteId ?? order?.quote.id ?? '';
  const quote = keepsQuote ? order.quote : newQuote(site, limit, around, id, terms, more.slot?.from ?? now);
  // A quote that holds holds with its prices: the network's tariff may have changed since.
  const { tariff, caps } = keepsQuote
    ? order
    : { tariff: site.connector.tariff, caps: capsForLimit(site.connector, limit, quote.total, terms) };
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
    ...(more.passthrough !== undefined && { passthrough: mergeShallow(order?.passthrough, more.passthrough) }),
    ...(more.billing !== undefined && { billing: more.billing }),
  };
  if (order) return { ...omit(order, 'slot', 'offer', 'buyerFinderFee'), ...wish };
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
    customer: opening.customer,
    becknTransactionId: opening.becknTransactionId,
    replyContext: opening.replyContext,
    initiated: false,
    authorised: 0,
    connectorState: unheard,
    createdAt: now,
    updatedAt: now,
    effects: [],
    nextEffectSeq: 1,
    handledRequests: [],
    ...wish,
  };
}

/** A buyer's later words over its earlier ones: what they do not name stays. */
export function mergeShallow(before: Json | undefined, news: Json): Json {
  return isRecord(before) && isRecord(news) ? { ...before, ...news } : news;
}

/** The same at every depth: one phone number changes nothing else of a contact. */
export function mergeDeep(before: Json | undefined, news: Json): Json {
  if (!isRecord(before) || !isRecord(news)) return news;
  const entries = Object.entries(news).map(([key, value]) => [key, mergeDeep(before[key], value)] as const);
  return { ...before, ...Object.fromEntries(entries) };
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
