/** Defines the charging order: one JSON-safe document that contains its session and its pending effects. */
import type { CallbackAction, Effect, ProfileRequest } from './effect.js';
import type { Reservation } from './reservation.js';
import type { ConnectorRef, ConnectorState } from './network.js';
import type { Tariff, BuyerFinderFee, Offer } from './tariff.js';
import type { Posting } from './posting.js';
import type { Payment } from './payment.js';
import type { Json } from './object.js';
import type { ActiveProfile, Caps, Session } from './session.js';
import type { Bill, Limit, Quote } from './quote.js';

/**
 * - `draft`        selected or initiated, not confirmed
 * - `confirmed`    the start waits for the charger to connect, the slot to begin or the buyer to request it
 * - `starting`     a RemoteStart is pending or sent; no transaction has begun
 * - `charging`     a transaction is running and energy may flow
 * - `suspended`    a transaction is running, but the EV or the EVSE has paused the energy
 * - `offline`      a transaction is running, but the charger's socket is closed
 * - `stopping`     a RemoteStop is pending or sent; the transaction has not ended
 * - `provisional`  the end was inferred; the stop message may still arrive
 * - `completed`, `cancelled`, `failed`  terminal
 */
export type OrderState = (typeof ORDER_STATES)[number];

/** All states of an order, from first to last. */
export const ORDER_STATES = [
  'draft',
  'confirmed',
  'starting',
  'charging',
  'suspended',
  'offline',
  'stopping',
  'provisional',
  'completed',
  'cancelled',
  'failed',
] as const;

/** A Beckn buyer app (BAP) that places orders, and how to reach it. */
export interface BuyerApp {
  readonly kind: 'buyer-app';
  /** Name of the Beckn network in which the buyer app ordered, such as `main`. */
  readonly network: string;
  readonly bapId: string;
  readonly bapUri: string;
  /** Name of the dialect in which callbacks are written. */
  readonly dialect: string;
  /** Intervals between progress callbacks, instead of the policy's; 0 turns an interval off. */
  readonly progressMs?: number;
  readonly progressWh?: number;
}

export type Customer = BuyerApp;

/** The charging profile of a RemoteStart, and the caps that it was calculated from. */
export type StartProfile = ProfileRequest & Pick<ActiveProfile, 'capWh' | 'capMs'>;

/** The state of an order's RemoteStart. */
export interface RemoteStart {
  /** When the start was requested: by `confirm`, by the buyer's `start`, or at the beginning of the slot; epoch ms. */
  readonly requestedAt: number;
  /** The transaction must begin by this time; epoch ms. */
  readonly deadline: number;
  /** Number of RemoteStarts that the charger may have received. */
  readonly attempts: number;
  readonly answer?: 'accepted' | 'rejected' | 'unknown';
  readonly answeredAt?: number;
  /** The transaction id in the response (2.x). */
  readonly transactionId?: string;
  /** When to check whether the RemoteStart should be sent again; epoch ms. */
  readonly recheckAt?: number;
  /** True if the RemoteStart carries a charging profile; false if the charger rejected a RemoteStart with one. */
  readonly withProfile?: boolean;
  /** The profile that the last RemoteStart carries, if any. Absent in orders started before 0.3.0. */
  readonly profile?: StartProfile;
  /** Set if our time may leave out part of the time since the request, because the host's clock was set back. */
  readonly missedTime?: true;
}

export type EndCode =
  | 'stopped-by-buyer'
  | 'limit-reached'
  | 'stopped-at-charger'
  | 'stopped-by-operator'
  | 'charger-fault'
  | 'power-loss'
  | 'end-inferred'
  | 'cancelled-by-buyer'
  | 'cancelled-by-operator'
  | 'charger-offline'
  | 'start-rejected'
  | 'charger-quarantined'
  | 'start-timeout'
  | 'start-not-asked'
  | 'not-confirmed'
  | 'payment-withdrawn'
  | 'connector-taken'
  | 'connector-faulted'
  | 'closed-by-operator';

/** A callback that answers a start, a stop or a cancel, and waits for the outcome until its deadline. */
export interface DeferredCallback {
  readonly awaits: 'start' | 'end';
  readonly action: CallbackAction;
  readonly messageId: string;
  /** When the callback is sent even if the outcome is not known yet; epoch ms. */
  readonly until: number;
}

export interface Outcome {
  readonly code: EndCode;
  /** One sentence for the buyer. */
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Identifies a request that this order has already handled, so that a repeat is recognised. */
export interface RequestFingerprint {
  readonly action: string;
  readonly messageId: string;
  readonly digest: string;
}

/** The deadlines of an order, set once, on `confirm`. Epoch ms. */
export interface OrderDeadlines {
  /** No RemoteStart is sent and no session is awaited after this time. */
  readonly startBy: number;
  /** The session is stopped at this time, whatever it reports. */
  readonly endBy: number;
}

/** Who closed an order by hand, and why. */
interface Closure {
  readonly name: string;
  readonly reason: string;
  /** Epoch ms. */
  readonly at: number;
}

export interface Order {
  readonly id: string;
  /** Increases by one with each save; 0 means never saved. */
  readonly version: number;
  readonly state: OrderState;
  readonly customer: Customer;
  readonly becknTransactionId: string;
  /** What the dialect needs for the context of a callback, such as domain, version and location. */
  readonly replyContext: Json;
  readonly connector: ConnectorRef;
  readonly limit: Limit;
  readonly tariff: Tariff;
  /** The discount and the buyer app's fee that apply to the quote. */
  readonly offer?: Offer;
  readonly buyerFinderFee?: BuyerFinderFee;
  readonly quote: Quote;
  /** True once an init has been accepted. */
  readonly initiated: boolean;
  /** True once an init holds the connector, false once the draft has released it. Absent if no init held it. */
  readonly connectorHeld?: boolean;
  readonly billing?: Json;
  /** Fields of the buyer's requests that the callbacks repeat, such as payment method and user info. */
  readonly passthrough?: Json;
  readonly payment?: Payment;
  /**
   * Upper limit of the bill, minor units: the total of the confirmed quote; 0 before `confirm`. The amount that the
   * payment provider has authorised is `payment.authorisedAmount`.
   */
  readonly authorised: number;
  readonly caps: Caps;
  /** 16 characters of upper-case base32, used for this order only; links the transaction to the order. */
  readonly idTag?: string;
  readonly remoteStart?: RemoteStart;
  /** Absent before `confirm`, and in orders confirmed before 0.3.0. */
  readonly deadlines?: OrderDeadlines;
  readonly session?: Session;
  /** Set while charging waits for the buyer app's `start`. */
  readonly awaitsBuyerStart?: true;
  readonly deferredCallback?: DeferredCallback;
  /** The buyer's reason for the cancellation, as received. */
  readonly cancelReason?: Json;
  /** The booked slot, if the buyer booked a time. */
  readonly slot?: Reservation;
  readonly bill?: Bill;
  /** State of the UnlockConnector request after a postpaid session. */
  readonly cable?: 'unlock-requested' | 'unlocked' | 'locked';
  readonly outcome?: Outcome;
  readonly closedBy?: Closure;
  /** The connector's state as last recorded in this order; callbacks report it. */
  readonly connectorState: ConnectorState;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Oldest first; postings are only ever appended. */
  readonly ledger?: readonly Posting[];
  readonly effects: readonly Effect[];
  readonly nextEffectSeq: number;
  readonly handledRequests: readonly RequestFingerprint[];
}

const TERMINAL: ReadonlySet<OrderState> = new Set(['completed', 'cancelled', 'failed']);
const ACTIVE: ReadonlySet<OrderState> = new Set([
  'confirmed',
  'starting',
  'charging',
  'suspended',
  'offline',
  'stopping',
]);

/** Checks whether the order has ended. Its payment may still be open. */
export function isTerminal(order: Pick<Order, 'state'>): boolean {
  return TERMINAL.has(order.state);
}

/** Checks whether the order is confirmed, and neither ended nor provisional. */
export function isActive(order: Pick<Order, 'state'>): boolean {
  return ACTIVE.has(order.state);
}

/** Checks whether the order occupies its connector: it is active and, if it has a slot, the slot has begun. */
export function holdsConnector(order: Pick<Order, 'state' | 'slot'>): boolean {
  return ACTIVE.has(order.state) && (order.slot === undefined || order.slot.begun === true);
}

/** Checks whether a draft holds its connector, or its slot, for its buyer. */
export function isHoldingDraft(order: Pick<Order, 'state' | 'connectorHeld'>): boolean {
  return order.state === 'draft' && order.connectorHeld === true;
}

/** Checks whether the order owns its connector's lease: it occupies the connector, or is a draft that holds it now. */
export function claimsConnector(order: Pick<Order, 'state' | 'slot' | 'connectorHeld'>): boolean {
  return holdsConnector(order) || (isHoldingDraft(order) && order.slot === undefined);
}

/**
 * Checks whether the order is unfinished: it is confirmed and has not ended, it is a draft that holds its connector,
 * it has pending effects, or it waits for a payment or a payment link.
 */
export function isOpen(order: Pick<Order, 'state' | 'effects' | 'payment' | 'connectorHeld'>): boolean {
  const { payment } = order;
  const waits = payment?.dueAt !== undefined || payment?.awaitingLink !== undefined;
  return (order.state !== 'draft' && !isTerminal(order)) || order.effects.length > 0 || waits || isHoldingDraft(order);
}

/** The network of trial orders, which operators place on their own bridge. There is no buyer, so nothing is posted. */
export const TRIAL_NETWORK = 'trial';

export function isTrial({ customer }: Pick<Order, 'customer'>): boolean {
  return customer.network === TRIAL_NETWORK;
}

/**
 * Returns the lookup key of a buyer app. The same BAP id in another network is a different buyer app.
 * @shape `network/bapId`, which is unambiguous because the name of a network contains no slash.
 */
export function buyerKey({ network, bapId }: Pick<BuyerApp, 'network' | 'bapId'>): string {
  return `${network}/${bapId}`;
}

/** Returns the key of a connector, which is also the key of its lease. */
export function connectorKey(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): string {
  return `${ref.chargePointId}/${ref.connectorId}`;
}

/** Returns the key by which idTags are compared, ignoring case. @source OCPP 1.6 §7.28, CiString20Type */
export function idTagKey(idTag: string): string {
  return idTag.toUpperCase();
}

export function sameIdTag(a: string, b: string): boolean {
  return idTagKey(a) === idTagKey(b);
}
