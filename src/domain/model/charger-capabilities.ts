/** What a charger can do to keep a session within its limits. */

/** The unit in which a charger counts the power of a schedule. Amperes are per phase. */
export type ChargingRate =
  { readonly unit: 'W' } | { readonly unit: 'A'; readonly phases: number; readonly voltage: number };

/** A limit that an OCPP 2.1 station can enforce by itself. @source OCPP 2.1 TxCtrlr.SupportedLimits */
export type TransactionLimitKind = 'energy' | 'time' | 'soc';

export interface ChargerCapabilities {
  /** Time from a RemoteStop to the end of energy, learned at this charge point, ms. */
  readonly stopLatencyMs?: number;
  /** Absent when the charger accepts no charging profiles. */
  readonly chargingRate?: ChargingRate;
  /** Limits that the station enforces by itself once it knows them. */
  readonly supportedLimits?: readonly TransactionLimitKind[];
  /** The charger can reserve a connector for an idTag. */
  readonly supportsReservation?: true;
  /** The charger displays prices and costs, and sends a reading at a register we choose (1.6, California pricing). */
  readonly displaysCost?: true;
}
