/** Defines JSON values, and removes keys from objects. */

/** Returns a copy of an object without some keys. */
export function omit<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const copy = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

/** Any JSON value. The domain passes such values on without interpreting them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
