/** Tells decimal marks from thousands separators. */
import type { Steps } from '../../../domain/model/object.js';
import type { Column } from './columns.js';
import type { CsvTable } from './read-csv.js';

/** A number whose mark may separate decimals or thousands. */
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2}([.,])\d{3}$/;
const MARKED = /^[+-]?\d+([.,])\d+$/;

/** The decimal marks in those numbers of a file that can be read in one way only; without any, the usual one. */
export type DecimalMarks = ReadonlySet<string>;

/** Finds the decimal marks of a file. Each row is one step. */
export function* decimalMarks({ rows, columns, delimiter }: CsvTable): Steps<DecimalMarks> {
  const marks = new Set<string>();
  const numbers = [...columns.values()].flat().filter(([{ format }]) => format.isNumber);
  for (const { cells } of rows) {
    for (const [{ field }, index] of numbers) {
      const cell = (cells[index] ?? '').trim();
      const mark = isAmbiguous(field, cell) ? undefined : MARKED.exec(cell)?.[1];
      if (mark !== undefined) marks.add(mark);
    }
    yield;
  }
  // Our own files have points, and Excel separates cells by semicolons where decimals have commas.
  if (marks.size === 0) marks.add(delimiter === ';' ? ',' : '.');
  return marks;
}

/**
 * Returns the rule that a number breaks if its mark may separate decimals or thousands; `undefined` if it cannot, or if
 * the mark is the only decimal mark of the file.
 */
export function thousandsRule({ field, format }: Column, cell: string, marks: DecimalMarks): string | undefined {
  const mark = AMBIGUOUS.exec(cell)?.[1];
  if (mark === undefined || !format.isNumber || !isAmbiguous(field, cell)) return undefined;
  if (marks.size === 1 && marks.has(mark)) return undefined;
  const [thousands, decimal] = [cell.replace(mark, ''), String(Number(cell.replace(mark, '.')))];
  return `may be ${thousands} or ${decimal}; write it without a separator of thousands, and without zeros at the end`;
}

/** Whether the mark of a number may separate decimals or thousands. Degrees never reach a thousand. */
function isAmbiguous(field: string, cell: string): boolean {
  return AMBIGUOUS.test(cell) && field !== 'latitude' && field !== 'longitude';
}
