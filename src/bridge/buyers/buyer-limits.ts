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
  /** How many sessions one buyer app may start on one connector within ten minutes; 0 means no limit. */
  readonly startsPerConnector: number;
}

export interface BuyerLimitsDeps {
  readonly orderCache: Pick<OrderCache, 'openOrdersOf'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: BuyerLimitSettings;
}

interface Admitted {
  readonly connector: string;
  readonly at: number;
}

const STARTS_WINDOW_MS = 600_000;
/** How long it may take to save an admitted order, ms. */
const SAVING_MS = 10_000;

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
  /** Admitted requests of the last ten minutes, by buyer app and then by Beckn transaction. */
  readonly #admitted = new Map<string, Map<string, Admitted>>();

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
    const now = this.#deps.clock.now();
    const recent = this.#recent(buyer, now);
    const others = [...recent].filter(([transaction]) => transaction !== becknTransactionId);
    const starts = others.filter(([, admitted]) => admitted.connector === connector).length;
    if (startsPerConnector > 0 && starts >= startsPerConnector)
      return { code: 'started-too-often', detail: `at most ${startsPerConnector} within ten minutes` };
    if (connectorsPerBuyer > 0) {
      const held = new Set(this.#heldBy(buyer));
      // The orders of requests that arrived just now may not be saved yet.
      for (const [, { connector: other, at }] of others) if (now - at < SAVING_MS) held.add(other);
      held.delete(connector);
      if (held.size >= connectorsPerBuyer)
        return { code: 'too-many-connectors', detail: `at most ${connectorsPerBuyer} at once` };
    }
    recent.set(becknTransactionId, { connector, at: now });
    return undefined;
  }

  #heldBy(buyer: string): string[] {
    return this.#deps.orderCache
      .openOrdersOf(buyer)
      .filter((order) => claimsConnector(order) || (order.state !== 'draft' && !isTerminal(order)))
      .map((order) => connectorKey(order.connector));
  }

  #recent(buyer: string, now: number): Map<string, Admitted> {
    const recent = this.#admitted.get(buyer) ?? new Map<string, Admitted>();
    for (const [transaction, { at }] of recent) {
      if (now - at < STARTS_WINDOW_MS) break;
      recent.delete(transaction);
    }
    this.#admitted.set(buyer, recent);
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
