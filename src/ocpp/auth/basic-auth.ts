/** HTTP Basic authentication of chargers: the header's bytes, and passwords kept as salted hashes. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How an identity has to prove itself. Absent for an identity that nobody configured. */
export type Credential =
  /** Nothing is asked; only where the configuration says so. */
  | { readonly profile: 0 }
  | {
      readonly profile: 1 | 2;
      /** Asked last, when everything else holds: true may settle which of two passwords is in use. */
      readonly verify: (password: Uint8Array) => boolean;
    }
  /** The client certificate is all. */
  | { readonly profile: 3 };

export type CredentialLookup = (chargePointId: string) => Credential | undefined;

/**
 * @shape  Split at the first colon on bytes: a password may be any bytes.
 * @errors `undefined` for everything that is not one Basic header.
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
/** How every protected password begins. */
export const PROTECTED_PREFIX = `${HASH_ALGORITHM}$`;
/** From this length on, hex text is taken for the bytes it spells: 16 bytes, the shortest lawful key. */
const MIN_HEX_LENGTH = 32;

/**
 * A password in the form that is kept: `hmac-sha256$<salt>$<hash>`, salt as given, hash in base64.
 * A fast hash on purpose: the secrets are random and long, and five thousand chargers reconnect at once.
 */
export function protectPassword(secret: string, salt: string): string {
  return `${HASH_ALGORITHM}$${salt}$${hash(salt, canonicalBytes(secret)).toString('base64')}`;
}

/**
 * Compares in constant time. Chargers send one key as raw bytes, as hex text of either case, or as plain text.
 * @errors An unreadable record throws: a configuration fault.
 * @source OCPP 1.6 security whitepaper, AuthorizationKey: 40 hex digits are 20 bytes
 */
export function passwordVerifier(record: string): (password: Uint8Array) => boolean {
  const [prefix, salt, expected] = record.split('$');
  if (prefix !== HASH_ALGORITHM || salt === undefined || expected === undefined)
    throw new Error('no protected password');
  const wanted = Buffer.from(expected, 'base64');
  return (password) => {
    const text = Buffer.from(password).toString('latin1');
    const asSent = timingSafeEqual(hash(salt, password), wanted);
    const asHex = timingSafeEqual(hash(salt, isHex(text) ? Buffer.from(text, 'hex') : password), wanted);
    return asSent || asHex;
  };
}

function canonicalBytes(secret: string): Uint8Array {
  return isHex(secret) ? Buffer.from(secret, 'hex') : Buffer.from(secret, 'utf8');
}

function isHex(text: string): boolean {
  return text.length >= MIN_HEX_LENGTH && text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);
}

function hash(salt: string, secret: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(secret).digest();
}

/** Does the work of a verifier and says no: who asks cannot tell by the time whether there was a password to compare. */
export const verifyDummyPassword: (password: Uint8Array) => boolean = passwordVerifier(
  `${HASH_ALGORITHM}$decoy$${'A'.repeat(43)}=`,
);
