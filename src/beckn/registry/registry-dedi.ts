/** Looks up records in a decentralised directory (DeDi), where one GET returns one key of one subscriber. */
import type { Events } from '../../ports/events.js';
import { callRegistry, saysNoRecord } from './registry-call.js';
import { isObject, valueAt } from '../protocol/json-reading.js';
import { isUsable, readRecord, RegistryFault, type RegistrySource } from './registry.js';

/** Wildcard for all registries of a namespace. */
const WILDCARD_REGISTRY = 'subscribers.beckn.one';
/** States in which a record is in force. A record that states none is in force too. */
const ACTIVE_STATES = new Set(['LIVE', 'ACTIVE', 'PUBLISHED', 'SUBSCRIBED']);

export interface DediRegistryOptions {
  /** Base address, such as `https://host/registry/dedi`. */
  readonly url: string;
  /** The registry's name in every namespace; by default the wildcard. */
  readonly registryName?: string | undefined;
  readonly timeoutMs?: number;
  readonly events?: Events | undefined;
}

/**
 * @shape  `GET {base}/lookup/{subscriber}/{registry}/{key}` → `{data: {details: {…record}, state?, ttl?}}`.
 * @unit   `ttl` in s; the record is looked up again after this time at the latest.
 * @source DeDi lookup, as used by the Beckn 2.0 reference adapter. DeDi cannot list the keys of a subscriber.
 */
export function createDediRegistry(options: DediRegistryOptions): RegistrySource {
  const base = options.url.replace(/\/+$/, '');
  const registryName = options.registryName ?? WILDCARD_REGISTRY;
  const timeoutMs = options.timeoutMs ?? 5000;

  return {
    requiresKeyId: true,
    async lookup({ subscriberId, keyId }) {
      if (keyId === undefined) return [];
      const path = ['lookup', subscriberId, registryName, keyId].map(encodeURIComponent).join('/');
      const url = `${base}/${path}`;
      const response = await callRegistry({ method: 'GET', url, timeoutMs });
      if (saysNoRecord(response)) return [];
      const { status, json } = response;
      if (status < 200 || status > 299) throw new RegistryFault(`the directory responded ${status} at ${url}`);
      const details = valueAt(json, 'data', 'details');
      // The details need not name the subscriber or the key, so only the key material shows that they are a record.
      if (!isObject(details) || details['signing_public_key'] === undefined)
        throw new RegistryFault(`the directory's response at ${url} has no data.details with a signing_public_key`);
      const row = readRecord({
        ...details,
        subscriber_id: details['subscriber_id'] ?? subscriberId,
        // A record that names another key is filtered out by the caller.
        key_id: details['key_id'] ?? details['unique_key_id'] ?? details['pub_key_id'] ?? keyId,
        status: details['status'] ?? subscriptionStatus(valueAt(json, 'data', 'state')),
      });
      if (!isUsable(row)) {
        options.events?.emit('registry.failed', { subscriberId, reason: row.problem });
        return [row];
      }
      const ttl = valueAt(json, 'data', 'ttl');
      return [typeof ttl === 'number' && ttl > 0 ? { ...row, freshMs: ttl * 1000 } : row];
    },
  };
}

function subscriptionStatus(state: unknown): string {
  const status = typeof state === 'string' ? state.trim().toUpperCase() : '';
  return status === '' || ACTIVE_STATES.has(status) ? 'SUBSCRIBED' : status;
}
