/** Every way in which this edge says no, in one table, and the refusals of the house in Beckn's words. */
import { REFUSALS, type Refusal } from '../../domain/model/refusal.js';
import { ackBody, CORE_1X_ACK_FORMAT, type AckContext } from './ack-format.js';
import type { WireError } from './dialect.js';

interface NackDefinition {
  /** HTTP status of the NACK. */
  readonly status: number;
  /** `error.code`: BECKN-005 where it has one, else the HTTP status. */
  readonly code: string;
  readonly message: string;
  /** Seconds to wait, said as `Retry-After`. */
  readonly retryAfterS?: number;
}

/** A peer broke the protocol, or we cannot serve it now. Nothing of the request was kept. */
export const NACKS = {
  'signature-invalid': { status: 401, code: '401', message: 'The signature was not accepted.' },
  'signature-duplicate': { status: 401, code: '401', message: 'Send each signature header exactly once.' },
  'signer-mismatch': { status: 401, code: '401', message: 'The signer is not the context.bap_id.' },
  'signer-unexpected': { status: 401, code: '401', message: 'This message is not the signer’s to send.' },
  'too-large': { status: 413, code: '413', message: 'The body is larger than this server takes.' },
  'body-aborted': { status: 400, code: '30000', message: 'The body ended before its stated length.' },
  'encoding-unsupported': {
    status: 415,
    code: '415',
    message: 'Send the body without Content-Encoding: the bytes are signed.',
  },
  'not-utf8': { status: 400, code: '30000', message: 'The body is not UTF-8.' },
  'json-syntax': { status: 400, code: '30000', message: 'The body is not JSON.' },
  'json-too-complex': {
    status: 400,
    code: '30000',
    message: 'The body is nested too deeply, or has too many or forbidden keys.',
  },
  'context-missing': {
    status: 400,
    code: '30000',
    message: 'The body must be an object with the objects context and message.',
  },
  'context-invalid': { status: 400, code: '30000', message: 'A field of the context is missing or not usable.' },
  'action-unknown': { status: 404, code: '40001', message: 'This action is not served here.' },
  'action-mismatch': { status: 400, code: '30000', message: 'context.action is not the action of the URL.' },
  'bpp-id-mismatch': { status: 400, code: '30000', message: 'context.bpp_id names another subscriber.' },
  'no-pending-subscription': {
    status: 403,
    code: '403',
    message: 'No subscription of ours is pending, and this call is not signed by the registry.',
  },
  'subscriber-id-mismatch': { status: 400, code: '30000', message: 'subscriber_id names another subscriber.' },
  'challenge-invalid': { status: 400, code: '30000', message: 'This is no challenge of the registry for us.' },
  'dialect-unsupported': { status: 400, code: '40001', message: 'This domain and version are not spoken here.' },
  'schema-invalid': { status: 400, code: '30000', message: 'The message breaks its schema.' },
  stale: { status: 400, code: '30000', message: 'The request has outlived its ttl.' },
  'message-id-reused': {
    status: 400,
    code: '30000',
    message: 'This message_id was used before with another body; take a new one.',
  },
  'rate-limited': { status: 429, code: '429', message: 'Too many requests from this subscriber.', retryAfterS: 10 },
  unavailable: { status: 503, code: '503', message: 'The request could not be saved; send it again.', retryAfterS: 5 },
  'registry-unavailable': {
    status: 503,
    code: '503',
    message: 'The signer cannot be looked up now; send it again.',
    retryAfterS: 10,
  },
  draining: { status: 503, code: '503', message: 'This server is shutting down; send it again.', retryAfterS: 5 },
  bug: { status: 500, code: '500', message: 'Something went wrong here; it was reported to the operator.' },
} as const satisfies Record<string, NackDefinition>;

export type NackCode = keyof typeof NACKS;

/** HTTP status of a NACK that carries a refusal of the house: the request was understood and is not done. */
const REFUSAL_STATUS = 400;

export interface WireResponse {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const CORE_1X_ACK_CONTEXT: AckContext = { format: CORE_1X_ACK_FORMAT };
const wireResponse = (status: number, body: string, headers: WireResponse['headers'] = {}): WireResponse => ({
  status,
  headers: { 'Content-Type': JSON_TYPE, 'Content-Length': String(Buffer.byteLength(body)), ...headers },
  body,
});
const CORE_1X_ACKS = {
  200: wireResponse(200, ackBody(CORE_1X_ACK_CONTEXT)),
  202: wireResponse(202, ackBody(CORE_1X_ACK_CONTEXT)),
} as const;

/** An answer that is neither ACK nor NACK. */
export function jsonResponse(status: number, value: object): WireResponse {
  return wireResponse(status, JSON.stringify(value));
}

/** The same object every time, unless its shape is not that of core 1.x. */
export function ackResponse(status: 200 | 202, voice?: AckContext): WireResponse {
  const plain = !voice || (voice.format.ackForm === 'ack' && !voice.format.ackContext && !voice.countersign);
  return plain ? CORE_1X_ACKS[status] : wireResponse(status, ackBody(voice));
}

/** @shape `detail` follows the sentence: which field, which value, which clock difference. */
export function nackResponse(
  code: NackCode,
  about: {
    readonly detail?: string;
    readonly path?: string;
    readonly headers?: { readonly [name: string]: string };
    readonly ackContext?: AckContext | undefined;
  } = {},
): WireResponse {
  const row: NackDefinition = NACKS[code];
  const message = about.detail === undefined ? row.message : `${row.message} ${about.detail}`;
  const error: WireError = { code: row.code, message, ...(about.path !== undefined && { paths: about.path }) };
  return buildNack(
    row.status,
    error,
    {
      ...(row.retryAfterS !== undefined && { 'Retry-After': String(row.retryAfterS) }),
      ...about.headers,
    },
    about.ackContext,
  );
}

export function refusalResponse(refusal: Refusal, voice?: AckContext): WireResponse {
  return buildNack(REFUSAL_STATUS, toWireError(refusal), {}, voice);
}

/** A refusal of the house as the `Error` of core 1.x. */
export function toWireError(refusal: Refusal): WireError {
  const { becknCode, sentence } = REFUSALS[refusal.code];
  return {
    code: becknCode,
    message: refusal.detail === undefined ? sentence : `${sentence} (${refusal.detail})`,
    ...(refusal.path !== undefined && { paths: refusal.path }),
  };
}

function buildNack(
  status: number,
  error: WireError,
  headers: WireResponse['headers'],
  voice: AckContext = CORE_1X_ACK_CONTEXT,
): WireResponse {
  return wireResponse(status, ackBody(voice, error), headers);
}
