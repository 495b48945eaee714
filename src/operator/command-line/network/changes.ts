/** Shows what changes in the network, row by row. */
import { formatMinor } from '../../../domain/model/money.js';
import { asList, asObject, type Json } from '../frame/bridge-client.js';
import { cellText } from '../frame/amounts.js';
import { wrapLines, type Style } from '../frame/style.js';

/** How many rows of a diff a terminal gets. A whole import may have thousands; a pipe gets them all. */
const MAX_ROWS = 200;

/** Formats the counts of changes. @shape `3 added, 1 changed, 0 removed`. */
export function countsText(counts: unknown): string {
  const { added, changed, removed } = asObject(counts);
  return `${cellText(added ?? 0)} added, ${cellText(changed ?? 0)} changed, ${cellText(removed ?? 0)} removed`;
}

/** Formats the counts of changes for a table. @shape `+3 ~1 -0`. */
export function shortCounts(counts: unknown): string {
  const { added, changed, removed } = asObject(counts);
  return `+${cellText(added ?? 0)} ~${cellText(changed ?? 0)} -${cellText(removed ?? 0)}`;
}

/** @param difference The diff as rows `{kind, id, change, fields?, warning?}`. */
export function differenceText(style: Style, difference: readonly Json[]): string {
  const shown = style.width === undefined ? difference : difference.slice(0, MAX_ROWS);
  const left = difference.length - shown.length;
  const note = wrapLines(`… and ${left} more. A pipe, such as | less, gets all of them; so does --json.`, style.width);
  return [...shown.flatMap((row) => changeLines(style, row)), ...(left > 0 ? [note] : [])].join('\n');
}

/** Formats the value before or after a change. An amount has as many decimals as its currency, as in a file. */
function valueText({ currency, ...values }: Json, side: 'before' | 'after'): string {
  const value = values[side];
  if (typeof value === 'number' && typeof currency === 'string') return `${currency} ${formatMinor(value, currency)}`;
  return cellText(value) || '–';
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
    (one) => `    ${cellText(one['field'])}: ${valueText(one, 'before')} → ${valueText(one, 'after')}`,
  );
  return [
    style.colour(colour, `${mark} ${cellText(row['kind'])} ${cellText(row['id'])} ${change}`),
    ...fields,
    ...(row['warning'] === undefined ? [] : [`    ! ${cellText(row['warning'])}`]),
  ];
}
