/**
 * Signs and verifies messages with Beckn's variant of the HTTP signatures draft. Does not check times or key owners.
 */
import sodium from 'libsodium-wrappers';
import { hasInvisible } from '../../schema/invisible.js';

/** The parts that every signature covers, in the order in which we sign them. */
const REQUEST_PARTS = ['(created)', '(expires)', 'digest'] as const;
/** Parts covered in a Beckn 2.0 ACK or callback that also signs the signature of the request it answers. */
const RESPONSE_PARTS = [...REQUEST_PARTS, 'request-signature'] as const;
/** Parts covered by a Beckn 2.0.0 LTS counter-signature, which also signs the acknowledged request's digest and id. */
const COUNTER_SIGNATURE_PARTS = [...REQUEST_PARTS, '(request-digest)', '(message-id)'] as const;
type SignedPart = (typeof RESPONSE_PARTS)[number] | (typeof COUNTER_SIGNATURE_PARTS)[number];

/** Each list of parts by its text in a header. @source BECKN-006: the parts are signed in this order. */
const SIGNED_PARTS: ReadonlyMap<string, readonly SignedPart[]> = new Map(
  [REQUEST_PARTS, RESPONSE_PARTS, COUNTER_SIGNATURE_PARTS].map((parts) => [parts.join(' '), parts]),
);

/** How a signature names the message that it acknowledges: by its base64 signature, or by its digest and id. */
export type AcknowledgedMessage = string | AcknowledgedRequest;

/** Identifies the request that a counter-signature acknowledges. `digest` is base64 of BLAKE2b-512 over its body. */
export interface AcknowledgedRequest {
  readonly digest: string;
  readonly messageId: string;
}

/** Maximum header length in characters, far above any genuine one. Limits the work that an unknown peer can cause. */
const MAX_HEADER_LENGTH = 4096;
const MAX_ID_LENGTH = 255;
const SIGNATURE_BYTES = 64;
const DIGEST_BYTES = 64;

export interface ParsedSignature {
  readonly subscriberId: string;
  readonly keyId: string;
  /** Unix seconds. */
  readonly created: number;
  /** Unix seconds. */
  readonly expires: number;
  /** The signed parts, in the order in which they are signed. */
  readonly signedParts: readonly SignedPart[];
  readonly signature: Uint8Array;
}

export interface SigningInput {
  /** Unix seconds. */
  readonly created: number;
  /** Unix seconds. */
  readonly expires: number;
  /** base64 of BLAKE2b-512 over the body. */
  readonly digest: string;
  /** base64 signature of the request that is answered; adds a fourth line to the signing string. */
  readonly requestSignature?: string | undefined;
  /** The request that a counter-signature acknowledges; adds its digest and message id as fourth and fifth lines. */
  readonly receiptFor?: AcknowledgedRequest | undefined;
}

/** Await this before using anything else in this file or in key-material.ts. */
export async function loadSodium(): Promise<void> {
  await sodium.ready;
}

/**
 * Hashes a body with BLAKE2b-512, which is called `BLAKE-512` on the wire.
 * @shape  64 bytes as padded standard base64 (88 characters).
 * @source BECKN-006, "Hashing".
 */
export function digest(body: Uint8Array): string {
  return base64(sodium.crypto_generichash(DIGEST_BYTES, body, null));
}

/**
 * Builds the text to sign: three lines, four with a request signature, five for a counter-signature. A single space
 * follows the colon of each line, and there is no trailing line break.
 * @source BECKN-006, "Signing string"; NFH-004 for the request signature; Beckn 2.0.0 LTS, `CounterSignature`.
 */
export function signingString(input: SigningInput, order: readonly SignedPart[] = partsToSign(input)): string {
  return order.map((part) => signingLine(part, input)).join('\n');
}

function acknowledgedMessageInput(
  message: AcknowledgedMessage | undefined,
): Pick<SigningInput, 'requestSignature' | 'receiptFor'> {
  return typeof message === 'object' ? { receiptFor: message } : { requestSignature: message };
}

function partsToSign({ requestSignature, receiptFor }: Partial<SigningInput>): readonly SignedPart[] {
  if (receiptFor) return COUNTER_SIGNATURE_PARTS;
  return requestSignature === undefined ? REQUEST_PARTS : RESPONSE_PARTS;
}

function signingLine(part: SignedPart, input: SigningInput): string {
  switch (part) {
    case '(created)':
      return `(created): ${input.created}`;
    case '(expires)':
      return `(expires): ${input.expires}`;
    case 'digest':
      return `digest: BLAKE-512=${input.digest}`;
    case 'request-signature':
      return `request-signature: ${input.requestSignature ?? ''}`;
    case '(request-digest)':
      return `(request-digest): BLAKE-512=${input.receiptFor?.digest ?? ''}`;
    case '(message-id)':
      return `(message-id): ${input.receiptFor?.messageId ?? ''}`;
  }
}

/** Signs the signing string of `input`. `secretKey` is libsodium's 64-byte form. @shape base64 of the signature. */
export function sign(input: SigningInput, secretKey: Uint8Array): string {
  return signText(signingString(input), secretKey);
}

/** Signs a string. `secretKey` is libsodium's 64-byte form. @shape base64 of the Ed25519 signature. */
export function signText(text: string, secretKey: Uint8Array): string {
  return base64(sodium.crypto_sign_detached(text, secretKey));
}

/**
 * Builds the value of an `Authorization` or `Signature` header, or of a counter-signature, over `body`. Parameter order
 * and quoting are fixed, because some receivers search for literal markers instead of parsing the header.
 * @unit   `created`, `expires`: Unix seconds.
 * @source BECKN-006, "Authorization header".
 */
export function authorizationHeader(request: {
  readonly subscriberId: string;
  readonly keyId: string;
  readonly secretKey: Uint8Array;
  readonly body: Uint8Array;
  readonly created: number;
  readonly expires: number;
  /** base64 signature of the request that this message answers, for Beckn 2.0 formats that sign it too. */
  readonly requestSignature?: string | undefined;
  /** The request that a counter-signature acknowledges. */
  readonly receiptFor?: AcknowledgedRequest | undefined;
}): string {
  const { created, expires, requestSignature, receiptFor } = request;
  const input = { created, expires, digest: digest(request.body), requestSignature, receiptFor };
  const signature = sign(input, request.secretKey);
  const parts = partsToSign(input);
  return (
    `Signature keyId="${request.subscriberId}|${request.keyId}|ed25519",algorithm="ed25519",` +
    `created="${created}",expires="${expires}",headers="${parts.join(' ')}",signature="${signature}"`
  );
}

/**
 * Reads a signature header. The layout is free: parameters come in any order, separated by commas or blanks, quoted or
 * bare. Each parameter may occur only once, and no required one may be missing. `headers` must be exactly one of the
 * lists in `SIGNED_PARTS`.
 * @param options.xed25519 Whether to accept `xed25519`, the name that Beckn 0.9 used for ed25519.
 * @errors `problem` is a sentence for the peer.
 */
export function parseSignatureHeader(
  value: string,
  options: { readonly xed25519?: boolean } = {},
): ParsedSignature | { readonly problem: string } {
  const parameters = readParameters(value);
  if (typeof parameters === 'string') return { problem: parameters };
  for (const name of ['keyid', 'algorithm', 'created', 'expires', 'headers', 'signature']) {
    if (!parameters.get(name)) return { problem: `the parameter ${name === 'keyid' ? 'keyId' : name} is missing` };
  }
  const get = (name: string): string => parameters.get(name) ?? '';

  const key = /^(.+)\|([^|]+)\|([^|]+)$/.exec(get('keyid'));
  const [, subscriberId = '', keyId = '', keyAlgorithm = ''] = key ?? [];
  if (!key) return { problem: 'keyId is not subscriber_id|unique_key_id|algorithm' };
  if (subscriberId.length > MAX_ID_LENGTH || keyId.length > MAX_ID_LENGTH || hasInvisible(subscriberId + keyId)) {
    return { problem: `keyId names are longer than ${MAX_ID_LENGTH} characters or contain invisible characters` };
  }
  const algorithm = get('algorithm');
  if (algorithm !== keyAlgorithm || (algorithm !== 'ed25519' && !(options.xed25519 && algorithm === 'xed25519'))) {
    return { problem: 'algorithm and the third part of keyId must both be ed25519' };
  }

  const created = unixSeconds(get('created'));
  const expires = unixSeconds(get('expires'));
  if (created === undefined || expires === undefined) {
    return { problem: 'created and expires must be whole Unix seconds' };
  }

  const signedParts = SIGNED_PARTS.get(get('headers'));
  if (!signedParts) {
    const lists = [...SIGNED_PARTS.keys()];
    return { problem: `headers must list exactly ${lists.join(', or in an answer ')}` };
  }

  const signature = decodeCanonicalBase64(get('signature'), SIGNATURE_BYTES);
  if (!signature) return { problem: 'signature is not the padded base64 of 64 bytes' };
  return { subscriberId, keyId, created, expires, signedParts, signature };
}

/**
 * Checks that the signed parts are those for this kind of acknowledged message, or those of a request if there is none.
 */
export function namesAcknowledgedMessage(
  parsed: ParsedSignature,
  acknowledgedMessage: AcknowledgedMessage | undefined,
): boolean {
  return haveSameParts(parsed.signedParts, partsToSign(acknowledgedMessageInput(acknowledgedMessage)));
}

function haveSameParts(a: readonly SignedPart[], b: readonly SignedPart[]): boolean {
  return a.length === b.length && b.every((part) => a.includes(part));
}

/** Builds the signing string of a parsed signature from the parts that it lists. */
export function signingStringOf(
  parsed: ParsedSignature,
  bodyDigest: string,
  acknowledgedMessage: AcknowledgedMessage | undefined,
): string {
  const { created, expires, signedParts } = parsed;
  const input = { created, expires, digest: bodyDigest, ...acknowledgedMessageInput(acknowledgedMessage) };
  return signingString(input, signedParts);
}

/** Extracts the base64 signature from a header; `undefined` if the header is missing or cannot be parsed. */
export function readSignature(header: string | undefined): string | undefined {
  const parsed = header === undefined ? undefined : parseSignatureHeader(header, { xed25519: true });
  return parsed === undefined || 'problem' in parsed ? undefined : base64(parsed.signature);
}

/**
 * Checks with `publicKey` (32 raw bytes) that the signature covers this digest and the times in `parsed`. Never throws.
 * @param acknowledgedMessage The message that the signature must cover; parts for another kind of message are invalid.
 */
export function verifySignature(
  parsed: ParsedSignature,
  bodyDigest: string,
  publicKey: Uint8Array,
  acknowledgedMessage?: AcknowledgedMessage,
): boolean {
  if (!namesAcknowledgedMessage(parsed, acknowledgedMessage)) return false;
  const text = signingStringOf(parsed, bodyDigest, acknowledgedMessage);
  try {
    return sodium.crypto_sign_verify_detached(parsed.signature, text, publicKey);
  } catch {
    return false; // a key of the wrong length
  }
}

/** Decodes canonical padded base64 of exactly `bytes` bytes; `undefined` for any other text. */
export function decodeCanonicalBase64(text: string, bytes: number): Uint8Array | undefined {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text ? decoded : undefined;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function readParameters(value: string): ReadonlyMap<string, string> | string {
  if (value.length > MAX_HEADER_LENGTH) return `the header is longer than ${MAX_HEADER_LENGTH} characters`;
  const text = value.trim();
  const scheme = /^signature\s+/i.exec(text);
  if (!scheme) return 'the scheme is not Signature';

  const parameter = /([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))(?:\s*,\s*|\s+|$)/y;
  const parameters = new Map<string, string>();
  parameter.lastIndex = scheme[0].length;
  while (parameter.lastIndex < text.length) {
    const start = parameter.lastIndex;
    const match = parameter.exec(text);
    if (!match) return `the header cannot be read from character ${value.indexOf(text) + start + 1} on`;
    const name = (match[1] ?? '').toLowerCase();
    if (parameters.has(name)) return `the parameter ${match[1] ?? ''} occurs twice`;
    parameters.set(name, (match[2] ?? match[3] ?? '').trim());
  }
  return parameters;
}

function unixSeconds(text: string): number | undefined {
  // Twelve digits last until the year 33658, so milliseconds sent by mistake, with 13 digits, are rejected.
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
