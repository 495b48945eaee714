/** What an order owes to the outside, saved with it in one write. */

import type { PaymentRequestKind, PaymentTerms } from './payment.js';

/** Beckn actions that we call at the buyer app. */
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
 * How a callback is kept:
 * `answer` and `state` until its horizon; `progress` only the newest; `terminal` longest of all.
 */
export type CallbackClass = 'answer' | 'state' | 'progress' | 'terminal';

/** Something owed to the outside, saved with the order that owes it. */
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
  readonly createdAt: number;
  /** Times it was put on the wire, saved before each. */
  readonly attempts: number;
  /** Not before; epoch ms. */
  readonly dueAt: number;
}

export interface RemoteStartEffect extends EffectBase {
  readonly kind: 'remote-start';
  /** After this it must not be sent any more; epoch ms. */
  readonly notAfter: number;
  readonly profile?: ProfileRequest;
}

/** So many watts for so long, then none. */
export interface ProfileRequest {
  readonly limitW: number;
  readonly seconds: number;
}

/** A plan for the running transaction. */
export interface SetChargingProfileEffect extends EffectBase {
  readonly kind: 'set-charging-profile';
  readonly profile: ProfileRequest;
  /** When its time begins, by the charger's own clock, epoch ms. */
  readonly startsAt: number;
  /** Later it would allow too much; epoch ms. */
  readonly notAfter: number;
}

/** Takes the plan of an ended transaction out of a charger that has kept it. */
export interface ClearChargingProfileEffect extends EffectBase {
  readonly kind: 'clear-charging-profile';
  /** Not worth sending any more; epoch ms. */
  readonly notAfter: number;
}

/** Asks the charger to keep the connector for the order's tag. */
export interface ReserveEffect extends EffectBase {
  readonly kind: 'reserve';
  readonly reservationId: number;
  readonly expiresAt: number;
  /** When the slot has begun it is started instead; epoch ms. */
  readonly notAfter: number;
}

export interface CancelReservationEffect extends EffectBase {
  readonly kind: 'cancel-reservation';
  readonly reservationId: number;
  /** It runs out by itself then; epoch ms. */
  readonly notAfter: number;
}

/** Asked of the payment provider until it has answered; a repeat under the same key is the same. */
export interface PaymentEffect extends EffectBase {
  readonly kind: PaymentRequestKind;
  /** The idempotency key: out of the order, the same on every attempt and after every restart. */
  readonly key: string;
  /** Minor units; 0 in a capture lets go of what is held. */
  readonly amount: number;
  /** Of a request: how it is collected, and until when it may be paid, epoch ms. */
  readonly mode?: PaymentTerms['mode'];
  readonly until?: number;
  readonly lastError?: string;
}

/** Lets the cable of an ended session go. */
export interface UnlockConnectorEffect extends EffectBase {
  readonly kind: 'unlock-connector';
  /** Whoever charges there later keeps the cable; epoch ms. */
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
  /** The whole message as it will be sent, byte for byte on every attempt; only the signature is fresh. */
  readonly body: string;
  /** Given up after this; epoch ms. */
  readonly giveUpAt: number;
  readonly lastError?: string;
}
