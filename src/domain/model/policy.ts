/** The configured time limits and intervals that decisions use. Milliseconds unless the name says otherwise. */
export interface SessionPolicy {
  /** How long a confirmed order waits for an offline charger. */
  readonly pendingMs: number;
  /** How long a confirmed order waits for the buyer app's start, if the dialect has one. */
  readonly buyerStartMs: number;
  /** How long a callback may wait for an outcome or a payment link before it is sent. */
  readonly answerWithinMs: number;
  /** How long to wait for the transaction to begin after a RemoteStart. */
  readonly startTimeoutMs: number;
  /** How long to wait for a queued start before an unanswered RemoteStart is sent again. */
  readonly recheckMs: number;
  /** How long after the latest allowed start the session is stopped. */
  readonly maxSessionMs: number;
  /** How long a session may go without a sign of life before the charger is asked. Without proof, it is given up. */
  readonly proveAliveMs: number;
  readonly stopRetryMs: number;
  readonly stopAttempts: number;
  /** How long a session whose end is suspected can still turn out to be running. */
  readonly endSuspicionMs: number;
  /** How long to wait for a missing stop if the end was inferred while the charger was online. */
  readonly lostStopMs: number;
  /** The buyer app is not notified of a socket loss shorter than this. */
  readonly offlineGraceMs: number;
  /** How long after a socket loss the session ends provisionally. */
  readonly offlineMs: number;
  /** How long to wait for a missing stop if the end was inferred because the charger was offline. */
  readonly finalMs: number;
  /** A progress callback is sent after this time or this energy, whichever comes first. */
  readonly progressMs: number;
  readonly progressWh: number;
  /** Assumed time from a RemoteStop until energy stops flowing, if it has not been measured for the charger. */
  readonly stopLatencyMs: number;
  /** Near a limit: how often a reading is requested, and how long before the limit this begins. */
  readonly meterTriggerIntervalMs: number;
  readonly meterTriggerLeadMs: number;
  /** A reading is requested if a running session has sent none for this long. */
  readonly silentMs: number;
  /** How long before a slot its connector is kept free, and how long after its beginning to wait for the driver. */
  readonly slotLeadMs: number;
  readonly slotGraceMs: number;
  /** How far in the future a slot may begin. */
  readonly slotAheadMs: number;
  readonly quoteTtlMs: number;
  /** How long a paid draft waits for its confirm, and an ended session for its payment. */
  readonly paidDraftMs: number;
  readonly payWithinMs: number;
  /** When the cable of a postpaid session is released: when it ends, or once it is paid or overdue. */
  readonly unlockCableWhen: 'ended' | 'paid';
  /** How long callbacks of each class are retried. */
  readonly giveUpAfterMs: {
    readonly answer: number;
    readonly state: number;
    readonly progress: number;
    readonly terminal: number;
  };
}
