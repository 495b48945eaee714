/** Formats text for people: colours only on a terminal, tables that fit its width. */

const ANSI_CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
const GAP = '  ';
const MIN_CUT_WIDTH = 8;

export interface Style {
  /** Characters per line of the terminal; `undefined` if the output is none, and then nothing is cut. */
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

/**
 * Aligns rows in columns, two spaces apart and without a frame. On a terminal, the widest columns are cut until a row
 * fits; in a pipe nothing is cut.
 */
export function formatTable(style: Style, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(onOneLine));
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  if (style.width !== undefined) shrink(widths, style.width);
  const lines = all.map((row) =>
    row
      .map((cell, column) => cut(cell, widths[column] ?? cell.length).padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  return [style.colour('dim', lines[0] ?? ''), ...lines.slice(1)].join('\n');
}

/** Aligns names and values of one thing; a value that is absent is left out. */
export function formatFields(fields: readonly (readonly [string, string | undefined])[]): string {
  const present = fields.filter((field): field is readonly [string, string] => field[1] !== undefined);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}${GAP}${onOneLine(value)}`.trimEnd()).join('\n');
}

/** Breaks a text into lines of at most `width` characters, and indents each after the first. */
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

/** Replaces control characters, which could move the cursor or change colours: texts of chargers and buyers are shown. */
function onOneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, ' ');
}

function shrink(widths: number[], total: number): void {
  const gaps = GAP.length * (widths.length - 1);
  for (;;) {
    const excess = widths.reduce((sum, width) => sum + width, gaps) - total;
    const widest = Math.max(...widths);
    if (excess <= 0 || widest <= MIN_CUT_WIDTH) return;
    const at = widths.indexOf(widest);
    const next = Math.max(MIN_CUT_WIDTH, ...widths.filter((width) => width < widest));
    widths[at] = Math.max(next === widest ? widest - 1 : next, widest - excess, MIN_CUT_WIDTH);
  }
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
