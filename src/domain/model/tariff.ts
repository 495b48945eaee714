/** The parts of a tariff. All money in minor currency units, before taxes unless stated otherwise. */

/**
 * The price of charging at a connector. Without `elements` only energy costs, at one price.
 * With them, each kind of cost (energy, time, parking, flat) is priced at every moment by the first element that has a
 * component of this kind and whose restrictions hold. If no element prices it, energy costs `pricePerKwh` and the other
 * kinds cost nothing.
 * @source OCPI 2.2.1 §11 (Tariffs)
 */
export interface Tariff {
  readonly id: string;
  readonly currency: string;
  /** Minor units per kWh. */
  readonly pricePerKwh: number;
  /** Once per session, only when energy was delivered. */
  readonly serviceFee: number;
  readonly taxes: readonly Tax[];
  readonly elements?: readonly TariffElement[];
  /** IANA name of the station's zone, in which restrictions use local time. UTC if no restriction does. */
  readonly timeZone?: string;
  /** Bounds of the charging cost (energy, time, parking and flat together), when energy was delivered. */
  readonly minPrice?: number;
  readonly maxPrice?: number;
  /** Once per session, only when energy was delivered. */
  readonly platformFee?: number;
  readonly offers?: readonly Offer[];
}

/** What a tax can be computed on. Discounts and price bounds change the first four in proportion. */
export type Taxable = 'energy' | 'time' | 'parking' | 'flat' | 'service-fee' | 'platform-fee' | 'buyer-finder-fee';

export interface Tax {
  readonly name: string;
  /** Hundredths of a percent: 1800 is 18 %. */
  readonly rateBps: number;
  readonly on: readonly Taxable[];
  /** Names of the equal parts into which the tax is divided, such as CGST and SGST. */
  readonly split?: readonly string[];
}

export interface TariffElement {
  readonly priceComponents: readonly PriceComponent[];
  readonly restrictions?: Restrictions;
}

export type ComponentType = 'ENERGY' | 'TIME' | 'PARKING_TIME' | 'FLAT';

export interface PriceComponent {
  readonly type: ComponentType;
  /** Minor units: per kWh (ENERGY), per hour (TIME, PARKING_TIME), once per session (FLAT). */
  readonly price: number;
  /** The billed amount is rounded up to a multiple of this, in Wh or seconds; 1 by default. */
  readonly stepSize?: number;
  /** Value added tax on this component, hundredths of a percent. */
  readonly vatBps?: number;
}

export type DayOfWeek = 'MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY' | 'SUNDAY';

/** All restrictions must hold. Beginnings are inclusive, ends exclusive. Times and dates are local. */
export interface Restrictions {
  /** `HH:mm`; an end at or before the beginning is on the next day. */
  readonly startTime?: string;
  readonly endTime?: string;
  /** `YYYY-MM-DD`. */
  readonly startDate?: string;
  readonly endDate?: string;
  readonly dayOfWeek?: readonly DayOfWeek[];
  /** kWh delivered so far in the session. */
  readonly minKwh?: number;
  readonly maxKwh?: number;
  /** Seconds since the beginning of the session. */
  readonly minDuration?: number;
  readonly maxDuration?: number;
}

/** A discount on the charging cost, before taxes and fees. */
export interface Offer {
  /** A buyer gets the discount by naming the code; an open offer applies without it. */
  readonly code: string;
  readonly title: string;
  /** One of the two: hundredths of a percent, or minor units. */
  readonly percentBps?: number;
  readonly amount?: number;
  /** When a quote must be made to get the discount, epoch ms. */
  readonly from?: number;
  readonly until?: number;
  /** Applies without a code. */
  readonly open?: true;
}

/** The buyer app's fee for bringing the buyer, paid with the order. */
export interface BuyerFinderFee {
  /** `percent`: of the discounted charging cost plus the operator's fees, before taxes. */
  readonly kind: 'percent' | 'amount';
  /** Hundredths of a percent, or minor units. */
  readonly value: number;
}

/** For each kind of cost, the index of the tariff element that prices it; -1 for none. */
export type ElementIndexes = readonly [energy: number, time: number, parking: number, flat: number];

/** Prices with taxes and before discounts. @unit Ten-thousandths of a minor unit, because taxes give fractions. */
export interface DisplayPrices {
  readonly perKwh: number;
  /** While energy flows, and while it does not. */
  readonly perHour?: number;
  readonly perIdleHour?: number;
  /** Once per session. */
  readonly flat?: number;
}
