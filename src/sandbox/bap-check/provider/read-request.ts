/** A request as the buyer app sent it, taken apart; and whether the signature fits, with a guess why not. */
import {
  digest,
  parseSignatureHeader,
  verifySignature,
  type ParsedSignature,
} from '../../../beckn/signing/signature.js';
import { textOf, isJson, type Json } from '../../runtime/json.js';
import type { HttpRequest } from '../../runtime/http-server.js';
import type { ReceivedRequest } from './run-record.js';

export type ReadRequest = Omit<ReceivedRequest, 'kind' | 'at' | 'action' | 'reply' | 'replyStatus'>;

/** @errors A sentence for the buyer app, when no answer could be addressed. */
export function readRequest(incoming: HttpRequest, publicKey: Uint8Array): ReadRequest | string {
  const { raw } = incoming;
  let body: unknown;
  try {
    body = JSON.parse(raw.toString('utf8'));
  } catch {
    return 'the body is no JSON';
  }
  if (!isJson(body) || !isJson(body.context)) return 'the body has no context';
  const { context } = body;
  const transactionId = textOf(context.transaction_id);
  const messageId = textOf(context.message_id);
  if (!transactionId || !messageId) return 'the context has no transaction_id or no message_id';
  const { authorization } = incoming.headers;
  const signature = parseSignatureHeader(authorization ?? '');
  const misfit = 'problem' in signature ? undefined : signatureMismatch(signature, raw, body, publicKey);
  return {
    raw,
    context,
    message: isJson(body.message) ? body.message : {},
    authorization,
    signature,
    ...(misfit === undefined ? {} : { signatureMismatch: misfit }),
    transactionId,
    messageId,
  };
}

function signatureMismatch(
  signature: ParsedSignature,
  raw: Buffer,
  body: Json,
  publicKey: Uint8Array,
): string | undefined {
  const fits = (bytes: Uint8Array): boolean => verifySignature(signature, digest(bytes), publicKey);
  if (fits(raw)) return undefined;
  // The usual reasons, tried one by one: nothing tells a newcomer more than the right guess.
  const others: readonly [string, Uint8Array][] = [
    ['it fits the body written anew without blanks: it was signed before the HTTP client wrote it', compactJson(body)],
    ['it fits the body written anew with blanks after colons and commas', spacedJson(body)],
    ['it fits the message alone: the whole body is to be signed', compactJson(body.message ?? {})],
    ['it fits an empty body', Buffer.alloc(0)],
  ];
  const reason = others.find(([, bytes]) => fits(bytes))?.[0];
  return reason ?? 'it fits neither these bytes nor the usual mistakes: another key, or another body';
}

const compactJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** As Python's json.dumps writes by default. */
function spacedJson(value: unknown): Uint8Array {
  const write = (one: unknown): string => {
    if (Array.isArray(one)) return `[${one.map(write).join(', ')}]`;
    if (!isJson(one)) return JSON.stringify(one);
    return `{${Object.entries(one)
      .map(([key, inner]) => `${JSON.stringify(key)}: ${write(inner)}`)
      .join(', ')}}`;
  };
  return Buffer.from(write(value));
}
