/** Reads JSON of unknown shape by path. */

export type Dict = { readonly [key: string]: unknown };

export function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns `undefined` when the path does not exist. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((here, key) => {
    if (Array.isArray(here)) return typeof key === 'number' ? (here as unknown[])[key] : undefined;
    return isDict(here) ? here[String(key)] : undefined;
  }, value);
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Returns the values of one Beckn tag group, by code. */
export function tags(holder: unknown, group: string): ReadonlyMap<string, string> {
  const found = list(at(holder, 'tags')).find((one) => at(one, 'descriptor', 'code') === group);
  return new Map(list(at(found, 'list')).map((one) => [text(at(one, 'descriptor', 'code')), text(at(one, 'value'))]));
}

/** Reads a number, or decimal text, as hundredths: `16.3`, `"16.30"` and `"₹ 16.3"` are 1630. */
export function hundredths(value: unknown): number | undefined {
  if (typeof value === 'number') return Math.round(value * 100);
  const found = /-?\d+(?:\.\d+)?/.exec(text(value))?.[0];
  return found === undefined ? undefined : Math.round(Number(found) * 100);
}
