/** Builds the draft of an order with its quote. */
import { futureSlot } from '../locations/reservation-slots.js';
import { capsForLimit } from '../metering/limit.js';
import type { DecisionContext, Refused } from '../model/decision.js';
import type { Site } from '../model/network.js';
import { omit, type Json } from '../model/object.js';
import type { Order } from '../model/order.js';
import { isQuoteExpired, type Limit, type Quote, type QuoteTerms } from '../model/quote.js';
import type { Slot } from '../model/reservation.js';
import { checkQuote, priceOfLimit } from '../pricing/pricing.js';
import { isSameTerms } from '../pricing/resolve-terms.js';

/** What a request selects. An absent part stays as it was in the order. */
export interface Selection {
  readonly site?: Site | undefined;
  readonly limit?: Limit | undefined;
  readonly slot?: Slot | undefined;
}

/** Checks whether a request selects what the order already has; absent parts match. */
export function isSameSelection(order: Order, { site, limit, slot }: Selection): boolean {
  const { connector } = order;
  return (
    (!site ||
      (site.chargePoint.id === connector.chargePointId && site.connector.connectorId === connector.connectorId)) &&
    (!slot || (slot.from === order.slot?.from && slot.until === order.slot.until)) &&
    (!limit || (limit.kind === order.limit.kind && limit.value === order.limit.value))
  );
}

export interface DraftRequest {
  readonly site: Site;
  readonly limit: Limit;
  readonly slot: Slot | undefined;
  readonly terms: QuoteTerms;
  readonly passthrough?: Json | undefined;
  readonly billing?: Json | undefined;
}

/**
 * Builds the draft for a request: the existing order, with a new quote if needed, or a new order.
 * @errors `quote-missing` if there is no order and the context has no ids for a new one; `option-out-of-range` if the
 *         limit buys no energy; `currency-mismatch` if the tariff's currency differs from the order's.
 */
export function quoteDraft(order: Order | undefined, request: DraftRequest, context: DecisionContext): Order | Refused {
  const { site, limit, slot, passthrough, billing } = request;
  const quoted = quoteFor(order, request, context);
  const nothing = checkQuote(limit, quoted.quote);
  if (nothing) return { refusal: nothing };
  // The limit, the buyer app's fee and the payment are in the currency of the order, so it cannot change.
  if (order && order.tariff.currency !== quoted.tariff.currency) {
    const detail = `${quoted.tariff.currency} for ${order.tariff.currency}; start a new transaction`;
    return { refusal: { code: 'currency-mismatch', path: 'message.order.items', detail } };
  }
  const selected = {
    connector: {
      providerId: site.provider.id,
      stationId: site.station.id,
      chargePointId: site.chargePoint.id,
      connectorId: site.connector.connectorId,
    },
    limit,
    ...quoted,
    ...(context.sale && { connectorState: context.sale.state }),
    ...(slot && { slot: { from: slot.from, until: slot.until } }),
    ...(passthrough !== undefined && { passthrough: mergeShallow(order?.passthrough, passthrough) }),
    ...(billing !== undefined && { billing }),
  };
  if (order) return { ...omit(order, 'slot', 'offer', 'buyerFinderFee'), ...selected };
  const opened = openOrder(context);
  return opened ? { ...opened, ...selected } : { refusal: { code: 'quote-missing' } };
}

type Quoted = Pick<Order, 'tariff' | 'quote' | 'offer' | 'buyerFinderFee' | 'caps'>;

/** Returns a new quote, or keeps a valid one for the same selection, even if the tariff has changed since. */
function quoteFor(order: Order | undefined, request: DraftRequest, { newOrder, now, policy }: DecisionContext): Quoted {
  const { site, limit, slot, terms } = request;
  if (order?.state === 'draft' && isQuoteCurrent(order, request, now)) {
    const { tariff, quote, caps } = order;
    return { tariff, quote, ...terms, caps };
  }
  const quote: Quote = {
    ...priceOfLimit(site.connector, limit, terms, slot?.from ?? now),
    id: newOrder?.quoteId ?? order?.quote.id ?? '',
    expiresAt: now + policy.quoteTtlMs,
  };
  const { tariff } = site.connector;
  return { tariff, quote, ...terms, caps: capsForLimit(site.connector, limit, quote.total, terms) };
}

function isQuoteCurrent(order: Order, { site, limit, slot, terms }: DraftRequest, now: number): boolean {
  // A tariff with elements may depend on the time, so the quote for one time does not apply to another.
  const sameTime = !order.tariff.elements || slot?.from === futureSlot(order.slot, now)?.from;
  return (
    isSameSelection(order, { site, limit }) &&
    sameTime &&
    isSameTerms(order, terms) &&
    !isQuoteExpired(order.quote, now)
  );
}

type OpenedOrder = Omit<Order, 'connector' | 'limit' | 'tariff' | 'quote' | 'caps'>;

function openOrder({ newOrder, now }: DecisionContext): OpenedOrder | undefined {
  return (
    newOrder && {
      id: newOrder.orderId,
      version: 0,
      state: 'draft',
      customer: newOrder.customer,
      becknTransactionId: newOrder.becknTransactionId,
      replyContext: newOrder.replyContext,
      initiated: false,
      authorised: 0,
      connectorState: { status: 'Available', errorCode: 'NoError', at: 0 },
      createdAt: now,
      updatedAt: now,
      effects: [],
      nextEffectSeq: 1,
      handledRequests: [],
    }
  );
}

/** Merges a later request's fields into those of an earlier one, at the top level only. */
export function mergeShallow(earlier: Json | undefined, later: Json): Json {
  return isRecord(earlier) && isRecord(later) ? { ...earlier, ...later } : later;
}

/** Merges nested objects too, so that a new phone number leaves the other billing details unchanged. */
export function mergeDeep(earlier: Json | undefined, later: Json): Json {
  if (!isRecord(earlier) || !isRecord(later)) return later;
  const entries = Object.entries(later).map(([key, value]) => [key, mergeDeep(earlier[key], value)] as const);
  return { ...earlier, ...Object.fromEntries(entries) };
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
