/** Reads members of OCPI objects, and tolerates members of the wrong type. */

export type OcpiObject = { readonly [name: string]: unknown };

export function isObject(value: unknown): value is OcpiObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(object: OcpiObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Returns the owner of an object, as `<country>*<party>`. */
export function partyOf(object: OcpiObject): string {
  return `${textOf(object, 'country_code') ?? ''}*${textOf(object, 'party_id') ?? ''}`;
}

const DECIMAL = /^[+-]?\d+(?:\.\d+)?$/;

/** Reads a number, or a decimal in a text, as in coordinates; `undefined` if it is too large to be exact. */
export function numberOf(object: OcpiObject, name: string): number | undefined {
  const value = object[name];
  const number = typeof value === 'string' && DECIMAL.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

export function objectOf(object: OcpiObject, name: string): OcpiObject {
  const value = object[name];
  return isObject(value) ? value : {};
}

export function listOf(object: OcpiObject, name: string): readonly OcpiObject[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Whether a member is absent, or a list of nothing but objects, which `listOf` then returns whole. */
export function isAbsentOrList(object: OcpiObject, name: string): boolean {
  const value = object[name] ?? [];
  return Array.isArray(value) && value.every(isObject);
}

export function textsOf(object: OcpiObject, name: string): readonly string[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
