/** Tag groups, in which core 1.x dialects write everything that the core has no field for. */
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

/** The code in the descriptor of a group or entry; its name if it has no code. */
export function descriptorCode(node: unknown): string | undefined {
  return readCode(valueAt(node, 'descriptor', 'code')) ?? readCode(valueAt(node, 'descriptor', 'name'));
}

/** The groups of a `tags` array. @param path The path of the array, with which the paths of groups begin. */
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

/** @param unit Stated when the dialect does not define the unit of the value. */
export function tagEntry(code: string, name: string, value: string, unit?: string): JsonObject {
  return { display: true, descriptor: { code, name, ...(unit !== undefined && { short_desc: unit }) }, value };
}

/** An entry without a code, as for prices and power ratings. */
export function valueEntry(value: string): JsonObject {
  return { display: true, value };
}
