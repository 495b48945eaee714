/** Verifies who sent a message, from its raw bytes and headers, without parsing its body. */
import type { Clock } from '../../ports/runtime.js';
import type { KeyDirectory, LookupResult } from './key-directory.js';
import type { SubscriberRole } from './select-record.js';
import type { RegistryRecord } from './registry.js';
import {
  type AcknowledgedMessage,
  namesAcknowledgedMessage,
  decodeCanonicalBase64,
  digest as digestOf,
  parseSignatureHeader,
  verifySignature,
  type ParsedSignature,
} from '../signing/signature.js';
import type { VerifySignature } from '../signing/verify-pool.js';

export interface AuthenticatedSender {
  readonly ok: true;
  readonly subscriberId: string;
  readonly keyId: string;
  /** base64 of BLAKE2b-512 over the raw body. */
  readonly digest: string;
  readonly record: RegistryRecord;
}

export interface AuthenticationFailure {
  readonly ok: false;
  /** 503: the signer's key is not known and cannot be looked up now, so a retry may succeed. */
  readonly status: 401 | 503;
  readonly header: 'WWW-Authenticate' | 'Proxy-Authenticate';
  /** The value of `header`. */
  readonly challenge: string;
  /** A label for logs and metrics. */
  readonly kind: 'missing' | 'malformed' | 'time' | 'signer' | 'unavailable' | 'mismatch';
  /**
   * Explains the failure to the peer. If the signature has expired or was created in the future, states by how many
   * seconds, and the server time.
   */
  readonly reason: string;
  readonly retryAfterS?: number;
}

export type AuthenticationResult = AuthenticatedSender | AuthenticationFailure;
type MaybeAsync<T> = T | Promise<T>;

export interface VerifierDeps {
  readonly directory: Pick<KeyDirectory, 'findKey' | 'refresh'>;
  readonly clock: Clock;
  /** Our subscriber id, which is the realm of the challenge. */
  readonly realm: string;
  /** How far a signer's clock may be ahead of ours, s. */
  readonly skewS?: number;
  /** The longest lifetime that a signature may claim, s. */
  readonly maxAgeS?: number;
  /** `required`: a search must come through a gateway. */
  readonly gateway?: 'accepted' | 'required';
  /** Whether the gateway's signature is also accepted in `Proxy-Authorization`. */
  readonly legacyProxyHeader?: boolean;
  /** Whether `xed25519` is accepted as another name for `ed25519`. */
  readonly xed25519?: boolean;
  /** Verifies a signature; by default libsodium does, on the event loop. */
  readonly verify?: VerifySignature;
}

/** Builds the challenge that accompanies a 401. @source BECKN-006; RFC 9110 §15.5.2 requires one with every 401. */
export function signatureChallenge(realm: string): string {
  return `Signature realm="${realm}",headers="(created) (expires) digest"`;
}

const ROLE_HEADERS = {
  BAP: { header: 'WWW-Authenticate', signatureHeader: 'Authorization' },
  BG: { header: 'Proxy-Authenticate', signatureHeader: 'X-Gateway-Authorization' },
  any: { header: 'WWW-Authenticate', signatureHeader: 'Authorization' },
} as const;

interface SignedMessage {
  readonly role: SubscriberRole;
  readonly header: string | undefined;
  readonly rawBody: Uint8Array;
  /** The body's digest, if it has been computed already. */
  readonly digest?: string | undefined;
  /** Name of the header, if it is not the role's usual one. */
  readonly headerName?: string;
  readonly acknowledgedMessage?: AcknowledgedMessage;
  readonly source?: string | undefined;
}

/** A signature whose header and time are valid, and the digest that it must cover. */
interface CheckedSignature {
  readonly role: SubscriberRole;
  readonly parsed: ParsedSignature;
  readonly bodyDigest: string;
  readonly acknowledgedMessage: AcknowledgedMessage | undefined;
}

export class Verifier {
  readonly #deps: VerifierDeps;
  readonly #verify: VerifySignature;

  constructor(deps: VerifierDeps) {
    this.#deps = deps;
    this.#verify = deps.verify ?? verifySignature;
  }

  /**
   * Verifies the originator's signature, which every message must have. If the key is cached, the result may be a plain
   * value. Never rejects.
   * @param message.role The role in which the sender must be registered; a buyer app by default.
   */
  authenticate(message: {
    readonly authorization?: string | undefined;
    readonly rawBody: Uint8Array;
    readonly digest?: string;
    readonly role?: SubscriberRole;
    /** The address that the message came from. */
    readonly source?: string | undefined;
  }): MaybeAsync<AuthenticationResult> {
    const { authorization, rawBody, digest, role = 'BAP', source } = message;
    return this.#verifyMessage({ role, header: authorization, rawBody, digest, source });
  }

  /**
   * Verifies the gateway's signature on a search, in either header or in both.
   * @returns `undefined` if there is none and none is required.
   * @source BECKN-006: a bad gateway signature is answered with Proxy-Authenticate.
   */
  authenticateGateway(message: {
    readonly gateway?: string | undefined;
    readonly proxy?: string | undefined;
    readonly rawBody: Uint8Array;
    readonly digest?: string;
    /** The address that the message came from. */
    readonly source?: string | undefined;
  }): MaybeAsync<AuthenticationResult> | undefined {
    const { gateway, proxy, rawBody, digest, source } = message;
    const legacy = this.#deps.legacyProxyHeader && proxy !== gateway ? proxy : undefined;
    const current: SignedMessage = { role: 'BG', header: gateway, rawBody, digest, source };
    const older: SignedMessage = { ...current, header: legacy, headerName: 'Proxy-Authorization' };
    if (gateway !== undefined && legacy !== undefined) return this.#verifyBoth(current, older);
    if (gateway !== undefined) return this.#verifyMessage(current);
    if (legacy !== undefined) return this.#verifyMessage(older);
    if (this.#deps.gateway !== 'required') return undefined;
    const reason = 'a search must come through a gateway: the X-Gateway-Authorization header is missing';
    return this.#failure('BG', 'missing', reason);
  }

  /** Verifies the signature of a buyer app's ACK, which also covers the message that the ACK acknowledges. */
  authenticateAck(ack: {
    readonly signature: string;
    readonly rawBody: Uint8Array;
    readonly acknowledgedMessage: AcknowledgedMessage;
  }): MaybeAsync<AuthenticationResult> {
    const { signature: header, rawBody, acknowledgedMessage } = ack;
    return this.#verifyMessage({ role: 'BAP', header, rawBody, headerName: 'Signature', acknowledgedMessage });
  }

  /** Some gateways send both headers; both must then be valid. */
  async #verifyBoth(current: SignedMessage, older: SignedMessage): Promise<AuthenticationResult> {
    const first = await this.#verifyMessage(current);
    if (!first.ok) return first;
    const second = await this.#verifyMessage(older);
    return second.ok ? first : second;
  }

  #verifyMessage(message: SignedMessage): MaybeAsync<AuthenticationResult> {
    const { role, header, acknowledgedMessage } = message;
    const { headerName = ROLE_HEADERS[role].signatureHeader } = message;
    const { directory, clock, skewS = 30, maxAgeS = 86_400 } = this.#deps;
    if (!header) return this.#failure(role, 'missing', `the ${headerName} header is missing`);
    const parsed = parseSignatureHeader(header, this.#deps);
    const problem = 'problem' in parsed ? parsed.problem : signedPartsProblem(parsed, acknowledgedMessage);
    if ('problem' in parsed || problem !== undefined) {
      return this.#failure(role, 'malformed', `the ${headerName} header cannot be used: ${problem}`);
    }
    const wrongTime = timeProblem(parsed, clock.now(), skewS, maxAgeS);
    if (wrongTime) return this.#failure(role, 'time', wrongTime);
    const { subscriberId, keyId } = parsed;
    const verifyWith = (lookup: LookupResult): MaybeAsync<AuthenticationResult> => {
      if ('problem' in lookup) {
        return this.#failure(role, lookup.problem === 'unavailable' ? 'unavailable' : 'signer', lookup.detail);
      }
      const bodyDigest = message.digest ?? digestOf(message.rawBody);
      return this.#verifyWithRecord({ role, parsed, bodyDigest, acknowledgedMessage }, lookup.record);
    };
    const lookup = directory.findKey({ subscriberId, keyId, role, source: message.source });
    return lookup instanceof Promise ? lookup.then(verifyWith) : verifyWith(lookup);
  }

  #verifyWithRecord(signature: CheckedSignature, record: RegistryRecord): MaybeAsync<AuthenticationResult> {
    const settle = (isValid: boolean): MaybeAsync<AuthenticationResult> =>
      isValid ? senderOf(signature, record) : this.#retryWithFreshKey(signature, record);
    const isValid = this.#isSignedBy(signature, record);
    return typeof isValid === 'boolean' ? settle(isValid) : isValid.then(settle);
  }

  /** The key may have been replaced under the same id, so the registry is queried once more. */
  async #retryWithFreshKey(signature: CheckedSignature, old: RegistryRecord): Promise<AuthenticationResult> {
    const { directory } = this.#deps;
    const { role, bodyDigest } = signature;
    const { subscriberId, keyId } = signature.parsed;
    if (await directory.refresh(subscriberId, keyId)) {
      const lookup = await directory.findKey({ subscriberId, keyId, role });
      if (!('problem' in lookup) && lookup.record.signingPublicKey !== old.signingPublicKey) {
        if (await this.#isSignedBy(signature, lookup.record)) return senderOf(signature, lookup.record);
      }
    }
    return this.#failure(
      role,
      'mismatch',
      `the signature does not match this body and the registered key ${keyId} of ${subscriberId}; ` +
        `the body received here has the digest BLAKE-512=${bodyDigest}`,
    );
  }

  #isSignedBy(
    { parsed, bodyDigest, acknowledgedMessage }: CheckedSignature,
    record: RegistryRecord,
  ): MaybeAsync<boolean> {
    const publicKey = decodeCanonicalBase64(record.signingPublicKey, 32);
    return publicKey !== undefined && this.#verify(parsed, bodyDigest, publicKey, acknowledgedMessage);
  }

  #failure(role: SubscriberRole, kind: AuthenticationFailure['kind'], reason: string): AuthenticationFailure {
    const { header } = ROLE_HEADERS[role];
    const challenge = signatureChallenge(this.#deps.realm);
    if (kind === 'unavailable') return { ok: false, status: 503, header, challenge, kind, reason, retryAfterS: 10 };
    return { ok: false, status: 401, header, challenge, kind, reason };
  }
}

function senderOf({ parsed, bodyDigest }: CheckedSignature, record: RegistryRecord): AuthenticatedSender {
  return { ok: true, subscriberId: parsed.subscriberId, keyId: parsed.keyId, digest: bodyDigest, record };
}

/**
 * Returns why the signed parts are not acceptable; `undefined` if they are. Those of an ACK must identify the message
 * that it acknowledges; those of a request must not identify any.
 */
function signedPartsProblem(
  parsed: ParsedSignature,
  acknowledgedMessage: AcknowledgedMessage | undefined,
): string | undefined {
  if (namesAcknowledgedMessage(parsed, acknowledgedMessage)) return undefined;
  if (acknowledgedMessage === undefined) {
    return 'a request acknowledges no message, so headers must not list request-signature or similar parts';
  }
  const parts = typeof acknowledgedMessage === 'string' ? 'request-signature' : '(request-digest) (message-id)';
  return `an ACK names the message that it acknowledges: headers must list ${parts}`;
}

/**
 * Returns why the times of a signature are not acceptable; `undefined` if they are.
 * @unit   `now` in epoch ms, the rest in seconds.
 * @source BECKN-006: a signature created in the future or past its expiry is not valid. `expires` has no tolerance.
 */
export function timeProblem(parsed: ParsedSignature, now: number, skewS: number, maxAgeS: number): string | undefined {
  const { created, expires } = parsed;
  const nowS = now / 1000;
  const serverTime = `server time ${new Date(now).toISOString()}`;
  if (expires <= created) return `expires (${expires}) is not after created (${created})`;
  if (expires - created > maxAgeS)
    return `the signature claims a lifetime of ${expires - created} s; ${maxAgeS} s are allowed`;
  if (created > nowS + skewS) {
    return `the signature was created ${Math.ceil(created - nowS)} s in the future, ${skewS} s are allowed (${serverTime})`;
  }
  if (nowS > expires) return `the signature expired ${Math.ceil(nowS - expires)} s ago (${serverTime})`;
  return undefined;
}
