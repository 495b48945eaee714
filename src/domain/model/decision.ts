/** Defines the result of a decision: the order to save, its new effects, and the discrepancies found. */
import type { Customer, Order } from './order.js';
import type { CallbackAction, CallbackClass, ProfileRequest } from './effect.js';
import type { PaymentRequestKind, PaymentTerms } from './payment.js';
import type { Refusal } from './refusal.js';
import type { ChargerCapabilities, ConnectorState, SaleStop } from './network.js';
import type { Json } from './object.js';
import type { SessionPolicy } from './policy.js';
import type { Slot } from './reservation.js';

/** A new effect of a decision. The bridge numbers it, renders it if it is a callback, and saves it with the order. */
export type EffectDraft =
  | {
      readonly kind: 'remote-start';
      readonly notAfter: number;
      readonly profile?: ProfileRequest;
    }
  | {
      readonly kind: 'set-charging-profile';
      readonly profile: ProfileRequest;
      readonly startsAt: number;
      readonly notAfter: number;
    }
  | { readonly kind: 'clear-charging-profile'; readonly notAfter: number }
  | {
      readonly kind: 'reserve';
      readonly reservationId: number;
      readonly expiresAt: number;
      readonly notAfter: number;
    }
  | { readonly kind: 'cancel-reservation'; readonly reservationId: number; readonly notAfter: number }
  | { readonly kind: 'remote-stop' }
  | {
      readonly kind: PaymentRequestKind;
      readonly key: string;
      readonly amount: number;
      readonly mode?: PaymentTerms['mode'];
      readonly until?: number;
      readonly total?: number;
      readonly missing?: number;
      readonly reference?: string;
    }
  | { readonly kind: 'unlock-connector'; readonly until: number }
  | {
      readonly kind: 'callback';
      readonly action: CallbackAction;
      readonly class: CallbackClass;
      /** The message id of the request that this callback answers. Absent: an unsolicited callback with a new id. */
      readonly inReplyTo?: string;
    };

/** A mismatch that a person should look at. */
export interface DiscrepancyDraft {
  readonly kind: DiscrepancyKind;
  readonly detail: string;
  /** In a unit that depends on the kind: Wh, minor units, W, minutes, or a number of readings or messages. */
  readonly amount?: number;
  /** Identifies the discrepancy, so that it is opened only once. */
  readonly key?: string;
}

export type DiscrepancyKind =
  | 'unmatched-transaction'
  | 'unmatched-stop'
  | 'transaction-contradiction'
  | 'start-assumed'
  | 'stop-assumed'
  | 'duplicate-start'
  | 'late-start'
  | 'late-stop'
  | 'meter-implausible'
  | 'meter-mismatch'
  | 'meter-missing'
  | 'messages-missing'
  | 'meter-scale'
  | 'meter-reset'
  | 'meter-assumed'
  | 'power-rating-contradicted'
  | 'clock-stepped'
  | 'store-damaged'
  | 'meter-gap'
  | 'end-inferred'
  | 'reservation-not-accepted'
  | 'slot-lost'
  | 'overshoot'
  | 'stop-not-obeyed'
  | 'closed-by-operator'
  | 'payment-mismatch'
  | 'payment-unmatched'
  | 'payment-failed'
  | 'payment-pending'
  | 'payment-reversed'
  | 'payment-overdue'
  | 'payment-link-open'
  | 'statement-payment-unknown'
  | 'statement-payment-missing'
  | 'statement-amount-differs'
  | 'statement-currency-differs'
  | 'statement-refund-unknown'
  | 'statement-refund-missing'
  | 'cable-locked'
  | 'charger-quarantined'
  | 'message-set-aside'
  | 'callback-undeliverable'
  | 'callback-refused'
  | 'callback-invalid'
  | 'catalogue-rejected';

export type Decision = Accepted | Refused;

export interface Accepted {
  readonly order: Order;
  readonly effects: readonly EffectDraft[];
  readonly discrepancies: readonly DiscrepancyDraft[];
  /**
   * `none`: the order is unchanged. `meter`: only its running meter has changed, or something that may be lost in a
   * restart, so the journal entry of the readings is enough. `document`: the order itself must be saved.
   */
  readonly save: 'none' | 'meter' | 'document';
  /** Whether to request a new reading from the charger. Best effort, never saved. */
  readonly triggerMeterValues?: boolean;
  /** Whether to ask the charger if the transaction is running. Best effort, never saved. */
  readonly checkTransaction?: boolean;
  /** Whether to ask the charger to end the transaction of an order that has ended. Best effort, never saved. */
  readonly goesOnAfterEnd?: true;
  /** What the charger's display should show, if it has one. Best effort, never saved. */
  readonly costDisplay?: 'price' | 'running' | 'final';
  /** How long the charger took to obey a RemoteStop, ms; used to time the stops of later sessions. */
  readonly stopLatencyMs?: number;
  /** A quirk that the readings of an ended session suggest. It is shown to the operator, never set automatically. */
  readonly suggestedQuirk?: SuggestedQuirk;
  /** Energy delivered beyond the limit of an ended session, Wh; absent if it is within rounding errors. */
  readonly overshootWh?: number;
  /** The idTag status in the response to a StartTransaction or TransactionEvent. */
  readonly idTagStatus?: 'accepted' | 'expired' | 'blocked' | 'concurrent';
}

export interface SuggestedQuirk {
  readonly quirk: 'kwh-labelled-wh' | 'wh-labelled-kwh' | 'kwh-without-unit-at-end';
  /** One sentence about the readings that suggest the quirk. */
  readonly evidence: string;
}

export interface Refused {
  readonly refusal: Refusal;
}

/** What decides whether a connector can be sold. */
export interface SaleStatus {
  /** The state shown to buyer apps: Unavailable while the charge point is not connected. */
  readonly state: ConnectorState;
  /** `away`: not ready, but it may return while an order waits. `gone`: not ready for longer than an order waits. */
  readonly charger: 'ready' | 'away' | 'gone';
  /**
   * Why nothing is sold at the charge point, now or later: it is quarantined because two clients claim it, its
   * BootNotifications are not accepted, or it is not for sale according to the network file.
   */
  readonly outOfService?: 'quarantined' | 'not accepted' | 'planned' | 'withdrawn' | 'removed';
  /** The present and future periods in which operators do not sell the connector. */
  readonly outOfSale?: readonly SaleStop[];
  /** Set if another order holds the connector. */
  readonly isOrdered?: true;
}

/** What a decision may depend on besides the order and the command. */
export interface DecisionContext {
  /** Epoch ms. */
  readonly now: number;
  readonly policy: SessionPolicy;
  /** Rated power of the connector, W; a high assumed one if the connector is no longer configured. */
  readonly maxPowerW: number;
  /** Slots of other orders on the connector; set for `select`, `init` and `confirm`. */
  readonly bookedSlots?: readonly Slot[];
  /** Set for `select`, `init` and `confirm`. */
  readonly sale?: SaleStatus;
  /** Absent if unknown, and for `record-sample`, because a session keeps the capabilities that it began with. */
  readonly capabilities?: ChargerCapabilities;
  /** The ids, buyer app and reply context of the order that the command may create. */
  readonly newOrder?: {
    readonly orderId: string;
    readonly quoteId: string;
    readonly customer: Customer;
    readonly becknTransactionId: string;
    readonly replyContext: Json;
  };
}
