/** Defines the commands that an order accepts. Each carries only what the decision needs. */
import type { TransactionLimitKind, TransactionLimits, ConnectorState, Site } from './network.js';
import type { PaymentRequestKind, PaymentTerms, ProviderPayment, Payment } from './payment.js';
import type { RequestFingerprint } from './order.js';
import type { Limit, RequestedTerms } from './quote.js';
import type { StopReason, TransactionBefore } from './session.js';
import type { Json } from './object.js';
import type { Slot } from './reservation.js';

/** The Beckn request that caused a command; the callback that answers it repeats its message id. */
export interface ReceivedRequest extends RequestFingerprint {
  readonly at: number;
}

/** One meter reading, converted to the same units for every OCPP version. An absent field was not reported. */
export interface MeterSample {
  /** Charger time, epoch ms. */
  readonly at: number;
  /** When we received the reading, epoch ms; absent means now. */
  readonly receivedAt?: number;
  /** The connector that the message names along with its transaction (1.6). */
  readonly connectorId?: number;
  /** `Energy.Active.Import.Register`, Wh, rounded half up. */
  readonly registerWh?: number;
  /** `Energy.Active.Import.Interval`, Wh: the energy since the previous sample. */
  readonly intervalWh?: number;
  readonly powerW?: number;
  readonly voltage?: number;
  readonly current?: number;
  /** State of charge, percent. */
  readonly soc?: number;
}

/** A period in which our process was down, rather than the charger. */
export interface ProcessRestart {
  /** When the order was last saved before the restart, our time, epoch ms. */
  readonly savedAt: number;
  /** How far the host's clock was set back meanwhile, ms; absent if it was not. */
  readonly setBackMs?: number;
}

export type OrderCommand =
  // from a buyer app
  | {
      readonly type: 'select';
      readonly request: ReceivedRequest;
      readonly site: Site;
      readonly limit: Limit;
      readonly slot?: Slot;
      readonly terms?: RequestedTerms;
      readonly passthrough?: Json;
    }
  | {
      readonly type: 'init';
      readonly request: ReceivedRequest;
      /**
       * Holds the connector, or the slot if there is one, for this draft until its quote expires, without telling the
       * charger.
       */
      readonly holdsConnector?: true;
      readonly site: Site;
      readonly limit: Limit;
      readonly slot?: Slot;
      readonly terms?: RequestedTerms;
      readonly passthrough?: Json;
      readonly billing?: Json;
      /** Absent if the buyer app collects the payment before the order. */
      readonly paymentTerms?: PaymentTerms;
    }
  | {
      readonly type: 'confirm';
      readonly request: ReceivedRequest;
      /** The selection to confirm. Without a draft, or if it differs from the draft, it is quoted first. */
      readonly site?: Site;
      readonly limit?: Limit;
      readonly slot?: Slot;
      readonly terms?: RequestedTerms;
      /** A new OCPP reservation id, used if the order has a slot. */
      readonly reservationId?: number;
      readonly passthrough?: Json;
      readonly billing?: Json;
      readonly payment: Payment | 'unpaid' | 'unstated';
      readonly paymentTerms?: PaymentTerms;
      /** `buyer`: charging waits for a `start` command. Absent: it starts at once, or when the slot begins. */
      readonly startsBy?: 'buyer';
      /** A new random idTag. */
      readonly idTag: string;
      /** Whether the charger's WebSocket is open. */
      readonly chargerOnline: boolean;
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'update';
      readonly request: ReceivedRequest;
      readonly limit?: Limit;
      readonly passthrough?: Json;
      readonly billing?: Json;
      /** The connector named in the request; a connector other than the ordered one is refused. */
      readonly site?: Site;
    }
  | {
      readonly type: 'start';
      readonly request: ReceivedRequest;
      /** The limit that the request states, which must be the order's. */
      readonly limit?: Limit;
      readonly chargerOnline: boolean;
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'stop';
      readonly request?: ReceivedRequest;
      readonly reason: StopReason;
      /** `at-end`: the reply waits up to `answerWithinMs` for the session to end. Absent: it is sent at once. */
      readonly reply?: 'at-end';
    }
  | {
      readonly type: 'cancel';
      readonly request?: ReceivedRequest;
      readonly by: 'buyer' | 'operator';
      readonly reason?: Json;
      /** `stop`: a running session is stopped. Absent: the cancellation of a running session is refused. */
      readonly ifRunning?: 'stop';
    }
  /** Closes an order manually and bills its last credible reading. An order without a session is not billed. */
  | { readonly type: 'close'; readonly by: string; readonly reason: string }
  // from a charger
  | { readonly type: 'charger-connected' }
  /** `restart`: our process was down, not the charger. */
  | { readonly type: 'charger-disconnected'; readonly restart?: ProcessRestart }
  | { readonly type: 'charger-booted' }
  | {
      readonly type: 'connector-changed';
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'start-answered';
      /** `quarantined`: the charge point gets no starts until an operator releases it. */
      readonly answer: 'accepted' | 'rejected' | 'unknown' | 'not-sent' | 'quarantined';
      readonly detail?: string;
      /** The transaction id in the RequestStartTransaction response, if the station returns one (2.x). */
      readonly transactionId?: string;
    }
  | {
      readonly type: 'stop-answered';
      readonly answer: 'accepted' | 'rejected' | 'unknown' | 'not-sent';
    }
  | {
      readonly type: 'charging-profile-answered';
      readonly answer: 'accepted' | 'rejected' | 'unknown' | 'not-sent';
    }
  | {
      readonly type: 'reservation-answered';
      /** `unsupported`: the charger does not implement reservations. */
      readonly answer: 'accepted' | 'rejected' | 'unsupported' | 'unknown' | 'not-sent';
      readonly detail?: string;
    }
  /** The charger ended the reservation before it was used. `reason` comes from the charger. */
  | { readonly type: 'reservation-ended'; readonly reason: string }
  /** The slot has begun, but another order still holds the connector. */
  | { readonly type: 'slot-blocked' }
  /** A 2.1 station reports the limits that it now enforces itself. */
  | { readonly type: 'transaction-limits-set'; readonly limits: TransactionLimits }
  /** A 2.1 station reports that the transaction has reached one of these limits. */
  | { readonly type: 'transaction-limit-reached'; readonly limit: TransactionLimitKind }
  | {
      readonly type: 'record-start';
      readonly transactionId: string;
      readonly startKey: string;
      readonly connectorId: number;
      /** Wh. Absent if the start carries no register: the session then counts from its first reading. */
      readonly meterStartWh?: number;
      /** How long the transaction had run, and what it had delivered, before the order joined it. */
      readonly transactionBefore?: TransactionBefore;
      /** Charger time, epoch ms. */
      readonly at: number;
      /** When we received the start, epoch ms; absent means now. */
      readonly receivedAt?: number;
      /** Set if no message of the transaction names the order. */
      readonly isAssumed?: true;
      /** Set if the transaction began on another connector. The order moves there if both are true. */
      readonly otherConnector?: {
        readonly free: boolean;
        readonly sameTariff: boolean;
      };
    }
  /** The station reports whether a transaction is ongoing, and whether some of its messages are still queued. */
  | { readonly type: 'transaction-status-reported'; readonly ongoing: boolean; readonly messagesQueued: boolean }
  | {
      readonly type: 'record-sample';
      readonly samples: readonly MeterSample[];
      /** Whether the message that carried the samples names the transaction. */
      readonly namesTransaction?: boolean;
      /** Whether the samples are of a transaction whose end no message has reported. */
      readonly isStillOpen?: boolean;
      readonly journalSeq: number;
    }
  | {
      readonly type: 'record-stop';
      /** Wh. Absent or negative if the charger does not know it. */
      readonly meterStopWh?: number;
      /** Charger time, epoch ms. */
      readonly at: number;
      readonly reason: string;
      readonly samples: readonly MeterSample[];
      /** Set if the stop does not name the transaction, but fits no other. */
      readonly isAssumed?: true;
    }
  /** Another transaction began on the connector, so the stop of this order's transaction was lost. */
  | {
      readonly type: 'transaction-superseded';
      readonly meterStartWh: number;
      readonly at: number;
    }
  // from a payment provider
  | {
      readonly type: 'payment-updated';
      readonly payment: ProviderPayment;
      /** The idempotency key of the request that this update answers. */
      readonly requestKey?: string;
      /** Set if a look-up returned these totals. Totals in a response or a webhook may be outdated. */
      readonly lookedUp?: true;
    }
  /** The provider refused the request, was unreachable for too long, or never showed its result. */
  | {
      readonly type: 'payment-request-failed';
      readonly requestKind: PaymentRequestKind;
      /** The idempotency key of the request. */
      readonly key: string;
      /** Minor units. */
      readonly amount: number;
      readonly reason: string;
      /** Set if the provider answered the request, but its totals did not show the result in time. */
      readonly answered?: true;
    }
  | { readonly type: 'unlock-answered'; readonly released: boolean; readonly detail: string }
  // from a timer
  | { readonly type: 'timer-due' };

export type CommandOf<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;
