/** Converts the key directory's entries to and from their stored form. */
import { MAIN_NETWORK } from '../../ports/networks.js';
import type { Json } from '../../domain/model/object.js';
import { isObject } from '../protocol/json-reading.js';
import { isUsable, readRecord, type RegistryRecord } from './registry.js';

export interface StoredEntry {
  readonly subscriberId: string;
  /** Absent if the lookup named no key. */
  readonly keyId: string | undefined;
  /** Empty if the registry no longer has the key. */
  readonly records: readonly RegistryRecord[];
  /** Epoch ms. */
  readonly fetchedAt: number;
}

export function storagePrefix(network: string): string {
  return network === MAIN_NETWORK ? 'registry/' : `registry-of/${network}/`;
}

/** Names of stored values are plain ASCII, so ids are percent-encoded. */
export function storageName(prefix: string, entryKey: string): string {
  return prefix + encodeURIComponent(entryKey);
}

export function encodeEntry(entry: StoredEntry): Json {
  const { subscriberId, fetchedAt } = entry;
  const records = entry.records.map((record): Json => ({ ...record }));
  return { subscriberId, keyId: entry.keyId ?? null, fetchedAt, records };
}

/** Reads a stored entry with the reader of registry responses; `undefined` if no record in it is valid. */
export function decodeEntry(value: Json): StoredEntry | undefined {
  if (!isObject(value)) return undefined;
  const { subscriberId, keyId, fetchedAt, records: raw } = value;
  if (typeof subscriberId !== 'string' || typeof fetchedAt !== 'number' || !Array.isArray(raw)) return undefined;
  const records = raw.map((item) => readRecord(item)).filter(isUsable);
  if (records.length === 0) return undefined;
  return { subscriberId, keyId: typeof keyId === 'string' ? keyId : undefined, fetchedAt, records };
}

/** Builds the cache key as a JSON pair, so that no name can imitate the key of another entry. */
export function entryKey(subscriberId: string, keyId: string | undefined): string {
  return JSON.stringify([subscriberId, keyId ?? null]);
}

export function keyIdOfEntry(key: string): string | undefined {
  const [, keyId] = JSON.parse(key) as readonly [string, string | null];
  return keyId ?? undefined;
}
