/** Signing and verifying bytes: the HTTP-signature draft as Beckn uses it. Knows nothing of keys' owners or of time. */
import sodium from 'libsodium-wrappers';

/** What every message is signed over, in the order in which we sign. */
const REQUEST_PARTS = ['(created)', '(expires)', 'digest'] as const;
/** What an answer of Beckn 2.0 is signed over: it names the signature of the request that it answers. */
const RESPONSE_PARTS = [...REQUEST_PARTS, 'request-signature'] as const;
/** What the receipt of Beckn 2.0.0 LTS is signed over: it names the request that it acknowledges. */
const COUNTER_SIGNATURE_PARTS = [...REQUEST_PARTS, '(request-digest)', '(message-id)'] as const;
type SignedPart = (typeof RESPONSE_PARTS)[number] | (typeof COUNTER_SIGNATURE_PARTS)[number];

/** What an answer names: the base64 signature of the message that it answers, or in a receipt that message itself. */
export type AcknowledgedMessage = string | AcknowledgedRequest;

/** The request that a receipt is for: base64 of BLAKE2b-512 over its body, and its message id. */
export interface AcknowledgedRequest {
  readonly digest: string;
  readonly messageId: string;
}

/** Far above any honest header; bounds the work that an unknown peer can ask for. */
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
  /** The signed parts in the order of the signer. */
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
  /** base64 signature of the request that is answered: makes the text one of four lines. */
  readonly requestSignature?: string | undefined;
  /** Makes the text one of five lines. */
  readonly receiptFor?: AcknowledgedRequest | undefined;
}

/** Must have resolved before anything else of this file, or of key-material, is called. */
export async function loadSodium(): Promise<void> {
  await sodium.ready;
}

/**
 * The body's digest. The wire calls it `BLAKE-512`, the function is BLAKE2b.
 * @shape  64 bytes as padded standard base64 (88 characters).
 * @source BECKN-006, "Hashing".
 */
export function digest(body: Uint8Array): string {
  return base64(sodium.crypto_generichash(DIGEST_BYTES, body, null));
}

/**
 * Three lines, four for an answer of Beckn 2.0, five for a receipt; one space after each colon, no line break at the
 * end.
 * @source BECKN-006, "Signing string"; NFH-004 for the fourth; Beckn 2.0.0 LTS, `CounterSignature`.
 */
export function signingString(input: SigningInput, order: readonly SignedPart[] = partsToSign(input)): string {
  return order.map((part) => signingLine(part, input)).join('\n');
}

/** What is signed besides times and digest. */
function acknowledgedMessageInput(
  answered: AcknowledgedMessage | undefined,
): Pick<SigningInput, 'requestSignature' | 'receiptFor'> {
  return typeof answered === 'object' ? { receiptFor: answered } : { requestSignature: answered };
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

/** base64 of the Ed25519 signature. `secretKey` is libsodium's 64 bytes, seed and public key. */
export function sign(input: SigningInput, secretKey: Uint8Array): string {
  return signText(signingString(input), secretKey);
}

/** base64 of the Ed25519 signature over a text itself. */
export function signText(text: string, secretKey: Uint8Array): string {
  return base64(sodium.crypto_sign_detached(text, secretKey));
}

/**
 * The value of `Authorization` (or `X-Gateway-Authorization`) for these very bytes.
 * Order and quoting are fixed: some receivers look for literal markers instead of parsing.
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
  /** Of the request that these bytes answer, where Beckn 2.0 wants it named. */
  readonly requestSignature?: string | undefined;
  /** Of which these bytes are the receipt. */
  readonly receiptFor?: AcknowledgedRequest | undefined;
}): string {
  const { created, expires, requestSignature, receiptFor } = request;
  const input = { created, expires, digest: digest(request.body), requestSignature, receiptFor };
  const signature = sign(input, request.secretKey);
  const signed = partsToSign(input);
  return (
    `Signature keyId="${request.subscriberId}|${request.keyId}|ed25519",algorithm="ed25519",` +
    `created="${created}",expires="${expires}",headers="${signed.join(' ')}",signature="${signature}"`
  );
}

/**
 * Reads a signature header liberally in layout and strictly in meaning: parameters in any order, separated by
 * commas or blanks, quoted or bare; but each at most once, and every one that the signature rests on present.
 * @param options.xed25519 Take the name of the 0.9 era for ed25519: the same function was meant.
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
  if (subscriberId.length > MAX_ID_LENGTH || keyId.length > MAX_ID_LENGTH || /\p{Cc}/u.test(subscriberId + keyId)) {
    return { problem: `keyId names are longer than ${MAX_ID_LENGTH} characters or hold control characters` };
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

  const order = get('headers').trim().toLowerCase().split(/\s+/).filter(isSignedPart);
  const tokens = get('headers').trim().split(/\s+/).length;
  if (
    tokens !== order.length ||
    ![REQUEST_PARTS, RESPONSE_PARTS, COUNTER_SIGNATURE_PARTS].some((parts) => haveSameParts(order, parts))
  ) {
    return { problem: `headers must list exactly ${REQUEST_PARTS.join(' ')}, and request-signature in an answer` };
  }

  const signature = decodeCanonicalBase64(get('signature'), SIGNATURE_BYTES);
  if (!signature) return { problem: 'signature is not the padded base64 of 64 bytes' };
  return { subscriberId, keyId, created, expires, signedParts: order, signature };
}

/** Whether the signer has named what it answers in this way, and nothing where it answers nothing. */
export function namesAcknowledgedMessage(parsed: ParsedSignature, answered: AcknowledgedMessage | undefined): boolean {
  return haveSameParts(parsed.signedParts, partsToSign(acknowledgedMessageInput(answered)));
}

function haveSameParts(order: readonly SignedPart[], parts: readonly SignedPart[]): boolean {
  return order.length === parts.length && parts.every((part) => order.includes(part));
}

/** What has to be signed for a signature with these parts. */
export function signingStringOf(
  parsed: ParsedSignature,
  bodyDigest: string,
  answered: AcknowledgedMessage | undefined,
): string {
  const { created, expires, signedParts: order } = parsed;
  return signingString({ created, expires, digest: bodyDigest, ...acknowledgedMessageInput(answered) }, order);
}

/** The signature in a header, as base64; `undefined` when the header cannot be read. */
export function readSignature(header: string | undefined): string | undefined {
  const parsed = header === undefined ? undefined : parseSignatureHeader(header, { xed25519: true });
  return parsed === undefined || 'problem' in parsed ? undefined : base64(parsed.signature);
}

/**
 * True when `publicKey` (32 raw bytes) signed this digest with these times. Never throws.
 * @param answered What it must name as answered; a header that names it in another way, or names more, proves nothing.
 */
export function verifySignature(
  parsed: ParsedSignature,
  bodyDigest: string,
  publicKey: Uint8Array,
  answered?: AcknowledgedMessage,
): boolean {
  if (!namesAcknowledgedMessage(parsed, answered)) return false;
  const text = signingStringOf(parsed, bodyDigest, answered);
  try {
    return sodium.crypto_sign_verify_detached(parsed.signature, text, publicKey);
  } catch {
    return false; // a key of the wrong length
  }
}

/** Bytes of a base64 text that has exactly this length and one spelling; nothing else counts. */
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
  const found = new Map<string, string>();
  parameter.lastIndex = scheme[0].length;
  while (parameter.lastIndex < text.length) {
    const at = parameter.lastIndex;
    const match = parameter.exec(text);
    if (!match) return `the header cannot be read from character ${value.indexOf(text) + at + 1} on`;
    const name = (match[1] ?? '').toLowerCase();
    if (found.has(name)) return `the parameter ${match[1] ?? ''} is there twice`;
    found.set(name, (match[2] ?? match[3] ?? '').trim());
  }
  return found;
}

function isSignedPart(token: string): token is SignedPart {
  return ([...RESPONSE_PARTS, ...COUNTER_SIGNATURE_PARTS] as readonly string[]).includes(token);
}

function unixSeconds(text: string): number | undefined {
  // Twelve digits end in the year 33658: milliseconds sent by mistake do not pass for seconds.
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
