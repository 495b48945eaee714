/** The booking of a connector for a time. */

/** The booked time; epoch ms. */
export interface Slot {
  readonly from: number;
  readonly until: number;
}

/** A slot with the state of its reservation at the charger. */
export interface Reservation extends Slot {
  /** The OCPP reservation id, unique among all orders; absent before the confirm. */
  readonly reservationId?: number;
  /** The slot has begun: the order waits for a transaction like an order without a slot. */
  readonly begun?: true;
  /** `requested`: sent to the charger. `accepted`: the charger reserves the connector. `unsupported`: it cannot. */
  readonly status?: 'requested' | 'accepted' | 'unsupported';
  /** Until when the charger was last asked to reserve the connector, epoch ms. */
  readonly reservedUntil?: number;
  /** When to ask the charger (again) for the reservation, epoch ms. */
  readonly reserveAt?: number;
  /** When to try again after the slot began with its connector in use, epoch ms. */
  readonly retryAt?: number;
  /** A discrepancy is open because the charger has not reserved the connector. */
  readonly discrepancyOpened?: true;
}
