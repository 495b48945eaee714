/** A registry that is a file: trust set up by hand, where no registry can be asked. */
import { readFile, stat } from 'node:fs/promises';
import type { Events } from '../../ports/events.js';
import { isObject, readRecord, RegistryFault, type RegistryRecord, type RegistrySource } from './registry.js';

/**
 * Reads a JSON list of records, or `{ "subscribers": [...] }`, again whenever the file has changed. What cannot be
 * read after a change is told, and the last good content stays. A record without a status counts as `SUBSCRIBED`.
 */
export function createFileRegistry(options: { readonly path: string; readonly events?: Events }): RegistrySource {
  const { path, events } = options;
  let records: readonly RegistryRecord[] | undefined;
  let readAs: string | undefined;

  async function refresh(): Promise<readonly RegistryRecord[]> {
    try {
      const { mtimeMs, size } = await stat(path);
      const version = `${mtimeMs}/${size}`;
      if (records && readAs === version) return records;
      const fresh = parseRecords(await readFile(path, 'utf8'), path);
      readAs = version;
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
    async lookup({ subscriberId, keyId }) {
      const all = await refresh();
      return all.filter((row) => row.subscriberId === subscriberId && (keyId === undefined || row.keyId === keyId));
    },
  };
}

/** All or nothing: a list by hand with one bad row is a mistake to be told, not to be guessed around. */
function parseRecords(content: string, path: string): RegistryRecord[] {
  const parsed: unknown = JSON.parse(content);
  const list: unknown = isObject(parsed) ? parsed['subscribers'] : parsed;
  if (!Array.isArray(list)) throw new RegistryFault(`${path} holds no list of records`);
  return list.map((raw: unknown, index) => {
    const record = readRecord(raw);
    if ('problem' in record) throw new RegistryFault(`${path}, record ${index}: ${record.problem}`);
    return record.status === '' ? { ...record, status: 'SUBSCRIBED' } : record;
  });
}
