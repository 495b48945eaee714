/** Every way in which this edge says no, in one table, and the refusals of the house in Beckn's words. */
import { REFUSALS, type Refusal } from '../../domain/model/refusal.js';
import { answerBody, PLAIN, type Voice } from './ack-format.js';
import type { WireError } from './dialect.js';

interface RejectionRow {
  /** HTTP status of the NACK. */
  readonly status: number;
  /** `error.code`: BECKN-005 where it has one, else the HTTP status. */
  readonly code: string;
  readonly sentence: string;
  /** Seconds to wait, said as `Retry-After`. */
  readonly retryAfterS?: number;
}

/** A peer broke the protocol, or we cannot serve it now. Nothing of the request was kept. */
export const REJECTIONS = {
  'signature-invalid': { status: 401, code: '401', sentence: 'The signature was not accepted.' },
  'signature-duplicate': { status: 401, code: '401', sentence: 'Send each signature header exactly once.' },
  'signer-not-sender': { status: 401, code: '401', sentence: 'The signer is not the context.bap_id.' },
  'signer-not-expected': { status: 401, code: '401', sentence: 'This message is not the signer’s to send.' },
  'too-large': { status: 413, code: '413', sentence: 'The body is larger than this server takes.' },
  'body-aborted': { status: 400, code: '30000', sentence: 'The body ended before its stated length.' },
  'encoding-unsupported': {
    status: 415,
    code: '415',
    sentence: 'Send the body without Content-Encoding: the bytes are signed.',
  },
  'not-utf8': { status: 400, code: '30000', sentence: 'The body is not UTF-8.' },
  'json-syntax': { status: 400, code: '30000', sentence: 'The body is not JSON.' },
  'json-too-complex': {
    status: 400,
    code: '30000',
    sentence: 'The body is nested too deeply, or has too many or forbidden keys.',
  },
  'context-missing': {
    status: 400,
    code: '30000',
    sentence: 'The body must be an object with the objects context and message.',
  },
  'context-invalid': { status: 400, code: '30000', sentence: 'A field of the context is missing or not usable.' },
  'action-unknown': { status: 404, code: '40001', sentence: 'This action is not served here.' },
  'action-mismatch': { status: 400, code: '30000', sentence: 'context.action is not the action of the URL.' },
  'not-for-us': { status: 400, code: '30000', sentence: 'context.bpp_id names another subscriber.' },
  'subscription-not-asked': {
    status: 403,
    code: '403',
    sentence: 'No subscription of ours is pending, and this call is not signed by the registry.',
  },
  'subscriber-other': { status: 400, code: '30000', sentence: 'subscriber_id names another subscriber.' },
  'challenge-invalid': { status: 400, code: '30000', sentence: 'This is no challenge of the registry for us.' },
  'dialect-unsupported': { status: 400, code: '40001', sentence: 'This domain and version are not spoken here.' },
  'schema-invalid': { status: 400, code: '30000', sentence: 'The message breaks its schema.' },
  stale: { status: 400, code: '30000', sentence: 'The request has outlived its ttl.' },
  'changed-repeat': {
    status: 400,
    code: '30000',
    sentence: 'This message_id was used before with another body; take a new one.',
  },
  'rate-limited': { status: 429, code: '429', sentence: 'Too many requests from this subscriber.', retryAfterS: 10 },
  unavailable: { status: 503, code: '503', sentence: 'The request could not be saved; send it again.', retryAfterS: 5 },
  'registry-unavailable': {
    status: 503,
    code: '503',
    sentence: 'The signer cannot be looked up now; send it again.',
    retryAfterS: 10,
  },
  draining: { status: 503, code: '503', sentence: 'This server is shutting down; send it again.', retryAfterS: 5 },
  bug: { status: 500, code: '500', sentence: 'Something went wrong here; it was reported to the operator.' },
} as const satisfies Record<string, RejectionRow>;

export type RejectionCode = keyof typeof REJECTIONS;

/** HTTP status of a NACK that carries a refusal of the house: the request was understood and is not done. */
const REFUSAL_STATUS = 400;

export interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const PLAIN_VOICE: Voice = { shape: PLAIN };
const answerOf = (status: number, body: string, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'Content-Type': JSON_TYPE, 'Content-Length': String(Buffer.byteLength(body)), ...headers },
  body,
});
const ACKS = { 200: answerOf(200, answerBody(PLAIN_VOICE)), 202: answerOf(202, answerBody(PLAIN_VOICE)) } as const;

/** An answer that is neither ACK nor NACK. */
export function jsonAnswer(status: number, value: object): Answer {
  return answerOf(status, JSON.stringify(value));
}

/** The same object every time, unless its shape is not that of core 1.x. */
export function ack(status: 200 | 202, voice?: Voice): Answer {
  const plain = !voice || (voice.shape.ackForm === 'ack' && !voice.shape.ackContext && !voice.countersign);
  return plain ? ACKS[status] : answerOf(status, answerBody(voice));
}

/** @shape `detail` follows the sentence: which field, which value, which clock difference. */
export function rejection(
  code: RejectionCode,
  about: {
    readonly detail?: string;
    readonly path?: string;
    readonly headers?: { readonly [name: string]: string };
    readonly voice?: Voice | undefined;
  } = {},
): Answer {
  const row: RejectionRow = REJECTIONS[code];
  const message = about.detail === undefined ? row.sentence : `${row.sentence} ${about.detail}`;
  const error: WireError = { code: row.code, message, ...(about.path !== undefined && { paths: about.path }) };
  return nack(
    row.status,
    error,
    {
      ...(row.retryAfterS !== undefined && { 'Retry-After': String(row.retryAfterS) }),
      ...about.headers,
    },
    about.voice,
  );
}

export function refused(refusal: Refusal, voice?: Voice): Answer {
  return nack(REFUSAL_STATUS, toWireError(refusal), {}, voice);
}

/** A refusal of the house as the `Error` of core 1.x. */
export function toWireError(refusal: Refusal): WireError {
  const { beckn, sentence } = REFUSALS[refusal.code];
  return {
    code: beckn,
    message: refusal.detail === undefined ? sentence : `${sentence} (${refusal.detail})`,
    ...(refusal.path !== undefined && { paths: refusal.path }),
  };
}

function nack(status: number, error: WireError, headers: Answer['headers'], voice: Voice = PLAIN_VOICE): Answer {
  return answerOf(status, answerBody(voice, error), headers);
}
