/** Looks up records by POST to a registry's HTTP interface: the published API, the deployed one or ONDC's. */
import type { Events } from '../../ports/events.js';
import { callRegistry } from './registry-call.js';
import { isObject } from '../protocol/json-reading.js';
import { readRecord, RegistryFault, type RegistryRecord, type RegistrySource } from './registry.js';

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
  /** Checks a record against its schema; a record that fails is skipped. */
  readonly validateRecord?:
    ((record: unknown) => { readonly path: string; readonly message: string } | undefined) | undefined;
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
      const { status, json } = await callRegistry({ method: 'POST', url, body, headers, timeoutMs });
      // A 404 with a JSON body means that there is no record; without one the address is wrong.
      if (status === 404 && json !== undefined) return [];
      if (status < 200 || status > 299) throw new RegistryFault(`the registry responded ${status} at ${url}`);
      if (json === undefined)
        throw new RegistryFault(`the registry's response at ${url} is not a JSON list of records`);
      return readRecords(Array.isArray(json) ? json : [json], subscriberId, options);
    },
  };
}

function keySynonyms(keyId: string | undefined): { readonly [name: string]: string } {
  return keyId === undefined ? {} : { unique_key_id: keyId, key_id: keyId, pub_key_id: keyId, ukId: keyId };
}

/** Reads the valid records of the subscriber. A bad record is reported and skipped. */
function readRecords(raw: readonly unknown[], subscriberId: string, options: HttpRegistryOptions): RegistryRecord[] {
  const records: RegistryRecord[] = [];
  for (const item of raw) {
    if (isObject(item) && item['subscriber_id'] !== undefined && item['subscriber_id'] !== subscriberId) continue;
    const violation = options.validateRecord?.(item);
    const record = violation ? { problem: `${violation.path}: ${violation.message}` } : readRecord(item);
    if ('problem' in record) options.events?.emit('registry.failed', { subscriberId, reason: record.problem });
    else records.push(record);
  }
  return records;
}
