/** Defines a write: the records to save together, and the change to memory after the commit. */
import type { Batch, Store } from '../../ports/store.js';

export interface ExtraWrite {
  readonly batch: Omit<Batch, 'orders'>;
  /** Updates memory. Runs after a successful commit, before the effects are sent. */
  readonly committed?: () => void;
}

export const NO_EXTRA_WRITE: ExtraWrite = { batch: {} };

/**
 * Merges two writes. Each kind of record may be in only one of them, except charge points: those of `second` replace
 * those of `first`.
 */
export function joinWrites(first: ExtraWrite, second: ExtraWrite): ExtraWrite {
  return {
    batch: { ...first.batch, ...second.batch },
    committed: () => {
      first.committed?.();
      second.committed?.();
    },
  };
}

/** Saves records without an order, then updates memory. @errors StoreFault; memory is then unchanged. */
export async function commitWrite(store: Pick<Store, 'commit'>, write: ExtraWrite): Promise<void> {
  if (Object.keys(write.batch).length > 0) await store.commit(write.batch);
  write.committed?.();
}
