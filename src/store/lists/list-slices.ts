/**
 * Reads one page of a list. A query sets a slice size if few of the list's records may meet its conditions. The page is
 * then read in slices, so that other work can run between them.
 */
import { type Clock, nextTurn } from '../../ports/runtime.js';
import type { Page } from '../../ports/store.js';
import type { PageQuery, SortPosition } from './sql-page.js';

type Between = readonly [after: SortPosition | undefined, last: SortPosition | undefined];

export interface ListReader {
  /** @errors RangeError if the list has no such cursor. */
  checkCursor(list: PageQuery, after: string | undefined): void;
  /** @param between The position after which reading begins, and the last position that is read. */
  page<T>(list: PageQuery, limit: number, between?: Between): T[];
  /** Returns the position `count` records after another one, or from the start; `undefined` if fewer follow. */
  positionAfter(list: PageQuery, after: SortPosition | undefined, count: number): SortPosition | undefined;
}

export async function listInSlices<T>(
  reader: ListReader,
  list: PageQuery,
  { limit, after }: Page,
  clock: Pick<Clock, 'callSoon'>,
): Promise<T[]> {
  reader.checkCursor(list, after);
  if (list.sliceSize === undefined) return reader.page(list, limit);
  const found: T[] = [];
  for (let position: SortPosition | undefined; ;) {
    const last = reader.positionAfter(list, position, list.sliceSize);
    found.push(...reader.page<T>(list, limit - found.length, [position, last]));
    if (found.length >= limit || !last) return found;
    position = last;
    await nextTurn(clock);
  }
}
