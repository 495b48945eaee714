/** Limits what one buyer app may hold and start, so that it cannot take every connector or wear out a relay. */
import { claimsConnector, connectorKey, isTerminal, type Order } from '../../domain/model/order.js';
import type { OrderCommand } from '../../domain/model/command.js';
import { connectorRefOf } from '../../domain/model/network.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Clock } from '../../ports/runtime.js';
import type { OrderCache } from '../orders/order-cache.js';

export interface BuyerLimitSettings {
  /** Connectors that one buyer app may hold at once; 0 means no limit. */
  readonly connectorsPerBuyer: number;
  /**
   * For how many Beckn transactions one buyer app may confirm an order or hold a draft on one connector within ten
   * minutes; 0 means no limit.
   */
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

/** A buyer app's admitted requests of the last ten minutes: the newest of each Beckn transaction. */
class RecentStarts {
  /** By Beckn transaction, oldest first. */
  readonly #byTransaction = new Map<string, Admitted>();
  readonly #countByConnector = new Map<string, number>();

  get size(): number {
    return this.#byTransaction.size;
  }

  add(becknTransactionId: string, admitted: Admitted): void {
    this.#remove(becknTransactionId);
    this.#byTransaction.set(becknTransactionId, admitted);
    this.#count(admitted.connector, 1);
  }

  dropOld(now: number): void {
    for (const [transaction, { at }] of this.#byTransaction) {
      if (now - at < STARTS_WINDOW_MS) break;
      this.#remove(transaction);
    }
  }

  /** Counts the requests for a connector in other Beckn transactions. */
  countOthers(connector: string, becknTransactionId: string): number {
    const isOwn = this.#byTransaction.get(becknTransactionId)?.connector === connector;
    return (this.#countByConnector.get(connector) ?? 0) - (isOwn ? 1 : 0);
  }

  /** Returns the connectors of other Beckn transactions whose orders may not be saved yet. */
  unsavedOthers(becknTransactionId: string, now: number): string[] {
    return [...this.#byTransaction].flatMap(([transaction, { connector, at }]) =>
      transaction !== becknTransactionId && now - at < SAVING_MS ? [connector] : [],
    );
  }

  #remove(becknTransactionId: string): void {
    const known = this.#byTransaction.get(becknTransactionId);
    if (!known) return;
    this.#byTransaction.delete(becknTransactionId);
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
  /** The buyer app's key, from `buyerKey`. */
  readonly buyer: string;
  readonly becknTransactionId: string;
  readonly order: Order | undefined;
  readonly command: OrderCommand;
}

export class BuyerLimits {
  readonly #deps: BuyerLimitsDeps;
  /** By buyer app. */
  readonly #recent = new Map<string, RecentStarts>();

  constructor(deps: BuyerLimitsDeps) {
    this.#deps = deps;
  }

  /**
   * Admits a request that takes a connector; returns a refusal if it would exceed a limit. Other requests always pass.
   */
  admit({ buyer, becknTransactionId, order, command }: BuyerStart): Refusal | undefined {
    const connector = connectorTakenBy(order, command);
    if (connector === undefined) return undefined;
    const { connectorsPerBuyer, startsPerConnector } = this.#deps.settings;
    const now = this.#deps.clock.monotonic();
    const recent = this.#recentOf(buyer, now);
    if (startsPerConnector > 0 && recent.countOthers(connector, becknTransactionId) >= startsPerConnector)
      return { code: 'started-too-often', detail: `at most ${startsPerConnector} within ten minutes` };
    // The exact number is needed only if there are enough orders and requests to exceed it.
    const mayHold = this.#deps.orderCache.countOpenOrdersOf(buyer) + recent.size;
    if (connectorsPerBuyer > 0 && mayHold >= connectorsPerBuyer) {
      // The orders of requests that arrived just now may not be saved yet.
      const held = new Set([...this.#heldBy(buyer), ...recent.unsavedOthers(becknTransactionId, now)]);
      held.delete(connector);
      if (held.size >= connectorsPerBuyer)
        return { code: 'too-many-connectors', detail: `at most ${connectorsPerBuyer} at once` };
    }
    recent.add(becknTransactionId, { connector, at: now });
    return undefined;
  }

  #heldBy(buyer: string): string[] {
    return this.#deps.orderCache
      .openOrdersOf(buyer)
      .filter((order) => claimsConnector(order) || (order.state !== 'draft' && !isTerminal(order)))
      .map((order) => connectorKey(order.connector));
  }

  #recentOf(buyer: string, now: number): RecentStarts {
    const recent = this.#recent.get(buyer) ?? new RecentStarts();
    recent.dropOld(now);
    this.#recent.set(buyer, recent);
    return recent;
  }
}

/**
 * Returns the key of the connector that a confirm, or an init with a hold, takes. Returns `undefined` for other
 * commands and for an order that is already under way.
 */
function connectorTakenBy(order: Order | undefined, command: OrderCommand): string | undefined {
  if (command.type !== 'confirm' && !(command.type === 'init' && command.holdsConnector)) return undefined;
  if (order && order.state !== 'draft' && !isTerminal(order)) return undefined;
  const { site } = command;
  if (site) return connectorKey(connectorRefOf(site));
  return order && connectorKey(order.connector);
}
