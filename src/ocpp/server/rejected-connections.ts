/** Identities that were refused: what an operator looks through when a new charger does not come up. */
import { LRUCache } from 'lru-cache';
import type { Knock } from '../../ports/charger-access.js';

/** A stranger who tries names pushes out older ones, and no more than that. */
const MOST = 200;
const MOST_SUBPROTOCOLS = 10;
const LONGEST_SUBPROTOCOL = 40;

export class Knocks {
  private readonly byIdentity = new LRUCache<string, Knock>({ max: MOST });

  /** @param subprotocols As the header offered them: bounded here. */
  add(knock: Omit<Knock, 'count' | 'firstAt'>): void {
    const before = this.byIdentity.peek(knock.id);
    const subprotocols = knock.subprotocols
      .slice(0, MOST_SUBPROTOCOLS)
      .map((name) => name.slice(0, LONGEST_SUBPROTOCOL));
    const { count, firstAt } = before ?? { count: 0, firstAt: knock.lastAt };
    this.byIdentity.set(knock.id, { ...knock, subprotocols, firstAt, count: count + 1 });
  }

  /** Newest first. */
  list(): Knock[] {
    return [...this.byIdentity.values()];
  }

  has(id: string): boolean {
    return this.byIdentity.peek(id) !== undefined;
  }

  forget(id: string): void {
    this.byIdentity.delete(id);
  }
}
