/** The time limits and rates of the configuration that decisions use. Milliseconds unless the name says otherwise. */
export interface SessionPolicy {
  /** How long a confirmed order waits for an offline charger. */
  readonly pendingMs: number;
  /** How long a confirmed order waits for the buyer app's start, if the dialect has one. */
  readonly buyerStartMs: number;
  /** A deferred callback goes out after this time at the latest. */
  readonly answerWithinMs: number;
  /** From the RemoteStart to the beginning of the transaction. */
  readonly startTimeoutMs: number;
  /** After a reconnect, how long to wait for a queued start before an unanswered RemoteStart is sent again. */
  readonly recheckMs: number;
  /** From the latest start to the end of the session at the latest. */
  readonly maxSessionMs: number;
  /** A running session without a proof of life for this long is asked for one, and then given up. */
  readonly proveAliveMs: number;
  readonly stopRetryMs: number;
  readonly stopAttempts: number;
  /** How long a suspected end can still be disproved. */
  readonly endSuspicionMs: number;
  /** How long a lost StopTransaction is awaited once the charger is back. */
  readonly lostStopMs: number;
  /** The buyer app is not notified of a socket loss shorter than this. */
  readonly offlineGraceMs: number;
  /** From the socket loss to the provisional end. */
  readonly offlineMs: number;
  /** From the provisional end to the final one while the charger stays offline. */
  readonly finalMs: number;
  /** A progress callback is sent after this time or this energy, whichever comes first. */
  readonly progressMs: number;
  readonly progressWh: number;
  /** Assumed time from a RemoteStop to the end of energy, until the charger's own is learned. */
  readonly stopLatencyMs: number;
  /** Near a limit, how often a reading is requested, and how long before the limit that begins. */
  readonly meterTriggerIntervalMs: number;
  readonly meterTriggerLeadMs: number;
  /** A running session without a message for this long is asked for a reading. */
  readonly silentMs: number;
  /** How long before a slot its connector is kept free, and how long after its beginning the driver is awaited. */
  readonly slotLeadMs: number;
  readonly slotGraceMs: number;
  /** How far ahead a slot may begin. */
  readonly slotAheadMs: number;
  readonly quoteTtlMs: number;
  /** How long a paid draft waits for its confirm, and a delivered session for its payment. */
  readonly paidDraftMs: number;
  readonly payWithinMs: number;
  /** When the cable of a postpaid session is released: at its end, or once it is paid or overdue. */
  readonly unlockCableWhen: 'ended' | 'paid';
  /** How long callbacks of each class are retried. */
  readonly giveUpAfterMs: {
    readonly answer: number;
    readonly state: number;
    readonly progress: number;
    readonly terminal: number;
  };
}
