/** Reads a peer's response to a callback. */
import type { Delivery } from '../../ports/callback-delivery.js';
import { isRetryableStatus, type HttpResponse } from '../../ports/http.js';
import { isObject, parseJsonOrUndefined, valueAt } from '../protocol/json-reading.js';

const MAX_REASON_LENGTH = 300;
/** A longer `Retry-After` is reduced to this. */
const MAX_RETRY_AFTER_MS = 86_400_000;

export interface CallbackResponse {
  readonly delivery: Delivery;
  /** Why a delivery that counts as delivered was not clearly acknowledged. */
  readonly unclearReason?: string;
}

/**
 * Classifies a peer's response to a callback.
 * - 2xx with an ACK counts as delivered, even with an error. So does 2xx without ACK, NACK or error, because proxies
 *   drop bodies. `unclearReason` is set unless there is an ACK without an error.
 * - A list of one response is read as that response.
 * - 2xx with a NACK, or with an error and no ACK, and most 4xx count as refused: a repeat would get the same response.
 * - 401, 408, 425, 429, 5xx and redirects count as failed and are retried, because keys, clocks and servers recover.
 * @unit   `now` in epoch ms, for a Retry-After that is a date.
 * @source Beckn core `Ack`, and the ACKs of Beckn 2.0; RFC 9110 §10.2.3.
 */
export function readCallbackResponse(response: HttpResponse, now: number): CallbackResponse {
  const { status } = response;
  const parsed = parseJsonOrUndefined(response.body);
  const body: unknown = Array.isArray(parsed) && parsed.length === 1 ? parsed[0] : parsed;
  const error = readErrorText(body);
  if (status >= 200 && status < 300) return readSuccess(response, readAckStatus(body), error);
  const reason = `HTTP ${status}${error === undefined ? '' : `: ${error}`}`;
  if (!isRetryableStatus(status)) return { delivery: { kind: 'refused', reason } };
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], now);
  return { delivery: { kind: 'failed', reason, ...(retryAfterMs !== undefined && { retryAfterMs }) } };
}

function readSuccess(
  { status, body }: HttpResponse,
  ackStatus: 'ACK' | 'NACK' | undefined,
  error: string | undefined,
): CallbackResponse {
  const delivery = { kind: 'delivered' } as const;
  if (ackStatus === 'ACK') {
    return error === undefined ? { delivery } : { delivery, unclearReason: `ACK with an error: ${error}` };
  }
  if (ackStatus === 'NACK' || error !== undefined) {
    return { delivery: { kind: 'refused', reason: `NACK: ${error ?? 'no reason given'}` } };
  }
  const problem = body.trim() === '' ? 'an empty body' : 'a body that is neither ACK nor NACK';
  return { delivery, unclearReason: `HTTP ${status} with ${problem}` };
}

/**
 * Returns the first ACK or NACK at `message.ack.status`, `ack.status`, `message.status` or `status`, or in place of one
 * of the two `ack` objects. `message.status` and `status` are those of Beckn 2.0. Letter case does not matter.
 */
function readAckStatus(body: unknown): 'ACK' | 'NACK' | undefined {
  const candidates = [
    valueAt(body, 'message', 'ack', 'status'),
    valueAt(body, 'ack', 'status'),
    valueAt(body, 'message', 'status'),
    valueAt(body, 'status'),
    valueAt(body, 'message', 'ack'),
    valueAt(body, 'ack'),
  ];
  for (const candidate of candidates) {
    const status = typeof candidate === 'string' ? candidate.trim().toUpperCase() : '';
    if (status === 'ACK' || status === 'NACK') return status;
  }
  return undefined;
}

/**
 * Returns the error as text. The specification puts it next to `message`; some senders put it inside. An empty error
 * counts as missing.
 */
function readErrorText(body: unknown): string | undefined {
  const candidates = [
    valueAt(body, 'error'),
    valueAt(body, 'message', 'error'),
    valueAt(body, 'message', 'ack', 'error'),
  ];
  for (const error of candidates) {
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

/** Makes a peer's text safe for logs: one short line without control characters or invisible formatting. */
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
