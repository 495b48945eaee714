/** General helpers: JSON values, copies of objects without some keys, and long work in steps. */

/** Returns a copy of an object without the given keys. */
export function omit<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const copy = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

/** Any JSON value. The domain passes such values on without interpreting them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Long work in small steps: a generator that yields after each step, so that its caller can run other work. */
export type Steps<T> = Generator<void, T, void>;

/** Runs all steps without interruption. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
