/**
 * Recognises the traces that spreadsheet programs leave in cells: formula errors, shortened numbers and invisible
 * characters.
 */

/** The formula errors in the languages of Excel, such as `#N/A` and `#¡VALOR!`, and of LibreOffice: `Err:502`. */
const FORMULA_ERROR =
  /^(?:#(?:\p{Lu}\/\p{Lu}|NV|YOK|HIÁNYZIK|NENÍ_K_DISPOZICI|NEDOSTUPNÝ|[¡¿]?[\p{Lu}\d/_]+[!?])|Err:\d{3})$/u;
/** How a long number is shown in a cell that is not text; the digits that are left out are lost. */
const SHORTENED = /^\d(?:[.,]\d+)?E\+\d{2,}$/;
/** Control and formatting characters, which nobody sees. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/u;
/** Invisible characters that are allowed, because some scripts are written with them. */
const JOINERS = /[\u200c\u200d]/g;
/** Text that a spreadsheet would run as a formula, or that the import would take for a note or for its apostrophe. */
const SPECIAL_START = /^[=+\-@'\t#]/;
const ID_FIELDS: ReadonlySet<string> = new Set(['id', 'itemId', 'ubcId', 'code', 'tariff']);

export function isFormulaError(cell: string): boolean {
  return FORMULA_ERROR.test(cell);
}

/** Whether a text is written with an apostrophe in front, because it would be read as something else. */
export function needsApostrophe(text: string): boolean {
  return (
    SPECIAL_START.test(text) || FORMULA_ERROR.test(text) || SHORTENED.test(text) || invisibleIn(text) !== undefined
  );
}

/** Returns the rule that a cell breaks because of its spreadsheet. A text with an apostrophe in front breaks none. */
export function spreadsheetRule({ field }: { readonly field: string }, cell: string): string | undefined {
  if (FORMULA_ERROR.test(cell)) return 'is an error of a formula in the spreadsheet';
  if (!ID_FIELDS.has(field) || cell.startsWith("'")) return undefined;
  if (SHORTENED.test(cell)) return 'is a number that the spreadsheet has shortened; format its column as text';
  const invisible = invisibleIn(cell);
  if (invisible === undefined) return undefined;
  return `contains the invisible character U+${(invisible.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function invisibleIn(text: string): string | undefined {
  return INVISIBLE.exec(text.replaceAll(JOINERS, ''))?.[0];
}
