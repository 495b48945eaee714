/** What a decision says: the order as it should be saved, and what is owed because of it. */
import type { CallbackAction, CallbackClass, Order, WantedPlan } from './order.js';
import type { PaymentErrand, PaymentTerms } from './payment.js';
import type { Refusal } from './refusal.js';

/** An effect as the heart wants it; the bridge numbers it, renders it and saves it with the order. */
export type WantedEffect =
  | {
      readonly kind: 'remote-start';
      readonly notAfter: number;
      readonly plan?: WantedPlan;
    }
  | {
      readonly kind: 'power-plan';
      readonly plan: WantedPlan;
      readonly startsAt: number;
      readonly notAfter: number;
    }
  | { readonly kind: 'clear-plan'; readonly notAfter: number }
  | {
      readonly kind: 'reserve';
      readonly reservationId: number;
      readonly expiresAt: number;
      readonly notAfter: number;
    }
  | { readonly kind: 'cancel-reservation'; readonly reservationId: number; readonly notAfter: number }
  | { readonly kind: 'remote-stop' }
  | {
      readonly kind: PaymentErrand;
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
      /** The message id of the request that this answers; absent for an unasked one, which gets a fresh id. */
      readonly answers?: string;
    };

/** A mismatch that a person should look at. */
export interface WantedRow {
  readonly kind: RowKind;
  readonly detail: string;
  /** Wh or minor units, as the kind says. */
  readonly amount?: number;
  /** The same finding told again is the same row. */
  readonly key?: string;
}

export type RowKind =
  | 'orphan-transaction'
  | 'orphan-stop'
  | 'duplicate-start'
  | 'late-start'
  | 'late-stop'
  | 'meter-held'
  | 'meter-disagrees'
  | 'meter-missing'
  | 'messages-missing'
  | 'meter-scale'
  | 'meter-hole'
  | 'end-inferred'
  | 'reservation-open'
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
  | 'cable-held'
  | 'charger-quarantined'
  | 'callback-undeliverable'
  | 'callback-refused'
  | 'callback-invalid'
  | 'catalogue-rejected';

export type Decision = Accepted | Refused;

export interface Accepted {
  readonly order: Order;
  readonly effects: readonly WantedEffect[];
  readonly rows: readonly WantedRow[];
  /**
   * `none`: nothing changed. `meter`: only the running meter moved, a journal entry is enough.
   * `document`: the order itself must be saved.
   */
  readonly save: 'none' | 'meter' | 'document';
  /** Ask the charger for a fresh reading: near a limit. Best effort, never saved. */
  readonly askMeter?: boolean;
  /** Have the charger show what it charges for, where it can. Best effort, never saved. */
  readonly show?: 'price' | 'running' | 'final';
  /** How long this charger took to obey a RemoteStop, ms: worth remembering. */
  readonly stopLatencyMs?: number;
  /** The answer that a StartTransaction gets: whether the tag may charge. */
  readonly tag?: 'accepted' | 'expired' | 'blocked' | 'concurrent';
}

export interface Refused {
  readonly refusal: Refusal;
}
