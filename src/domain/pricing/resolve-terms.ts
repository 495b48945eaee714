/** Determines the terms of a quote besides the tariff: the discount and the buyer app's fee. */
import type { Order } from '../model/order.js';
import { isQuoteExpired, type QuoteTerms, type RequestedTerms } from '../model/quote.js';
import type { Refusal } from '../model/refusal.js';
import type { BuyerFinderFee, Offer, Tariff } from '../model/tariff.js';

export interface PreviousQuote {
  readonly order: Pick<Order, 'offer' | 'buyerFinderFee' | 'quote' | 'tariff'>;
  /** True if the request selects what was quoted. The quoted offer then stays valid even if the tariff has changed. */
  readonly sameSelection: boolean;
}

/**
 * Returns the terms for a request. The offer is the one that the request names. If it names none, and the order has an
 * unexpired quote for the same selection or tariff, it is the offer of that quote, if any; otherwise it is the first
 * valid open offer. The buyer app's fee is the requested one or else the order's.
 * @unit   `now` in epoch ms.
 * @errors `offer-unknown` if the named offer is neither valid nor that of such a quote; `fee-invalid` if the fee is out
 *         of range.
 */
export function resolveTerms(
  tariff: Tariff,
  requested: RequestedTerms,
  now: number,
  previous?: PreviousQuote,
): { readonly terms: QuoteTerms } | { readonly refusal: Refusal } {
  const order = previous?.order;
  const isStanding = previous && !isQuoteExpired(previous.order.quote, now);
  const quoted =
    isStanding && (previous.sameSelection || previous.order.tariff.id === tariff.id) ? previous.order : undefined;
  const validOffers = (tariff.offers ?? []).filter((offer) => isOfferValid(offer, now));
  const { offer: code = quoted?.offer?.code } = requested;
  const namedOffer = code === quoted?.offer?.code ? quoted?.offer : validOffers.find((offer) => offer.code === code);
  if (code !== undefined && !namedOffer) return { refusal: { code: 'offer-unknown', detail: code } };
  const offer = quoted || namedOffer ? namedOffer : validOffers.find((candidate) => candidate.open);
  const buyerFinderFee = requested.buyerFinderFee ?? order?.buyerFinderFee;
  if (buyerFinderFee && !isFeeValid(buyerFinderFee)) {
    const { kind, value } = buyerFinderFee;
    const detail = Number.isNaN(value) ? 'it is not a decimal number such as 2.5' : `${kind} ${value}`;
    return { refusal: { code: 'fee-invalid', detail } };
  }
  return { terms: { ...(offer && { offer }), ...(buyerFinderFee && { buyerFinderFee }) } };
}

function isOfferValid({ from = -Infinity, until = Infinity }: Offer, now: number): boolean {
  return now >= from && now < until;
}

/** Checks whether a fee is from 0 to 100 percent, or from 0 to 100,000,000 minor units. */
function isFeeValid({ kind, value }: BuyerFinderFee): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= (kind === 'percent' ? 10_000 : 100_000_000);
}

/** Checks whether two sets of terms have the same offer code and the same fee. */
export function isSameTerms(a: QuoteTerms, b: QuoteTerms): boolean {
  return (
    a.offer?.code === b.offer?.code &&
    a.buyerFinderFee?.kind === b.buyerFinderFee?.kind &&
    a.buyerFinderFee?.value === b.buyerFinderFee?.value
  );
}
