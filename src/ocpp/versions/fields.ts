/** Reading single fields of a payload: what is absent or of another type reads as `undefined`. */
import type { Json } from '../../domain/model/object.js';
import type { Payload } from '../frames/frame.js';

export function textOf(payload: Payload, key: string): string | undefined {
  const value = payload[key];
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(payload: Payload, key: string): number | undefined {
  const value = payload[key];
  return typeof value === 'number' ? value : undefined;
}

const ZONE = /(?:[zZ]|[+-]\d{2}:?\d{2})$/;

/**
 * @unit   ISO 8601 in, epoch ms out; a missing zone means UTC.
 * @errors None; what is no time is `undefined`.
 */
export function parseTime(value: Json | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  // The usual case ends in Z and needs no further look.
  const zoned = value.endsWith('Z') || ZONE.test(value);
  const at = Date.parse(zoned ? value : `${value}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/** Times as the answers write them: UTC with milliseconds. Most answers of one turn share their time. */
export function formatTime(at: number): string {
  if (at !== lastTime) {
    lastTime = at;
    lastText = new Date(at).toISOString();
  }
  return lastText;
}

let lastTime = NaN;
let lastText = '';
