/**
 * Keeps the identities whose handshake was refused, so that an operator can find a new charger that does not connect.
 */
import { LRUCache } from 'lru-cache';
import type { RejectedConnection } from '../../ports/charger-access.js';

/** When they are more, the network with most of them loses one: a stranger who tries many removes only its own. */
const MAX_IDENTITIES = 200;
const MAX_SUBPROTOCOLS = 10;
const MAX_SUBPROTOCOL_LENGTH = 40;

export class RejectedConnections {
  /** In the order of their last attempt. */
  readonly #byIdentity = new Map<string, RejectedConnection>();
  readonly #networks = new Map<string, Set<string>>();
  /** Also of identities that are no longer listed, so that one that comes again and again stays. */
  readonly #attempts = new LRUCache<string, { readonly count: number; readonly firstAt: number }>({ max: 10_000 });

  /** @shape `subprotocols` as offered in the header; their number and length are limited here. */
  add(rejected: Omit<RejectedConnection, 'count' | 'firstAt'>): void {
    const { id, network } = rejected;
    const { count, firstAt } = this.#attempts.get(id) ?? { count: 0, firstAt: rejected.lastAt };
    this.#unlist(id);
    this.#attempts.set(id, { count: count + 1, firstAt });
    const subprotocols = rejected.subprotocols
      .slice(0, MAX_SUBPROTOCOLS)
      .map((name) => name.slice(0, MAX_SUBPROTOCOL_LENGTH));
    if (this.#byIdentity.size >= MAX_IDENTITIES) this.#makeRoom();
    this.#byIdentity.set(id, { ...rejected, subprotocols, firstAt, count: count + 1 });
    this.#networks.set(network, (this.#networks.get(network) ?? new Set()).add(id));
  }

  /** Newest first. */
  list(): RejectedConnection[] {
    return [...this.#byIdentity.values()].reverse();
  }

  has(id: string): boolean {
    return this.#byIdentity.has(id);
  }

  remove(id: string): void {
    this.#attempts.delete(id);
    this.#unlist(id);
  }

  #unlist(id: string): void {
    const { network } = this.#byIdentity.get(id) ?? {};
    if (network === undefined) return;
    this.#byIdentity.delete(id);
    const ids = this.#networks.get(network);
    ids?.delete(id);
    if (ids?.size === 0) this.#networks.delete(network);
  }

  #makeRoom(): void {
    const largest = [...this.#networks.values()].reduce((most, one) => (one.size > most.size ? one : most));
    this.#removeLeastTried(largest);
  }

  /** Removes the identity with the fewest attempts, of these the oldest: a real charger tries again and again. */
  #removeLeastTried(ids: ReadonlySet<string>): void {
    const attempts = (id: string): number => this.#byIdentity.get(id)?.count ?? 0;
    const [first, ...others] = ids;
    if (first === undefined) return;
    this.#unlist(others.reduce((least, id) => (attempts(id) < attempts(least) ? id : least), first));
  }
}
