/** JSON-LD as this network writes it: prefixed keys, and a context and a type on every node. */
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt } from '../../protocol/json-reading.js';

// Names, not addresses to fetch from: nothing here ever opens them.
const CORE = 'https://raw.githubusercontent.com/beckn/protocol-specifications-v2/refs/heads/core-v2.0.0-rc/schema';
const CONTEXTS = {
  core: `${CORE}/core/v2/context.jsonld`,
  service: `${CORE}/EvChargingService/v1/context.jsonld`,
  offer: `${CORE}/EvChargingOffer/v1/context.jsonld`,
  session: `${CORE}/EvChargingSession/v1/context.jsonld`,
  ubc: 'https://raw.githubusercontent.com/bhim/ubc-tsd/main/beckn-schemas/UBCExtensions/v1/context.jsonld',
} as const;

/** A node with its context; what is `undefined` is left out. */
export function jsonLdNode(
  context: keyof typeof CONTEXTS,
  type: string,
  fields: { readonly [key: string]: Json | undefined },
): JsonObject {
  return { '@context': CONTEXTS[context], ...typedNode(type, fields) };
}

/** A node that stands in another's context. */
export function typedNode(type: string, fields: { readonly [key: string]: Json | undefined }): JsonObject {
  return { '@type': type, ...omitUndefined(fields) };
}

export function omitUndefined(fields: { readonly [key: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

const PREFIXES = ['beckn:', '', 'schema:'] as const;

/** Follows keys down, whichever of the prefixes a sender has put before each. */
export function readField(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    const below = here;
    here = PREFIXES.map((prefix) => valueAt(below, `${prefix}${key}`)).find((found) => found !== undefined);
    if (here === undefined) return undefined;
  }
  return here;
}
