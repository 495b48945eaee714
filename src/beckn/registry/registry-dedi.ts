/** A decentralised directory (DeDi): one GET for one key of one subscriber. */
import type { Events } from '../../ports/events.js';
import { callRegistry } from './registry-call.js';
import { isObject, readRecord, RegistryFault, type RegistrySource } from './registry.js';

/** Stands for every registry of a namespace. */
export const WILDCARD_REGISTRY = 'subscribers.beckn.one';
/** States of a record that is in force; a record without a state is. */
const ACTIVE_STATES = new Set(['LIVE', 'ACTIVE', 'PUBLISHED', 'SUBSCRIBED']);

export interface DediRegistryOptions {
  /** Base address, such as `https://host/registry/dedi`. */
  readonly url: string;
  /** The registry's name in every namespace. */
  readonly registryName?: string | undefined;
  readonly timeoutMs?: number;
  readonly events?: Events | undefined;
}

/**
 * @shape  `GET {base}/lookup/{subscriber}/{registry}/{key}` → `{data: {details: {…record}, state?, ttl?}}`.
 * @unit   `ttl` in s: the record is asked for again when it is over.
 * @source DeDi lookup, as the Beckn 2.0 reference adapter uses it. There is no listing of a subscriber's keys.
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
      const { status, json } = await callRegistry({ method: 'GET', url, timeoutMs });
      if (status === 404 && json !== undefined) return [];
      if (status < 200 || status > 299) throw new RegistryFault(`the directory answered ${status} at ${url}`);
      const data = isObject(json) ? json['data'] : undefined;
      const details = isObject(data) ? data['details'] : undefined;
      if (!isObject(data) || !isObject(details)) {
        throw new RegistryFault(`the directory's answer at ${url} has no data.details`);
      }
      const record = readRecord({
        ...details,
        subscriber_id: details['subscriber_id'] ?? subscriberId,
        // The path has named the key; a record that names another is another's.
        key_id: details['key_id'] ?? details['unique_key_id'] ?? details['pub_key_id'] ?? keyId,
        status: details['status'] ?? subscriptionStatus(data['state']),
      });
      if ('problem' in record) {
        options.events?.emit('registry.failed', { subscriberId, reason: record.problem });
        return [];
      }
      const ttl = data['ttl'];
      return [typeof ttl === 'number' && ttl > 0 ? { ...record, freshMs: ttl * 1000 } : record];
    },
  };
}

function subscriptionStatus(state: unknown): string {
  const word = typeof state === 'string' ? state.trim().toUpperCase() : '';
  return word === '' || ACTIVE_STATES.has(word) ? 'SUBSCRIBED' : word;
}
