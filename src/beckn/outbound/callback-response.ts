/** What a buyer app's answer to a callback means for us. */
import type { Delivery } from '../../ports/buyer-requests.js';
import type { HttpResponse } from '../../ports/http.js';
import { isObject } from '../registry/registry.js';

const RETRYABLE_STATUSES = new Set([401, 408, 425, 429]);
const MAX_REASON_LENGTH = 300;
/** Longer waits are ours to decide. */
const MAX_RETRY_AFTER_MS = 86_400_000;

export interface CallbackResponse {
  readonly delivery: Delivery;
  /** Why it counts as delivered although the peer did not say so plainly. */
  readonly unclearReason?: string;
}

/**
 * - 2xx with ACK is delivered; so is, with a doubt, a body that says neither: proxies swallow bodies;
 * - 2xx with NACK or with nothing but an error, or another 4xx, is refused: a repeat would be answered alike;
 * - 401, 408, 425, 429, 5xx and redirects are failed: keys, clocks and servers recover.
 *
 * @unit   `now` in epoch ms, for a Retry-After that is a date.
 * @source Beckn core `Ack`, and those of Beckn 2.0; RFC 9110 §10.2.3.
 */
export function readCallbackResponse(response: HttpResponse, now: number): CallbackResponse {
  const { status } = response;
  const body = parseJsonOrUndefined(response.body);
  const error = readErrorText(body);
  if (status >= 200 && status < 300) {
    const said = readAckStatus(body);
    if (said === 'ACK') {
      const doubt = error === undefined ? {} : { unclearReason: `ACK with an error: ${error}` };
      return { delivery: { kind: 'delivered' }, ...doubt };
    }
    if (said === 'NACK' || error !== undefined) {
      return { delivery: { kind: 'refused', reason: `NACK: ${error ?? 'no reason given'}` } };
    }
    const doubt = response.body.trim() === '' ? 'an empty answer' : 'an answer that is neither ACK nor NACK';
    return { delivery: { kind: 'delivered' }, unclearReason: `HTTP ${status} with ${doubt}` };
  }
  const reason = `HTTP ${status}${error === undefined ? '' : `: ${error}`}`;
  if (status >= 400 && status < 500 && !RETRYABLE_STATUSES.has(status))
    return { delivery: { kind: 'refused', reason } };
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], now);
  return { delivery: { kind: 'failed', reason, ...(retryAfterMs !== undefined && { retryAfterMs }) } };
}

/** @shape `message.ack.status`, `ack.status`; in Beckn 2.0 `message.status` and `status`. */
function readAckStatus(body: unknown): 'ACK' | 'NACK' | undefined {
  const message = memberOf(body, 'message');
  const places = [
    memberOf(memberOf(message, 'ack'), 'status'),
    memberOf(memberOf(body, 'ack'), 'status'),
    memberOf(message, 'status'),
    memberOf(body, 'status'),
  ];
  for (const place of places) {
    const word = typeof place === 'string' ? place.trim().toUpperCase() : '';
    if (word === 'ACK' || word === 'NACK') return word;
  }
  return undefined;
}

/** The error stands beside `message` by the specification, inside it with some senders. An empty one says nothing. */
function readErrorText(body: unknown): string | undefined {
  const message = memberOf(body, 'message');
  const places = [memberOf(body, 'error'), memberOf(message, 'error'), memberOf(memberOf(message, 'ack'), 'error')];
  for (const error of places) {
    const parts = isObject(error)
      ? [
          error['code'] ?? error['errorCode'],
          error['message'] ?? error['errorMessage'],
          error['paths'] ?? error['path'],
        ]
      : [error];
    const text = parts.filter((part) => typeof part === 'string' || typeof part === 'number').join(' ');
    if (text.trim() !== '') return sanitizeText(text);
  }
  return undefined;
}

/** A peer's text for our logs and lists: one short line without control or direction-changing characters. */
function sanitizeText(text: string): string {
  const line = text
    .slice(0, 4 * MAX_REASON_LENGTH)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_REASON_LENGTH ? `${line.slice(0, MAX_REASON_LENGTH - 1)}…` : line;
}

function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) || ms < 0 ? undefined : Math.min(ms, MAX_RETRY_AFTER_MS);
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
