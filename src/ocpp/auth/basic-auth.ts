/** Parses chargers' HTTP Basic credentials, and hashes and checks their passwords. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How a charge point must prove its identity. */
export type Credential =
  /** No proof is required. This applies only if the configuration says so. */
  | { readonly profile: 0 }
  | {
      readonly profile: 1 | 2;
      /**
       * Checks a password. Must be called only after all other checks have passed, because a match may invalidate the
       * charger's other passwords.
       */
      readonly verify: (password: Uint8Array) => boolean;
    }
  /** Proof by client certificate alone. */
  | { readonly profile: 3 };

export type CredentialLookup = (chargePointId: string) => Credential | undefined;

/**
 * Parses a Basic Authorization header.
 * @shape  Splits the bytes at the first colon, because a password may contain colons. If the bytes begin with one of
 *         `identities` and a colon, splits them there instead, because an identity such as a MAC address contains
 *         colons too.
 * @errors `undefined` if the header is missing, malformed or of another scheme.
 * @source RFC 7617 §2; OCPP 1.6 security whitepaper §4.2
 */
export function parseBasicHeader(
  header: string | undefined,
  identities: readonly string[] = [],
): { readonly user: Uint8Array; readonly password: Uint8Array } | undefined {
  const token = header === undefined ? undefined : /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header)?.[1];
  if (token === undefined) return undefined;
  const bytes = Buffer.from(token, 'base64');
  const named = identities.map((id) => Buffer.from(`${id}:`)).find((prefix) => bytes.indexOf(prefix) === 0);
  const colon = named ? named.length - 1 : bytes.indexOf(0x3a);
  return colon < 0 ? undefined : { user: bytes.subarray(0, colon), password: bytes.subarray(colon + 1) };
}

const HASH_ALGORITHM = 'hmac-sha256';
const HASH_BYTES = 32;
/**
 * The shortest hexadecimal text that is read as the bytes it spells: 32 digits are 16 bytes, the shortest valid key.
 */
const MIN_HEX_LENGTH = 32;

/**
 * Returns a password in its stored form, `hmac-sha256$<salt>$<hash>`, with the hash in base64. Hexadecimal text with an
 * even number of at least 32 digits is hashed as the bytes that it spells. The hash is deliberately fast: long random
 * keys need no slow hash, and thousands of chargers may reconnect at once.
 */
export function protectPassword(secret: string, salt: string): string {
  const bytes = isHex(secret) ? Buffer.from(secret, 'hex') : Buffer.from(secret, 'utf8');
  return `${HASH_ALGORITHM}$${salt}$${hash(salt, bytes).toString('base64')}`;
}

/**
 * Returns a constant-time check of received passwords against a stored password. It accepts the password as sent or
 * decoded from hexadecimal text, because chargers send keys in either form.
 * @errors Throws if `record` does not have the stored form.
 * @source OCPP 1.6 security whitepaper, AuthorizationKey: 40 hex digits are 20 bytes
 */
export function passwordVerifier(record: string): (password: Uint8Array) => boolean {
  const stored = parseProtected(record);
  if (!stored) throw new Error('a stored password has another form than hmac-sha256$<salt>$<hash>');
  const { salt, expected } = stored;
  return (password) => {
    const text = Buffer.from(password).toString('latin1');
    const matchesAsSent = timingSafeEqual(hash(salt, password), expected);
    const matchesAsHex = timingSafeEqual(hash(salt, isHex(text) ? Buffer.from(text, 'hex') : password), expected);
    return matchesAsSent || matchesAsHex;
  };
}

/** Checks whether a text has the form that `protectPassword` returns. */
export function isProtectedPassword(record: string): boolean {
  return parseProtected(record) !== undefined;
}

function parseProtected(record: string): { readonly salt: string; readonly expected: Buffer } | undefined {
  const [algorithm, salt, text] = record.split('$');
  if (algorithm !== HASH_ALGORITHM || salt === undefined || text === undefined) return undefined;
  const expected = Buffer.from(text, 'base64');
  return expected.length === HASH_BYTES ? { salt, expected } : undefined;
}

function isHex(text: string): boolean {
  return text.length >= MIN_HEX_LENGTH && text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);
}

function hash(salt: string, secret: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(secret).digest();
}

/**
 * Takes as long as a real check and returns false, so that the response time does not reveal whether a password exists.
 */
export const verifyDummyPassword: (password: Uint8Array) => boolean = passwordVerifier(
  `${HASH_ALGORITHM}$decoy$${'A'.repeat(43)}=`,
);
