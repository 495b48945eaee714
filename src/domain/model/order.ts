/** The charging order: one document, its session and its pending effects inside it. Pure data, JSON-safe. */
import type { Course } from '../pricing/charging-periods.js';
import type { CallbackAction, Effect } from './effect.js';
import type { KeptLimit, Means } from '../metering/charger-capabilities.js';
import type { Booking } from '../locations/reservation-slots.js';
import type { ConnectorRef, ConnectorState, Tariff } from './network.js';
import type { Posting } from '../billing/ledger.js';
import type { Payment } from './payment.js';
import type { BuyerFinderFee, Offer } from './tariff.js';

export type * from './effect.js';
export type { Payment } from './payment.js';
export type { Booking, Slot } from '../locations/reservation-slots.js';

/** Anything JSON can say; carried through the heart without being looked at. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

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

/** What the buyer asked for. */
export type Limit =
  | { readonly kind: 'energy'; /** Wh */ readonly value: number }
  | {
      readonly kind: 'amount';
      /** minor units of charging cost before taxes and fees */ readonly value: number;
    }
  | { readonly kind: 'time'; /** seconds */ readonly value: number }
  | { readonly kind: 'soc'; /** percent */ readonly value: number };

/** Whom the order is for, and how to speak to them. Opaque to the heart but for `bapId`. */
export interface Peer {
  /** The Beckn network that it belongs to; absent for the first one. */
  readonly network?: string;
  readonly bapId: string;
  readonly bapUri: string;
  /** The dialect's name; unsolicited callbacks go out in it. */
  readonly dialect: string;
  /** How often it is told of progress, instead of the policy's; 0 never for that reason. */
  readonly progressMs?: number;
  readonly progressWh?: number;
}

export type LineCode =
  | 'energy'
  | 'time'
  | 'parking'
  | 'flat'
  /** To the least or the most that charging costs, or to what was authorised. */
  | 'adjustment'
  | 'discount'
  | 'tax'
  | 'service-fee'
  | 'platform-fee'
  | 'buyer-finder-fee';

export interface PriceLine {
  readonly code: LineCode;
  readonly title: string;
  /** Minor units; a discount is negative, an adjustment may be. */
  readonly amount: number;
}

/** A price with its arithmetic: the lines sum to the total. */
export interface Breakup {
  readonly currency: string;
  readonly lines: readonly PriceLine[];
  /** Minor units. */
  readonly total: number;
  /** The energy this price is for, Wh. */
  readonly energyWh: number;
}

export interface Quote extends Breakup {
  readonly id: string;
  readonly expiresAt: number;
}

/** How far the session may go. The first one reached stops it; energy is always there, for the bill's sake. */
export interface Caps {
  /** The most energy that the authorised amount pays for, Wh. */
  readonly energyWh: number;
  readonly timeMs?: number;
  readonly socPercent?: number;
}

/** The running account of one energy register. See `meter.ts` for the rules. */
export interface Meter {
  /** The last register value taken into account, Wh. */
  readonly registerWh: number;
  /** Delivered in this session so far, Wh, never falling. */
  readonly energyWh: number;
  /** Charger time of the last sample, epoch ms. */
  readonly at: number;
  /** Our time of the last sample, epoch ms. */
  readonly receivedAt: number;
  /** True when the samples count from the session's start while meterStart was absolute. */
  readonly relative: boolean;
  /** Register falls bigger than jitter. */
  readonly resets: number;
  /** Readings held back as physically impossible; never billed. */
  readonly held: number;
  /** Of the energy, what was told as intervals because no register was, Wh. */
  readonly intervalWh?: number;
  /** What flowed by the power that the charger itself tells, Wh: a second opinion on the register's scale. */
  readonly flowedWh?: number;
  readonly socStart?: number;
  readonly soc?: number;
  /** Volt, ampere, watt of the last sample that carried them. */
  readonly voltage?: number;
  readonly current?: number;
  readonly powerW?: number;
  /** Where the tariff has elements: what is paid for so far, and when it was used. */
  readonly course?: Course;
  /** The last journal entry folded in: where a replay goes on after a restart. */
  readonly journalSeq: number;
}

/** What the final energy rests on (fact: which messages were seen). */
export type Confidence = 'exact' | 'sampled' | 'estimated' | 'disputed';

export interface Session {
  /** OCPP's transaction id: digits in 1.6, the station's own string in 2.x. */
  readonly transactionId: string;
  /** Identifies a repeated StartTransaction whatever its message id. */
  readonly startKey: string;
  /** 0 while `base` is `unknown`. */
  readonly meterStartWh: number;
  /** Said when the start told no register: nothing to count from yet, or the first reading since. */
  readonly base?: 'unknown' | 'sampled';
  /** Charger time and our time of the start, epoch ms. */
  readonly startedAt: number;
  readonly startReceivedAt: number;
  /** Our time of the confirm: it cannot have begun before. */
  readonly wantedAt?: number;
  readonly meter: Meter;
  readonly stop?: StopRequest;
  readonly end?: SessionEnd;
  /** Our time since when the end is suspected: connector Available, a reboot, silence. */
  readonly unsureSince?: number;
  readonly unsureReason?: string;
  /** Our time since when the socket is gone, and whether the buyer was told. */
  readonly offlineSince?: number;
  readonly offlineTold?: boolean;
  /** Our time since when the order is provisional, and until when the lost end is waited for. */
  readonly provisionalSince?: number;
  readonly finalAt?: number;
  /** When a reading was last asked for because none had come, epoch ms. */
  readonly askedAt?: number;
  /** Our time of the last return of the socket: no reading from before it says how much flows now. */
  readonly resumedAt?: number;
  /** What the charger can do to hold the limits, as known when the session began. */
  readonly means?: Means;
  readonly budget?: Budget;
  /** When the charger's power plan is to be looked at again, our time. */
  readonly planAt?: number;
  /** Limits that the station says it keeps by itself. */
  readonly kept?: readonly KeptLimit[];
  /** Last progress callback: our time and the energy it told. */
  readonly toldAt?: number;
  readonly toldWh?: number;
  /** What its charger was last told to show. */
  readonly shown?: Shown;
}

/** What a charger with a display shows: since when (our time), and of which reading (its time). */
export interface Shown {
  readonly at: number;
  readonly readAt: number;
  readonly idle: boolean;
  /** Where the register stands when the next reading is wanted, Wh. */
  readonly readingAtWh: number;
}

/** The power plan of a session: so many watts until `endsAt`, then none. It holds while the charger is away, too. */
export interface Budget {
  /** `asked`: on its way; `kept`: accepted; `refused`: this session is held without it. */
  readonly standing: 'asked' | 'kept' | 'refused';
  readonly limitW: number;
  /** Our time from which and until which power is allowed, at the latest. */
  readonly from: number;
  readonly endsAt: number;
  /** The caps that it was made for. */
  readonly capWh: number;
  readonly capMs?: number;
  /** An earlier one that is in force until this one is accepted, and perhaps still when it is refused. */
  readonly before?: Omit<Budget, 'standing' | 'before'>;
}

export type StopReason = 'buyer' | 'limit-energy' | 'limit-amount' | 'limit-time' | 'limit-soc' | 'operator' | 'policy';

export interface StopRequest {
  readonly reason: StopReason;
  readonly at: number;
  /** RemoteStops sent so far. */
  readonly attempts: number;
  /** When to try again if the transaction is still open. */
  readonly retryAt: number;
}

export interface SessionEnd {
  readonly meterStopWh: number;
  readonly at: number;
  readonly receivedAt: number;
  /** OCPP stop reason, or `Inferred` when no message said so. */
  readonly reason: string;
}

export interface Bill extends Breakup {
  /** Paid minus billed, minor units, never negative. */
  readonly refund: number;
  readonly deliveredWh: number;
  /** Delivered beyond what was authorised, Wh: the operator's loss, measured. */
  readonly overshootWh: number;
  /** What the course would have cost beyond what was authorised, minor units; not billed. Absent when nothing. */
  readonly unbilled?: number;
  readonly confidence: Confidence;
}

/** The RemoteStart's story. */
export interface Start {
  /** When the confirm was accepted; the pending and the start windows count from here. */
  readonly wantedAt: number;
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
  readonly planned?: boolean;
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
export interface Deferred {
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
export interface SeenRequest {
  readonly action: string;
  readonly messageId: string;
  readonly digest: string;
}

export interface Order {
  readonly id: string;
  /** Rises by one with each save; 0 has never been saved. */
  readonly version: number;
  readonly state: OrderState;
  readonly peer: Peer;
  readonly becknTransactionId: string;
  /** What the dialect needs to answer unasked: domain, version, location. */
  readonly conversation: Json;
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
  readonly held?: boolean;
  readonly billing?: Json;
  /** The buyer's words that the dialect echoes: option spelling, payment method, user info. */
  readonly echo?: Json;
  readonly payment?: Payment;
  /** Minor units; the bill never exceeds it. 0 before confirm. */
  readonly authorised: number;
  readonly caps: Caps;
  /** Upper-case base32, 20 characters, ours alone; the only link between order and transaction in 1.6. */
  readonly idTag?: string;
  readonly start?: Start;
  readonly session?: Session;
  /** Charging begins when the buyer app asks for it, not when the order is confirmed; absent once it has asked. */
  readonly awaitsStart?: true;
  /** An answer that waits for what it is to tell. */
  readonly deferred?: Deferred;
  /** Why the buyer cancelled, in its own words. */
  readonly cancelReason?: Json;
  /** The time that was booked; an order without it begins when it is confirmed. */
  readonly slot?: Booking;
  readonly bill?: Bill;
  /** Of a session that is paid afterwards: whether its cable was let go (OCPP UnlockConnector). */
  readonly cable?: 'asked' | 'released' | 'held';
  readonly outcome?: Outcome;
  /** The connector's state at the moment of the last change, so that a callback can be made again. */
  readonly connectorState: ConnectorState;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What its money did to the accounts, oldest first; only ever appended to. */
  readonly ledger?: readonly Posting[];
  readonly effects: readonly Effect[];
  /** The next effect's number. */
  readonly nextSeq: number;
  readonly seen: readonly SeenRequest[];
}

const TERMINAL: ReadonlySet<OrderState> = new Set(['completed', 'cancelled', 'failed']);
const LEASING: ReadonlySet<OrderState> = new Set([
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
  return LEASING.has(order.state);
}

/** True while the order holds its connector: no other order may. A booked one holds it from its slot's beginning. */
export function holdsConnector(order: Pick<Order, 'state' | 'slot'>): boolean {
  return LEASING.has(order.state) && (order.slot === undefined || order.slot.opened === true);
}

/** True while a draft keeps its connector, or its slot, for its buyer: no promise, and over with its quote. */
export function isHeld(order: Pick<Order, 'state' | 'held'>): boolean {
  return order.state === 'draft' && order.held === true;
}

/** What a store lets one order at a time have of a connector: it holds it, or is about to. */
export function takesConnector(order: Pick<Order, 'state' | 'slot' | 'held'>): boolean {
  return holdsConnector(order) || (isHeld(order) && order.slot === undefined);
}

/** True while the order still needs watching: it can move, it owes something, or money of it is waited for. */
export function isOpen(order: Pick<Order, 'state' | 'effects' | 'payment' | 'held'>): boolean {
  const { payment } = order;
  const waits = payment?.dueAt !== undefined || payment?.awaited !== undefined;
  return (order.state !== 'draft' && !isTerminal(order)) || order.effects.length > 0 || waits || isHeld(order);
}

/**
 * One buyer app in one network: orders, requests and lanes go by it. The same name in another network is somebody else.
 * @shape The plain id in the first network, a JSON pair in the others: no signer's id holds a quotation mark.
 */
export function buyerKey({ network, bapId }: Pick<Peer, 'network' | 'bapId'>): string {
  return network === undefined ? bapId : JSON.stringify([network, bapId]);
}

/** One name for one connector: the lease's key. */
export function connectorKey(ref: Pick<ConnectorRef, 'chargePointId' | 'connectorId'>): string {
  return `${ref.chargePointId}/${ref.connectorId}`;
}
