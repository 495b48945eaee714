/** Looks up records by POST to a registry's HTTP interface: the published API, the deployed one or ONDC's. */
import type { Events } from '../../ports/events.js';
import { callRegistry, readStatusText, saysNoRecord } from './registry-call.js';
import {
  isUsable,
  readRecord,
  readSubscriberId,
  RegistryFault,
  type LookupRow,
  type RegistrySource,
} from './registry.js';

const LOOKUP_PATHS = { succinct: '/subscribers/lookup', beckn: '/lookup', ondc: '/v2.0/lookup' } as const;

export interface HttpRegistryOptions {
  /** Base address, with or without a trailing slash. */
  readonly url: string;
  readonly kind: keyof typeof LOOKUP_PATHS;
  /** Replaces the default path of `kind`. */
  readonly lookupPath?: string | undefined;
  /** Additional fields of every lookup. */
  readonly query?: { readonly [name: string]: string } | undefined;
  /** Signs the body of a lookup, for registries that answer only subscribers. */
  readonly authorize?: ((body: Uint8Array) => string) | undefined;
  /** Builds the body from the query, as `vlookup` requires. */
  readonly wrapQuery?: ((query: { readonly [name: string]: string }) => object) | undefined;
  /** Time limit for the whole exchange, in ms of real time. */
  readonly timeoutMs?: number;
  /** Checks a record against its schema; a record that fails counts as unusable, and is reported. */
  readonly validateRecord?:
    | ((record: unknown) => { readonly path: string; readonly message: string } | undefined)
    | undefined;
  readonly events?: Events | undefined;
}

/**
 * Sends the key id under every field name that a registry may expect. The caller has to filter the result, because some
 * registries ignore unknown fields and return more records.
 */
export function createHttpRegistry(options: HttpRegistryOptions): RegistrySource {
  const url = options.url.replace(/\/+$/, '') + (options.lookupPath ?? LOOKUP_PATHS[options.kind]);
  const timeoutMs = options.timeoutMs ?? 5000;

  return {
    async lookup({ subscriberId, keyId }) {
      const query = { ...options.query, subscriber_id: subscriberId, ...keySynonyms(keyId) };
      const body = JSON.stringify(options.wrapQuery?.(query) ?? query);
      const authorization = options.authorize?.(Buffer.from(body));
      const headers = authorization === undefined ? {} : { authorization };
      const response = await callRegistry({ method: 'POST', url, body, headers, timeoutMs });
      if (saysNoRecord(response)) return [];
      const { status, json } = response;
      if (status < 200 || status > 299) throw new RegistryFault(`the registry responded ${status} at ${url}`);
      const { own, isAnswer } = readAnswer(json, subscriberId, options);
      if (isAnswer) return own;
      const reason = readStatusText(json);
      const detail = reason === undefined ? '' : `: ${reason}`;
      throw new RegistryFault(`the registry's response at ${url} is not a JSON list of records${detail}`);
    },
  };
}

function keySynonyms(keyId: string | undefined): { readonly [name: string]: string } {
  return keyId === undefined ? {} : { unique_key_id: keyId, key_id: keyId, pub_key_id: keyId, ukId: keyId };
}

/**
 * Reads the participant's records from a response, and reports unusable ones.
 * @shape  A list of records, or one record. Only a list in which every item names another participant shows that this
 *         participant has no record: an item that names none may be its record, or an error.
 */
function readAnswer(
  json: unknown,
  subscriberId: string,
  { validateRecord, events }: HttpRegistryOptions,
): { readonly own: readonly LookupRow[]; readonly isAnswer: boolean } {
  const items: readonly unknown[] = Array.isArray(json) ? json : [json];
  const owners = items.map((item) => readSubscriberId(item));
  const own = items
    .filter((_item, index) => owners[index] === subscriberId)
    .map((item): LookupRow => {
      const row = readRecord(item);
      const violation = isUsable(row) ? validateRecord?.(item) : undefined;
      return violation ? { subscriberId, keyId: row.keyId, problem: `${violation.path}: ${violation.message}` } : row;
    });
  for (const row of own) if (!isUsable(row)) events?.emit('registry.failed', { subscriberId, reason: row.problem });
  return { own, isAnswer: own.length > 0 || (Array.isArray(json) && !owners.includes(undefined)) };
}
