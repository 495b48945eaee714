/** Defines what the buyer ordered, its quoted price, and the bill. */

import type { Confidence } from './session.js';
import type { BuyerFinderFee, Offer } from './tariff.js';

/** The charging option that the buyer chose: how much energy, money, time or state of charge. */
export type Limit =
  | { readonly kind: 'energy'; /** Wh. */ readonly value: number }
  | {
      readonly kind: 'amount';
      /** Minor units of charging cost, before taxes and fees. */ readonly value: number;
    }
  | { readonly kind: 'time'; /** Seconds. */ readonly value: number }
  | { readonly kind: 'soc'; /** Percent. */ readonly value: number };

export type LineCode =
  | 'energy'
  | 'time'
  | 'parking'
  | 'flat'
  /** Raises or lowers the charging cost to the minimum or maximum price, or lowers it to fit the authorised amount. */
  | 'adjustment'
  | 'discount'
  | 'tax'
  | 'service-fee'
  | 'platform-fee'
  | 'buyer-finder-fee';

export interface PriceLine {
  readonly code: LineCode;
  readonly title: string;
  /** Minor units. A discount is negative; an adjustment may be. */
  readonly amount: number;
}

/** A price with its lines, which add up to the total. */
export interface Breakup {
  readonly currency: string;
  readonly lines: readonly PriceLine[];
  /** Minor units. */
  readonly total: number;
  /** The energy that is priced, Wh. */
  readonly energyWh: number;
}

export interface Quote extends Breakup {
  readonly id: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** What the price depends on besides the tariff and the usage. */
export interface QuoteTerms {
  readonly offer?: Offer;
  readonly buyerFinderFee?: BuyerFinderFee;
}

/** The terms in a request. An absent term keeps its earlier value. */
export interface RequestedTerms {
  readonly buyerFinderFee?: BuyerFinderFee;
  /** The code of an offer. */
  readonly offer?: string;
}

export interface Bill extends Breakup {
  /** Paid minus billed, minor units, never negative. */
  readonly refund: number;
  readonly deliveredWh: number;
  /** Energy delivered beyond the energy cap, Wh; not billed. */
  readonly overshootWh: number;
  /** Cost of the session beyond the authorised amount, minor units; not billed. Absent if there is none. */
  readonly unbilled?: number;
  readonly confidence: Confidence;
}

/** Checks whether a quote has expired; at exactly `expiresAt` it has. @param now Epoch ms. */
export function isQuoteExpired({ expiresAt }: Pick<Quote, 'expiresAt'>, now: number): boolean {
  return now >= expiresAt;
}
