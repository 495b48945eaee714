/** How the key directory's entries are kept among the store's small values. */
import type { Json } from '../../domain/model/object.js';
import { isObject, readRecord, type RegistryRecord } from './registry.js';

const STORAGE_PREFIX = 'registry/';

export interface StoredEntry {
  readonly subscriberId: string;
  /** Absent for an answer that was asked for without a key. */
  readonly keyId: string | undefined;
  /** Empty once the registry has taken the key back. */
  readonly records: readonly RegistryRecord[];
  /** Epoch ms. */
  readonly fetchedAt: number;
}

/** The first network's entries, and those of the others, lie apart. */
export function storagePrefix(network: string | undefined): string {
  return network === undefined ? STORAGE_PREFIX : `registry-of/${network}/`;
}

/** Names of values are plain ASCII, whatever a participant calls itself. */
export function storageName(prefix: string, entryKey: string): string {
  return prefix + encodeURIComponent(entryKey);
}

export function encodeEntry(entry: StoredEntry): Json {
  const { subscriberId, fetchedAt } = entry;
  const records = entry.records.map((record): Json => ({ ...record }));
  return { subscriberId, keyId: entry.keyId ?? null, fetchedAt, records };
}

/** Reads a value back through the same reader as a registry's answer; what it refuses is as good as never stored. */
export function decodeEntry(value: Json): StoredEntry | undefined {
  if (!isObject(value)) return undefined;
  const { subscriberId, keyId, fetchedAt, records: raw } = value;
  if (typeof subscriberId !== 'string' || typeof fetchedAt !== 'number' || !Array.isArray(raw)) return undefined;
  const records: RegistryRecord[] = [];
  for (const item of raw) {
    const record = readRecord(item);
    if (!('problem' in record)) records.push(record);
  }
  if (records.length === 0) return undefined;
  return { subscriberId, keyId: typeof keyId === 'string' ? keyId : undefined, fetchedAt, records };
}
