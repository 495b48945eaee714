/** Tag groups: how this dialect says everything that the core has no field for. */
import { valueAt, readCode, readList } from '../../protocol/json-reading.js';
import type { JsonObject } from '../../protocol/wire.js';

export interface TagGroup {
  /** Path of the group in the message. */
  readonly path: string;
  readonly entries: readonly TagEntry[];
}

export interface TagEntry {
  readonly path: string;
  /** Lower case, hyphens for spaces and underscores. */
  readonly code?: string;
  readonly raw: unknown;
  readonly value: unknown;
}

/** The code of a thing with a descriptor; its name when it has no code. */
export function descriptorCode(thing: unknown): string | undefined {
  return readCode(valueAt(thing, 'descriptor', 'code')) ?? readCode(valueAt(thing, 'descriptor', 'name'));
}

/** Every group of a `tags` array, with paths that begin at `path`. */
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

/** One entry; `unit` states the scale of the value where the dialect leaves it open. */
export function tagEntry(code: string, name: string, value: string, unit?: string): JsonObject {
  return { display: true, descriptor: { code, name, ...(unit !== undefined && { short_desc: unit }) }, value };
}

/** An entry that is only a value, as prices and power ratings are. */
export function valueEntry(value: string): JsonObject {
  return { display: true, value };
}
