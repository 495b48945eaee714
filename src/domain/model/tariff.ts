/** Defines tariffs. Money is in minor currency units, before taxes unless stated otherwise. */

/**
 * The price of charging at a connector. If there are no `elements`, energy costs `pricePerKwh` and time is free.
 * With `elements`, each kind of cost (energy, time, parking, flat) is priced at any moment by the first element that
 * has a component of that kind and whose restrictions are met. If no element prices it, energy costs `pricePerKwh` and
 * the other kinds are free.
 * @source OCPI 2.2.1 §11 (Tariffs)
 */
export interface Tariff {
  readonly id: string;
  readonly currency: string;
  /** Minor units per kWh. */
  readonly pricePerKwh: number;
  /** Charged once per session, only if energy was delivered. */
  readonly serviceFee: number;
  readonly taxes: readonly Tax[];
  readonly elements?: readonly TariffElement[];
  /** IANA name of the station's time zone; set if a restriction uses local time. */
  readonly timeZone?: string;
  /** Bounds of the charging cost (energy, time, parking and flat together), if energy was delivered. */
  readonly minPrice?: number;
  readonly maxPrice?: number;
  /** Charged once per session, only if energy was delivered. */
  readonly platformFee?: number;
  readonly offers?: readonly Offer[];
}

/** What a tax can be charged on. Adjustments and discounts change the first four in proportion. */
export type Taxable = 'energy' | 'time' | 'parking' | 'flat' | 'service-fee' | 'platform-fee' | 'buyer-finder-fee';

export interface Tax {
  readonly name: string;
  /** Hundredths of a percent: 1800 is 18 %. */
  readonly rateBps: number;
  readonly on: readonly Taxable[];
  /** Names of the equal parts into which the tax is split, such as CGST and SGST. */
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
  /** Usage is billed in multiples of this, Wh or seconds; `chargingCost` describes the rounding. 1 by default. */
  readonly stepSize?: number;
  /** Value added tax on this component, hundredths of a percent. */
  readonly vatBps?: number;
}

export type DayOfWeek = 'MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY' | 'SUNDAY';

/** An element applies only if all its restrictions are met. Lower bounds are inclusive, upper bounds exclusive. */
export interface Restrictions {
  /** Local time, `HH:mm`; if `endTime` is not after `startTime`, the period runs past midnight. */
  readonly startTime?: string;
  readonly endTime?: string;
  /** Local date, `YYYY-MM-DD`. */
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
  /** The code that the buyer names to get the discount; an open offer can apply without it. */
  readonly code: string;
  readonly title: string;
  /** The discount: either hundredths of a percent, or minor units. */
  readonly percentBps?: number;
  readonly amount?: number;
  /** The offer applies to quotes made from `from` (inclusive) to `until` (exclusive), epoch ms. */
  readonly from?: number;
  readonly until?: number;
  /** The first valid open offer applies to orders that name no code. */
  readonly open?: true;
}

/** The buyer app's fee, which the buyer pays on top of the price. */
export interface BuyerFinderFee {
  /**
   * `percent`: of the cost of energy and time or, if that is less, of the adjusted charging cost (see `LineCode`);
   * before discounts, fees and taxes.
   */
  readonly kind: 'percent' | 'amount';
  /** Hundredths of a percent, or minor units. */
  readonly value: number;
}

/** For each kind of cost, the index of the tariff element that prices it; -1 if none does. */
export type ElementIndexes = readonly [energy: number, time: number, parking: number, flat: number];

/** Prices with taxes, before discounts. @unit Ten-thousandths of a minor unit, because taxes produce fractions. */
export interface DisplayPrices {
  readonly perKwh: number;
  /** Price per hour while energy flows, and while it does not. */
  readonly perHour?: number;
  readonly perIdleHour?: number;
  /** Charged once per session, including the service fee and the platform fee. */
  readonly flat?: number;
}
