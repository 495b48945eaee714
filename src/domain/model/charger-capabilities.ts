/** Describes what a charger can do to keep a session within its limits. */

/** The unit in which a charger expects the limits of a charging schedule. Amperes are per phase. */
export type ChargingRate =
  { readonly unit: 'W' } | { readonly unit: 'A'; readonly phases: number; readonly voltage: number };

/** A transaction limit that an OCPP 2.1 station can enforce itself. @source OCPP 2.1 TxCtrlr.SupportedLimits */
export type TransactionLimitKind = 'energy' | 'time' | 'soc';

export interface ChargerCapabilities {
  /** Typical time from a RemoteStop until energy stops flowing, measured at this charge point, ms. */
  readonly stopLatencyMs?: number;
  /** Absent if no charging profile can be used with this charger. */
  readonly chargingRate?: ChargingRate;
  readonly supportedLimits?: readonly TransactionLimitKind[];
  readonly supportsReservation?: true;
  /** Set if the charger displays costs, and sends a reading at a register value that we choose (1.6). */
  readonly displaysCost?: true;
}

/** Limits at which a station ends the energy transfer by itself, counted from the beginning of the transaction. */
export interface TransactionLimits {
  /** Wh. */
  readonly energyWh?: number;
  /** Seconds. */
  readonly timeS?: number;
  /** Percent. */
  readonly socPercent?: number;
}
