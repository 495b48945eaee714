/** The terms of a quote besides the tariff: the discount in force, and the buyer app's own fee. */
import type { Order } from '../model/order.js';
import { isQuoteExpired, type QuoteTerms, type RequestedTerms } from '../model/quote.js';
import type { Refusal } from '../model/refusal.js';
import type { BuyerFinderFee, Offer, Tariff } from '../model/tariff.js';

/** The order of an earlier quote. */
export interface PreviousQuote {
  readonly order: Pick<Order, 'offer' | 'buyerFinderFee' | 'quote' | 'tariff'>;
  /** The request selects what was quoted: the quote stands, even if its connector has another tariff now. */
  readonly sameSelection: boolean;
}

/**
 * The terms for a request: the offer that it names; else the offer of a quote that still stands; else the first valid
 * open offer.
 * @unit   `now` in epoch ms.
 * @errors `offer-unknown` when the named offer does not exist or is not valid; `fee-invalid` for a fee out of range.
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

/** At most 100 percent in hundredths of a percent, or at most 100,000,000 minor units. */
function isFeeValid({ kind, value }: BuyerFinderFee): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= (kind === 'percent' ? 10_000 : 100_000_000);
}

/** True when a quote on one set of terms is also a quote on the other. */
export function isSameTerms(a: QuoteTerms, b: QuoteTerms): boolean {
  return (
    a.offer?.code === b.offer?.code &&
    a.buyerFinderFee?.kind === b.buyerFinderFee?.kind &&
    a.buyerFinderFee?.value === b.buyerFinderFee?.value
  );
}
