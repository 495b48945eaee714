/**
 * Emits an event for each discrepancy once it has been saved. A failed save emits none, and a discrepancy that is saved
 * again under the same id emits no second one.
 */
import { createBoundedCache } from '../../observe/bounded-cache.js';
import type { Events } from '../../ports/events.js';
import type { Batch, Store } from '../../ports/store.js';

/** How many ids are remembered. After so many others, or after a restart, a repeated save emits a second event. */
const MAX_IDS = 10_000;

/** Wraps a store so that each successful commit emits `discrepancy.opened` for each new discrepancy of its batch. */
export function announceDiscrepancies(store: Store, events: Events): Store {
  const announced = createBoundedCache<true>(MAX_IDS);
  const commit = async (batch: Batch): Promise<void> => {
    await store.commit(batch);
    for (const { id, kind, orderId } of batch.discrepancies ?? []) {
      if (!announced.has(id)) events.emit('discrepancy.opened', { kind, orderId });
      announced.set(id, true);
    }
  };
  // A store is a class with private members, so its methods need the store itself as `this`.
  return new Proxy(store, {
    get(target, name) {
      if (name === 'commit') return commit;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
