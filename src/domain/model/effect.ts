/** Defines effects: commands, callbacks and payment requests that are saved with the order before they are sent. */

import type { PaymentRequestKind, PaymentTerms } from './payment.js';

/** Beckn actions of the callbacks that we send to a buyer app. */
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
 * Determines how long a callback is retried (see `SessionPolicy.giveUpAfterMs`). A newer `progress`, `state` or
 * `terminal` callback replaces an unsent `progress` callback.
 */
export type CallbackClass = 'answer' | 'state' | 'progress' | 'terminal';

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
  /** Unique within the order and increasing. */
  readonly seq: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /**
   * Number of attempts so far: saved before a remote start is sent, and after each failed attempt at a callback or a
   * payment request. Attempts at other commands are not counted, nor is a look-up before a refund.
   */
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

/** A charging profile that allows power up to a limit for some time, and none after that. */
export interface ProfileRequest {
  readonly limitW: number;
  /** How long power is allowed, from the start of the schedule. */
  readonly seconds: number;
}

/** Sets the charging profile of the running transaction. */
export interface SetChargingProfileEffect extends EffectBase {
  readonly kind: 'set-charging-profile';
  readonly profile: ProfileRequest;
  /** When the profile's schedule starts, by the charger's own clock; epoch ms. */
  readonly startsAt: number;
  /** Not sent after this time, because it would then allow more energy than was calculated; epoch ms. */
  readonly notAfter: number;
}

/**
 * Clears the session's charging profile: after the transaction, because some chargers keep it; or during it, if the
 * charger has rejected a newer profile, because the previous one would cut the power too early.
 */
export interface ClearChargingProfileEffect extends EffectBase {
  readonly kind: 'clear-charging-profile';
  /** Not sent after this time; epoch ms. */
  readonly notAfter: number;
}

/** Asks the charger to reserve the connector for the order's idTag. */
export interface ReserveEffect extends EffectBase {
  readonly kind: 'reserve';
  readonly reservationId: number;
  /** When the reservation ends at the charger; epoch ms. */
  readonly expiresAt: number;
  /** The beginning of the slot, epoch ms; from then on a RemoteStart is sent instead. */
  readonly notAfter: number;
}

export interface CancelReservationEffect extends EffectBase {
  readonly kind: 'cancel-reservation';
  readonly reservationId: number;
  /** When the reservation expires anyway; epoch ms. */
  readonly notAfter: number;
}

/**
 * A request to the payment provider. It is repeated until it is answered or given up, under a key that makes repeats
 * harmless. It stays open until the provider's totals show its result, or the deadline for that has passed.
 */
export interface PaymentEffect extends EffectBase {
  readonly kind: PaymentRequestKind;
  /** The idempotency key, which is the same on every attempt. */
  readonly key: string;
  /** Minor units; a capture of 0 releases what is held. */
  readonly amount: number;
  /** Only for a `payment-request`: how the money is collected, and until when the buyer may pay, epoch ms. */
  readonly mode?: PaymentTerms['mode'];
  readonly until?: number;
  /** Only for a refund or capture: the provider's total once the request is done, minor units. */
  readonly total?: number;
  /**
   * What the newest report shows as missing, minor units. For a release, and for a capture that has reached its total,
   * this is what is still held. Absent until a report shows something other than `amount`.
   */
  readonly missing?: number;
  /** The provider's id of the payment; absent for the current payment, and for a link until the provider names it. */
  readonly reference?: string;
  /** Only for a refund: when it was first sent, epoch ms; saved just before. Until then, new totals can cancel it. */
  readonly sentAt?: number;
  /** When the provider answered, epoch ms. From then on the payment is looked up. */
  readonly answeredAt?: number;
  /** Only for a payment link: when a look-up after its expiry and grace period first showed it unpaid, epoch ms. */
  readonly unpaidAt?: number;
  /** Only for a payment link: it is still open long after its expiry, so we ask the provider to close it. */
  readonly leftOpen?: true;
  readonly lastError?: string;
}

/** Releases the cable of an ended session. */
export interface UnlockConnectorEffect extends EffectBase {
  readonly kind: 'unlock-connector';
  /** Not sent after this time, because the cable may then belong to another session; epoch ms. */
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
  /** The whole message. Every attempt sends the same bytes; only the signature is renewed. */
  readonly body: string;
  /** No attempt is made after this time; epoch ms. */
  readonly giveUpAt: number;
  readonly lastError?: string;
}
