/** What an order owes to the outside; saved with the order in one write. */

import type { PaymentRequestKind, PaymentTerms } from './payment.js';

/** Beckn actions that we call on a buyer app. */
export type CallbackAction =
  | 'on_search'
  | 'on_discover'
  | 'on_select'
  | 'on_init'
  | 'on_confirm'
  | 'on_status'
  | 'on_update'
  | 'on_cancel'
  | 'on_track'
  | 'on_support'
  | 'on_rating'
  | 'on_rate'
  | 'cancellation_reasons'
  | 'rating_categories';

/**
 * How long a callback is retried: `answer` and `state` until their deadline, `terminal` longest.
 * Of several `progress` callbacks only the newest is kept.
 */
export type CallbackClass = 'answer' | 'state' | 'progress' | 'terminal';

/** Something that the order owes to the outside. */
export type Effect =
  | RemoteStartEffect
  | RemoteStopEffect
  | SetChargingProfileEffect
  | ClearChargingProfileEffect
  | ReserveEffect
  | CancelReservationEffect
  | PaymentEffect
  | UnlockConnectorEffect
  | CallbackEffect;

interface EffectBase {
  /** Unique in its order, rising. */
  readonly seq: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Number of sends so far; saved before each send. */
  readonly attempts: number;
  /** Not sent before this time; epoch ms. */
  readonly dueAt: number;
}

export interface RemoteStartEffect extends EffectBase {
  readonly kind: 'remote-start';
  /** Not sent after this time; epoch ms. */
  readonly notAfter: number;
  readonly profile?: ProfileRequest;
}

/** A request for power up to a limit for some time, and for no power after that. */
export interface ProfileRequest {
  readonly limitW: number;
  /** Counted from the start of the profile. */
  readonly seconds: number;
}

/** Sets the charging profile of the running transaction. */
export interface SetChargingProfileEffect extends EffectBase {
  readonly kind: 'set-charging-profile';
  readonly profile: ProfileRequest;
  /** When the profile's time begins, by the charger's own clock; epoch ms. */
  readonly startsAt: number;
  /** Not sent after this time, because it would then allow too much energy; epoch ms. */
  readonly notAfter: number;
}

/** Clears the charging profile of an ended transaction from chargers that do not drop it themselves. */
export interface ClearChargingProfileEffect extends EffectBase {
  readonly kind: 'clear-charging-profile';
  /** Not worth sending after this time; epoch ms. */
  readonly notAfter: number;
}

/** Asks the charger to reserve the connector for the order's idTag. */
export interface ReserveEffect extends EffectBase {
  readonly kind: 'reserve';
  readonly reservationId: number;
  /** When the reservation ends at the charger; epoch ms. */
  readonly expiresAt: number;
  /** The beginning of the slot, from when the order is started instead; epoch ms. */
  readonly notAfter: number;
}

export interface CancelReservationEffect extends EffectBase {
  readonly kind: 'cancel-reservation';
  readonly reservationId: number;
  /** When the reservation ends by itself; epoch ms. */
  readonly notAfter: number;
}

/**
 * A request to the payment provider. It is repeated until it is answered, under a key that makes repeats harmless, and
 * owed until its result is seen in the provider's totals.
 */
export interface PaymentEffect extends EffectBase {
  readonly kind: PaymentRequestKind;
  /** The idempotency key; derived from the order, so it is the same on every attempt and after a restart. */
  readonly key: string;
  /** Minor units; a capture of 0 releases the authorised amount. */
  readonly amount: number;
  /** Of a payment request: how the money is collected, and until when the buyer may pay, epoch ms. */
  readonly mode?: PaymentTerms['mode'];
  readonly until?: number;
  /** Of a refund: the provider's total once it is done, minor units. */
  readonly total?: number;
  /** The provider's id of the payment, if it is not the order's current one; of a link once it is known. */
  readonly reference?: string;
  /** When the provider answered, epoch ms. From then on the payment is looked up. */
  readonly answeredAt?: number;
  readonly lastError?: string;
}

/** Releases the cable of an ended session. */
export interface UnlockConnectorEffect extends EffectBase {
  readonly kind: 'unlock-connector';
  /** Not sent after this time, when the cable may belong to another session; epoch ms. */
  readonly until: number;
}

export interface RemoteStopEffect extends EffectBase {
  readonly kind: 'remote-stop';
}

export interface CallbackEffect extends EffectBase {
  readonly kind: 'callback';
  readonly action: CallbackAction;
  readonly class: CallbackClass;
  readonly messageId: string;
  /** The whole message, sent byte for byte on every attempt; only the signature is new. */
  readonly body: string;
  /** No attempt is made after this time; epoch ms. */
  readonly giveUpAt: number;
  readonly lastError?: string;
}
