/** What a buyer app's answer to a callback means for us. */
import type { Delivery } from '../bridge/ports/buyers.js';
import type { HttpResponse } from '../bridge/ports/http.js';
import { isObject } from './registry.js';

const AGAIN = new Set([401, 408, 425, 429]);
const MAX_REASON = 300;
/** Longer waits are ours to decide. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * - 2xx with ACK, or with a body that says neither, is delivered: proxies swallow bodies;
 * - 2xx with NACK, or another 4xx, is refused: a repeat would be answered alike;
 * - 401, 408, 425, 429, 5xx and redirects are failed: keys, clocks and servers recover.
 *
 * @unit   `now` in epoch ms, for a Retry-After that is a date.
 * @source Beckn core `Ack`; RFC 9110 §10.2.3.
 */
export function readAnswer(response: HttpResponse, now: number): Delivery {
  const { status } = response;
  const body = readJson(response.body);
  if (status >= 200 && status < 300) {
    if (ackStatus(body) !== 'NACK') return { kind: 'delivered' };
    return { kind: 'refused', reason: `NACK: ${errorText(body) ?? 'no reason given'}` };
  }
  const reason = `HTTP ${status}${withColon(errorText(body))}`;
  if (status >= 400 && status < 500 && !AGAIN.has(status)) return { kind: 'refused', reason };
  const retryAfterMs = retryAfter(response.headers['retry-after'], now);
  return retryAfterMs === undefined ? { kind: 'failed', reason } : { kind: 'failed', reason, retryAfterMs };
}

function ackStatus(body: unknown): string | undefined {
  const ack = at(at(body, 'message'), 'ack') ?? at(body, 'ack');
  const status = at(ack, 'status');
  return typeof status === 'string' ? status.trim().toUpperCase() : undefined;
}

/** The error stands beside `message` by the specification, and inside it with some senders. */
function errorText(body: unknown): string | undefined {
  const error = at(body, 'error') ?? at(at(body, 'message'), 'error') ?? at(at(at(body, 'message'), 'ack'), 'error');
  if (error === undefined || error === null) return undefined;
  const parts = isObject(error) ? [error['code'], error['message'], error['paths'] ?? error['path']] : [error];
  const text = parts.filter((part) => typeof part === 'string' || typeof part === 'number').join(' ');
  return text.trim() === '' ? undefined : tame(text);
}

/** A peer's text for our logs and lists: one short line without control or direction-changing characters. */
function tame(text: string): string {
  const line = text
    .slice(0, 4 * MAX_REASON)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON - 1)}…` : line;
}

function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) || ms < 0 ? undefined : Math.min(ms, MAX_RETRY_AFTER_MS);
}

function at(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function withColon(text: string | undefined): string {
  return text === undefined ? '' : `: ${text}`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
