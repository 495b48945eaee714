/** Recognises configuration keys that hold credentials, and masks their values. */
import type { Json } from '../../domain/model/object.js';

const SECRET = /AuthorizationKey|BasicAuthPassword|apnPassword|password$/i;
const HIDDEN = '***';

/** Returns true if a configuration key or variable holds a credential. */
function isSecretKey(key: string): boolean {
  return SECRET.test(key);
}

/** Returns true for a setting of a credential: `{key}` of 1.6, or `{variable: {name}}` of 2.x. */
export function hasSecretName(setting: { readonly [key: string]: Json }): boolean {
  const names = [setting['key'], variableNameOf(setting['variable'])];
  return names.some((name) => typeof name === 'string' && isSecretKey(name));
}

/**
 * Masks the values of secret keys in a payload with asterisks.
 * @shape  1.6: `{key, value}` pairs at any depth; 2.x: `{variable: {name}, attributeValue}`; and any field that is
 *         itself named like a credential. In URLs, the user, password and query are masked.
 */
export function maskSecrets(value: Json): Json {
  if (typeof value === 'string') return maskUrls(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => maskSecrets(item));
  const record = value as { readonly [key: string]: Json };
  const secret = hasSecretName(record);
  return Object.fromEntries(
    Object.entries(record).map(([key, item]) => {
      const hidden = isSecretKey(key) || (secret && (key === 'value' || key === 'attributeValue'));
      return [key, hidden && typeof item === 'string' ? HIDDEN : maskSecrets(item)];
    }),
  );
}

/** Replaces the credentials in a charge point's configuration, a map by key, with asterisks. */
export function maskConfiguration<T extends string>(configuration: {
  readonly [key: string]: T;
}): {
  readonly [key: string]: T | typeof HIDDEN;
} {
  return Object.fromEntries(
    Object.entries(configuration).map(([key, value]) => [key, isSecretKey(key) && value !== '' ? HIDDEN : value]),
  );
}

/** Matches each URL in a text, in groups: scheme, user info, rest, query. A query may hold an upload's signature. */
const URL_SECRETS = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/?#"'<>]*@)?([^\s?"'<>]*)(\?[^\s"'<>]*)?/gi;

/** Masks the URLs in a text, so that they show only the scheme, host and path. */
export function maskUrls(text: string): string {
  return text.replace(
    URL_SECRETS,
    (_url, scheme: string, user: string | undefined, rest: string, query: string | undefined) =>
      `${scheme}${user === undefined ? '' : `${HIDDEN}@`}${rest.replace(/^.*@/, `${HIDDEN}@`)}${query === undefined ? '' : `?${HIDDEN}`}`,
  );
}

function variableNameOf(variable: Json | undefined): Json | undefined {
  if (typeof variable !== 'object' || variable === null || Array.isArray(variable)) return undefined;
  return (variable as { readonly [key: string]: Json })['name'];
}
