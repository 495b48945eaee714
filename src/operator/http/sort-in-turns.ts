/** Sorts a long list over several event-loop turns, so that other work can run. */
import { type Clock, nextTurn } from '../../ports/runtime.js';

/** How many items are sorted or merged in one turn: a few milliseconds of work. */
const ITEMS_PER_TURN = 1000;

/** @returns A sorted copy; items that compare as equal keep their order. */
export async function sortInTurns<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
  clock: Pick<Clock, 'callSoon'>,
): Promise<readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += ITEMS_PER_TURN) {
    if (from > 0) await nextTurn(clock);
    runs.push(items.slice(from, from + ITEMS_PER_TURN).sort(compare));
  }
  while (runs.length > 1) {
    const longer: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      longer.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], compare, clock));
    runs = longer;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
  clock: Pick<Clock, 'callSoon'>,
): Promise<readonly T[]> {
  if (right.length === 0) return left;
  const merged: T[] = [];
  for (let [l, r] = [0, 0]; l < left.length || r < right.length;) {
    const [a, b] = [left[l] as T, right[r] as T];
    const takesLeft = r === right.length || (l < left.length && compare(a, b) <= 0);
    merged.push(takesLeft ? a : b);
    if (takesLeft) l += 1;
    else r += 1;
    if (merged.length % ITEMS_PER_TURN === 0) await nextTurn(clock);
  }
  return merged;
}
