/** Limits what one buyer app may hold and start, so that it cannot take every connector or wear out a relay. */
import { claimsConnector, connectorKey, isTerminal, type Order } from '../../domain/model/order.js';
import type { OrderCommand } from '../../domain/model/command.js';
import { isPaid } from '../../domain/model/payment.js';
import { connectorRefOf } from '../../domain/model/network.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Clock } from '../../ports/runtime.js';
import type { OrderCache } from '../orders/order-cache.js';

export interface BuyerLimitSettings {
  /** Connectors that one buyer app may hold at once; 0 means no limit. */
  readonly connectorsPerBuyer: number;
  /** How many of them may be held without charging (see `isIdleHold`); 0 means no limit. */
  readonly holdsPerBuyer: number;
  /** How many orders one buyer app may confirm or hold as drafts on one connector within ten minutes; 0: no limit. */
  readonly startsPerConnector: number;
}

export interface BuyerLimitsDeps {
  readonly orderCache: Pick<OrderCache, 'openOrdersOf' | 'countOpenOrdersOf'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly settings: BuyerLimitSettings;
}

interface Admitted {
  readonly connector: string;
  readonly at: number;
}

const STARTS_WINDOW_MS = 600_000;
/** How long it may take to save an admitted order, ms. */
const SAVING_MS = 10_000;

/** A buyer app's admitted requests of the last ten minutes: the newest of each order. */
class RecentStarts {
  /** By order id, oldest first. */
  readonly #byOrder = new Map<string, Admitted>();
  readonly #countByConnector = new Map<string, number>();

  get size(): number {
    return this.#byOrder.size;
  }

  /** @returns A function that undoes the addition, unless the order has been admitted again since. */
  add(orderId: string, admitted: Admitted): () => void {
    const earlier = this.#byOrder.get(orderId);
    this.#set(orderId, admitted);
    return () => {
      if (this.#byOrder.get(orderId) !== admitted) return;
      this.#remove(orderId);
      if (earlier) this.#putBack(orderId, earlier);
    };
  }

  dropOld(now: number): void {
    for (const [orderId, { at }] of this.#byOrder) {
      if (now - at < STARTS_WINDOW_MS) break;
      this.#remove(orderId);
    }
  }

  /** Counts the other orders that requested a connector. */
  countOthers(connector: string, orderId: string): number {
    const isOwn = this.#byOrder.get(orderId)?.connector === connector;
    return (this.#countByConnector.get(connector) ?? 0) - (isOwn ? 1 : 0);
  }

  /** Returns the connectors of other orders that may not be saved yet. */
  unsavedOthers(orderId: string, now: number): string[] {
    return [...this.#byOrder].flatMap(([other, { connector, at }]) =>
      other !== orderId && now - at < SAVING_MS ? [connector] : [],
    );
  }

  #set(orderId: string, admitted: Admitted): void {
    this.#remove(orderId);
    this.#byOrder.set(orderId, admitted);
    this.#count(admitted.connector, 1);
  }

  #putBack(orderId: string, earlier: Admitted): void {
    this.#set(orderId, earlier);
    const oldestFirst = [...this.#byOrder].sort(([, a], [, b]) => a.at - b.at);
    this.#byOrder.clear();
    for (const [id, admitted] of oldestFirst) this.#byOrder.set(id, admitted);
  }

  #remove(orderId: string): void {
    const known = this.#byOrder.get(orderId);
    if (!known) return;
    this.#byOrder.delete(orderId);
    this.#count(known.connector, -1);
  }

  #count(connector: string, change: number): void {
    const count = (this.#countByConnector.get(connector) ?? 0) + change;
    if (count > 0) this.#countByConnector.set(connector, count);
    else this.#countByConnector.delete(connector);
  }
}

/** A request and the command that was built from it. */
export interface BuyerStart {
  /** The `buyerKey` of the buyer app. */
  readonly buyer: string;
  /** The id of the order or, if there is none, the id that a new one would get. */
  readonly orderId: string;
  readonly order: Order | undefined;
  readonly command: OrderCommand;
}

/** An admitted request, or why it is refused. */
type Admission =
  | { readonly refusal: Refusal }
  /** `withdraw` is to be called if the request fails, so that it does not count against the next attempt. */
  | { readonly withdraw: () => void };

const NOT_COUNTED: Admission = { withdraw: () => undefined };

export class BuyerLimits {
  readonly #deps: BuyerLimitsDeps;
  /** By buyer app. */
  readonly #recent = new Map<string, RecentStarts>();

  constructor(deps: BuyerLimitsDeps) {
    this.#deps = deps;
  }

  /** Admits a request that takes a connector, unless it would exceed a limit. Other requests always pass. */
  admit({ buyer, orderId, order, command }: BuyerStart): Admission {
    const connector = connectorTakenBy(order, command);
    if (connector === undefined) return NOT_COUNTED;
    const { connectorsPerBuyer, holdsPerBuyer, startsPerConnector } = this.#deps.settings;
    const now = this.#deps.clock.monotonic();
    const recent = this.#recentOf(buyer, now);
    if (startsPerConnector > 0 && recent.countOthers(connector, orderId) >= startsPerConnector)
      return refuse('started-too-often', `at most ${startsPerConnector} within ten minutes`);
    // The exact numbers are needed only if there are enough orders and requests to exceed one.
    const mayHold = this.#deps.orderCache.countOpenOrdersOf(buyer) + recent.size;
    const holdLimit = isBooking(order, command) ? 0 : holdsPerBuyer;
    if (mayHold >= Math.min(connectorsPerBuyer || Infinity, holdLimit || Infinity)) {
      const open = this.#deps.orderCache.openOrdersOf(buyer);
      // The orders of requests that arrived just now may not be saved yet.
      const unsaved = recent.unsavedOthers(orderId, now);
      const countOthers = (orders: readonly Order[]): number =>
        new Set([connector, ...unsaved, ...orders.map((one) => connectorKey(one.connector))]).size - 1;
      if (connectorsPerBuyer > 0 && countOthers(open.filter(takesConnector)) >= connectorsPerBuyer)
        return refuse('too-many-connectors', `at most ${connectorsPerBuyer} at once`);
      if (holdLimit > 0 && countOthers(open.filter(isIdleHold)) >= holdLimit)
        return refuse('too-many-connectors', `at most ${holdLimit} that do not charge yet`);
    }
    return { withdraw: recent.add(orderId, { connector, at: now }) };
  }

  #recentOf(buyer: string, now: number): RecentStarts {
    const recent = this.#recent.get(buyer) ?? new RecentStarts();
    recent.dropOld(now);
    this.#recent.set(buyer, recent);
    return recent;
  }
}

/**
 * Returns the `connectorKey` of the connector that a confirm, or an init with a hold, takes. Returns `undefined` for
 * other commands, if no connector is known, and for an order that is already under way or has ended, because such a
 * request only repeats an earlier one.
 */
function connectorTakenBy(order: Order | undefined, command: OrderCommand): string | undefined {
  if (command.type !== 'confirm' && !(command.type === 'init' && command.holdsConnector)) return undefined;
  if (order && order.state !== 'draft') return undefined;
  const { site } = command;
  if (site) return connectorKey(connectorRefOf(site));
  return order && connectorKey(order.connector);
}

function takesConnector(order: Order): boolean {
  return claimsConnector(order) || (order.state !== 'draft' && !isTerminal(order));
}

/**
 * Checks whether an order holds a connector without a session. An order that was paid to us does not count as idle. An
 * order that the buyer app merely reports as paid does, because such a report costs the buyer app nothing.
 */
function isIdleHold(order: Order): boolean {
  const isPaidToUs = order.payment?.collectedBy === 'BPP' && isPaid(order.payment);
  return claimsConnector(order) && order.session === undefined && !isPaidToUs;
}

/** Checks whether a request is for a booked slot; its connector is not held before the slot. */
function isBooking(order: Order | undefined, command: OrderCommand): boolean {
  return ('slot' in command && command.slot !== undefined) || order?.slot !== undefined;
}

function refuse(code: Refusal['code'], detail: string): Admission {
  return { refusal: { code, detail } };
}
