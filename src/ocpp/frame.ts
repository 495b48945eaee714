/** OCPP-J framing: text to frame and back. Knows arrays, ids and message types; knows no action. */
import type { Json } from '../domain/order.js';

export interface Payload {
  readonly [key: string]: Json;
}

export interface CallFrame {
  readonly type: 'call';
  /** The id as it was written, quotes and escapes included: echoed byte for byte. */
  readonly idText: string;
  readonly action: string;
  readonly payload: Payload;
  /** The frame's text and where its payload begins in it. */
  readonly text: string;
  readonly payloadAt: number;
  /** Set when only the id could be read: the sentence for a FormationViolation. */
  readonly problem: string | undefined;
}

export interface ResultFrame {
  readonly type: 'result';
  readonly id: string;
  readonly payload: Json;
}

export interface ErrorFrame {
  readonly type: 'error';
  readonly id: string;
  readonly code: string;
  readonly description: string;
}

/** Nothing that could be answered: dropped and counted, the socket stays. */
export interface DroppedFrame {
  readonly type: 'dropped';
  readonly reason: 'not-json' | 'not-an-array' | 'message-type' | 'id';
}

export type Frame = CallFrame | ResultFrame | ErrorFrame | DroppedFrame;

export function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads one text frame. Never throws.
 * @shape  A null payload counts as `{}` (real chargers send it); a result may carry a label before its payload.
 * @errors A CALL whose id can be read but whose rest is malformed comes back with `problem`.
 * @source OCPP-J 1.6 §4.1.3, §4.2
 */
export function parseFrame(text: string): Frame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { type: 'dropped', reason: 'not-json' };
  }
  if (!Array.isArray(frame)) return { type: 'dropped', reason: 'not-an-array' };
  const elements: readonly unknown[] = frame;
  const id = elements[1];
  if (elements[0] === 2) return readCall(text, elements, id);
  if (elements[0] !== 3 && elements[0] !== 4) return { type: 'dropped', reason: 'message-type' };
  if (typeof id !== 'string' && typeof id !== 'number') return { type: 'dropped', reason: 'id' };
  if (elements[0] === 3) return { type: 'result', id: String(id), payload: resultPayload(elements) };
  return { type: 'error', id: String(id), code: words(elements[2]), description: words(elements[3]) };
}

const EMPTY: Payload = {};

function readCall(text: string, elements: readonly unknown[], id: unknown): CallFrame | DroppedFrame {
  if (typeof id !== 'string' && typeof id !== 'number') return { type: 'dropped', reason: 'id' };
  const idAt = afterComma(text, text.indexOf('[') + 1);
  const idEnd = tokenEnd(text, idAt);
  const idText = text.slice(idAt, idEnd);
  const action = elements[2];
  const body = elements[3];
  let problem: string | undefined;
  if (elements.length !== 4) problem = `A CALL has 4 elements, this one has ${elements.length}.`;
  else if (typeof action !== 'string') problem = 'The action of a CALL is a string.';
  else if (body !== null && !isPayload(body)) problem = 'The payload of a CALL is an object.';
  if (problem !== undefined || typeof action !== 'string') {
    return { type: 'call', idText, action: '', payload: EMPTY, text, payloadAt: 0, problem };
  }
  const payloadAt = afterComma(text, tokenEnd(text, afterComma(text, idEnd)));
  return { type: 'call', idText, action, payload: isPayload(body) ? body : EMPTY, text, payloadAt, problem };
}

/** The lawful third element is an object; a string there is the label that some dialects add before it. */
function resultPayload(elements: readonly unknown[]): Json {
  const labelled = typeof elements[2] === 'string' && elements.length > 3;
  const payload = labelled ? elements[3] : elements[2];
  return isPayload(payload) ? payload : null;
}

const SPACE = /\s/;

/** From the end of one element to the first character of the next. The text is known to be valid JSON. */
function afterComma(text: string, from: number): number {
  let at = text.indexOf(',', from) + 1;
  while (text.charCodeAt(at) <= 32 && SPACE.test(text.charAt(at))) at += 1;
  return at;
}

/** One past a string or number that begins at `at`. */
function tokenEnd(text: string, at: number): number {
  let end = at;
  if (text.charCodeAt(at) === 34) {
    for (end = at + 1; text.charCodeAt(end) !== 34; end += 1) if (text.charCodeAt(end) === 92) end += 1;
    return end + 1;
  }
  while (/[-+.0-9eE]/.test(text.charAt(end))) end += 1;
  return end;
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The payload's JSON text as it was sent. */
export function payloadText(frame: CallFrame): string {
  return frame.payloadAt === 0 ? '{}' : frame.text.slice(frame.payloadAt, frame.text.lastIndexOf(']')).trimEnd();
}

export function resultText(idText: string, payload: string): string {
  return `[3,${idText},${payload}]`;
}

/** Always five elements; the description is cut at 255 characters. @source OCPP-J 1.6 §4.2.3 */
export function errorText(idText: string, code: string, description: string): string {
  return `[4,${idText},"${code}",${JSON.stringify(description.slice(0, 255))},{}]`;
}

export function callText(id: string, action: string, payload: string): string {
  return `[2,${JSON.stringify(id)},"${action}",${payload}]`;
}
