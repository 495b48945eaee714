/** The number of random cases in a property test. */

const RUNS = process.env['PROPERTY_RUNS'];
const WANTED = Number(RUNS);

/** Whether the run is part of `npm run check` or of a single test file, and therefore uses fewer cases. */
export const isFastLoop = RUNS === undefined;

/** Whether `PROPERTY_RUNS` sets a number of cases, to search for new failures. */
export const isSearch = WANTED > 0;

/**
 * Returns the number of cases: `full` with `PROPERTY_RUNS=full`, which `npm test` sets; the number in `PROPERTY_RUNS`,
 * if any; otherwise a fifth of `full`.
 */
export function runs(full: number): number {
  if (isSearch) return WANTED;
  return RUNS === 'full' ? full : Math.ceil(full / 5);
}
