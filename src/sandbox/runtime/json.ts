/** Reads JSON of unknown shape. Every party of the sandbox reads its messages through these functions. */

export type Json = { [key: string]: unknown };

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value itself when it is a string, else ''. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The value itself when it is an array, else an empty one. */
export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Follows keys and indexes into a value. Negative indexes count from the end; a path that breaks off gives `undefined`. */
export function valueAt(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((current, key) => {
    if (Array.isArray(current)) return typeof key === 'number' ? current.at(key) : undefined;
    return isJson(current) ? current[String(key)] : undefined;
  }, value);
}

/** @errors None; text that is not JSON gives `undefined`, which is never the value of a JSON text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
