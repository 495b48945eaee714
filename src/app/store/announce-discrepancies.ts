/**
 * Tells of discrepancies once they are saved, so that one whose save fails, or is tried again, is not counted. A finding
 * that is repeated has the same id and remains one discrepancy.
 */
import { createBoundedCache } from '../../observe/bounded-cache.js';
import type { Events } from '../../ports/events.js';
import type { Batch, Store } from '../../ports/store.js';

/** How many ids are remembered. A finding that is repeated after so many others is counted again. */
const MAX_IDS = 10_000;

/** Wraps a store, so that each commit that succeeds emits `discrepancy.opened` for each new discrepancy of its batch. */
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
