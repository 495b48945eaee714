/** Defines the charging session of an order: its caps, meter, charging periods, stop and end. */
import type { ChargerCapabilities, TransactionLimitKind } from './network.js';
import type { ElementIndexes } from './tariff.js';

/** How far the session may go; reaching any cap stops it. There is always an energy cap, because energy is billed. */
export interface Caps {
  /** The ordered energy, or the most that the authorised amount can pay for, whichever is less, Wh. */
  readonly energyWh: number;
  readonly timeMs?: number;
  readonly socPercent?: number;
}

/** How reliable the final energy is, depending on which messages were received. */
export type Confidence = 'exact' | 'sampled' | 'estimated' | 'disputed';

/** A part of a session to which the same tariff elements apply throughout. @source OCPI 2.2.1 §10 (charging periods) */
export interface ChargingPeriod {
  readonly elementIndexes: ElementIndexes;
  readonly energyWh: number;
  /** Time with energy flowing, and time without. */
  readonly chargingMs: number;
  readonly idleMs: number;
}

/** A session divided into charging periods; kept only if the tariff has elements. */
export interface ChargingPeriods {
  /** The time that the periods cover, by our clock; epoch ms. */
  readonly from: number;
  readonly until: number;
  readonly energyWh: number;
  /**
   * When the register was last read unchanged, without a reported power, epoch ms: either the session is idle, or the
   * register counts in large steps.
   */
  readonly unchangedUntil?: number;
  readonly periods: readonly ChargingPeriod[];
}

/** The running state of a session's meter. The rules are in `metering/meter.ts`. */
export interface Meter {
  /** The last accepted register value, Wh. */
  readonly registerWh: number;
  /** Energy delivered in this session so far, Wh; never decreases. */
  readonly energyWh: number;
  /** Charger time of the last sample, epoch ms. */
  readonly at: number;
  /** When we received the last sample, epoch ms. */
  readonly receivedAt: number;
  /** True if the samples count from the beginning of the session, although the start register was absolute. */
  readonly relative: boolean;
  /** Number of times that the register is taken to have begun anew, after a fall or a jump. */
  readonly resets: number;
  /** Charger time of the reading that showed the last reset, epoch ms. */
  readonly resetAt?: number;
  /** Number of readings rejected as physically impossible. */
  readonly rejectedReadings: number;
  /** The energy that was counted from intervals, before a register showed any, Wh. */
  readonly intervalWh?: number;
  /** Unrounded energy calculated from the reported power, Wh. It serves to check the unit of the register. */
  readonly powerBasedWh?: number;
  /** First and last reported state of charge, percent. */
  readonly socStart?: number;
  readonly soc?: number;
  /** The state of charge before the last reported one, percent. */
  readonly socBefore?: number;
  /** Last reported voltage (V) and current (A), and the last power (W), reported or derived from registers. */
  readonly voltage?: number;
  readonly current?: number;
  readonly powerW?: number;
  /** Present only if the tariff has elements. */
  readonly chargingPeriods?: ChargingPeriods;
  /** When the last reading was taken, our time, epoch ms; before `receivedAt` if the message was late. */
  readonly takenAt?: number;
  /**
   * When the last credible reading of energy or power was taken, our time, epoch ms, and the usual interval between
   * such readings, ms.
   */
  readonly knownAt?: number;
  readonly intervalMs?: number;
  /** When the session began, our time, epoch ms; set if the first reading shows that the start message was late. */
  readonly beganAt?: number;
  /** Set once a reading is older than the start, by the charger's clock: the start was probably stamped late. */
  readonly startStampedLate?: true;
  /** A reading that looks older than the last one: it is late, or the first since the charger's clock was set back. */
  readonly outOfOrder?: { readonly at: number; readonly receivedAt: number };
  /** The last reading that was not queued at the charger: its time by the charger's clock and by ours, epoch ms. */
  readonly lastLive?: { readonly at: number; readonly receivedAt: number };
  /** How far the power may lie above `powerW`, W; absent while that is unknown. */
  readonly powerErrorW?: number;
  /** What the session has shown about the power that the charger reports; absent if nothing so far. */
  readonly powerTrust?: 'measured' | 'contradicted';
  /** The last reported power, W, credible or not. */
  readonly reportedPowerW?: number;
  /** The reading from which the next power is derived: our time, epoch ms, and its register, Wh. */
  readonly powerBase?: { readonly at: number; readonly registerWh: number };
  /** The step in which the register seems to count, Wh: 1, 10, 100 or 1000. */
  readonly resolutionWh?: number;
  /** Unrounded energy, by power, that the register has not shown yet, Wh. Only limits count it. */
  readonly unregisteredWh?: number;
  /** Unrounded energy that the register shows beyond the reported power, Wh; negative while a coarse register lags. */
  readonly beyondPowerWh?: number;
  /** Energy that may have flowed between a reset and the next reading, Wh. Only limits count it. */
  readonly unseenWh?: number;
  /** The register before the last rise, Wh. */
  readonly risenFromWh?: number;
  /** Energy counted from a reading that later ones contradicted, Wh. Without a stop register, it is not billed. */
  readonly overcountWh?: number;
  /**
   * Energy that readings showed and later ones contradict, Wh; a discrepancy reports it. Absent while the register can
   * still show that the later readings are right, by rising past the earlier ones. It cannot if several readings had
   * shown the energy, or after a reset.
   */
  readonly takenBackWh?: number;
  /** Readings that contradict the energy counted so far. */
  readonly rival?: RivalReadings;
  /** The state before the last correction, to which the register may return; its energy is without the overcount. */
  readonly previous?: Pick<Meter, 'registerWh' | 'energyWh' | 'relative' | 'resets'>;
  /** The wrong unit label that the readings suggest. */
  readonly suspectedScale?: SuspectedScale;
  /** Upper bound on the energy according to readings that are not credible enough to bill, Wh. Only limits count it. */
  readonly estimateWh?: number;
  /** Power beyond the configured rating that several readings agree on, W. */
  readonly observedPowerW?: number;
  /** The last journal entry included; a replay after a restart continues after it. */
  readonly journalSeq: number;
}

type SuspectedScale = 'kwh-labelled-wh' | 'wh-labelled-kwh';

/** Possible explanations of readings that contradict the energy counted so far. */
export type RivalKind = SuspectedScale | 'relative' | 'reset' | 'correction' | 'return' | 'power' | 'jump';

/** Consecutive readings that agree, but contradict the energy counted so far. @unit Wh as read; our time, epoch ms. */
export interface RivalReadings {
  readonly kind: RivalKind;
  readonly firstWh: number;
  readonly lastWh: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The charger's time of the last one, epoch ms. Absent in documents of earlier releases. */
  readonly lastStampedAt?: number;
  readonly count: number;
}

export type StopReason = 'buyer' | 'limit-energy' | 'limit-amount' | 'limit-time' | 'limit-soc' | 'operator' | 'policy';

export interface StopRequest {
  readonly reason: StopReason;
  /** When the first RemoteStop was requested, by our clock, epoch ms. */
  readonly at: number;
  /** Number of RemoteStops requested so far, not counting those at a reconnect. */
  readonly attempts: number;
  /** When to repeat the RemoteStop if the transaction has not ended, epoch ms. */
  readonly retryAt: number;
}

/** The stop reason of a session whose end no message reported. */
export const INFERRED = 'Inferred';

export interface SessionEnd {
  /** The register that the bill follows, Wh; the last accepted one if that of the stop is missing or not credible. */
  readonly meterStopWh: number;
  /** Charger time, and when we received the stop or inferred the end; epoch ms. */
  readonly at: number;
  readonly receivedAt: number;
  /** OCPP stop reason, or `Inferred` if no message reported the end. */
  readonly reason: string;
  /** Set if the stop did not name the transaction. */
  readonly assumed?: true;
}

/** A stop that does not name the transaction, but may be its end. */
export interface AssumedStop extends Omit<SessionEnd, 'meterStopWh' | 'assumed'> {
  readonly meterStopWh?: number;
  /** The energy of the session up to this stop, Wh. More energy shows that the session goes on. */
  readonly energyWh: number;
}

/**
 * The last requested update of the charger's display: when it was requested, our time, and when the reading that it
 * shows was taken, charger time; epoch ms.
 */
export interface DisplayedCost {
  readonly at: number;
  readonly readingAt: number;
  readonly idle: boolean;
  /** The register at which the charger should send the next reading, Wh. */
  readonly meterTriggerWh: number;
}

/** The charging profile of a session: a power limit until `endsAt`, then no power, even if the charger is offline. */
export interface ActiveProfile {
  /** `rejected`: the session continues without a new profile. */
  readonly status: 'requested' | 'accepted' | 'rejected';
  readonly limitW: number;
  /** The period in which the profile allows power, by our clock; epoch ms. */
  readonly from: number;
  readonly endsAt: number;
  /** The energy and time caps that the profile was calculated from. */
  readonly capWh: number;
  readonly capMs?: number;
  /** The previous profile, which applies until this one is accepted, and perhaps still if this one is rejected. */
  readonly previous?: Omit<ActiveProfile, 'status' | 'previous'>;
}

/** The last reading before a gap in our time: `chargerAt` in charger time, `receivedAt` in ours, epoch ms. */
interface GapBegin {
  readonly chargerAt: number;
  readonly receivedAt: number;
}

/** A gap in our time, ms; the sum of all gaps if there were several. */
interface ClockGap extends GapBegin {
  readonly ms: number;
  /** When our process last started, our time, epoch ms; absent in orders that an earlier release saved. */
  readonly restartedAt?: number;
}

/** How long a transaction had run, and what it had delivered, before an order joined it. */
export interface TransactionBefore {
  readonly ms: number;
  /** Wh; 0 if no register shows it. */
  readonly energyWh: number;
}

export interface Session {
  /** OCPP transaction id: an integer as text in 1.6, a string chosen by the station in 2.x. */
  readonly transactionId: string;
  /** Identifies the start, so that a repeated one is recognised whatever its OCPP message id. */
  readonly startKey: string;
  /** Wh; 0 while `baseline` is `unknown`. */
  readonly meterStartWh: number;
  /** Set if the start carried no register. `sampled`: the session counts from its first reading instead. */
  readonly baseline?: 'unknown' | 'sampled';
  /** Set once a reading of the order's own connector has arrived. */
  readonly ownReadings?: true;
  /** Set once readings of another connector that name the transaction have been reported. */
  readonly strayReadings?: true;
  /** Set while no message of the transaction has named the order. */
  readonly startAssumed?: true;
  /** When the session began by the charger's clock, and when we received the start; epoch ms. */
  readonly startedAt: number;
  readonly startReceivedAt: number;
  /** `RemoteStart.requestedAt`, before which the session cannot have begun; our time, epoch ms. */
  readonly requestedAt?: number;
  readonly meter: Meter;
  /**
   * When to ask the charger whether the transaction is running, unless something proves it earlier; our time, epoch ms.
   * Absent in sessions that began before 0.3.0.
   */
  readonly proveAliveBy?: number;
  readonly stop?: StopRequest;
  readonly end?: SessionEnd;
  /** A stop that ends the session unless a message shows that the session goes on. Until then, the end is suspected. */
  readonly assumedStop?: AssumedStop;
  /** When readings last showed that the transaction goes on after its doubtful end, our time, epoch ms. */
  readonly continuedAt?: number;
  /** When an end was first suspected (connector free, reboot, no sign of life), our time, epoch ms. */
  readonly endSuspectedSince?: number;
  readonly endSuspectedReason?: string;
  /** Set once the station has answered that the transaction is over and none of its messages are queued. */
  readonly notOngoing?: true;
  /** Set once another transaction has begun on the connector. */
  readonly followed?: true;
  /** When the socket was lost, our time, epoch ms, and whether the buyer app was notified. */
  readonly offlineSince?: number;
  readonly offlineNotified?: boolean;
  /** When the order became provisional, and when the wait for its stop ends; our time, epoch ms. */
  readonly provisionalSince?: number;
  readonly finalAt?: number;
  /** When a reading was last requested from the charger, epoch ms. */
  readonly meterTriggeredAt?: number;
  /** When the charger last reconnected, our time, epoch ms; earlier readings do not show the present power. */
  readonly resumedAt?: number;
  /** The charger's capabilities as known at the beginning of the session. */
  readonly capabilities?: ChargerCapabilities;
  /** Rated power of the connector, W. The session is assumed to draw it while no credible reading arrives. */
  readonly ratedPowerW?: number;
  /** Time that passed by the host's clock while no process ran, unless readings have confirmed it; absent if none. */
  readonly doubtfulGap?: ClockGap;
  /**
   * The last reading before a restart during which the host's clock was set back; our time then leaves out part of the
   * outage. If the session had not begun by then, its start instead.
   */
  readonly missedTime?: GapBegin;
  readonly chargingProfile?: ActiveProfile;
  /** When to check whether the charging profile must be set or renewed, our time, epoch ms. */
  readonly profileReviewAt?: number;
  /**
   * How long the transaction had run, and what it had delivered, before the order joined it; absent if the session
   * began with the transaction.
   */
  readonly transactionBefore?: TransactionBefore;
  /** The order's limits that the station has confirmed it enforces itself (2.1). */
  readonly enforcedLimits?: readonly TransactionLimitKind[];
  /** When progress was last reported, or the session opened, our time, epoch ms, and the energy at that time, Wh. */
  readonly progressSentAt?: number;
  readonly progressSentWh?: number;
  readonly displayedCost?: DisplayedCost;
}
