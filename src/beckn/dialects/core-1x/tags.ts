/** Tag groups: how this dialect says everything that the core has no field for. */
import { at, codeOf, list } from '../../protocol/json-reading.js';
import type { JsonObject } from '../../protocol/dialect.js';

export interface FoundGroup {
  /** Path of the group in the message. */
  readonly path: string;
  readonly entries: readonly FoundEntry[];
}

export interface FoundEntry {
  readonly path: string;
  /** Lower case, hyphens for spaces and underscores. */
  readonly code?: string;
  readonly raw: unknown;
  readonly value: unknown;
}

/** The code of a thing with a descriptor; its name when it has no code. */
export function descriptorCode(thing: unknown): string | undefined {
  return codeOf(at(thing, 'descriptor', 'code')) ?? codeOf(at(thing, 'descriptor', 'name'));
}

/** Every group of a `tags` array, with paths that begin at `path`. */
export function readGroups(tags: unknown, path: string): (FoundGroup & { readonly code?: string })[] {
  return list(tags).map((group, index) => {
    const code = descriptorCode(group);
    const entries = list(at(group, 'list')).map((raw, entry): FoundEntry => {
      const entryCode = descriptorCode(raw);
      return {
        path: `${path}[${index}].list[${entry}]`,
        ...(entryCode !== undefined && { code: entryCode }),
        raw,
        value: at(raw, 'value'),
      };
    });
    return { path: `${path}[${index}]`, entries, ...(code !== undefined && { code }) };
  });
}

export function findGroup(tags: unknown, path: string, code: string): FoundGroup | undefined {
  return readGroups(tags, path).find((group) => group.code === code);
}

export function group(code: string, name: string, entries: readonly JsonObject[]): JsonObject {
  return { display: true, descriptor: { code, name }, list: entries };
}

/** One entry; `unit` states the scale of the value where the dialect leaves it open. */
export function entry(code: string, name: string, value: string, unit?: string): JsonObject {
  return { display: true, descriptor: { code, name, ...(unit !== undefined && { short_desc: unit }) }, value };
}

/** An entry that is only a value, as prices and power ratings are. */
export function bare(value: string): JsonObject {
  return { display: true, value };
}
