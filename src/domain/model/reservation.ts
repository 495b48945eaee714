/** Defines the booking of a connector for a period of time. */

/** The booked time, epoch ms; `until` is exclusive. */
export interface Slot {
  readonly from: number;
  readonly until: number;
}

/** A slot with the state of its reservation at the charger. */
export interface Reservation extends Slot {
  /** The OCPP reservation id, unique across all orders; absent before `confirm`. */
  readonly reservationId?: number;
  /** Set once the slot has begun. From then on the order starts like one without a slot. */
  readonly begun?: true;
  /** Whether the charger was asked to reserve the connector, has accepted, or does not support reservations. */
  readonly status?: 'requested' | 'accepted' | 'unsupported';
  /** The expiry of the reservation last requested from the charger, epoch ms. */
  readonly reservedUntil?: number;
  /** When to request the reservation, or to repeat the request, epoch ms. */
  readonly reserveAt?: number;
  /** When to try again to begin the slot if another order held the connector at its beginning; epoch ms. */
  readonly retryAt?: number;
  /** Set once a discrepancy was opened because the charger did not reserve the connector. */
  readonly discrepancyOpened?: true;
}
