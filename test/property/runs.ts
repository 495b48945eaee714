/** How many random cases a property tries. */

const RUNS = process.env['PROPERTY_RUNS'];
const WANTED = Number(RUNS);

/** Whether this is `npm run check`, or a test that somebody runs alone. */
export const isFastLoop = RUNS === undefined;

/** Whether somebody has asked for a number of cases, to search for new ones. */
export const isSearch = WANTED > 0;

/**
 * All of `full` with `PROPERTY_RUNS=full` (as `npm test` sets it), a fifth in the fast loop, and with a number that many,
 * whatever the property.
 */
export function runs(full: number): number {
  if (isSearch) return WANTED;
  return RUNS === 'full' ? full : Math.ceil(full / 5);
}
