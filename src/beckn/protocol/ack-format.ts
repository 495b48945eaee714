/** How an ACK or a NACK looks: what receivers differ in, and each may have its own way. */
import type { PeerSettings } from '../../config/config.js';
import type { AckFormat } from '../../config/peer-settings.js';
import type { JsonObject, WireError } from './dialect.js';

/** A shape, and what of the request an answer in it may repeat. */
export interface AckContext {
  readonly format: AckFormat;
  /** The request's context, echoed where the shape wants it. */
  readonly requestContext?: JsonObject | undefined;
  readonly messageId?: string | undefined;
  /** Signs a body as the receipt of the request, where the shape wants it. */
  readonly countersign?: ((body: string) => string) | undefined;
}

/** Core 1.x as its specification has it. */
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

/** The buyer app's own settings, over those that its dialect brings along, over core 1.x. */
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
 * The body of an answer.
 * @shape  `ack`: `{message:{ack:{status}}}`; `message-status`: `{message:{status, messageId}}`; `status`: `{status}`.
 *         The error beside them, or inside `message`; `status` has no `message`, so there it is always beside. With a
 *         counter signature `signature` comes last, and is over the body without it.
 * @source Beckn core 1.x `Ack`; Beckn 2.0 as its reference adapter and its yaml have it.
 */
export function ackBody(voice: AckContext, error?: WireError): string {
  const unsigned = unsignedAckBody(voice, error);
  if (!voice.countersign) return JSON.stringify(unsigned);
  return JSON.stringify({ ...unsigned, signature: voice.countersign(JSON.stringify(unsigned)) });
}

function unsignedAckBody(
  { format: shape, requestContext: context, messageId }: AckContext,
  error: WireError | undefined,
): object {
  const status = error ? 'NACK' : 'ACK';
  const told = error && { error: formatError(shape, error) };
  const echoed = shape.ackContext && context !== undefined ? { context } : {};
  if (shape.ackForm === 'status') return { ...echoed, status, ...told };
  const said =
    shape.ackForm === 'ack' ? { ack: { status } } : { status, ...(messageId !== undefined && { messageId }) };
  return shape.errorPlace === 'message'
    ? { ...echoed, message: { ...said, ...told } }
    : { ...echoed, message: said, ...told };
}

function formatError(shape: AckFormat, error: WireError): object {
  const { code, message, ...rest } = error;
  const written = shape.errorCode === 'number' && /^\d+$/.test(code) ? Number(code) : code;
  const type = shape.errorType && { type: errorType(error) };
  return shape.errorNames === 'errorCode'
    ? { ...type, errorCode: written, errorMessage: message, ...rest }
    : { ...type, code: written, message, ...rest };
}

/** @source Beckn core 0.9 `Error.type`. */
function errorType({ code, paths }: WireError): string {
  if (paths?.startsWith('context') === true) return 'CONTEXT-ERROR';
  if (code.startsWith('5') && code.length === 5) return 'POLICY-ERROR';
  if (code === '30000') return 'JSON-SCHEMA-ERROR';
  return code.length === 5 ? 'DOMAIN-ERROR' : 'CORE-ERROR';
}
