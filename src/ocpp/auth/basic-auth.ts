/** HTTP Basic authentication of chargers: the bytes of the header, and passwords stored as salted hashes. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How a charge point must prove its identity. */
export type Credential =
  /** Not at all; only where the configuration says so. */
  | { readonly profile: 0 }
  | {
      readonly profile: 1 | 2;
      /** Called last, when everything else is right: a match may decide which of two passwords stays valid. */
      readonly verify: (password: Uint8Array) => boolean;
    }
  /** By its client certificate alone. */
  | { readonly profile: 3 };

export type CredentialLookup = (chargePointId: string) => Credential | undefined;

/**
 * @shape  Split at the first colon on bytes: a password may be any bytes.
 * @errors `undefined` for anything but one Basic header.
 * @source RFC 7617 §2; OCPP 1.6 security whitepaper §4.2
 */
export function parseBasicHeader(
  header: string | undefined,
): { readonly user: Uint8Array; readonly password: Uint8Array } | undefined {
  const token = header === undefined ? undefined : /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header)?.[1];
  if (token === undefined) return undefined;
  const bytes = Buffer.from(token, 'base64');
  const colon = bytes.indexOf(0x3a);
  return colon < 0 ? undefined : { user: bytes.subarray(0, colon), password: bytes.subarray(colon + 1) };
}

const HASH_ALGORITHM = 'hmac-sha256';
/** The start of every stored password. */
export const PROTECTED_PREFIX = `${HASH_ALGORITHM}$`;
/** Hexadecimal text of at least this length stands for the bytes it spells: 16 bytes, the shortest valid key. */
const MIN_HEX_LENGTH = 32;

/**
 * A password as it is stored: `hmac-sha256$<salt>$<hash>`, salt as given, hash in base64.
 * The hash is fast on purpose: the secrets are random and long, and five thousand chargers reconnect at once.
 */
export function protectPassword(secret: string, salt: string): string {
  const bytes = isHex(secret) ? Buffer.from(secret, 'hex') : Buffer.from(secret, 'utf8');
  return `${HASH_ALGORITHM}$${salt}$${hash(salt, bytes).toString('base64')}`;
}

/**
 * Compares in constant time. Chargers send the same key as raw bytes, as hexadecimal text of either case, or as plain
 * text.
 * @errors Throws for a record in another form.
 * @source OCPP 1.6 security whitepaper, AuthorizationKey: 40 hex digits are 20 bytes
 */
export function passwordVerifier(record: string): (password: Uint8Array) => boolean {
  const [algorithm, salt, expectedHash] = record.split('$');
  if (algorithm !== HASH_ALGORITHM || salt === undefined || expectedHash === undefined)
    throw new Error('a stored password has another form than hmac-sha256$<salt>$<hash>');
  const expected = Buffer.from(expectedHash, 'base64');
  return (password) => {
    const text = Buffer.from(password).toString('latin1');
    const matchesAsSent = timingSafeEqual(hash(salt, password), expected);
    const matchesAsHex = timingSafeEqual(hash(salt, isHex(text) ? Buffer.from(text, 'hex') : password), expected);
    return matchesAsSent || matchesAsHex;
  };
}

function isHex(text: string): boolean {
  return text.length >= MIN_HEX_LENGTH && text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);
}

function hash(salt: string, secret: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(secret).digest();
}

/** Takes the time of a verification and returns false: the answer's time does not tell whether a password exists. */
export const verifyDummyPassword: (password: Uint8Array) => boolean = passwordVerifier(
  `${HASH_ALGORITHM}$decoy$${'A'.repeat(43)}=`,
);
