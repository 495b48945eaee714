/** Parses a request from the buyer app, and guesses why its signature does not match. */
import {
  digest,
  parseSignatureHeader,
  verifySignature,
  type ParsedSignature,
} from '../../../beckn/signing/signature.js';
import { namesIn, type ContextNames } from '../../buyer-app/envelope.js';
import type { HttpRequest } from '../../runtime/http-server.js';
import { isJson, parseJson, textOf, type Json } from '../../runtime/json.js';
import type { ReceivedRequest } from './run-record.js';

export type ParsedRequest = Omit<ReceivedRequest, 'kind' | 'at' | 'action' | 'step' | 'reply' | 'replyStatus'>;

/**
 * @param publicKey 32 bytes.
 * @param expected The names of the context fields in the dialect.
 * @returns The request, or the reason why it cannot be answered by a callback.
 */
export function readRequest(
  { raw, headers }: HttpRequest,
  publicKey: Uint8Array,
  expected: ContextNames,
): ParsedRequest | string {
  const body = parseJson(raw.toString('utf8'));
  if (body === undefined) return 'the body is not JSON';
  if (!isJson(body) || !isJson(body.context)) return 'the body has no context';
  const { context } = body;
  const names = namesIn(context, expected);
  const transactionId = textOf(context[names.transactionId]);
  const messageId = textOf(context[names.messageId]);
  if (!transactionId || !messageId) return `the context lacks ${names.transactionId} or ${names.messageId}`;
  const { authorization } = headers;
  const signature = parseSignatureHeader(authorization ?? '');
  const mismatch = 'problem' in signature ? undefined : findMismatch(signature, raw, body, publicKey);
  return {
    raw,
    context,
    message: isJson(body.message) ? body.message : {},
    authorization,
    signature,
    ...(mismatch === undefined ? {} : { signatureMismatch: mismatch }),
    transactionId,
    messageId,
  };
}

/**
 * Explains a signature that does not match, by trying the usual mistakes one by one.
 * @returns `undefined` if it matches.
 */
function findMismatch(signature: ParsedSignature, raw: Buffer, body: Json, publicKey: Uint8Array): string | undefined {
  const matches = (bytes: Uint8Array): boolean => verifySignature(signature, digest(bytes), publicKey);
  if (matches(raw)) return undefined;
  const mistakes: readonly (readonly [reason: string, signedBytes: Uint8Array])[] = [
    [
      'the signature matches the body serialised without spaces: it was signed before the HTTP client wrote it',
      compactJson(body),
    ],
    ['the signature matches the body serialised with spaces after colons and commas', spacedJson(body)],
    ['the signature matches the message alone: sign the whole body', compactJson(body.message ?? {})],
    ['the signature matches an empty body', Buffer.alloc(0)],
  ];
  const mistake = mistakes.find(([, bytes]) => matches(bytes));
  return mistake?.[0] ?? 'the signature matches neither the body nor a usual mistake: another key, or another body';
}

const compactJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Serialises with spaces after colons and commas, as Python's `json.dumps` does. */
function spacedJson(value: unknown): Uint8Array {
  const write = (part: unknown): string => {
    if (Array.isArray(part)) return `[${part.map(write).join(', ')}]`;
    if (!isJson(part)) return JSON.stringify(part);
    const members = Object.entries(part).map(([key, member]) => `${JSON.stringify(key)}: ${write(member)}`);
    return `{${members.join(', ')}}`;
  };
  return Buffer.from(write(value));
}
