/** The charging order: one JSON-safe document that contains its session and its pending effects. */
import type { CallbackAction, Effect } from './effect.js';
import type { Reservation } from './reservation.js';
import type { ConnectorRef, ConnectorState } from './network.js';
import type { Tariff, BuyerFinderFee, Offer } from './tariff.js';
import type { Posting } from './posting.js';
import type { Payment } from './payment.js';
import type { Json } from './object.js';
import type { Caps, Session } from './session.js';
import type { Bill, Limit, Quote } from './quote.js';

/**
 * - `draft`        quoted or initiated, nothing promised
 * - `confirmed`    paid for or accepted; the start waits for the charger, the slot or the buyer
 * - `starting`     a RemoteStart is owed or sent, no transaction yet
 * - `charging`     a transaction runs and energy may flow
 * - `suspended`    a transaction runs and no energy flows (EV or EVSE paused)
 * - `offline`      a transaction runs and the socket is closed
 * - `stopping`     a RemoteStop is owed or sent, the transaction is still open
 * - `provisional`  the end is inferred, its message may still come
 * - `completed`, `cancelled`, `failed`  terminal
 */
export type OrderState =
  | 'draft'
  | 'confirmed'
  | 'starting'
  | 'charging'
  | 'suspended'
  | 'offline'
  | 'stopping'
  | 'provisional'
  | 'completed'
  | 'cancelled'
  | 'failed';

/** A Beckn buyer app (BAP) that places orders, and how to reach it. */
export interface BuyerApp {
  readonly kind: 'buyer-app';
  /** Name of the Beckn network that it belongs to; `main` is the first one. */
  readonly network: string;
  readonly bapId: string;
  readonly bapUri: string;
  /** The dialect's name; unsolicited callbacks go out in it. */
  readonly dialect: string;
  /** Progress is sent after this time or energy instead of the policy's; 0 switches that trigger off. */
  readonly progressMs?: number;
  readonly progressWh?: number;
}

/** The party that an order is for. */
export type Customer = BuyerApp;

/** The progress of the RemoteStart. */
export interface RemoteStart {
  /** When the confirm or the buyer's start was accepted, or the slot began; the start window begins here. Epoch ms. */
  readonly requestedAt: number;
  /** Latest time at which the transaction may begin; epoch ms. */
  readonly deadline: number;
  /** RemoteStarts that the charger may have received. */
  readonly attempts: number;
  readonly answer?: 'accepted' | 'rejected' | 'unknown';
  readonly answeredAt?: number;
  /** The transaction id in the response (2.x). */
  readonly transactionId?: string;
  /** When to check whether an unanswered or forgotten RemoteStart must be sent again; epoch ms. */
  readonly recheckAt?: number;
  /** The RemoteStart carries a charging profile. False: the charger rejected it, so the next one carries none. */
  readonly withProfile?: boolean;
}

export type EndCode =
  | 'stopped-by-buyer'
  | 'limit-reached'
  | 'stopped-at-charger'
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
  | 'connector-faulted';

/** A callback for a start or a stop that waits for the outcome, or until it would come too late. */
export interface DeferredCallback {
  readonly awaits: 'start' | 'end';
  readonly action: CallbackAction;
  readonly messageId: string;
  /** When the callback goes out with the state known by then, epoch ms. */
  readonly until: number;
}

export interface Outcome {
  readonly code: EndCode;
  /** One sentence for the buyer. */
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Identifies a repeated request that has already changed this order. */

/** A repeat of a request that changed this order is recognised by this. */
export interface RequestFingerprint {
  readonly action: string;
  readonly messageId: string;
  readonly digest: string;
}

export interface Order {
  readonly id: string;
  /** Rises by one with each save; 0 means never saved. */
  readonly version: number;
  readonly state: OrderState;
  readonly customer: Customer;
  readonly becknTransactionId: string;
  /** What the dialect needs for an unsolicited callback: domain, version, location. */
  readonly replyContext: Json;
  readonly connector: ConnectorRef;
  readonly limit: Limit;
  readonly tariff: Tariff;
  /** The discount in force at the time of the quote, and the buyer app's own fee. */
  readonly offer?: Offer;
  readonly buyerFinderFee?: BuyerFinderFee;
  readonly quote: Quote;
  /** True once an init has been accepted. */
  readonly initiated: boolean;
  /** True while the draft keeps its connector, false once it has released it. Absent when no init asked for it. */
  readonly connectorHeld?: boolean;
  readonly billing?: Json;
  /** Fields of the buyer's requests that the dialect repeats: option spelling, payment method, user info. */
  readonly passthrough?: Json;
  readonly payment?: Payment;
  /**
   * What the bill may come to at most, in minor units: the total of the confirmed quote; 0 before the confirm. What the
   * payment provider has authorised is `payment.authorisedAmount`.
   */
  readonly authorised: number;
  readonly caps: Caps;
  /** 20 characters of upper-case base32, used for this order only; the only link to the transaction in 1.6. */
  readonly idTag?: string;
  readonly remoteStart?: RemoteStart;
  readonly session?: Session;
  /** Set while charging waits for the buyer app's start. */
  readonly awaitsBuyerStart?: true;
  /** A callback that waits for the outcome it reports. */
  readonly deferredCallback?: DeferredCallback;
  /** The buyer's reason for the cancellation, as received. */
  readonly cancelReason?: Json;
  /** The booked slot; an order without one starts when it is confirmed. */
  readonly slot?: Reservation;
  readonly bill?: Bill;
  /** Of a session that is paid afterwards: the state of its UnlockConnector. */
  readonly cable?: 'unlock-requested' | 'unlocked' | 'locked';
  readonly outcome?: Outcome;
  /** The connector's state at the last change, so that a callback can be rendered again. */
  readonly connectorState: ConnectorState;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The postings of the order, oldest first; only ever appended to. */
  readonly ledger?: readonly Posting[];
  readonly effects: readonly Effect[];
  /** Number of the next effect. */
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

/** True when the charging part of the order is final. */
export function isTerminal(order: Pick<Order, 'state'>): boolean {
  return TERMINAL.has(order.state);
}

/** True from the confirm to the known or suspected end of the session. */
export function isActive(order: Pick<Order, 'state'>): boolean {
  return ACTIVE.has(order.state);
}

/** True while no other order may use the connector. A booked order holds its connector once the slot has begun. */
export function holdsConnector(order: Pick<Order, 'state' | 'slot'>): boolean {
  return ACTIVE.has(order.state) && (order.slot === undefined || order.slot.begun === true);
}

/** True while a draft keeps its connector, or its slot, for its buyer; ends with the quote at the latest. */
export function isHoldingDraft(order: Pick<Order, 'state' | 'connectorHeld'>): boolean {
  return order.state === 'draft' && order.connectorHeld === true;
}

/** True when a store must grant the connector to this order alone: the order holds it, or its draft keeps it. */
export function claimsConnector(order: Pick<Order, 'state' | 'slot' | 'connectorHeld'>): boolean {
  return holdsConnector(order) || (isHoldingDraft(order) && order.slot === undefined);
}

/** True while the order needs attention: it can change state, owes an effect, or waits for money. */
export function isOpen(order: Pick<Order, 'state' | 'effects' | 'payment' | 'connectorHeld'>): boolean {
  const { payment } = order;
  const waits = payment?.dueAt !== undefined || payment?.awaitingLink !== undefined;
  return (order.state !== 'draft' && !isTerminal(order)) || order.effects.length > 0 || waits || isHoldingDraft(order);
}

/**
 * The key of one buyer app in one network, for orders, requests and queues. The same BAP id in another network is another
 * buyer app.
 * @shape `network/bapId`; the name of a network has no slash, so the pair is unambiguous.
 */
export function buyerKey({ network, bapId }: Pick<BuyerApp, 'network' | 'bapId'>): string {
  return `${network}/${bapId}`;
}

/** One key per connector; also the key of its lease. */
export function connectorKey(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): string {
  return `${ref.chargePointId}/${ref.connectorId}`;
}

/** The form under which tags are compared and looked up: case does not count. @source OCPP 1.6 §7.28, CiString20Type */
export function idTagKey(idTag: string): string {
  return idTag.toUpperCase();
}

/** Whether two tags are one. */
export function sameIdTag(a: string, b: string): boolean {
  return idTagKey(a) === idTagKey(b);
}
