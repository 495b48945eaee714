/** The entry point of the thread that reads one YAML text; see `yaml-text.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { Place, YamlRequest, YamlResponse } from './yaml-text.js';

/** The maximum length of a text with all aliases expanded. Nested aliases could expand to any size. */
const MAX_LENGTH = 64 * 1024 * 1024;

function respond({ text, paths }: YamlRequest): YamlResponse {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (paths) return { places: paths.map((path) => placeOf(document, lines, path)) };
  const [error] = document.errors;
  if (error) {
    const rule = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
    return { problem: rule, place: toPlace(lines, error.pos[0]) };
  }
  // The library's own limit counts uses, so it would refuse an anchor that many connectors share.
  const value: unknown = document.toJS({ maxAliasCount: -1 });
  if (lengthOf(value) > MAX_LENGTH) return { problem: 'its aliases expand to too much text' };
  return { json: JSON.stringify(value) ?? 'null' };
}

/**
 * Estimates the length of a value as JSON. A shared part is measured once and counted wherever it occurs. The length is
 * infinite if a part contains itself.
 */
function lengthOf(value: unknown, known = new Map<object, number>()): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  known.set(value, Infinity);
  let length = 1;
  for (const [key, member] of Object.entries(value)) length += key.length + lengthOf(member, known);
  known.set(value, length);
  return length;
}

function placeOf(document: Document, lines: LineCounter, path: readonly string[]): Place {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const range: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'range') : undefined;
    if (Array.isArray(range) && typeof range[0] === 'number') return toPlace(lines, range[0]);
  }
  return {};
}

function toPlace(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

parentPort?.postMessage(respond(workerData as YamlRequest));
