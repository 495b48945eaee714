/** How an ACK or a NACK looks: what receivers differ in, and each may have its own way. */
import type { AnswerShape, PeerSettings } from '../../config/config.js';
import type { JsonObject, WireError } from './dialect.js';

/** A shape, and what of the request an answer in it may repeat. */
export interface Voice {
  readonly shape: AnswerShape;
  /** The request's context, echoed where the shape wants it. */
  readonly context?: JsonObject | undefined;
  readonly messageId?: string | undefined;
  /** Signs a body as the receipt of the request, where the shape wants it. */
  readonly countersign?: ((body: string) => string) | undefined;
}

/** Core 1.x as its specification has it. */
export const PLAIN: AnswerShape = {
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
export function shapeFor(peer: Partial<PeerSettings>, dialect: Partial<AnswerShape> = {}): AnswerShape {
  return {
    ackForm: peer.ackForm ?? dialect.ackForm ?? PLAIN.ackForm,
    ackContext: peer.ackContext ?? dialect.ackContext ?? PLAIN.ackContext,
    errorPlace: peer.errorPlace ?? dialect.errorPlace ?? PLAIN.errorPlace,
    errorCode: peer.errorCode ?? dialect.errorCode ?? PLAIN.errorCode,
    errorType: peer.errorType ?? dialect.errorType ?? PLAIN.errorType,
    errorNames: peer.errorNames ?? dialect.errorNames ?? PLAIN.errorNames,
    requestSignature: peer.requestSignature ?? dialect.requestSignature ?? PLAIN.requestSignature,
    counterSignature: peer.counterSignature ?? dialect.counterSignature ?? PLAIN.counterSignature,
    requestDigest: peer.requestDigest ?? dialect.requestDigest ?? PLAIN.requestDigest,
  };
}

/**
 * The body of an answer.
 * @shape  `ack`: `{message:{ack:{status}}}`; `message-status`: `{message:{status, messageId}}`; `status`: `{status}`.
 *         The error beside them, or inside `message`; `status` has no `message`, so there it is always beside. With a
 *         counter signature `signature` comes last, and is over the body without it.
 * @source Beckn core 1.x `Ack`; Beckn 2.0 as its reference adapter and its yaml have it.
 */
export function answerBody(voice: Voice, error?: WireError): string {
  const unsigned = unsignedBody(voice, error);
  if (!voice.countersign) return JSON.stringify(unsigned);
  return JSON.stringify({ ...unsigned, signature: voice.countersign(JSON.stringify(unsigned)) });
}

function unsignedBody({ shape, context, messageId }: Voice, error: WireError | undefined): object {
  const status = error ? 'NACK' : 'ACK';
  const told = error && { error: errorIn(shape, error) };
  const echoed = shape.ackContext && context !== undefined ? { context } : {};
  if (shape.ackForm === 'status') return { ...echoed, status, ...told };
  const said =
    shape.ackForm === 'ack' ? { ack: { status } } : { status, ...(messageId !== undefined && { messageId }) };
  return shape.errorPlace === 'message'
    ? { ...echoed, message: { ...said, ...told } }
    : { ...echoed, message: said, ...told };
}

function errorIn(shape: AnswerShape, error: WireError): object {
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
