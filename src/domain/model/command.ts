/** What may be asked of an order. Imperatives; every one carries what the decision needs and nothing more. */
import type { TransactionLimitKind } from './charger-capabilities.js';
import type { ConnectorState, Site } from './network.js';
import type { PaymentRequestKind, PaymentTerms, ProviderPayment, Payment } from './payment.js';
import type { RequestFingerprint } from './order.js';
import type { Limit } from './quote.js';
import type { StopReason } from './session.js';
import type { Json } from './object.js';
import type { Slot } from './reservation.js';
import type { RequestedTerms } from './quote-terms.js';

/** The request that a command answers; its callback carries the same message id. */
export interface ReceivedRequest extends RequestFingerprint {
  readonly at: number;
}

/** One reading of a meter, normalised by the version that read it. Absent means not measured. */
export interface MeterSample {
  /** Charger time, epoch ms. */
  readonly at: number;
  /** Our time, epoch ms, when that is not now: a reading that is read again after a restart. */
  readonly receivedAt?: number;
  /** Energy.Active.Import.Register, Wh, rounded half up. */
  readonly registerWh?: number;
  /** Energy.Active.Import.Interval, Wh: what flowed since the sample before. */
  readonly intervalWh?: number;
  readonly powerW?: number;
  readonly voltage?: number;
  readonly current?: number;
  /** Percent. */
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
      /** Its connector is kept for it while its quote stands. */
      readonly holdsConnector?: true;
      readonly site: Site;
      readonly limit: Limit;
      readonly slot?: Slot;
      readonly terms?: RequestedTerms;
      readonly passthrough?: Json;
      readonly billing?: Json;
      /** How it will be paid, where that is not to the buyer app beforehand. */
      readonly paymentTerms?: PaymentTerms;
    }
  | {
      readonly type: 'confirm';
      readonly request: ReceivedRequest;
      /** What the confirm itself names; must agree with the draft, or makes one. */
      readonly site?: Site;
      readonly limit?: Limit;
      readonly slot?: Slot;
      readonly terms?: RequestedTerms;
      /** Fresh, from the store's sequence, where there is a slot. */
      readonly reservationId?: number;
      readonly passthrough?: Json;
      readonly billing?: Json;
      readonly payment: Payment | 'unpaid' | 'unstated';
      readonly paymentTerms?: PaymentTerms;
      /** `buyer`: a `start` will say when; else it starts at once. */
      readonly startsBy?: 'buyer';
      /** Fresh, from the random port. */
      readonly idTag: string;
      /** Whether the charger's socket is up now, and the connector's last word. */
      readonly chargerOnline: boolean;
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'update';
      readonly request: ReceivedRequest;
      readonly limit?: Limit;
      readonly passthrough?: Json;
      readonly billing?: Json;
      /** Another connector was named: only lawful before a session runs. */
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
      /** `when-over`: the answer tells the end, as far as it comes soon. At once unless said. */
      readonly reply?: 'at-end';
    }
  | {
      readonly type: 'cancel';
      readonly request?: ReceivedRequest;
      readonly by: 'buyer' | 'operator';
      readonly reason?: Json;
      /** What becomes of a session that runs: refused unless it may be stopped; the answer then tells its end. */
      readonly ifRunning?: 'stop';
    }
  // from a charger
  | { readonly type: 'charger-connected' }
  /** `restarted`: it is we who were away. */
  | { readonly type: 'charger-disconnected'; readonly restarted?: true }
  | { readonly type: 'charger-booted' }
  | {
      readonly type: 'connector-changed';
      readonly connectorState: ConnectorState;
    }
  | {
      readonly type: 'start-answered';
      /** `barred`: nothing may be started there until an operator says so. */
      readonly answer: 'accepted' | 'rejected' | 'unknown' | 'not-sent' | 'quarantined';
      readonly detail?: string;
      /** The transaction that was there already, when the charger says so (2.x). */
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
      /** `unable`: it has no reservations at all. */
      readonly answer: 'accepted' | 'rejected' | 'unsupported' | 'unknown' | 'not-sent';
      readonly detail?: string;
    }
  /** The charger does not keep the connector any more, in its own word for why. */
  | { readonly type: 'reservation-ended'; readonly reason: string }
  /** The slot has begun, and somebody else still holds the connector. */
  | { readonly type: 'slot-blocked' }
  /** A 2.1 station says which limits it keeps by itself now, or that one of them is reached. */
  | { readonly type: 'transaction-limits-set'; readonly limits: readonly TransactionLimitKind[] }
  | { readonly type: 'transaction-limit-reached'; readonly limit: TransactionLimitKind }
  | {
      readonly type: 'record-start';
      readonly transactionId: string;
      readonly startKey: string;
      readonly connectorId: number;
      /** Absent when the start did not say: the session counts from its first reading. */
      readonly meterStartWh?: number;
      /** Charger time, epoch ms. */
      readonly at: number;
      /** Said when it began on another connector than ordered: whether that one may serve instead. */
      readonly otherConnector?: {
        readonly free: boolean;
        readonly sameTariff: boolean;
      };
    }
  /** What the charger says of a transaction whose end is suspected: whether it goes on, whether messages of it wait. */
  | { readonly type: 'transaction-status-reported'; readonly ongoing: boolean; readonly messagesQueued: boolean }
  | {
      readonly type: 'record-sample';
      readonly samples: readonly MeterSample[];
      readonly journalSeq: number;
    }
  | {
      readonly type: 'record-stop';
      /** Absent or negative when the charger does not know. */
      readonly meterStopWh?: number;
      readonly at: number;
      readonly reason: string;
      readonly samples: readonly MeterSample[];
    }
  /** Another transaction began on the connector while this one was open: its end was lost. */
  | {
      readonly type: 'transaction-superseded';
      readonly meterStartWh: number;
      readonly at: number;
    }
  /** Somebody else's transaction began on the connector that this order was waiting for. */
  | { readonly type: 'connector-occupied' }
  // from a payment provider
  | {
      readonly type: 'payment-updated';
      readonly payment: ProviderPayment;
      /** It answers the request with this key. */
      readonly requestKey?: string;
    }
  /** It will not, or could not be reached for too long. */
  | {
      readonly type: 'payment-request-failed';
      readonly requestKind: PaymentRequestKind;
      /** Under which it was asked. */
      readonly key: string;
      readonly amount: number;
      readonly reason: string;
    }
  | { readonly type: 'unlock-answered'; readonly released: boolean; readonly detail: string }
  // from time
  | { readonly type: 'timer-due' };
