/** Reads a registry from a file that the operator maintains, for networks without a registry service. */
import { readFile, stat } from 'node:fs/promises';
import type { Events } from '../../ports/events.js';
import { isObject } from '../protocol/json-reading.js';
import {
  isAskedFor,
  isUsable,
  readRecord,
  RegistryFault,
  type RegistryRecord,
  type RegistrySource,
} from './registry.js';

/**
 * Reads a JSON list of records, or `{ "subscribers": [...] }`, and reads it again if the file has changed. If the file
 * becomes unreadable, this is reported and its last valid content stays in use. A record without a status counts as
 * `SUBSCRIBED`.
 */
export function createFileRegistry(options: { readonly path: string; readonly events?: Events }): RegistrySource {
  const { path, events } = options;
  let records: readonly RegistryRecord[] | undefined;
  let loadedVersion: string | undefined;

  async function refresh(): Promise<readonly RegistryRecord[]> {
    try {
      const { mtimeMs, size } = await stat(path);
      const version = `${mtimeMs}/${size}`;
      if (records && loadedVersion === version) return records;
      const fresh = parseRecords(await readFile(path, 'utf8'), path);
      loadedVersion = version;
      records = fresh;
      return fresh;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!records) throw new RegistryFault(`the registry file ${path} cannot be read: ${reason}`, { cause: error });
      events?.emit('registry.failed', { reason, path });
      return records;
    }
  }

  return {
    maxAgeMs: 1000,
    async lookup(query) {
      const all = await refresh();
      return all.filter((record) => isAskedFor(record, query));
    },
  };
}

/**
 * @errors SyntaxError if the content is not JSON; RegistryFault if it has no list, or for the first bad record: an
 *         error in a hand-written list is reported, not skipped.
 */
function parseRecords(content: string, path: string): RegistryRecord[] {
  const parsed: unknown = JSON.parse(content);
  const list: unknown = isObject(parsed) ? parsed['subscribers'] : parsed;
  if (!Array.isArray(list)) throw new RegistryFault(`${path} contains no list of records`);
  return list.map((raw: unknown, index) => {
    const record = readRecord(raw);
    if (!isUsable(record)) throw new RegistryFault(`${path}, record ${index}: ${record.problem}`);
    return record.status === '' ? { ...record, status: 'SUBSCRIBED' } : record;
  });
}
