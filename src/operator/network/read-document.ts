/** Reads a network document in JSON or YAML, and finds the lines of its faults. */
import type { Steps } from '../../domain/model/object.js';
import { inTurns, type TurnClock } from '../../ports/runtime.js';
import { repeatedMember } from '../../config/json-text.js';
import { checkNetwork, type LoadedNetwork, type NetworkDocument } from '../../config/network-file/load-network.js';
import { type Edit, type Edits } from './edits/edits.js';
import { type Fault, shownValue } from './edits/fault.js';
import { ENTITY_KINDS, toTables } from '../../bridge/network/network-tables.js';
import { locateValues, readYaml } from './yaml-text.js';

/** Reads JSON or YAML. YAML includes JSON, but JSON is tried first because its parser is much faster. */
export async function parseText(
  file: string,
  text: string,
): Promise<{ readonly value: unknown } | { readonly faults: readonly Fault[] }> {
  try {
    const value: unknown = JSON.parse(text);
    const repeated = repeatedMember(text);
    if (!repeated) return { value };
    const { name, ...place } = repeated;
    return { faults: [{ file, ...place, value: shownValue(name), rule: 'occurs twice in an object' }] };
  } catch {
    const read = await readYaml(text);
    if ('value' in read) return read;
    return { faults: [{ file, ...read.place, rule: `cannot be read: ${read.problem}` }] };
  }
}

/**
 * Turns a network document into edits, each of which states its whole entry.
 * @param text The document's text, in which its faults are located.
 */
export async function documentEdits(
  file: string,
  { value, text }: { readonly value: unknown; readonly text: string },
  clock: TurnClock,
): Promise<Edits | { readonly faults: readonly Fault[] }> {
  const checked = await inTurns(checkNetwork(withoutSchemaName(value)), clock);
  if (!('faults' in checked)) return inTurns(editsOf(file, checked), clock);
  const places = await locateValues(
    text,
    checked.faults.map(({ path }) => path ?? []),
  );
  return {
    faults: checked.faults.map(({ problem, path, rule, value: wrong }, index) => ({
      file,
      ...(path && { ...places[index], path: path.join('.') }),
      ...(rule !== 'is missing' && path && { value: shownValue(wrong) }),
      rule: rule ?? problem,
    })),
  };
}

function* editsOf(file: string, { document }: LoadedNetwork): Steps<Edits> {
  const { name, tables } = yield* toTables(document);
  const edits: Edit[] = ENTITY_KINDS.flatMap((kind) =>
    [...tables[kind]].map(([key, { parent, fields }]) => ({
      kind,
      key,
      ...(parent !== undefined && { parent }),
      isWhole: true as const,
      fields,
      origin: { file },
    })),
  );
  return { name, edits };
}

function withoutSchemaName(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { $schema: _, ...document } = value as { $schema?: string } & NetworkDocument;
  return document;
}
