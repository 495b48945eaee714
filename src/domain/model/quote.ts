/** What was asked for, what it costs, and what it came to. */

import type { Confidence } from './session.js';

/** What the buyer asked for. */
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
  /** To the least or the most that charging costs, or to what was authorised. */
  | 'adjustment'
  | 'discount'
  | 'tax'
  | 'service-fee'
  | 'platform-fee'
  | 'buyer-finder-fee';

export interface PriceLine {
  readonly code: LineCode;
  readonly title: string;
  /** Minor units; a discount is negative, an adjustment may be. */
  readonly amount: number;
}

/** A price with its arithmetic: the lines sum to the total. */
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
  readonly expiresAt: number;
}

export interface Bill extends Breakup {
  /** Paid minus billed, minor units, never negative. */
  readonly refund: number;
  readonly deliveredWh: number;
  /** Delivered beyond what was authorised, Wh: the operator's loss, measured. */
  readonly overshootWh: number;
  /** What the course would have cost beyond what was authorised, minor units; not billed. Absent when nothing. */
  readonly unbilled?: number;
  readonly confidence: Confidence;
}
