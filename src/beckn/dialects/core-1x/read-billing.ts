/** Reads the billing details of an order. */
import type { Json } from '../../../domain/model/object.js';
import { isObject, readEmail, readText, valueAt } from '../../protocol/json-reading.js';
import { readTimestamp } from '../../protocol/ttl.js';
import type { JsonObject } from '../../protocol/wire.js';

/** Reads the known fields of a billing object and drops invalid values; `undefined` if nothing is left. */
export function readBilling(billing: unknown): Json | undefined {
  if (!isObject(billing)) return undefined;
  const organization = readOrganization(valueAt(billing, 'organization'));
  const time = readTimestamp(valueAt(billing, 'time', 'timestamp'));
  const fields: JsonObject = {
    ...readTexts(billing, ['name', 'address', 'phone', 'tax_id']),
    ...readEmailField(billing),
    ...readPlace('city', valueAt(billing, 'city')),
    ...readPlace('state', valueAt(billing, 'state')),
    ...(organization && { organization }),
    ...(time !== undefined && { time: { timestamp: new Date(time).toISOString() } }),
  };
  return Object.keys(fields).length > 0 ? fields : undefined;
}

function readOrganization(value: unknown): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const name = readText(valueAt(value, 'descriptor', 'name'));
  const source = valueAt(value, 'contact');
  const contact: JsonObject = isObject(source) ? { ...readTexts(source, ['phone']), ...readEmailField(source) } : {};
  const fields: JsonObject = {
    ...(name !== undefined && { descriptor: { name } }),
    ...readTexts(value, ['address']),
    ...readPlace('city', valueAt(value, 'city')),
    ...(Object.keys(contact).length > 0 && { contact }),
  };
  return Object.keys(fields).length > 0 ? fields : undefined;
}

export function readTexts(source: JsonObject, names: readonly string[]): JsonObject {
  const fields: Record<string, Json> = {};
  for (const name of names) {
    const value = readText(valueAt(source, name));
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

function readEmailField(source: JsonObject): JsonObject {
  const email = readEmail(valueAt(source, 'email'));
  return email === undefined ? {} : { email };
}

/** Reads a `City`, `State` or `Country` with code and name. Plain text is read as the name. */
export function readPlace(field: string, value: unknown): JsonObject {
  const name = readText(value);
  if (name !== undefined) return { [field]: { name } };
  if (!isObject(value)) return {};
  const place = readTexts(value, ['name', 'code']);
  return Object.keys(place).length > 0 ? { [field]: place } : {};
}
