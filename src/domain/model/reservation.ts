/** A connector booked for a time. */

/** Epoch ms. */
export interface Slot {
  readonly from: number;
  readonly until: number;
}

/** A slot as an order holds it. */
export interface Reservation extends Slot {
  /** The charger's number for it, ours alone; absent before the confirm. */
  readonly reservationId?: number;
  /** Its time has come: the order waits for a transaction like any other. */
  readonly begun?: true;
  /** `asked`: on its way; `held`: the charger keeps the connector; `soft`: it cannot, we do what can be done. */
  readonly status?: 'requested' | 'accepted' | 'unsupported';
  /** Until when the charger keeps it, as it was last asked, epoch ms. */
  readonly reservedUntil?: number;
  /** When the charger is asked (again) to keep the connector; not before that time, epoch ms. */
  readonly reserveAt?: number;
  /** The slot has begun and its connector was in use: when to try again, epoch ms. */
  readonly retryAt?: number;
  /** A person was told that the charger does not keep it. */
  readonly discrepancyOpened?: true;
}
