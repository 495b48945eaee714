/** Reads and builds tag groups, in which core 1.x dialects put data that the core has no field for. */
import { valueAt, readCode, readList } from '../../protocol/json-reading.js';
import type { JsonObject } from '../../protocol/wire.js';

export interface TagGroup {
  /** Path of the group in the message. */
  readonly path: string;
  readonly entries: readonly TagEntry[];
}

export interface TagEntry {
  readonly path: string;
  /** In lower case, with hyphens for spaces and underscores. */
  readonly code?: string;
  readonly raw: unknown;
  readonly value: unknown;
}

/** Returns the code in the descriptor of a group or entry, or its name if it has no code. */
function descriptorCode(node: unknown): string | undefined {
  return readCode(valueAt(node, 'descriptor', 'code')) ?? readCode(valueAt(node, 'descriptor', 'name'));
}

/** Reads the groups of a `tags` array. @param path Path of the array; the groups' paths begin with it. */
export function readGroups(tags: unknown, path: string): (TagGroup & { readonly code?: string })[] {
  return readList(tags).map((group, index) => {
    const code = descriptorCode(group);
    const entries = readList(valueAt(group, 'list')).map((raw, entry): TagEntry => {
      const entryCode = descriptorCode(raw);
      return {
        path: `${path}[${index}].list[${entry}]`,
        ...(entryCode !== undefined && { code: entryCode }),
        raw,
        value: valueAt(raw, 'value'),
      };
    });
    return { path: `${path}[${index}]`, entries, ...(code !== undefined && { code }) };
  });
}

export function findGroup(tags: unknown, path: string, code: string): TagGroup | undefined {
  return readGroups(tags, path).find((group) => group.code === code);
}

export function tagGroup(code: string, name: string, entries: readonly JsonObject[]): JsonObject {
  return { display: true, descriptor: { code, name }, list: entries };
}

/** @param unit The unit of the value, if the dialect does not define it. */
export function tagEntry(code: string, name: string, value: string, unit?: string): JsonObject {
  return { display: true, descriptor: { code, name, ...(unit !== undefined && { short_desc: unit }) }, value };
}

/** Builds an entry without a code, as used for prices and power ratings. */
export function valueEntry(value: string): JsonObject {
  return { display: true, value };
}
