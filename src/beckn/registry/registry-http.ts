/** A registry asked over HTTP with a POST: the published one, the deployed one, ONDC's. */
import type { Events } from '../../ports/events.js';
import { callRegistry } from './registry-call.js';
import { isObject, readRecord, RegistryFault, type RegistryRecord, type RegistrySource } from './registry.js';

const LOOKUP_PATHS = { succinct: '/subscribers/lookup', beckn: '/lookup', ondc: '/v2.0/lookup' } as const;

export interface HttpRegistryOptions {
  /** Base address, with or without a trailing slash. */
  readonly url: string;
  readonly kind: keyof typeof LOOKUP_PATHS;
  /** Another path than the kind's. */
  readonly lookupPath?: string | undefined;
  /** Members beside the names, in every lookup. */
  readonly query?: { readonly [name: string]: string } | undefined;
  /** Signs the body of a lookup, where the registry answers to subscribers alone. */
  readonly authorize?: ((body: Uint8Array) => string) | undefined;
  /** Wraps the query another way, such as `vlookup` does. */
  readonly wrapQuery?: ((query: { readonly [name: string]: string }) => object) | undefined;
  /** Real ms for the whole exchange. */
  readonly timeoutMs?: number;
  /** The record's schema, where one is at hand: what it refuses is passed over. */
  readonly validateRecord?:
    ((record: unknown) => { readonly path: string; readonly message: string } | undefined) | undefined;
  readonly events?: Events | undefined;
}

/**
 * Sends every synonym of the subscriber and key id that a registry may look for, and leaves it to the caller to
 * pick from the answer: some registries ignore what they do not know and answer with more.
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
      // A 404 in JSON is an answer; one without is a wrong address.
      if (status === 404 && json !== undefined) return [];
      if (status < 200 || status > 299) throw new RegistryFault(`the registry answered ${status} at ${url}`);
      if (json === undefined) throw new RegistryFault(`the registry's answer at ${url} is no JSON list of records`);
      return readRecords(Array.isArray(json) ? json : [json], subscriberId, options);
    },
  };
}

function keySynonyms(keyId: string | undefined): { readonly [name: string]: string } {
  return keyId === undefined ? {} : { unique_key_id: keyId, key_id: keyId, pub_key_id: keyId, ukId: keyId };
}

/** Keeps what can be read; a bad record costs only itself. */
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
