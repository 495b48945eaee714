/** Records that are saved in the same write as an order, and the change of memory that follows the commit. */
import type { Batch, Store } from '../../ports/store.js';

export interface ExtraWrite {
  readonly batch: Omit<Batch, 'orders'>;
  /** Changes memory. Runs once the write is durable, before its effects leave; never when the commit fails. */
  readonly committed?: () => void;
}

export const NO_EXTRA_WRITE: ExtraWrite = { batch: {} };

/** Both writes as one. No kind of record may be in both, except that the second one's charge point replaces the first one's. */
export function joinWrites(first: ExtraWrite, second: ExtraWrite): ExtraWrite {
  return {
    batch: { ...first.batch, ...second.batch },
    committed: () => {
      first.committed?.();
      second.committed?.();
    },
  };
}

/** Saves records that belong to no order. @errors StoreFault; memory is then unchanged. */
export async function commitWrite(store: Pick<Store, 'commit'>, write: ExtraWrite): Promise<void> {
  if (Object.keys(write.batch).length > 0) await store.commit(write.batch);
  write.committed?.();
}
