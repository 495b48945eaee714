/** Recognises configuration keys that hold credentials, and masks their values. */
import type { Json } from '../../domain/model/object.js';

const SECRET = /AuthorizationKey|BasicAuthPassword|apnPassword|password$/i;
const HIDDEN = '***';

/** True for a configuration key or variable that holds a credential. */
export function isSecretKey(key: string): boolean {
  return SECRET.test(key);
}

/**
 * Replaces credentials in a payload by asterisks.
 * @shape  1.6: `{key, value}` pairs at any depth; 2.x: `{variable: {name}, attributeValue}`; and any text field whose
 *   own name is that of a credential.
 */
export function maskSecrets(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => maskSecrets(item));
  const record = value as { readonly [key: string]: Json };
  const names = [record['key'], variableNameOf(record['variable'])];
  const secret = names.some((name) => typeof name === 'string' && isSecretKey(name));
  return Object.fromEntries(
    Object.entries(record).map(([key, item]) => {
      const hidden = isSecretKey(key) || (secret && (key === 'value' || key === 'attributeValue'));
      return [key, hidden && typeof item === 'string' ? HIDDEN : maskSecrets(item)];
    }),
  );
}

function variableNameOf(variable: Json | undefined): Json | undefined {
  if (typeof variable !== 'object' || variable === null || Array.isArray(variable)) return undefined;
  return (variable as { readonly [key: string]: Json })['name'];
}
