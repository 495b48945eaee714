/** Recognises what spreadsheet programs do to cells: errors, shortened numbers, and separators of thousands. */
import type { Steps } from '../../../domain/model/object.js';
import type { Column } from './columns.js';
import type { CsvTable } from './read-csv.js';

/** The errors of formulas, such as `#N/A`, `#REF!` or the German `#NV`, and those of LibreOffice, such as `Err:502`. */
const FORMULA_ERROR = /^(?:#(?:N\/A|NV|[\p{Lu}\d/_]+[!?])|Err:\d{3})$/u;
/** How a long number is shown in a cell that is not text; the digits that are left out are lost. */
const SHORTENED = /^\d(?:[.,]\d+)?E\+\d{2,}$/;
/** Control and formatting characters that nobody sees. Joiners are not among them: some scripts are written with them. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/u;
const JOINERS = /[\u200c\u200d]/g;
/** A spreadsheet would run these as a formula, or the import would take them for a note or for its own apostrophe. */
const SPECIAL_START = /^[=+\-@'\t#]/;
const ID_FIELDS: ReadonlySet<string> = new Set(['id', 'itemId', 'ubcId', 'code', 'tariff']);

export function isFormulaError(cell: string): boolean {
  return FORMULA_ERROR.test(cell);
}

/** Whether a text is written with an apostrophe in front, because it would be read as something else. */
export function needsApostrophe(text: string): boolean {
  return SPECIAL_START.test(text) || FORMULA_ERROR.test(text) || SHORTENED.test(text) || hasInvisible(text);
}

/** Returns the rule that a cell breaks because of its spreadsheet. A text with an apostrophe in front breaks none. */
export function spreadsheetRule({ field }: Pick<Column, 'field'>, cell: string): string | undefined {
  if (FORMULA_ERROR.test(cell)) return 'is an error of a formula in the spreadsheet';
  if (!ID_FIELDS.has(field) || cell.startsWith("'")) return undefined;
  if (SHORTENED.test(cell)) return 'is a number that the spreadsheet has shortened; format its column as text';
  const [invisible] = INVISIBLE.exec(cell.replaceAll(JOINERS, '')) ?? [];
  if (invisible === undefined) return undefined;
  return `contains the invisible character U+${(invisible.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function hasInvisible(text: string): boolean {
  return INVISIBLE.test(text.replaceAll(JOINERS, ''));
}

/** A number whose mark may separate decimals or thousands. */
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2}([.,])\d{3}$/;
const MARKED = /^[+-]?\d+([.,])\d+$/;

/** The decimal marks that a file is seen to use, from the numbers that can be read in one way only. */
export type DecimalMarks = ReadonlySet<string>;

/** Each row is one step. */
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

/** Returns the rule that a number breaks if it cannot be told which of two it is, a thousand times the other. */
export function thousandsRule({ field, format }: Column, cell: string, marks: DecimalMarks): string | undefined {
  const mark = AMBIGUOUS.exec(cell)?.[1];
  if (mark === undefined || !format.isNumber || !isAmbiguous(field, cell)) return undefined;
  if (marks.size === 1 && marks.has(mark)) return undefined;
  const [thousands, decimal] = [cell.replace(mark, ''), String(Number(cell.replace(mark, '.')))];
  return `may be ${thousands} or ${decimal}; write it without a separator of thousands, and without zeros at the end`;
}

/** Degrees never reach a thousand. */
function isAmbiguous(field: string, cell: string): boolean {
  return AMBIGUOUS.test(cell) && field !== 'latitude' && field !== 'longitude';
}
