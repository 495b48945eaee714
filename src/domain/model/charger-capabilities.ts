/** What a charger can do to hold a session's limits. */

/** How a charger counts power in a schedule. Amperes are those of each phase. */
export type ChargingRate =
  { readonly unit: 'W' } | { readonly unit: 'A'; readonly phases: number; readonly voltage: number };

/** What a 2.1 station can be told to keep by itself. */
export type TransactionLimitKind = 'energy' | 'time' | 'soc';

export interface ChargerCapabilities {
  /** From a RemoteStop to the end of energy, learned at this charge point, ms. */
  readonly stopLatencyMs?: number;
  /** Absent: it takes no charging profiles. */
  readonly chargingRate?: ChargingRate;
  /** Limits that the station keeps by itself once it is told them. */
  readonly supportedLimits?: readonly TransactionLimitKind[];
  /** It can keep a connector for one tag. */
  readonly supportsReservation?: true;
  /** It shows prices and costs that it is told, and sends a reading where it is asked to (1.6, California pricing). */
  readonly displaysCost?: true;
}
