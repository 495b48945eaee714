/** The result of a decision: the order to save, the effects that it owes, and the discrepancies found. */
import type { Customer, Order } from './order.js';
import type { CallbackAction, CallbackClass, ProfileRequest } from './effect.js';
import type { PaymentRequestKind, PaymentTerms } from './payment.js';
import type { Refusal } from './refusal.js';
import type { ChargerCapabilities } from './charger-capabilities.js';
import type { Json } from './object.js';
import type { SessionPolicy } from './policy.js';
import type { Slot } from './reservation.js';

/** An effect as the domain states it. The bridge numbers it, renders it and saves it with the order. */
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
    }
  | { readonly kind: 'unlock-connector'; readonly until: number }
  | {
      readonly kind: 'callback';
      readonly action: CallbackAction;
      readonly class: CallbackClass;
      /** The message id of the request that this callback answers; an unsolicited callback gets a new id. */
      readonly inReplyTo?: string;
    };

/** A mismatch that a person should look at. */
export interface DiscrepancyDraft {
  readonly kind: DiscrepancyKind;
  readonly detail: string;
  /** Wh or minor units, depending on the kind. */
  readonly amount?: number;
  /** A finding with the same key is the same discrepancy. */
  readonly key?: string;
}

export type DiscrepancyKind =
  | 'unmatched-transaction'
  | 'unmatched-stop'
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
  | 'meter-gap'
  | 'end-inferred'
  | 'reservation-not-accepted'
  | 'slot-lost'
  | 'overshoot'
  | 'stop-not-obeyed'
  | 'payment-mismatch'
  | 'payment-unmatched'
  | 'payment-failed'
  | 'payment-overdue'
  | 'statement-payment-unknown'
  | 'statement-payment-missing'
  | 'statement-amount-differs'
  | 'statement-currency-differs'
  | 'statement-refund-unknown'
  | 'statement-refund-missing'
  | 'cable-locked'
  | 'charger-quarantined'
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
   * `none`: nothing changed. `meter`: only the running meter moved, so a journal entry is enough.
   * `document`: the order itself must be saved.
   */
  readonly save: 'none' | 'meter' | 'document';
  /** Request a new reading from the charger, near a limit. Best effort, never saved. */
  readonly triggerMeterValues?: boolean;
  /** Show the price or the cost on the charger's display, if it has one. Best effort, never saved. */
  readonly costDisplay?: 'price' | 'running' | 'final';
  /** How long this charger took to obey a RemoteStop, ms; kept for later sessions. */
  readonly stopLatencyMs?: number;
  /** A quirk that the readings of an ended session point to. It is shown to the operator, never switched on. */
  readonly suggestedQuirk?: SuggestedQuirk;
  /** Energy beyond the limit of an ended session that rounding does not explain, Wh. */
  readonly overshootWh?: number;
  /** The idTag status in the response to a StartTransaction or TransactionEvent. */
  readonly idTagStatus?: 'accepted' | 'expired' | 'blocked' | 'concurrent';
}

export interface SuggestedQuirk {
  readonly quirk: 'kwh-labelled-wh' | 'wh-labelled-kwh' | 'kwh-without-unit-at-end';
  /** The readings that point to it, in a sentence. */
  readonly evidence: string;
}

export interface Refused {
  readonly refusal: Refusal;
}

/** The facts that a decision may use besides the order. */
export interface DecisionContext {
  /** Epoch ms. */
  readonly now: number;
  readonly policy: SessionPolicy;
  /** Rated power of the ordered connector, W. */
  readonly maxPowerW: number;
  /** Slots of other orders on the ordered connector, when an order is quoted or confirmed. */
  readonly bookedSlots?: readonly Slot[];
  /** What the charger can do to hold a limit, when a session may begin. */
  readonly capabilities?: ChargerCapabilities;
  /** The ids and the buyer app of an order that does not exist yet. */
  readonly newOrder?: {
    readonly orderId: string;
    readonly quoteId: string;
    readonly customer: Customer;
    readonly becknTransactionId: string;
    readonly replyContext: Json;
  };
}
