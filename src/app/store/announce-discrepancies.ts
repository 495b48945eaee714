/** Tells of discrepancies once they are saved, so that one whose save fails, or is tried again, is not counted. */
import type { Events } from '../../ports/events.js';
import type { Batch, Store } from '../../ports/store.js';

/** Wraps a store, so that each commit that succeeds emits `discrepancy.opened` for each discrepancy of its batch. */
export function announceDiscrepancies(store: Store, events: Events): Store {
  const commit = async (batch: Batch): Promise<void> => {
    await store.commit(batch);
    for (const { kind, orderId } of batch.discrepancies ?? []) events.emit('discrepancy.opened', { kind, orderId });
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
