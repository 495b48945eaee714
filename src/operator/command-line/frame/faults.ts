/** Formats the faults of imported files with their positions. */
import { cellText } from './amounts.js';
import type { Json } from './bridge-client.js';

/** Says how many faults the API has counted but not listed. */
export function unlistedFaults(listed: readonly Json[], count = listed.length): readonly string[] {
  const left = count - listed.length;
  return left > 0 ? [`… and ${left} more, which show once these are corrected`] : [];
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
