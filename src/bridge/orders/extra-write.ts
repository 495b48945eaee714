/** Defines a write: records to be saved together, and the change to memory that follows the commit. */
import type { Batch, Store } from '../../ports/store.js';

export interface ExtraWrite {
  readonly batch: Omit<Batch, 'orders'>;
  /** Updates memory. Runs once the write is durable, before its effects are sent, and not if the commit fails. */
  readonly committed?: () => void;
}

export const NO_EXTRA_WRITE: ExtraWrite = { batch: {} };

/** Merges two writes. A kind of record may be in only one of them, except charge points: those of `second` win. */
export function joinWrites(first: ExtraWrite, second: ExtraWrite): ExtraWrite {
  return {
    batch: { ...first.batch, ...second.batch },
    committed: () => {
      first.committed?.();
      second.committed?.();
    },
  };
}

/** Saves records without an order, then updates memory. @errors StoreFault: memory is unchanged. */
export async function commitWrite(store: Pick<Store, 'commit'>, write: ExtraWrite): Promise<void> {
  if (Object.keys(write.batch).length > 0) await store.commit(write.batch);
  write.committed?.();
}
