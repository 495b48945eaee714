/**
 * The commands that an order accepts. The types are imperatives or past events; each carries only what the decision
 * needs.
 */
import type { TransactionLimitKind } from './charger-capabilities.js';
import type { ConnectorState, Site } from './network.js';
import type { PaymentRequestKind, PaymentTerms, ProviderPayment, Payment } from './payment.js';
import type { RequestFingerprint } from './order.js';
import type { Limit, RequestedTerms } from './quote.js';
import type { StopReason } from './session.js';
import type { Json } from './object.js';
import type { Slot } from './reservation.js';

/** The Beckn request behind a command; its callback repeats the message id. */
export interface ReceivedRequest extends RequestFingerprint {
  readonly at: number;
}

/** One meter reading, normalised by the OCPP version module that read it. An absent field was not measured. */
export interface MeterSample {
  /** Charger time, epoch ms. */
  readonly at: number;
  /** Our time of arrival, epoch ms, if it is not now: set when a journal is replayed after a restart. */
  readonly receivedAt?: number;
  /** `Energy.Active.Import.Register`, Wh, rounded half up. */
  readonly registerWh?: number;
  /** `Energy.Active.Import.Interval`, Wh: the energy since the previous sample. */
  readonly intervalWh?: number;
  /** Watts, volts and amperes. */
  readonly powerW?: number;
  readonly voltage?: number;
  readonly current?: number;
  /** State of charge, percent. */
  readonly soc?: number;
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
      /** The draft keeps its connector until its quote expires. */
      readonly holdsConnector?: true;
      readonly site: Site;
      readonly limit: Limit;
      readonly slot?: Slot;
      readonly terms?: RequestedTerms;
      readonly passthrough?: Json;
      readonly billing?: Json;
      /** Absent when the buyer app collects the payment before the order. */
      readonly paymentTerms?: PaymentTerms;
    }
  | {
      readonly type: 'confirm';
      readonly request: ReceivedRequest;
      /** Must match the draft where there is one; otherwise the confirm opens the order from these fields. */
      readonly site?: Site;
      readonly limit?: Limit;
      readonly slot?: Slot;
      readonly terms?: RequestedTerms;
      /** A new number from the store's sequence, if a slot is booked. */
      readonly reservationId?: number;
      readonly passthrough?: Json;
      readonly billing?: Json;
      readonly payment: Payment | 'unpaid' | 'unstated';
      readonly paymentTerms?: PaymentTerms;
      /** `buyer`: the session starts on a later `start`. Absent: it starts at once, or when its slot begins. */
      readonly startsBy?: 'buyer';
      /** A new random idTag. */
      readonly idTag: string;
      /** Whether the charger's socket is open, and the connector's last reported state. */
      readonly chargerOnline: boolean;
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'update';
      readonly request: ReceivedRequest;
      readonly limit?: Limit;
      readonly passthrough?: Json;
      readonly billing?: Json;
      /** The ordered connector, or another one; a change of connector is refused. */
      readonly site?: Site;
    }
  | {
      readonly type: 'start';
      readonly request: ReceivedRequest;
      readonly chargerOnline: boolean;
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'stop';
      readonly request?: ReceivedRequest;
      readonly reason: StopReason;
      /** `at-end`: the reply reports the end of the session if it comes soon enough. Absent: the reply goes out at once. */
      readonly reply?: 'at-end';
    }
  | {
      readonly type: 'cancel';
      readonly request?: ReceivedRequest;
      readonly by: 'buyer' | 'operator';
      readonly reason?: Json;
      /** `stop`: a running session is stopped and the reply reports its end. Absent: the cancellation is refused. */
      readonly ifRunning?: 'stop';
    }
  // from a charger
  | { readonly type: 'charger-connected' }
  /** `restarted`: our process was away, not the charger; `setBackMs`: and the host's clock was set back, ms. */
  | { readonly type: 'charger-disconnected'; readonly restarted?: true; readonly setBackMs?: number }
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
      /** The transaction already running on the connector, if the charger names it (2.x). */
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
      /** `unsupported`: the charger has no reservations. */
      readonly answer: 'accepted' | 'rejected' | 'unsupported' | 'unknown' | 'not-sent';
      readonly detail?: string;
    }
  /** The charger has ended the reservation, with its own reason. */
  | { readonly type: 'reservation-ended'; readonly reason: string }
  /** The slot has begun and another order still holds the connector. */
  | { readonly type: 'slot-blocked' }
  /** A 2.1 station reports which limits it now enforces by itself, or that one of them is reached. */
  | { readonly type: 'transaction-limits-set'; readonly limits: readonly TransactionLimitKind[] }
  | { readonly type: 'transaction-limit-reached'; readonly limit: TransactionLimitKind }
  | {
      readonly type: 'record-start';
      readonly transactionId: string;
      readonly startKey: string;
      readonly connectorId: number;
      /** Wh. Absent when the start carries no register: the session then counts from its first reading. */
      readonly meterStartWh?: number;
      /** Charger time, epoch ms. */
      readonly at: number;
      /** Present when the transaction began on another connector than the ordered one, if that one may serve instead. */
      readonly otherConnector?: {
        readonly free: boolean;
        readonly sameTariff: boolean;
      };
    }
  /** The charger's report on a transaction whose end is suspected: whether it goes on, whether messages are queued. */
  | { readonly type: 'transaction-status-reported'; readonly ongoing: boolean; readonly messagesQueued: boolean }
  | {
      readonly type: 'record-sample';
      readonly samples: readonly MeterSample[];
      readonly journalSeq: number;
    }
  | {
      readonly type: 'record-stop';
      /** Wh. Absent or negative when the charger does not know it. */
      readonly meterStopWh?: number;
      /** Charger time, epoch ms. */
      readonly at: number;
      /** The OCPP stop reason. */
      readonly reason: string;
      readonly samples: readonly MeterSample[];
    }
  /** Another transaction began on the connector while this one was open, so the end of this one was lost. */
  | {
      readonly type: 'transaction-superseded';
      readonly meterStartWh: number;
      readonly at: number;
    }
  /** Another transaction began on the connector that this order was waiting for. */
  | { readonly type: 'connector-occupied' }
  // from a payment provider
  | {
      readonly type: 'payment-updated';
      readonly payment: ProviderPayment;
      /** The idempotency key of the request that this update answers. */
      readonly requestKey?: string;
    }
  /** The provider refused the request, or was unreachable for too long. */
  | {
      readonly type: 'payment-request-failed';
      readonly requestKind: PaymentRequestKind;
      /** The idempotency key of the request. */
      readonly key: string;
      /** Minor units. */
      readonly amount: number;
      readonly reason: string;
    }
  | { readonly type: 'unlock-answered'; readonly released: boolean; readonly detail: string }
  // from time
  | { readonly type: 'timer-due' };

/** The command of one type. */
export type CommandOf<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;
