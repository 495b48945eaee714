/** The charging session of an order: its meter, its charging periods, its stop and its end. */

import type { ChargerCapabilities, TransactionLimitKind } from './charger-capabilities.js';
import type { ElementIndexes } from './tariff.js';

/** How far the session may go; the first cap reached stops it. Energy always has a cap, because it is billed. */
export interface Caps {
  /** The most energy that the authorised amount can pay for, Wh. */
  readonly energyWh: number;
  readonly timeMs?: number;
  readonly socPercent?: number;
}

/** The evidence for the final energy: which messages were received. */
export type Confidence = 'exact' | 'sampled' | 'estimated' | 'disputed';

/** A part of a session priced by the same tariff elements throughout. @source OCPI 2.2.1 §10 (CDR charging periods) */
export interface ChargingPeriod {
  readonly elementIndexes: ElementIndexes;
  readonly energyWh: number;
  /** Time with energy flow, and time without. */
  readonly chargingMs: number;
  readonly idleMs: number;
}

/** A session divided into charging periods; kept only when the tariff has elements. */
export interface ChargingPeriods {
  /** Our time of the beginning, and of the end of what is accounted for; epoch ms. */
  readonly from: number;
  readonly until: number;
  readonly energyWh: number;
  /** The register stood still up to this time, without a reported power: the session is idle or the register coarse. */
  readonly unchangedUntil?: number;
  readonly periods: readonly ChargingPeriod[];
}

/** The running account of one energy register. The rules are in `metering/meter.ts`. */
export interface Meter {
  /** The last register value that counted, Wh. */
  readonly registerWh: number;
  /** Delivered in this session so far, Wh; never falls. */
  readonly energyWh: number;
  /** Charger time of the last sample, epoch ms. */
  readonly at: number;
  /** Our time of the last sample, epoch ms. */
  readonly receivedAt: number;
  /** The samples count from the beginning of the session although the start register was absolute. */
  readonly relative: boolean;
  /** Falls of the register beyond the jitter. */
  readonly resets: number;
  /** Readings rejected as physically impossible; never billed. */
  readonly rejectedReadings: number;
  /** The part of the energy that came as intervals because no register was reported, Wh. */
  readonly intervalWh?: number;
  /** The energy according to the reported power, Wh: a second opinion on the scale of the register. */
  readonly powerBasedWh?: number;
  /** State of charge, percent: the first one reported and the last one. */
  readonly socStart?: number;
  readonly soc?: number;
  /** Volts, amperes and watts of the last sample that carried them. */
  readonly voltage?: number;
  readonly current?: number;
  readonly powerW?: number;
  /** Present when the tariff has elements. */
  readonly chargingPeriods?: ChargingPeriods;
  /** Our time at which the last reading was taken, epoch ms; a late message is older than its arrival. */
  readonly takenAt?: number;
  /** Our time of the last reading that showed energy or power credibly, epoch ms, and the time between such readings, ms. */
  readonly knownAt?: number;
  readonly intervalMs?: number;
  /** Our time of the beginning, epoch ms, if the first reading shows that the message of the start was late. */
  readonly beganAt?: number;
  /** A reading that looks older than the last one: a late message, or the first one after the clock was set back. */
  readonly outOfOrder?: { readonly at: number; readonly receivedAt: number };
  /** How far the power may lie above `powerW`, W; absent while no two readings have shown the power. */
  readonly powerErrorW?: number;
  /** The power of the last sample that reported one, W, credible or not. */
  readonly reportedPowerW?: number;
  /** The reading from which the next power is derived: our time, epoch ms, and its register, Wh. */
  readonly powerBase?: { readonly at: number; readonly registerWh: number };
  /** The step in which the register seems to count, Wh: 1, 10, 100 or 1000. */
  readonly resolutionWh?: number;
  /** Energy that the register does not show, Wh: by power since its last rise, and perhaps before a reset. Only limits count it. */
  readonly unregisteredWh?: number;
  readonly unseenWh?: number;
  /** The register before the last rise, Wh. */
  readonly risenFromWh?: number;
  /** Counted by a reading that later ones contradicted, Wh; never billed without a stop register. */
  readonly overcountWh?: number;
  /** Readings that contradict the account. */
  readonly rival?: RivalReadings;
  /** The account before its last revision, to which the register may return. */
  readonly previous?: Pick<Meter, 'registerWh' | 'energyWh' | 'relative' | 'resets'>;
  /** What the readings seem to count in, and the most energy that they then stand for, Wh. Limits count it, bills do not. */
  readonly suspectedScale?: SuspectedScale;
  readonly estimateWh?: number;
  /** Power beyond the configured rating that several readings agree on, W. */
  readonly observedPowerW?: number;
  /** The last journal entry included; a replay after a restart continues after it. */
  readonly journalSeq: number;
}

export type SuspectedScale = 'kwh-labelled-wh' | 'wh-labelled-kwh';

/** What readings that contradict the account would mean if they were right. */
export type RivalKind = SuspectedScale | 'relative' | 'reset' | 'correction' | 'return' | 'power' | 'jump';

/** Consecutive readings that contradict the account and agree with each other. @unit Wh as read; our time, epoch ms. */
export interface RivalReadings {
  readonly kind: RivalKind;
  readonly firstWh: number;
  readonly lastWh: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
}

export type StopReason = 'buyer' | 'limit-energy' | 'limit-amount' | 'limit-time' | 'limit-soc' | 'operator' | 'policy';

export interface StopRequest {
  readonly reason: StopReason;
  /** Our time of the first RemoteStop, epoch ms. */
  readonly at: number;
  /** RemoteStops sent so far. */
  readonly attempts: number;
  /** When to send another one if the transaction is still open, epoch ms. */
  readonly retryAt: number;
}

export interface SessionEnd {
  readonly meterStopWh: number;
  /** Charger time and our time, epoch ms. */
  readonly at: number;
  readonly receivedAt: number;
  /** OCPP stop reason, or `Inferred` when no message reported the end. */
  readonly reason: string;
}

/** What a charger's display shows: since when (our time), and from which reading (charger time), epoch ms. */
export interface DisplayedCost {
  readonly at: number;
  readonly readingAt: number;
  readonly idle: boolean;
  /** The register at which the charger should send the next reading, Wh. */
  readonly meterTriggerWh: number;
}

/** The charging profile of a session: a power limit until `endsAt`, then no power. It also holds offline. */
export interface ActiveProfile {
  /** `requested`: sent. `accepted`: in force. `rejected`: the session goes on without it. */
  readonly status: 'requested' | 'accepted' | 'rejected';
  readonly limitW: number;
  /** Our time from which power is allowed, and until when at the latest; epoch ms. */
  readonly from: number;
  readonly endsAt: number;
  /** The caps for which it was calculated. */
  readonly capWh: number;
  readonly capMs?: number;
  /** The previous profile: in force until this one is accepted, and perhaps still when this one is rejected. */
  readonly previous?: Omit<ActiveProfile, 'status' | 'previous'>;
}

/** @unit ms; the last reading before the gap in charger time (`chargerAt`) and in ours (`receivedAt`), epoch ms. */
export interface ClockGap {
  readonly ms: number;
  readonly chargerAt: number;
  readonly receivedAt: number;
}

export interface Session {
  /** OCPP transaction id: digits in 1.6, the station's own string in 2.x. */
  readonly transactionId: string;
  /** Identifies a repeated StartTransaction, whatever its message id. */
  readonly startKey: string;
  /** 0 while `baseline` is `unknown`. */
  readonly meterStartWh: number;
  /** Set when the start carried no register. `sampled`: the session counts from its first reading. */
  readonly baseline?: 'unknown' | 'sampled';
  /** Charger time and our time of the start, epoch ms. */
  readonly startedAt: number;
  readonly startReceivedAt: number;
  /** `RemoteStart.requestedAt`: our time, epoch ms; the session cannot have begun before. */
  readonly requestedAt?: number;
  readonly meter: Meter;
  readonly stop?: StopRequest;
  readonly end?: SessionEnd;
  /** When the end was first suspected, our time, epoch ms: connector Available, a reboot, silence. */
  readonly endSuspectedSince?: number;
  readonly endSuspectedReason?: string;
  /** Our time of the socket loss, epoch ms, and whether the buyer app was notified of it. */
  readonly offlineSince?: number;
  readonly offlineNotified?: boolean;
  /** When the order became provisional, and until when its stop is awaited; our time, epoch ms. */
  readonly provisionalSince?: number;
  readonly finalAt?: number;
  /** When a reading was last requested because none had come, epoch ms. */
  readonly meterTriggeredAt?: number;
  /** Our time of the last reconnect, epoch ms; readings from before it do not show the present power. */
  readonly resumedAt?: number;
  /** What the charger can do to hold the limits, as known at the beginning of the session. */
  readonly capabilities?: ChargerCapabilities;
  /** Rated power of the connector, W. It is assumed to flow where nothing credible is heard. */
  readonly ratedPowerW?: number;
  /** Time that the host's clock claims to have passed across a restart and that no reading has confirmed. */
  readonly doubtfulGap?: ClockGap;
  readonly chargingProfile?: ActiveProfile;
  /** When the charging profile is due for review, our time, epoch ms. */
  readonly profileReviewAt?: number;
  /** Limits that the station says it enforces by itself. */
  readonly enforcedLimits?: readonly TransactionLimitKind[];
  /** Our time of the last progress callback, epoch ms, and the energy that it reported, Wh. */
  readonly progressSentAt?: number;
  readonly progressSentWh?: number;
  /** What the charger was last asked to display. */
  readonly displayedCost?: DisplayedCost;
}

/** The time of the end, or else of the last reading. @unit Epoch ms, our time. */
export function lastReadingAt({ end, meter, startedAt }: Pick<Session, 'end' | 'meter' | 'startedAt'>): number {
  return end?.at ?? Math.max(meter.at, startedAt);
}
