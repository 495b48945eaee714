/** Reads a network document in JSON or YAML, and finds the lines of its faults. */
import type { Steps } from '../../domain/model/object.js';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { checkNetwork, type LoadedNetwork, type NetworkDocument } from '../../config/network-file/load-network.js';
import { type Edit, type Edits } from './edits/edits.js';
import { type Fault, shownValue } from './edits/fault.js';
import { ENTITY_KINDS, toTables } from '../../bridge/network/network-tables.js';

/** A parsed text, and a function that finds the position of a value in it. */
export interface ParsedText {
  readonly value: unknown;
  /** @returns Line and column of the value at a path, or of the innermost part of the path that exists. */
  readonly locate: (path: readonly string[]) => Pick<Fault, 'line' | 'column'>;
}

/** Limits YAML aliases, because nested ones could expand to any size. */
const MAX_ALIASES = 100;

/** Parses JSON or YAML. Tries JSON first, because that is much faster. */
export function parseText(file: string, text: string): ParsedText | { readonly faults: readonly Fault[] } {
  let asYaml: { readonly document: Document; readonly lines: LineCounter } | undefined;
  const yaml = (): NonNullable<typeof asYaml> => {
    const lines = new LineCounter();
    return (asYaml ??= { document: parseDocument(text, { lineCounter: lines }), lines });
  };
  const locate: ParsedText['locate'] = (path) => {
    const { document, lines } = yaml();
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      const range: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'range') : undefined;
      if (!Array.isArray(range) || typeof range[0] !== 'number') continue;
      const { line, col } = lines.linePos(range[0]);
      return { line, column: col };
    }
    return {};
  };
  try {
    return { value: JSON.parse(text), locate };
  } catch {
    const { document, lines } = yaml();
    const [error] = document.errors;
    if (error) {
      const { line, col } = lines.linePos(error.pos[0]);
      const rule = `cannot be read: ${error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? ''}`;
      return { faults: [{ file, line, column: col, rule }] };
    }
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), locate };
  }
}

/** Turns a network document into edits, each of which states its whole entry. */
export function* documentEdits(
  file: string,
  { value, locate }: ParsedText,
): Steps<Edits | { readonly faults: readonly Fault[] }> {
  const checked = yield* checkNetwork(withoutSchemaName(value));
  if ('faults' in checked) {
    return {
      faults: checked.faults.map(({ problem, path, rule, value: wrong }) => ({
        file,
        ...(path && { ...locate(path), path: path.join('.') }),
        ...(rule !== 'is missing' && path && { value: shownValue(wrong) }),
        rule: rule ?? problem,
      })),
    };
  }
  return yield* editsOf(file, checked);
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
