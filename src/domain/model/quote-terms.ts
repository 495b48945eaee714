/** On which terms a quote is made. */

import type { Offer, BuyerFinderFee } from './tariff.js';

/** What an order's price rests on besides the tariff. */
export interface QuoteTerms {
  readonly offer?: Offer;
  readonly buyerFinderFee?: BuyerFinderFee;
}

/** What a request says of them; what it leaves open stays as it was. */
export interface RequestedTerms {
  readonly buyerFinderFee?: BuyerFinderFee;
  /** The code of an offer. */
  readonly offer?: string;
}
