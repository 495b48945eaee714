/** The charging order: one document, its session and its pending effects inside it. Pure data, JSON-safe. */
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
 * - `confirmed`    paid for; the charger is away, the start waits for it
 * - `starting`     a RemoteStart is wanted or sent, no transaction yet
 * - `charging`     a transaction runs and energy may flow
 * - `suspended`    a transaction runs and no energy flows (EV or EVSE paused)
 * - `offline`      a transaction runs, the socket is gone
 * - `stopping`     a stop is wanted or sent, the transaction is still open
 * - `provisional`  the end was inferred, its message is still hoped for
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

/** A Beckn buyer app (BAP) that places orders, and how to reach it. Decisions read only its progress rates. */
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

/** The party an order is for. */
export type Customer = BuyerApp;

/** The RemoteStart's story. */
export interface RemoteStart {
  /** When the confirm was accepted; the pending and the start windows count from here. */
  readonly requestedAt: number;
  /** Until when a transaction may begin. */
  readonly deadline: number;
  readonly attempts: number;
  readonly answer?: 'accepted' | 'rejected' | 'unknown';
  readonly answeredAt?: number;
  /** The transaction that the answer named (2.x). */
  readonly transactionId?: string;
  /** When to look whether an unanswered or forgotten RemoteStart has to be sent again; epoch ms. */
  readonly recheckAt?: number;
  /** The start carries a power plan. False: the charger refused one that did, and is asked without. */
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
  | 'connector-taken'
  | 'connector-faulted';

/** The answer to a start or a stop: given when it has happened, or when it would come too late. */
export interface DeferredCallback {
  readonly awaits: 'start' | 'end';
  readonly action: CallbackAction;
  readonly messageId: string;
  /** When the state known by then is told instead, epoch ms. */
  readonly until: number;
}

export interface Outcome {
  readonly code: EndCode;
  /** One sentence for the buyer. */
  readonly text: string;
  readonly at: number;
}

/** A repeat of a request that changed this order is recognised by this. */
export interface RequestFingerprint {
  readonly action: string;
  readonly messageId: string;
  readonly digest: string;
}

export interface Order {
  readonly id: string;
  /** Rises by one with each save; 0 has never been saved. */
  readonly version: number;
  readonly state: OrderState;
  readonly customer: Customer;
  readonly becknTransactionId: string;
  /** What the dialect needs to answer unasked: domain, version, location. */
  readonly replyContext: Json;
  readonly connector: ConnectorRef;
  readonly limit: Limit;
  readonly tariff: Tariff;
  /** The discount that was in force when it was quoted, and the buyer app's own fee. */
  readonly offer?: Offer;
  readonly buyerFinderFee?: BuyerFinderFee;
  readonly quote: Quote;
  /** True once init was answered. */
  readonly initiated: boolean;
  /** An init took its connector while the quote stands; false once it let go. Absent where none did. */
  readonly connectorHeld?: boolean;
  readonly billing?: Json;
  /** The buyer's words that the dialect echoes: option spelling, payment method, user info. */
  readonly passthrough?: Json;
  readonly payment?: Payment;
  /** Minor units; the bill never exceeds it. 0 before confirm. */
  readonly authorised: number;
  readonly caps: Caps;
  /** Upper-case base32, 20 characters, ours alone; the only link between order and transaction in 1.6. */
  readonly idTag?: string;
  readonly remoteStart?: RemoteStart;
  readonly session?: Session;
  /** Charging begins when the buyer app asks for it, not when the order is confirmed; absent once it has asked. */
  readonly awaitsBuyerStart?: true;
  /** An answer that waits for what it is to tell. */
  readonly deferredCallback?: DeferredCallback;
  /** Why the buyer cancelled, in its own words. */
  readonly cancelReason?: Json;
  /** The time that was booked; an order without it begins when it is confirmed. */
  readonly slot?: Reservation;
  readonly bill?: Bill;
  /** Of a session that is paid afterwards: whether its cable was let go (OCPP UnlockConnector). */
  readonly cable?: 'unlock-requested' | 'unlocked' | 'locked';
  readonly outcome?: Outcome;
  /** The connector's state at the moment of the last change, so that a callback can be made again. */
  readonly connectorState: ConnectorState;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What its money did to the accounts, oldest first; only ever appended to. */
  readonly ledger?: readonly Posting[];
  readonly effects: readonly Effect[];
  /** The next effect's number. */
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

/** True when nothing about the order's charging will change any more. */
export function isTerminal(order: Pick<Order, 'state'>): boolean {
  return TERMINAL.has(order.state);
}

/** True from the confirm until the session is over, as far as that is known. */
export function isActive(order: Pick<Order, 'state'>): boolean {
  return ACTIVE.has(order.state);
}

/** True while the order holds its connector: no other order may. A booked one holds it from its slot's beginning. */
export function holdsConnector(order: Pick<Order, 'state' | 'slot'>): boolean {
  return ACTIVE.has(order.state) && (order.slot === undefined || order.slot.begun === true);
}

/** True while a draft keeps its connector, or its slot, for its buyer: no promise, and over with its quote. */
export function isHoldingDraft(order: Pick<Order, 'state' | 'connectorHeld'>): boolean {
  return order.state === 'draft' && order.connectorHeld === true;
}

/** What a store lets one order at a time have of a connector: it holds it, or is about to. */
export function claimsConnector(order: Pick<Order, 'state' | 'slot' | 'connectorHeld'>): boolean {
  return holdsConnector(order) || (isHoldingDraft(order) && order.slot === undefined);
}

/** True while the order still needs watching: it can move, it owes something, or money of it is waited for. */
export function isOpen(order: Pick<Order, 'state' | 'effects' | 'payment' | 'connectorHeld'>): boolean {
  const { payment } = order;
  const waits = payment?.dueAt !== undefined || payment?.awaitingLink !== undefined;
  return (order.state !== 'draft' && !isTerminal(order)) || order.effects.length > 0 || waits || isHoldingDraft(order);
}

/**
 * The key of one buyer app in one network, used for orders, requests and queues. The same BAP id in another network is
 * another buyer app.
 * @shape `network/bapId`; a network's name has no slash, so the pair is unambiguous.
 */
export function buyerKey({ network, bapId }: Pick<BuyerApp, 'network' | 'bapId'>): string {
  return `${network}/${bapId}`;
}

/** One name for one connector: the lease's key. */
export function connectorKey(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): string {
  return `${ref.chargePointId}/${ref.connectorId}`;
}
