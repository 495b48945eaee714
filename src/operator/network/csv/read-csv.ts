/** Reads the rows of a CSV file, and maps its headings to columns. */
import { finished } from 'node:stream/promises';
import { CsvError, parse, type Parser } from 'csv-parse';
import { nextTurn, type TurnClock } from '../../../ports/runtime.js';
import { nearestName } from '../../../config/nearest-name.js';
import type { Fault } from '../edits/fault.js';
import type { EntityKind } from '../../../bridge/network/network-tables.js';
import { ALL_COLUMNS, type Column } from './columns.js';
import { decodeText, type DecodedText } from './decode-text.js';
import { isFormulaError } from './spreadsheet-cells.js';

export interface CsvRow {
  /** The line of its first cell, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly file: string;
  readonly encoding: DecodedText['encoding'];
  readonly delimiter: string;
  readonly rows: readonly CsvRow[];
  /** The headings as the author wrote them. */
  readonly headings: readonly string[];
  /** For each kind, the columns that the file has, each with the index of its cells. */
  readonly columns: ReadonlyMap<EntityKind, readonly (readonly [column: Column, index: number])[]>;
  /** The same columns, keyed by `columnKey`. */
  readonly byField: ReadonlyMap<string, readonly [column: Column, index: number]>;
  /** Headings that are not read, because no column has a similar name. */
  readonly ignored: readonly string[];
  readonly faults: readonly Fault[];
}

const MAX_ROWS = 200_000;
/** How many bytes are parsed in one event-loop turn. */
const SLICE_BYTES = 16_384;
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Reads a CSV file. It is parsed in slices of `SLICE_BYTES`, between which other work can run. */
export async function readCsv(file: string, bytes: Uint8Array, clock: TurnClock): Promise<CsvTable> {
  const { text, encoding } = decodeText(bytes);
  const delimiter = delimiterOf(text);
  const base = { file, encoding, delimiter };
  const empty = { ...base, rows: [], headings: [], columns: new Map(), byField: new Map(), ignored: [] };
  let records: CsvRow[];
  try {
    records = await parseRows(text, delimiter, clock);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? { line: error['lines'] } : {};
    return { ...empty, faults: [{ file, ...line, rule: csvRule(error) }] };
  }
  const headAt = records.findIndex(({ cells }) => isData(cells) || isNumbered(cells));
  const head = records[headAt];
  const rows = records.slice(headAt + 1).filter(({ cells }) => isData(cells));
  if (!head) return { ...empty, faults: [{ file, rule: 'has no headings; a template has them' }] };
  if (rows.length > MAX_ROWS) return { ...empty, faults: [{ file, rule: `has more than ${MAX_ROWS} rows` }] };
  const headings = readHeadings(file, head);
  const long = rows.find(({ cells }) => cells.slice(head.cells.length).some((cell) => cell.trim() !== ''));
  const tooMany = long
    ? [{ file, line: long.line, rule: `has more cells than headings; is the delimiter "${delimiter}" inside a text?` }]
    : [];
  return {
    ...base,
    rows,
    headings: head.cells.map((cell) => cell.trim()),
    ...headings,
    faults: [...headings.faults, ...tooMany],
  };
}

async function parseRows(text: string, delimiter: string, clock: TurnClock): Promise<CsvRow[]> {
  const parser = parse({
    delimiter,
    // A file that was joined from two may end its lines in two ways.
    record_delimiter: ['\r\n', '\n', '\r'],
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
  });
  const rows: CsvRow[] = [];
  parser.on('readable', () => readRecords(parser, rows));
  const ended = finished(parser);
  // The error is thrown below; until then it must not count as unhandled.
  ended.catch(() => undefined);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length && !parser.destroyed; at += SLICE_BYTES) {
    parser.write(bytes.subarray(at, at + SLICE_BYTES));
    await nextTurn(clock);
  }
  parser.end();
  await ended;
  return rows;
}

function readRecords(parser: Parser, rows: CsvRow[]): void {
  for (;;) {
    const parsed = parser.read() as { record: string[]; info: { lines: number } } | null;
    if (parsed === null) return;
    const { record, info } = parsed;
    // The parser states the last line of a record, but a cell may contain line breaks.
    const breaks = record.reduce((sum, cell) => sum + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 0);
    rows.push({ line: info.lines - breaks, cells: record });
  }
}

/** Whether a row holds data. A `#` in the first cell marks a note, and `sep=;` tells Excel the delimiter. */
function isData(cells: readonly string[]): boolean {
  const [first = ''] = cells;
  const isNote = first.trim() === '#' || (first.startsWith('#') && !isFormulaError(first.trim()));
  return !isNote && !/^sep=/i.test(first) && cells.some((cell) => cell.trim() !== '');
}

/** Whether these are headings, the first of which is a lone `#`, for row numbers. */
function isNumbered([first = '', ...others]: readonly string[]): boolean {
  return /^"?#"?$/.test(first.trim()) && others.some((cell) => columnsNamed(plainHeading(cell)).length > 0);
}

function csvRule(error: CsvError): string {
  return error.code.includes('QUOTE')
    ? 'has a quotation mark that is not closed, or one in the middle of a cell'
    : error.message;
}

/** Returns the declared delimiter, or else the most frequent one in the line of headings, outside quotation marks. */
function delimiterOf(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n?|\n/, 200);
  const declared = /^"?sep=(.)/i.exec(lines[0] ?? '')?.[1];
  if (declared !== undefined) return declared;
  const isHead = (line: string): boolean =>
    line.trim() !== '' && (!/^"?#/.test(line) || isNumbered(line.split(/[,;\t|]/)));
  const head = lines.find(isHead) ?? '';
  const bare = head.replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((one) => [bare.split(one).length - 1, one] as const);
  return counts.reduce((best, next) => (next[0] > best[0] ? next : best))[1];
}

type Headings = Pick<CsvTable, 'columns' | 'byField' | 'ignored' | 'faults'>;

export function columnKey(kind: EntityKind, field: string): string {
  return `${kind} ${field}`;
}

function readHeadings(file: string, { line, cells }: CsvRow): Headings {
  const columns = new Map<EntityKind, (readonly [Column, number])[]>();
  const ignored: string[] = [];
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const [index, cell] of cells.entries()) {
    const heading = plainHeading(cell);
    if (heading === '') continue;
    const found = columnsNamed(heading);
    const place = { file, line, column: cell.trim() };
    if (found.length === 0) {
      const meant = nearestName(heading, HEADINGS);
      if (meant === undefined) ignored.push(cell.trim());
      else faults.push({ ...place, rule: 'is not a known heading', didYouMean: meant });
    }
    for (const column of found) {
      const key = `${column.kind} ${column.field}`;
      if (seen.size === seen.add(key).size) faults.push({ ...place, rule: 'occurs twice' });
      const ofKind = columns.get(column.kind);
      if (ofKind) ofKind.push([column, index]);
      else columns.set(column.kind, [[column, index]]);
    }
  }
  const byField = new Map(
    [...columns.values()].flat().map((pair) => [columnKey(pair[0].kind, pair[0].field), pair] as const),
  );
  return { columns, byField, ignored, faults };
}

function plainHeading(cell: string): string {
  return cell
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
}

const BY_HEADING = new Map<string, readonly Column[]>();
for (const column of ALL_COLUMNS) BY_HEADING.set(column.name, [...(BY_HEADING.get(column.name) ?? []), column]);
/** Maps an alias to its heading, which may name both an entry and a reference to it, as `charge_point_id` does. */
const NAME_OF_ALIAS = new Map(ALL_COLUMNS.flatMap(({ name, aliases = [] }) => aliases.map((alias) => [alias, name])));
const HEADINGS = [...new Set(ALL_COLUMNS.map(({ name }) => name))];

function columnsNamed(heading: string): readonly Column[] {
  return BY_HEADING.get(NAME_OF_ALIAS.get(heading) ?? heading) ?? [];
}
