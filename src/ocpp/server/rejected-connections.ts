/** Identities that were refused: what an operator looks through when a new charger does not come up. */
import { LRUCache } from 'lru-cache';
import type { RejectedConnection } from '../../ports/charger-access.js';

/** A stranger who tries names pushes out older ones, and no more than that. */
const MAX_IDENTITIES = 200;
const MAX_SUBPROTOCOLS = 10;
const MAX_SUBPROTOCOL_LENGTH = 40;

export class RejectedConnections {
  private readonly byIdentity = new LRUCache<string, RejectedConnection>({ max: MAX_IDENTITIES });

  /** @param subprotocols As the header offered them: bounded here. */
  add(knock: Omit<RejectedConnection, 'count' | 'firstAt'>): void {
    const before = this.byIdentity.peek(knock.id);
    const subprotocols = knock.subprotocols
      .slice(0, MAX_SUBPROTOCOLS)
      .map((name) => name.slice(0, MAX_SUBPROTOCOL_LENGTH));
    const { count, firstAt } = before ?? { count: 0, firstAt: knock.lastAt };
    this.byIdentity.set(knock.id, { ...knock, subprotocols, firstAt, count: count + 1 });
  }

  /** Newest first. */
  list(): RejectedConnection[] {
    return [...this.byIdentity.values()];
  }

  has(id: string): boolean {
    return this.byIdentity.peek(id) !== undefined;
  }

  remove(id: string): void {
    this.byIdentity.delete(id);
  }
}
