/** Reads and writes timestamps in payloads. */
import type { Json } from '../../domain/model/object.js';

const ZONE = /(?:[zZ]|[+-]\d{2}:?\d{2})$/;

/**
 * Parses a timestamp.
 * @unit   ISO 8601 in, epoch ms out; a missing zone means UTC.
 * @errors `undefined` if it is invalid.
 */
export function parseTime(value: Json | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  // Most timestamps end in Z and so skip the regular expression.
  const hasZone = value.endsWith('Z') || ZONE.test(value);
  const at = Date.parse(hasZone ? value : `${value}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** Formats epoch ms as UTC with milliseconds. Reuses the last text, because many responses contain the same time. */
export function formatTime(at: number): string {
  if (at !== lastTime) {
    lastTime = at;
    lastText = new Date(at).toISOString();
  }
  return lastText;
}

let lastTime = NaN;
let lastText = '';
