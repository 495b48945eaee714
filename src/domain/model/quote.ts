/** What the buyer ordered, its price, and the bill. */

import type { Confidence } from './session.js';
import type { BuyerFinderFee, Offer } from './tariff.js';

/** The charging option that the buyer chose, with its value. */
export type Limit =
  | { readonly kind: 'energy'; /** Wh */ readonly value: number }
  | {
      readonly kind: 'amount';
      /** minor units of charging cost before taxes and fees */ readonly value: number;
    }
  | { readonly kind: 'time'; /** seconds */ readonly value: number }
  | { readonly kind: 'soc'; /** percent */ readonly value: number };

export type LineCode =
  | 'energy'
  | 'time'
  | 'parking'
  | 'flat'
  /** To the minimum or maximum price of charging, or down to the authorised amount. */
  | 'adjustment'
  | 'discount'
  | 'tax'
  | 'service-fee'
  | 'platform-fee'
  | 'buyer-finder-fee';

export interface PriceLine {
  readonly code: LineCode;
  readonly title: string;
  /** Minor units. A discount is negative, an adjustment may be. */
  readonly amount: number;
}

/** A price and its lines; the lines add up to the total. */
export interface Breakup {
  readonly currency: string;
  readonly lines: readonly PriceLine[];
  /** Minor units. */
  readonly total: number;
  /** The energy this price is for, Wh. */
  readonly energyWh: number;
}

export interface Quote extends Breakup {
  readonly id: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** What the price of an order depends on besides the tariff. */
export interface QuoteTerms {
  readonly offer?: Offer;
  readonly buyerFinderFee?: BuyerFinderFee;
}

/** The terms in a request; absent ones stay as they were. */
export interface RequestedTerms {
  readonly buyerFinderFee?: BuyerFinderFee;
  /** The code of an offer. */
  readonly offer?: string;
}

export interface Bill extends Breakup {
  /** Paid minus billed, minor units, never negative. */
  readonly refund: number;
  readonly deliveredWh: number;
  /** Energy delivered beyond the cap, Wh: the operator's loss. */
  readonly overshootWh: number;
  /** Cost of the session beyond what was authorised, minor units; not billed. Absent when there is none. */
  readonly unbilled?: number;
  readonly confidence: Confidence;
}

/** A quote holds until its expiry; at that moment it no longer does. @param now Epoch ms. */
export function isQuoteExpired({ expiresAt }: Pick<Quote, 'expiresAt'>, now: number): boolean {
  return now >= expiresAt;
}
