/** What a tariff may say. All money in minor currency units, before taxes unless it says otherwise. */

/**
 * The price of charging at a connector. Without `elements` only energy costs, at one price.
 * With them, each kind of cost (energy, time, parking, flat) is priced at every moment by the first element that has a
 * component of this kind and whose restrictions hold; energy that none prices costs `pricePerKwh`, the rest nothing.
 * @source OCPI 2.2.1 §11 (Tariffs)
 */
export interface Tariff {
  readonly id: string;
  readonly currency: string;
  /** Minor units per kWh. */
  readonly pricePerKwh: number;
  /** Minor units, once a session, only when energy was delivered. */
  readonly serviceFee: number;
  readonly taxes: readonly Tax[];
  readonly elements?: readonly TariffElement[];
  /** IANA name of the zone in which the restrictions tell the time; the station's. UTC where none is needed. */
  readonly timeZone?: string;
  /** The least and the most that charging costs (energy, time, parking and flat together), when energy was delivered. */
  readonly minPrice?: number;
  readonly maxPrice?: number;
  /** Minor units, once a session, only when energy was delivered. */
  readonly platformFee?: number;
  readonly offers?: readonly Offer[];
}

/** What a tax can be computed on. Discounts and the least and most price change the first four in proportion. */
export type Taxable = 'energy' | 'time' | 'parking' | 'flat' | 'service-fee' | 'platform-fee' | 'buyer-finder-fee';

export interface Tax {
  readonly name: string;
  /** Hundredths of a percent: 1800 is 18 %. */
  readonly rateBps: number;
  readonly on: readonly Taxable[];
  /** Names of the equal parts that it is shown in, such as CGST and SGST. */
  readonly split?: readonly string[];
}

export interface TariffElement {
  readonly priceComponents: readonly PriceComponent[];
  readonly restrictions?: Restrictions;
}

export type ComponentType = 'ENERGY' | 'TIME' | 'PARKING_TIME' | 'FLAT';

export interface PriceComponent {
  readonly type: ComponentType;
  /** Minor units: per kWh (ENERGY), per hour (TIME, PARKING_TIME), once a session (FLAT). */
  readonly price: number;
  /** The amount that is billed at least and in multiples: Wh or seconds; 1 unless said. */
  readonly stepSize?: number;
  /** Value added tax on this component, hundredths of a percent. */
  readonly vatBps?: number;
}

export type DayOfWeek = 'MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY' | 'SUNDAY';

/** All of them must hold. Beginnings are included, ends are not. Times and dates are local. */
export interface Restrictions {
  /** `HH:mm`; an end that is not after the beginning lies in the next day. */
  readonly startTime?: string;
  readonly endTime?: string;
  /** `YYYY-MM-DD`. */
  readonly startDate?: string;
  readonly endDate?: string;
  readonly dayOfWeek?: readonly DayOfWeek[];
  /** kWh delivered so far in the session. */
  readonly minKwh?: number;
  readonly maxKwh?: number;
  /** Seconds since the session began. */
  readonly minDuration?: number;
  readonly maxDuration?: number;
}

/** A discount on what charging costs, before taxes and fees. */
export interface Offer {
  /** A buyer who names it gets it; unless it is open, nobody else does. */
  readonly code: string;
  readonly title: string;
  /** One of the two: hundredths of a percent, or minor units. */
  readonly percentBps?: number;
  readonly amount?: number;
  /** The quotes that it holds for, epoch ms. */
  readonly from?: number;
  readonly until?: number;
  /** Given to everybody. */
  readonly open?: true;
}

/** What the buyer app takes for having found the buyer, paid with the order. */
export interface BuyerFinderFee {
  /** `percent`: of the charging cost and the operator's fees, before taxes. */
  readonly kind: 'percent' | 'amount';
  /** Hundredths of a percent, or minor units. */
  readonly value: number;
}

/** By kind of cost (see `KINDS`), the number of the element that prices it; -1 when none does. */
export type ElementIndexes = readonly [energy: number, time: number, parking: number, flat: number];
