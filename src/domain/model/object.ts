/** Removes keys from an object without leaving `undefined` behind. */
export function omit<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const copy = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

/** Anything JSON can say; carried through the heart without being looked at. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
