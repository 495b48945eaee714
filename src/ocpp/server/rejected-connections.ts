/**
 * Keeps the identities whose handshake was refused, so that an operator can find a new charger that does not connect.
 */
import { LRUCache } from 'lru-cache';
import type { RejectedConnection } from '../../ports/charger-access.js';

/** Limits memory; a stranger who tries many identities pushes out the oldest entries first. */
const MAX_IDENTITIES = 200;
const MAX_SUBPROTOCOLS = 10;
const MAX_SUBPROTOCOL_LENGTH = 40;

export class RejectedConnections {
  readonly #byIdentity = new LRUCache<string, RejectedConnection>({ max: MAX_IDENTITIES });

  /** @shape `subprotocols` as offered in the header; their number and length are limited here. */
  add(rejected: Omit<RejectedConnection, 'count' | 'firstAt'>): void {
    const before = this.#byIdentity.peek(rejected.id);
    const subprotocols = rejected.subprotocols
      .slice(0, MAX_SUBPROTOCOLS)
      .map((name) => name.slice(0, MAX_SUBPROTOCOL_LENGTH));
    const { count, firstAt } = before ?? { count: 0, firstAt: rejected.lastAt };
    this.#byIdentity.set(rejected.id, { ...rejected, subprotocols, firstAt, count: count + 1 });
  }

  /** Newest first. */
  list(): RejectedConnection[] {
    return [...this.#byIdentity.values()];
  }

  has(id: string): boolean {
    return this.#byIdentity.peek(id) !== undefined;
  }

  remove(id: string): void {
    this.#byIdentity.delete(id);
  }
}
