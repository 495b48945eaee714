/** The charging session of an order: its meter, its stop and its end. */

import type { ChargerCapabilities, TransactionLimitKind } from './charger-capabilities.js';
import type { ChargingPeriods } from './charging-period.js';

/** How far the session may go. The first one reached stops it; energy is always there, for the bill's sake. */
export interface Caps {
  /** The most energy that the authorised amount pays for, Wh. */
  readonly energyWh: number;
  readonly timeMs?: number;
  readonly socPercent?: number;
}

/** What the final energy rests on (fact: which messages were seen). */
export type Confidence = 'exact' | 'sampled' | 'estimated' | 'disputed';

/** The running account of one energy register. See `meter.ts` for the rules. */
export interface Meter {
  /** The last register value taken into account, Wh. */
  readonly registerWh: number;
  /** Delivered in this session so far, Wh, never falling. */
  readonly energyWh: number;
  /** Charger time of the last sample, epoch ms. */
  readonly at: number;
  /** Our time of the last sample, epoch ms. */
  readonly receivedAt: number;
  /** True when the samples count from the session's start while meterStart was absolute. */
  readonly relative: boolean;
  /** Register falls bigger than jitter. */
  readonly resets: number;
  /** Readings held back as physically impossible; never billed. */
  readonly rejectedReadings: number;
  /** Of the energy, what was told as intervals because no register was, Wh. */
  readonly intervalWh?: number;
  /** What flowed by the power that the charger itself tells, Wh: a second opinion on the register's scale. */
  readonly powerBasedWh?: number;
  readonly socStart?: number;
  readonly soc?: number;
  /** Volt, ampere, watt of the last sample that carried them. */
  readonly voltage?: number;
  readonly current?: number;
  readonly powerW?: number;
  /** Where the tariff has elements: what is paid for so far, and when it was used. */
  readonly chargingPeriods?: ChargingPeriods;
  /** The last journal entry folded in: where a replay goes on after a restart. */
  readonly journalSeq: number;
}

export type StopReason = 'buyer' | 'limit-energy' | 'limit-amount' | 'limit-time' | 'limit-soc' | 'operator' | 'policy';

export interface StopRequest {
  readonly reason: StopReason;
  readonly at: number;
  /** RemoteStops sent so far. */
  readonly attempts: number;
  /** When to try again if the transaction is still open. */
  readonly retryAt: number;
}

export interface SessionEnd {
  readonly meterStopWh: number;
  readonly at: number;
  readonly receivedAt: number;
  /** OCPP stop reason, or `Inferred` when no message said so. */
  readonly reason: string;
}

/** What a charger with a display shows: since when (our time), and of which reading (its time). */
export interface DisplayedCost {
  readonly at: number;
  readonly readingAt: number;
  readonly idle: boolean;
  /** Where the register stands when the next reading is wanted, Wh. */
  readonly meterTriggerWh: number;
}

/** The power plan of a session: so many watts until `endsAt`, then none. It holds while the charger is away, too. */
export interface ActiveProfile {
  /** `asked`: on its way; `kept`: accepted; `refused`: this session is held without it. */
  readonly status: 'requested' | 'accepted' | 'rejected';
  readonly limitW: number;
  /** Our time from which and until which power is allowed, at the latest. */
  readonly from: number;
  readonly endsAt: number;
  /** The caps that it was made for. */
  readonly capWh: number;
  readonly capMs?: number;
  /** An earlier one that is in force until this one is accepted, and perhaps still when it is refused. */
  readonly previous?: Omit<ActiveProfile, 'status' | 'previous'>;
}

export interface Session {
  /** OCPP's transaction id: digits in 1.6, the station's own string in 2.x. */
  readonly transactionId: string;
  /** Identifies a repeated StartTransaction whatever its message id. */
  readonly startKey: string;
  /** 0 while `base` is `unknown`. */
  readonly meterStartWh: number;
  /** Said when the start told no register: nothing to count from yet, or the first reading since. */
  readonly baseline?: 'unknown' | 'sampled';
  /** Charger time and our time of the start, epoch ms. */
  readonly startedAt: number;
  readonly startReceivedAt: number;
  /** Our time of the confirm: it cannot have begun before. */
  readonly requestedAt?: number;
  readonly meter: Meter;
  readonly stop?: StopRequest;
  readonly end?: SessionEnd;
  /** Our time since when the end is suspected: connector Available, a reboot, silence. */
  readonly endSuspectedSince?: number;
  readonly endSuspectedReason?: string;
  /** Our time since when the socket is gone, and whether the buyer was told. */
  readonly offlineSince?: number;
  readonly offlineNotified?: boolean;
  /** Our time since when the order is provisional, and until when the lost end is waited for. */
  readonly provisionalSince?: number;
  readonly finalAt?: number;
  /** When a reading was last asked for because none had come, epoch ms. */
  readonly meterTriggeredAt?: number;
  /** Our time of the last return of the socket: no reading from before it says how much flows now. */
  readonly resumedAt?: number;
  /** What the charger can do to hold the limits, as known when the session began. */
  readonly capabilities?: ChargerCapabilities;
  readonly chargingProfile?: ActiveProfile;
  /** When the charger's power plan is to be looked at again, our time. */
  readonly profileReviewAt?: number;
  /** Limits that the station says it keeps by itself. */
  readonly enforcedLimits?: readonly TransactionLimitKind[];
  /** Last progress callback: our time and the energy it told. */
  readonly progressSentAt?: number;
  readonly progressSentWh?: number;
  /** What its charger was last told to show. */
  readonly displayedCost?: DisplayedCost;
}
