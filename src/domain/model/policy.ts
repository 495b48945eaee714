/** The waits and measures that decisions use. All in milliseconds unless named otherwise; from the configuration. */
export interface SessionPolicy {
  /** A confirmed order waits this long for an offline charger. */
  readonly pendingMs: number;
  /** How long a confirmed order waits for the buyer app to start it, where that is the buyer app's to do. */
  readonly buyerStartMs: number;
  /** An answer that waits for the charger is given after this, whatever is known. */
  readonly answerWithinMs: number;
  /** From the RemoteStart to the transaction's beginning. */
  readonly startTimeoutMs: number;
  /** After a reconnect, how long to wait for a queued start before a doubtful RemoteStart is sent again. */
  readonly recheckMs: number;
  readonly stopRetryMs: number;
  readonly stopAttempts: number;
  /** How long a suspected end is doubted before it is believed. */
  readonly endSuspicionMs: number;
  /** How long a lost StopTransaction is waited for when the charger is back. */
  readonly lostStopMs: number;
  /** A short loss of the socket is not told. */
  readonly offlineGraceMs: number;
  /** From the loss of the socket to the provisional end. */
  readonly offlineMs: number;
  /** From the provisional end to the final one while the charger stays away. */
  readonly finalMs: number;
  /** Progress is pushed after this time or this energy, whichever comes first. */
  readonly progressMs: number;
  readonly progressWh: number;
  /** From a RemoteStop to the end of energy. */
  readonly stopLatencyMs: number;
  /** Near a limit, ask for a reading this often, from this long before. */
  readonly meterTriggerIntervalMs: number;
  readonly meterTriggerLeadMs: number;
  /** A running session that says nothing for this long is asked for a reading. */
  readonly silentMs: number;
  /** How long before a booked slot its connector is kept free, and how long after its beginning a driver is waited for. */
  readonly slotLeadMs: number;
  readonly slotGraceMs: number;
  /** How far ahead may be booked. */
  readonly slotAheadMs: number;
  readonly quoteTtlMs: number;
  /** How long what is paid for waits for its confirm, and what was delivered for its payment. */
  readonly paidDraftMs: number;
  readonly payWithinMs: number;
  /** When the cable of a session that is paid afterwards is let go: at its end, or when it is paid (or overdue). */
  readonly unlockCableWhen: 'ended' | 'paid';
  /** How long callbacks of each kind are tried. */
  readonly giveUpAfterMs: {
    readonly answer: number;
    readonly state: number;
    readonly progress: number;
    readonly terminal: number;
  };
}
