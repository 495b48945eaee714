/** Defines the NACKs of the Beckn edge and builds the responses for ACKs, NACKs and the bridge's refusals. */
import { REFUSALS, type Refusal } from '../../domain/model/refusal.js';
import { ackBody, CORE_1X_ACK_FORMAT, type AckContext } from './ack-format.js';
import type { WireError } from './wire.js';

interface NackDefinition {
  /** HTTP status of the NACK. */
  readonly status: number;
  /** `error.code`: the code of BECKN-005 if it defines one, otherwise the HTTP status. */
  readonly code: string;
  readonly message: string;
  /** Seconds, sent as `Retry-After`. */
  readonly retryAfterS?: number;
}

/**
 * NACKs for requests that break the protocol or cannot be served now. Nothing of such a request is stored, except that
 * after `unavailable` or `bug` it is uncertain whether the request was stored.
 */
export const NACKS = {
  'signature-invalid': { status: 401, code: '401', message: 'The signature was not accepted.' },
  'signature-duplicate': { status: 401, code: '401', message: 'Send each signature header exactly once.' },
  'signer-mismatch': { status: 401, code: '401', message: 'The signer is not context.bap_id.' },
  'signer-unexpected': { status: 401, code: '401', message: 'This signer may not send this message.' },
  'too-large': { status: 413, code: '413', message: 'The body is larger than this server accepts.' },
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
  'bap-uri-refused': { status: 400, code: '30000', message: 'No callback may be sent to this address.' },
  'no-pending-subscription': {
    status: 403,
    code: '403',
    message: 'We have no pending subscription, and this call is not signed by the registry.',
  },
  'subscriber-id-mismatch': { status: 400, code: '30000', message: 'subscriber_id names another subscriber.' },
  'challenge-invalid': {
    status: 400,
    code: '30000',
    message: 'This is not a challenge of the registry for this subscriber.',
  },
  'dialect-unsupported': { status: 400, code: '40001', message: 'This domain and version are not supported here.' },
  'schema-invalid': { status: 400, code: '30000', message: 'The message violates its schema.' },
  stale: { status: 400, code: '30000', message: 'The request is older than its ttl.' },
  'message-id-reused': {
    status: 400,
    code: '30000',
    message: 'This message_id was used before with another body; use a new one.',
  },
  'rate-limited': { status: 429, code: '429', message: 'Too many requests from this subscriber.', retryAfterS: 10 },
  'address-limited': {
    status: 429,
    code: '429',
    message: 'Too many requests from this address failed; fix the first error and come again.',
    retryAfterS: 30,
  },
  overloaded: {
    status: 503,
    code: '503',
    message: 'Too many bodies are being received; send it again.',
    retryAfterS: 5,
  },
  unavailable: { status: 503, code: '503', message: 'The request could not be saved; send it again.', retryAfterS: 5 },
  'registry-unavailable': {
    status: 503,
    code: '503',
    message: 'The signer cannot be looked up now; send it again.',
    retryAfterS: 10,
  },
  'callback-host-unknown': {
    status: 503,
    code: '503',
    message: 'The host of the callback cannot be looked up now; send it again.',
    retryAfterS: 5,
  },
  draining: { status: 503, code: '503', message: 'This server is shutting down; send it again.', retryAfterS: 5 },
  bug: { status: 500, code: '500', message: 'An internal error occurred; it was reported to the operator.' },
} as const satisfies Record<string, NackDefinition>;

export type NackCode = keyof typeof NACKS;

/** HTTP status of a NACK that carries a refusal, which means that the request was understood but is not carried out. */
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

/** A response that is neither an ACK nor a NACK. */
export function jsonResponse(status: number, value: object): WireResponse {
  return wireResponse(status, JSON.stringify(value));
}

/** Builds an ACK. The plain ACK of core 1.x is built once per status and shared. */
export function ackResponse(status: 200 | 202, ackContext?: AckContext): WireResponse {
  const isPlain =
    !ackContext || (ackContext.format.ackForm === 'ack' && !ackContext.format.ackContext && !ackContext.countersign);
  return isPlain ? CORE_1X_ACKS[status] : wireResponse(status, ackBody(ackContext));
}

export interface NackDetails {
  /** Appended to the message, for example to name the field, the value or the clock difference. */
  readonly detail?: string;
  readonly path?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly ackContext?: AckContext | undefined;
}

export function nackResponse(code: NackCode, { detail, path, headers, ackContext }: NackDetails = {}): WireResponse {
  const nack: NackDefinition = NACKS[code];
  const message = detail === undefined ? nack.message : `${nack.message} ${detail}`;
  const error: WireError = { code: nack.code, message, ...(path !== undefined && { paths: path }) };
  const retryAfter = nack.retryAfterS === undefined ? {} : { 'Retry-After': String(nack.retryAfterS) };
  return wireResponse(nack.status, ackBody(ackContext ?? CORE_1X_ACK_CONTEXT, error), { ...retryAfter, ...headers });
}

export function refusalResponse(refusal: Refusal, ackContext: AckContext = CORE_1X_ACK_CONTEXT): WireResponse {
  return wireResponse(REFUSAL_STATUS, ackBody(ackContext, toWireError(refusal)));
}

/** Converts a refusal to the `Error` object of core 1.x. */
export function toWireError(refusal: Refusal): WireError {
  const { becknCode, sentence } = REFUSALS[refusal.code];
  return {
    code: becknCode,
    message: refusal.detail === undefined ? sentence : `${sentence} (${refusal.detail})`,
    ...(refusal.path !== undefined && { paths: refusal.path }),
  };
}
