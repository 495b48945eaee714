/** Reads JSON of unknown shape. */

export type Json = { [key: string]: unknown };

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the value if it is a string, else ''. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Returns the value if it is an array, else an empty array. */
export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/**
 * Follows keys and indexes into a value; negative indexes count from the end.
 * @returns `undefined` if there is nothing at the path.
 */
export function valueAt(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((current, key) => {
    if (Array.isArray(current)) return typeof key === 'number' ? current.at(key) : undefined;
    return isJson(current) ? current[String(key)] : undefined;
  }, value);
}

/** @returns `undefined`, which is not a JSON value, if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
