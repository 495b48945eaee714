/** Shows a difference of the network row by row, and the faults of an import with their places. */
import { asList, asObject, type Json } from '../frame/bridge-client.js';
import { cellText } from '../frame/amounts.js';
import type { Style } from '../frame/style.js';

/** A difference of a whole import has thousands of rows; --json has all of them. */
const MAX_ROWS = 200;

/** @shape `3 added, 1 changed, 0 removed`. */
export function countsText(counts: unknown): string {
  const { added, changed, removed } = asObject(counts);
  return `${cellText(added ?? 0)} added, ${cellText(changed ?? 0)} changed, ${cellText(removed ?? 0)} removed`;
}

/** @param difference Rows `{kind, id, change, fields?, warning?}`. */
export function differenceText(style: Style, difference: readonly Json[]): string {
  const lines = difference.slice(0, MAX_ROWS).flatMap((row) => changeLines(style, row));
  const left = difference.length - MAX_ROWS;
  return [...lines, ...(left > 0 ? [`… and ${left} more; --json has all of them`] : [])].join('\n');
}

function changeLines(style: Style, row: Json): string[] {
  const change = cellText(row['change']);
  const isGone = change === 'removed' || change === 'withdrawn';
  const [mark, colour] = isGone
    ? (['-', 'red'] as const)
    : asList(row['fields']).length > 0
      ? (['~', 'yellow'] as const)
      : (['+', 'green'] as const);
  const fields = asList(row['fields']).map(
    ({ field, before, after }) => `    ${cellText(field)}: ${cellText(before) || '–'} → ${cellText(after) || '–'}`,
  );
  return [
    style.colour(colour, `${mark} ${cellText(row['kind'])} ${cellText(row['id'])} ${change}`),
    ...fields,
    ...(row['warning'] === undefined ? [] : [`    ! ${cellText(row['warning'])}`]),
  ];
}

/** @shape One line for each fault: `stations.csv:14, column latitude: "abc" must be a number`. */
export function faultLines(faults: readonly Json[]): readonly string[] {
  return faults.map(({ file, line, column, path, value, rule, didYouMean }) => {
    const place = [
      line === undefined ? cellText(file) : `${cellText(file)}:${cellText(line)}`,
      column === undefined ? '' : `column ${cellText(column)}`,
      cellText(path),
    ];
    const where = place.filter((part) => part !== '').join(', ');
    const shown = value === undefined ? '' : `"${cellText(value)}" `;
    const meant = didYouMean === undefined ? '' : ` (did you mean ${cellText(didYouMean)}?)`;
    return `${where === '' ? '' : `${where}: `}${shown}${cellText(rule)}${meant}`;
  });
}
