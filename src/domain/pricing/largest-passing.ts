/** Searches for the largest value that passes a test, such as the longest time whose price stays within an amount. */

interface SearchOptions {
  /** Where values may pass again although lower ones do not, ascending, from 1 to below `max`. None by default. */
  readonly restarts?: readonly number[];
  /** The result is below the exact one by less than this, near the given value. 1 by default, which makes it exact. */
  readonly precisionAt?: (value: number) => number;
}

/**
 * Returns the largest integer from 0 to `max` that passes, provided that between restarts every number below a passing
 * one passes too. Otherwise a larger one may pass, but the result still passes.
 * @errors None; `undefined` if no value passes.
 */
export function largestPassing(
  max: number,
  passes: (value: number) => boolean,
  { restarts = [], precisionAt = () => 1 }: SearchOptions = {},
): number | undefined {
  if (passes(max)) return max;
  let beyond = max;
  for (const start of [0, ...restarts].reverse()) {
    if (!passes(start)) {
      beyond = start;
      continue;
    }
    let within = start;
    while (beyond - within > precisionAt(within)) {
      const middle = Math.floor((within + beyond) / 2);
      if (passes(middle)) within = middle;
      else beyond = middle;
    }
    return within;
  }
  return undefined;
}
