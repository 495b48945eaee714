/** Formats text for people. On a terminal, the text may have colours, and tables fit the width. */

const ANSI_CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
const GAP = '  ';
/** A sentence that is cut to fewer characters says nothing. */
const MIN_CUT_WIDTH = 12;

export interface Style {
  /** Characters per line of the terminal; `undefined` if the output is not a terminal, and then nothing is cut. */
  readonly width: number | undefined;
  colour(colour: keyof typeof ANSI_CODES, text: string): string;
}

export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function styleFor(stream: OutputStream, env: NodeJS.ProcessEnv): Style {
  const isTerminal = stream.isTTY === true;
  const isColoured = isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return {
    width: isTerminal ? (stream.columns ?? 80) || 80 : undefined,
    colour: (colour, text) => (isColoured ? `\u001b[${ANSI_CODES[colour]}m${text}\u001b[0m` : text),
  };
}

/** How to fit a table to a terminal that is too narrow for it. */
interface TableOptions {
  /** The names of columns whose text may be cut. All others hold ids, times and amounts, and stay whole. */
  readonly prose?: readonly string[];
}

/**
 * Aligns rows in columns, two spaces apart and without a frame. On a terminal that is too narrow, prose is cut first;
 * then the last columns are left out and named below. Nothing is cut in a pipe.
 */
export function formatTable(
  style: Style,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { prose = [] }: TableOptions = {},
): string {
  const all = [head, ...rows].map((row) => row.map(onOneLine));
  const widths = fittedWidths(columnWidths(all), { head, prose, total: style.width ?? Infinity });
  const [first = '', ...lines] = all.map((row) => alignRow(row, widths));
  const left = head.slice(widths.length);
  const missing = `No room for: ${left.join(', ')}. A wider terminal and --json have them.`;
  const note = style.colour('dim', wrapLines(missing, style.width));
  return [style.colour('dim', first), ...lines, ...(left.length > 0 ? ['', note] : [])].join('\n');
}

/**
 * Like `formatTable`, for values that must stay whole, such as keys. On a narrow terminal, each row becomes a block.
 */
export function formatRecords(style: Style, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columnWidths([head, ...rows]);
  if (style.width === undefined || tableWidth(widths) <= style.width) return formatTable(style, head, rows);
  const blocks = rows.map((row) => formatFields(head.map((name, column) => [name, row[column] || undefined] as const)));
  return blocks.join('\n\n');
}

function alignRow(row: readonly string[], widths: readonly number[]): string {
  const cells = widths.map((width, column) => cut(row[column] ?? '', width).padEnd(width));
  return cells.join(GAP).trimEnd();
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
}

function tableWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * Math.max(0, widths.length - 1));
}

/** @returns The widths of as many leading columns as fit with prose narrowed; if not even two do, that of the first. */
function fittedWidths(
  full: readonly number[],
  {
    head,
    prose,
    total,
  }: { readonly head: readonly string[]; readonly prose: readonly string[]; readonly total: number },
): readonly number[] {
  for (let count = full.length; count > 1; count -= 1) {
    const widths = full.slice(0, count);
    shrink(
      widths,
      widths.map((_, column) => prose.includes(head[column] ?? '')),
      total,
    );
    if (tableWidth(widths) <= total) return widths;
  }
  return full.slice(0, 1);
}

/** Aligns the names and values of one item. Omits fields without a value. */
export function formatFields(fields: readonly (readonly [string, string | undefined])[]): string {
  const present = fields.filter((field): field is readonly [string, string] => field[1] !== undefined);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}${GAP}${onOneLine(value)}`.trimEnd()).join('\n');
}

/**
 * Breaks a text into lines, and indents all but the first. A line has at most `width` characters besides its indent,
 * unless it is one longer word.
 */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${indent}`);
}

/** Breaks each line that is longer than `width`. If `width` is `undefined`, nothing is broken. */
export function wrapLines(text: string, width: number | undefined): string {
  const lines = text.split('\n');
  return lines.map((line) => (line.length <= (width ?? Infinity) ? line : wrap(line, width ?? Infinity))).join('\n');
}

/** Control characters, line separators and direction marks. */
const UNPRINTABLE = '[\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]+';
const UNPRINTABLE_TEXT = new RegExp(UNPRINTABLE, 'g');
const KEPT_ON_TERMINAL = `\\u001b\\[(?:${[0, ...Object.values(ANSI_CODES)].join('|')})m|\\r?\\n|\\t`;
const TERMINAL_TEXT = new RegExp(`(${KEPT_ON_TERMINAL})|${UNPRINTABLE.replace(/\+$/, '')}`, 'g');

/**
 * Replaces unprintable characters with spaces, since text from a charger, a buyer or a file could otherwise move the
 * cursor, change colours or reorder the line.
 */
function onOneLine(text: string): string {
  return text.replaceAll(UNPRINTABLE_TEXT, ' ');
}

/**
 * Replaces the unprintable characters of a whole output with spaces, except line ends, tabs and the colours of `Style`.
 */
export function printable(text: string): string {
  return text.replaceAll(TERMINAL_TEXT, (_match, kept: string | undefined) => kept ?? ' ');
}

/** Narrows the prose columns in `widths`, the widest first, until the table fits or each has the minimum width. */
function shrink(widths: number[], isProse: readonly boolean[], total: number): void {
  for (let excess = tableWidth(widths) - total; excess > 0; excess = tableWidth(widths) - total) {
    const widest = Math.max(0, ...widths.filter((_, column) => isProse[column]));
    if (widest <= MIN_CUT_WIDTH) return;
    const at = widths.findIndex((width, column) => isProse[column] && width === widest);
    const next = Math.max(...widths.filter((width, column) => isProse[column] && width < widest), MIN_CUT_WIDTH);
    widths[at] = Math.max(next, widest - excess, MIN_CUT_WIDTH);
  }
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
