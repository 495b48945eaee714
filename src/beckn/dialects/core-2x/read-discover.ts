/** Reads `discover` requests: search text, a JSONPath filter and a circle around a point. */
import type { SearchIntent } from '../../../ports/buyer-requests.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, readDecimal, readList, readText } from '../../protocol/json-reading.js';
import { MAX_EXPRESSION_LENGTH, parseFilter } from './filter-parse.js';
import type { ReadResult } from '../../protocol/dialect.js';

/** Maximum number of spatial constraints that are read. */
const MAX_SPATIAL = 10;

export function readDiscover(message: JsonObject): ReadResult {
  return readIntent(message, readText(valueAt(message, 'text_search')), 'message');
}

/**
 * Reads the criteria of a search. The filter is only parsed here; it is evaluated on the catalogue items before they
 * are paged. The first circle is used, and other spatial constraints are ignored.
 * @errors `filter-unreadable` if the filter is not a string, is too long or cannot be parsed, or if the first circle
 *         cannot be read.
 */
export function readIntent(intent: unknown, text: string | undefined, intentPath: string): ReadResult {
  const filter = valueAt(intent, 'filters', 'expression') ?? '';
  const path = `${intentPath}.filters.expression`;
  if (typeof filter !== 'string' || filter.length > MAX_EXPRESSION_LENGTH) {
    const detail = `it must be a text of at most ${MAX_EXPRESSION_LENGTH} characters`;
    return { refusal: { code: 'filter-unreadable', path, detail } };
  }
  const parsed = filter.trim() === '' ? undefined : parseFilter(filter);
  if (parsed && 'problem' in parsed) {
    return { refusal: { code: 'filter-unreadable', path, detail: parsed.problem } };
  }
  const constraints = readList(valueAt(intent, 'spatial')).slice(0, MAX_SPATIAL);
  const constraint = constraints.find(isCircle);
  const circle = constraint === undefined ? undefined : readCircle(constraint);
  if (constraint !== undefined && !circle) {
    const detail = 'a circle is a point [longitude, latitude] and a distance in metres above 0';
    return { refusal: { code: 'filter-unreadable', path: `${intentPath}.spatial`, detail } };
  }
  return {
    type: 'search',
    intent: {
      ...(text !== undefined && { text }),
      ...(parsed && { filter }),
      ...(circle && { circle }),
    },
  };
}

function isCircle(constraint: unknown): boolean {
  const type = readCode(valueAt(constraint, 'geometry', 'type'));
  return readCode(valueAt(constraint, 'op')) === 's-dwithin' && type === 'point';
}

/** @unit Coordinates are [longitude, latitude] in degrees; the distance is in metres. */
function readCircle(constraint: unknown): SearchIntent['circle'] {
  const point = valueAt(constraint, 'geometry');
  const [longitude, latitude] = readList(valueAt(point, 'coordinates')).map(readDecimal);
  const radiusM = readDecimal(valueAt(constraint, 'distanceMeters'));
  if (longitude === undefined || latitude === undefined || radiusM === undefined || radiusM <= 0) return undefined;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude, radiusM } : undefined;
}
