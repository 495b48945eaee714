/** Reads and writes CSV as RFC 4180 describes it. */

/** @shape The first row names the members. Cells that a spreadsheet would run as a formula are prefixed. */
export function formatCsv(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, ...rows].map((row) => row.map(formatCell).join(',')).join('\r\n');
}

/** @returns One object per row, named by the first row. */
export function parseCsv(text: string): readonly { readonly [name: string]: string }[] {
  const [head = [], ...rows] = readRows(text);
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ''])));
}

function formatCell(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function readRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  // Each match is one cell and what ends it: a comma, a line break, or the end of the text.
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (end === '' && row.length === 0 && quoted === undefined && plain === '') break;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
    if (end === '') break;
  }
  return rows;
}
