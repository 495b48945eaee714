/** What a quote rests on besides the tariff: the discount in force, and the buyer app's own fee. */
import type { Order } from '../model/order.js';
import type { BuyerFinderFee, Offer, Tariff } from '../model/tariff.js';
import type { QuoteTerms, RequestedTerms } from '../model/quote-terms.js';
import type { Refusal } from '../model/refusal.js';

/**
 * The terms of an order that is asked for at `now`: the offer that is named; else as it was quoted, while the quote
 * stands; else the first open one that holds.
 * @param sameWish It asks for what was quoted: then the quote holds, whatever tariff its connector has now.
 * @errors `offer-unknown` when the named one does not exist or does not hold now; `fee-invalid` for a fee that is none.
 */
export function resolveTerms(
  tariff: Tariff,
  asked: RequestedTerms,
  before: Pick<Order, 'offer' | 'buyerFinderFee' | 'quote' | 'tariff'> | undefined,
  now: number,
  sameWish = false,
): { readonly terms: QuoteTerms } | { readonly refusal: Refusal } {
  const stands = before && before.quote.expiresAt > now;
  const quoted = stands && (sameWish || before.tariff.id === tariff.id) ? before : undefined;
  const offers = (tariff.offers ?? []).filter((offer) => isOfferValid(offer, now));
  const { offer: code = quoted?.offer?.code } = asked;
  const named = code === quoted?.offer?.code ? quoted?.offer : offers.find((offer) => offer.code === code);
  if (code !== undefined && !named) return { refusal: { code: 'offer-unknown', detail: code } };
  const offer = quoted || named ? named : offers.find((each) => each.open);
  const buyerFinderFee = asked.buyerFinderFee ?? before?.buyerFinderFee;
  if (buyerFinderFee && !isValidFee(buyerFinderFee)) {
    return { refusal: { code: 'fee-invalid', detail: `${buyerFinderFee.kind} ${buyerFinderFee.value}` } };
  }
  return { terms: { ...(offer && { offer }), ...(buyerFinderFee && { buyerFinderFee }) } };
}

function isOfferValid({ from = -Infinity, until = Infinity }: Offer, now: number): boolean {
  return now >= from && now < until;
}

/** A part of the price, or an amount that a price can hold. */
function isValidFee({ kind, value }: BuyerFinderFee): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= (kind === 'percent' ? 10_000 : 100_000_000);
}

/** Whether a quote for the one is a quote for the other. */
export function isSameTerms(a: QuoteTerms, b: QuoteTerms): boolean {
  return (
    a.offer?.code === b.offer?.code &&
    a.buyerFinderFee?.kind === b.buyerFinderFee?.kind &&
    a.buyerFinderFee?.value === b.buyerFinderFee?.value
  );
}
