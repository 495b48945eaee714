/** JSON values, and a way to drop keys from an object. */

/** Removes keys from a copy of an object, so that no `undefined` values are left behind. */
export function omit<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const copy = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

/** Any JSON value. The domain carries it without reading it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
