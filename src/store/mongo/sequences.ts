/** Keeps sequences of numbers. The document of a sequence states how many numbers have been taken. */
import type { FencedWrites } from './fenced-writes.js';
import { duplicateIndex } from './stored-forms.js';

/** Raises a sequence to at least `floor`. @errors Those of the driver and the lease. */
export async function raiseSequence(writes: FencedWrites, name: string, floor: number): Promise<void> {
  const taken = { $max: ['$taken', floor] };
  await writes.change(writes.collections.numbers, { _id: name }, { taken }, { upsert: true });
}

/**
 * Takes the next `size` numbers of a sequence.
 * @returns The first of them.
 * @errors Those of the driver and the lease.
 */
export async function reserveNumbers(writes: FencedWrites, name: string, size: number): Promise<number> {
  const fields = { taken: { $add: [{ $ifNull: ['$taken', 0] }, size] } };
  const take = () => writes.change(writes.collections.numbers, { _id: name }, fields, { upsert: true });
  // If two writes insert the document at once, one of them gets a duplicate key error and is tried again.
  const before = await take().catch((error: unknown) => {
    if (duplicateIndex(error) !== '_id_') throw error;
    return take();
  });
  return Number(before?.['taken'] ?? 0) + 1;
}
