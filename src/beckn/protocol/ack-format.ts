/** Builds the bodies of ACKs and NACKs, whose format depends on the dialect and on the buyer app's settings. */
import type { PeerSettings } from '../../config/config.js';
import type { AckFormat } from '../../config/peer-settings.js';
import type { JsonObject, WireError } from './wire.js';

/** The format of an ACK or NACK, and the values that a body in that format may need. */
export interface AckContext {
  readonly format: AckFormat;
  /** The request's context, for formats that repeat it. */
  readonly requestContext?: JsonObject | undefined;
  readonly messageId?: string | undefined;
  /** Counter-signs a body, for formats that include a counter-signature. */
  readonly countersign?: ((body: string) => string) | undefined;
}

/** The format of the core 1.x specification. */
export const CORE_1X_ACK_FORMAT: AckFormat = {
  ackForm: 'ack',
  ackContext: false,
  errorPlace: 'top',
  errorCode: 'text',
  errorType: false,
  errorNames: 'code',
  requestSignature: false,
  counterSignature: false,
  requestDigest: false,
};

/** Resolves each format setting: the buyer app's own, or else its dialect's, or else that of core 1.x. */
export function ackFormatFor(peer: Partial<PeerSettings>, dialect: Partial<AckFormat> = {}): AckFormat {
  return {
    ackForm: peer.ackForm ?? dialect.ackForm ?? CORE_1X_ACK_FORMAT.ackForm,
    ackContext: peer.ackContext ?? dialect.ackContext ?? CORE_1X_ACK_FORMAT.ackContext,
    errorPlace: peer.errorPlace ?? dialect.errorPlace ?? CORE_1X_ACK_FORMAT.errorPlace,
    errorCode: peer.errorCode ?? dialect.errorCode ?? CORE_1X_ACK_FORMAT.errorCode,
    errorType: peer.errorType ?? dialect.errorType ?? CORE_1X_ACK_FORMAT.errorType,
    errorNames: peer.errorNames ?? dialect.errorNames ?? CORE_1X_ACK_FORMAT.errorNames,
    requestSignature: peer.requestSignature ?? dialect.requestSignature ?? CORE_1X_ACK_FORMAT.requestSignature,
    counterSignature: peer.counterSignature ?? dialect.counterSignature ?? CORE_1X_ACK_FORMAT.counterSignature,
    requestDigest: peer.requestDigest ?? dialect.requestDigest ?? CORE_1X_ACK_FORMAT.requestDigest,
  };
}

/**
 * Builds the body of an ACK, or of a NACK if there is an error.
 * @shape  `ack`: `{message:{ack:{status}}}`; `message-status`: `{message:{status, messageId}}`; `status`: `{status}`.
 *         The request's `context` comes first if the format repeats it. The error is next to `message` or inside it;
 *         with `status` it is always at the top level. A counter-signature is added last as `signature` and covers the
 *         body without it.
 * @source Beckn core 1.x `Ack`; Beckn 2.0 as in its reference adapter and its OpenAPI document.
 */
export function ackBody(ackContext: AckContext, error?: WireError): string {
  const unsigned = unsignedAckBody(ackContext, error);
  if (!ackContext.countersign) return JSON.stringify(unsigned);
  return JSON.stringify({ ...unsigned, signature: ackContext.countersign(JSON.stringify(unsigned)) });
}

function unsignedAckBody({ format, requestContext, messageId }: AckContext, wireError: WireError | undefined): object {
  const status = wireError ? 'NACK' : 'ACK';
  const error = wireError && { error: formatError(format, wireError) };
  const context = format.ackContext && requestContext !== undefined ? { context: requestContext } : {};
  if (format.ackForm === 'status') return { ...context, status, ...error };
  const message =
    format.ackForm === 'ack' ? { ack: { status } } : { status, ...(messageId !== undefined && { messageId }) };
  return format.errorPlace === 'message'
    ? { ...context, message: { ...message, ...error } }
    : { ...context, message, ...error };
}

function formatError(format: AckFormat, error: WireError): object {
  const { code: text, message, ...rest } = error;
  const code = format.errorCode === 'number' && /^\d+$/.test(text) ? Number(text) : text;
  const type = format.errorType && { type: errorType(error) };
  return format.errorNames === 'errorCode'
    ? { ...type, errorCode: code, errorMessage: message, ...rest }
    : { ...type, code, message, ...rest };
}

/** @source Beckn core 0.9 `Error.type`. */
function errorType({ code, paths }: WireError): string {
  if (paths?.startsWith('context') === true) return 'CONTEXT-ERROR';
  if (code.startsWith('5') && code.length === 5) return 'POLICY-ERROR';
  if (code === '30000') return 'JSON-SCHEMA-ERROR';
  return code.length === 5 ? 'DOMAIN-ERROR' : 'CORE-ERROR';
}
