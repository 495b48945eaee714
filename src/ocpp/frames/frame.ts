/** Parses and writes OCPP-J frames: message types, ids, actions and payloads. */
import type { Json } from '../../domain/model/object.js';
import { isWithinLimits } from '../../schema/json-guard.js';
import type { FrameRules } from './frame-rules.js';
import { EMPTY_PAYLOAD, isPayload, type Payload } from './payload.js';

export interface CallFrame {
  readonly type: 'call';
  /** The id as received, with quotes and escapes; it is echoed byte for byte. */
  readonly idText: string;
  readonly action: string;
  readonly payload: Payload;
  /**
   * The frame's text, and the index at which its payload begins; −1 if the payload's text is not taken from it.
   */
  readonly text: string;
  readonly payloadAt: number;
}

/** A message without a response (2.1). */
export interface SendFrame extends Omit<CallFrame, 'type'> {
  readonly type: 'send';
}

export interface ResultFrame {
  readonly type: 'result';
  readonly id: string;
  readonly payload: Json;
  /** The action, which some chargers write before the payload. */
  readonly label?: string;
}

/** `result-error` (2.1): the charger could not use one of our results. */
export interface ErrorFrame {
  readonly type: 'error' | 'result-error';
  readonly id: string;
  readonly code: string;
  readonly description: string;
}

export type FrameFault =
  | 'not-json'
  | 'not-an-array'
  | 'not-an-object'
  | 'message-type'
  | 'id'
  | 'elements'
  | 'action'
  | 'payload'
  | 'depth';

/** A frame that gets a CALLERROR. `idText` is `"-1"` if the frame's own id cannot be read. */
export interface FaultyFrame {
  readonly type: 'faulty';
  readonly idText: string;
  readonly fault: FrameFault;
}

/** A frame that cannot or must not be answered. It is dropped; the socket stays open unless there are too many. */
interface DroppedFrame {
  readonly type: 'dropped';
  readonly fault: FrameFault;
}

export type Frame = CallFrame | SendFrame | ResultFrame | ErrorFrame | FaultyFrame | DroppedFrame;

/**
 * Parses one text frame. Never throws.
 * @shape  A CALL's null payload counts as `{}`, because some chargers send it; a result may have a label before its
 *         payload.
 * @errors A malformed frame is dropped or answered, depending on the fault and the version; a malformed SEND is always
 *         dropped.
 * @source OCPP-J 1.6 §4.1.3, §4.2; OCPP-J 2.1 §4.2
 */
export function parseFrame(text: string, rules: FrameRules): Frame {
  let frame: unknown;
  try {
    frame = JSON.parse(rules.hasTextTransactionIds ? quoteLongTransactionIds(text) : text);
  } catch {
    return malformedFrame('not-json', rules);
  }
  if (!Array.isArray(frame)) return malformedFrame('not-an-array', rules);
  const elements: readonly unknown[] = frame;
  const id = elements[1];
  switch (elements[0]) {
    case 2:
      return isId(id) ? readCall(text, elements, 'call') : malformedFrame('id', rules);
    case 3:
      return isId(id) ? readResult(text, elements, String(id)) : { type: 'dropped', fault: 'id' };
    case 4:
      return isId(id) ? readError(elements, String(id), 'error') : { type: 'dropped', fault: 'id' };
    case 5:
      if (!rules.hasCallResultErrors) break;
      return isId(id) ? readError(elements, String(id), 'result-error') : { type: 'dropped', fault: 'id' };
    case 6: {
      if (!rules.hasSends) break;
      if (!isId(id)) return { type: 'dropped', fault: 'id' };
      const send = readCall(text, elements, 'send');
      return send.type === 'faulty' ? { type: 'dropped', fault: send.fault } : send;
    }
  }
  if (rules.unknownMessageType === 'ignored') return { type: 'dropped', fault: 'message-type' };
  return { type: 'faulty', idText: isId(id) ? readIdText(text, elements) : UNKNOWN_ID_TEXT, fault: 'message-type' };
}

// Within a JSON string, the quotes are escaped, so the pattern does not match there.
const LONG_TRANSACTION_ID = /("transactionId"\s*:\s*)(\d{16,})(?=\s*[,}])/g;

/**
 * Turns transaction ids that are numbers too large to be exact into text. Rounded, such an id would be that of another
 * transaction, and the station would refuse each of our commands about it.
 */
function quoteLongTransactionIds(text: string): string {
  return text.replaceAll(LONG_TRANSACTION_ID, (all, key: string, id: string) =>
    Number.isSafeInteger(Number(id)) ? all : `${key}"${id}"`,
  );
}

const UNKNOWN_ID_TEXT = '"-1"';

function isId(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function malformedFrame(fault: FrameFault, rules: FrameRules): Frame {
  return rules.malformedFrame === 'answered'
    ? { type: 'faulty', idText: UNKNOWN_ID_TEXT, fault }
    : { type: 'dropped', fault };
}

/**
 * Returns the id (the second element) as received. If the first element is not a number, it may contain commas, so the
 * id is serialised again.
 */
function readIdText(text: string, [messageType, id]: readonly unknown[]): string {
  if (typeof messageType !== 'number') return JSON.stringify(id);
  const at = nextElementStart(text, text.indexOf('[') + 1);
  return text.slice(at, tokenEnd(text, at));
}

function readCall<T extends 'call' | 'send'>(
  text: string,
  elements: readonly unknown[],
  type: T,
): FaultyFrame | (Omit<CallFrame, 'type'> & { readonly type: T }) {
  const idAt = nextElementStart(text, text.indexOf('[') + 1);
  const idEnd = tokenEnd(text, idAt);
  const idText = text.slice(idAt, idEnd);
  const action = elements[2];
  const body = elements[3];
  if (elements.length !== 4) return { type: 'faulty', idText, fault: 'elements' };
  if (typeof action !== 'string') return { type: 'faulty', idText, fault: 'action' };
  if (body !== null && !isPayload(body)) return { type: 'faulty', idText, fault: 'payload' };
  if (isTooDeep(text)) return { type: 'faulty', idText, fault: 'depth' };
  const payloadAt = nextElementStart(text, tokenEnd(text, nextElementStart(text, idEnd)));
  return { type, idText, action, payload: body ?? EMPTY_PAYLOAD, text, payloadAt };
}

/**
 * Reads a CALLRESULT. Its third element is the payload or, from some chargers, a label followed by the payload. The
 * payload is null if it cannot be read.
 */
function readResult(text: string, elements: readonly unknown[], id: string): ResultFrame {
  if (isTooDeep(text)) return { type: 'result', id, payload: null };
  const [, , third, fourth] = elements;
  if (typeof third === 'string' && isPayload(fourth)) return { type: 'result', id, payload: fourth, label: third };
  return { type: 'result', id, payload: isPayload(third) ? third : null };
}

function readError(elements: readonly unknown[], id: string, type: ErrorFrame['type']): ErrorFrame {
  return { type, id, code: textOrEmpty(elements[2]), description: textOrEmpty(elements[3]) };
}

/** A text of up to this many characters cannot be nested deeply enough to overflow the stack during serialisation. */
const UNCHECKED_LENGTH = 2_000;
/** Limits the levels of nesting; no OCPP message has nearly that many. */
const DEPTH_LIMIT = { maxDepth: 64, maxKeys: Infinity };

export function isTooDeep(text: string): boolean {
  return text.length > UNCHECKED_LENGTH && !isWithinLimits(text, DEPTH_LIMIT);
}

const WHITESPACE = /\s/;

/**
 * Returns the index of the next element's first character. The text must be valid JSON.
 * @param from The end of the previous element.
 */
function nextElementStart(text: string, from: number): number {
  let at = text.indexOf(',', from) + 1;
  while (text.charCodeAt(at) <= 32 && WHITESPACE.test(text.charAt(at))) at += 1;
  return at;
}

/** Returns the index after the string or number that begins at `at`. */
function tokenEnd(text: string, at: number): number {
  let end = at;
  if (text.charCodeAt(at) === 34) {
    for (end = at + 1; text.charCodeAt(end) !== 34; end += 1) if (text.charCodeAt(end) === 92) end += 1;
    return end + 1;
  }
  while (/[-+.0-9eE]/.test(text.charAt(end))) end += 1;
  return end;
}

function textOrEmpty(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Returns the payload's JSON text, as received if the frame contains it literally. */
export function payloadTextOf(frame: Pick<CallFrame, 'payload' | 'text' | 'payloadAt'>): string {
  if (frame.payloadAt < 0) return JSON.stringify(frame.payload);
  return frame.text.slice(frame.payloadAt, frame.text.lastIndexOf(']')).trimEnd();
}

export function encodeResult(idText: string, payload: string): string {
  return `[3,${idText},${payload}]`;
}

/**
 * Writes a CALLERROR (4) or a CALLRESULTERROR (5), with a description of at most 255 characters.
 * @shape  The description may quote the peer, so characters other than printable ASCII are replaced.
 * @source OCPP-J 1.6 §4.2.3; OCPP-J 2.1 §4.2.3, §4.2.4
 */
export function encodeError(idText: string, code: string, description: string, type: 4 | 5 = 4): string {
  return `[${type},${idText},"${code}",${JSON.stringify(toPrintableAscii(description))},{}]`;
}

export function toPrintableAscii(text: string): string {
  return text.slice(0, 255).replaceAll(/[^ -~]/g, '?');
}

export function encodeCall(id: string, action: string, payload: string): string {
  return `[2,${JSON.stringify(id)},"${action}",${payload}]`;
}

/**
 * Returns how a CALL's id violates the standard; `undefined` if it does not.
 * @source OCPP-J 2.0.1 §4.1.4: a string of up to 36 characters
 */
export function findIdFault(idText: string): 'type' | 'maxLength' | undefined {
  if (idText.charCodeAt(0) !== 34) return 'type';
  if (idText.length <= 38) return undefined;
  const id: unknown = JSON.parse(idText);
  return typeof id === 'string' && [...id].length > 36 ? 'maxLength' : undefined;
}
