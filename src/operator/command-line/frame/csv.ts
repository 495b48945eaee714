/** Formats CSV (RFC 4180). */

/** @shape The first row names the columns. Cells that a spreadsheet would run as a formula get a leading apostrophe. */
export function formatCsv(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, ...rows].map((row) => row.map(formatCell).join(',')).join('\r\n');
}

function formatCell(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
