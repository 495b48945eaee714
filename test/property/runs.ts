/** How many random cases a property tries. */

const FULL = process.env['PROPERTY_RUNS'] === 'full';

/** All of `full` with `PROPERTY_RUNS=full` (as `npm test` sets it), a fifth in the fast loop. */
export function runs(full: number): number {
  return FULL ? full : Math.ceil(full / 5);
}
