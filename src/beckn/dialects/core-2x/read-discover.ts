/** `discover`: a text, a JSONPath filter and places around a point. */
import type { SearchIntent } from '../../../ports/buyer-requests.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, readDecimal, readList, readText } from '../../protocol/json-reading.js';
import { MAX_EXPRESSION_LENGTH as MAX_EXPRESSION, parseFilter } from './filter-parse.js';
import type { ReadResult } from '../../protocol/dialect.js';

const MAX_SPATIAL = 10;

export function readDiscover(message: JsonObject): ReadResult {
  return readIntent(message, readText(valueAt(message, 'text_search')), 'message');
}

/**
 * The filter is checked here and applied when the answer is made, before it is paged, to what it would say. Of the places only circles
 * are understood; constraints of another kind are passed over.
 * @errors `filter-unreadable`, naming the place in the expression.
 */
export function readIntent(intent: unknown, words: string | undefined, here: string): ReadResult {
  const filter = valueAt(intent, 'filters', 'expression') ?? '';
  const path = `${here}.filters.expression`;
  if (typeof filter !== 'string' || filter.length > MAX_EXPRESSION) {
    const detail = `a text of at most ${MAX_EXPRESSION} characters`;
    return { refusal: { code: 'filter-unreadable', path, detail } };
  }
  const parsed = filter.trim() === '' ? undefined : parseFilter(filter);
  if (parsed && 'problem' in parsed) {
    return { refusal: { code: 'filter-unreadable', path, detail: parsed.problem } };
  }
  const circle = readList(valueAt(intent, 'spatial')).slice(0, MAX_SPATIAL).map(readCircle).find(Boolean);
  return {
    type: 'search',
    intent: {
      ...(words !== undefined && { text: words }),
      ...(parsed && { filter }),
      ...(circle && { circle }),
    },
  };
}

/** @unit Coordinates are [longitude, latitude], the distance is metres. */
function readCircle(constraint: unknown): SearchIntent['circle'] {
  const point = valueAt(constraint, 'geometry');
  if (readCode(valueAt(constraint, 'op')) !== 's-dwithin' || readCode(valueAt(point, 'type')) !== 'point')
    return undefined;
  const [longitude, latitude] = readList(valueAt(point, 'coordinates')).map(readDecimal);
  const radiusM = readDecimal(valueAt(constraint, 'distanceMeters'));
  if (longitude === undefined || latitude === undefined || radiusM === undefined || radiusM <= 0) return undefined;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude, radiusM } : undefined;
}
