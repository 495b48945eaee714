/** Reads and builds the JSON-LD of Beckn 2.0 networks, with prefixed keys and nodes that have a context and a type. */
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt } from '../../protocol/json-reading.js';

// These URLs are identifiers; nothing here fetches them.
const CORE = 'https://raw.githubusercontent.com/beckn/protocol-specifications-v2/refs/heads/core-v2.0.0-rc/schema';
const CONTEXTS = {
  core: `${CORE}/core/v2/context.jsonld`,
  service: `${CORE}/EvChargingService/v1/context.jsonld`,
  offer: `${CORE}/EvChargingOffer/v1/context.jsonld`,
  session: `${CORE}/EvChargingSession/v1/context.jsonld`,
  ubc: 'https://raw.githubusercontent.com/bhim/ubc-tsd/main/beckn-schemas/UBCExtensions/v1/context.jsonld',
} as const;

/** Builds a node with its own context. Fields that are `undefined` are left out. */
export function jsonLdNode(
  context: keyof typeof CONTEXTS,
  type: string,
  fields: { readonly [key: string]: Json | undefined },
): JsonObject {
  return { '@context': CONTEXTS[context], ...typedNode(type, fields) };
}

/** Builds a node that uses the context of its parent. */
export function typedNode(type: string, fields: { readonly [key: string]: Json | undefined }): JsonObject {
  return { '@type': type, ...omitUndefined(fields) };
}

export function omitUndefined(fields: { readonly [key: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

const PREFIXES = ['beckn:', '', 'schema:'] as const;

/**
 * Follows keys into nested objects. Each key may be bare or have the prefix `beckn:` or `schema:`. A null counts as
 * missing, so that it does not hide another spelling of its key.
 */
export function readField(value: unknown, ...keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) {
    const parent = current;
    current = PREFIXES.map((prefix) => valueAt(parent, `${prefix}${key}`)).find(
      (child) => child !== undefined && child !== null,
    );
    if (current === undefined) return undefined;
  }
  return current;
}
