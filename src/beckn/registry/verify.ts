/** Is this message from whom it says? Decided on its bytes and headers alone, before anything of it is parsed. */
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
  /** 503: the signer is not known here and the registry cannot be asked; coming again helps. */
  readonly status: 401 | 503;
  readonly header: 'WWW-Authenticate' | 'Proxy-Authenticate';
  /** The value of `header`. */
  readonly challenge: string;
  /** One word for logs and metrics. */
  readonly kind: 'missing' | 'malformed' | 'time' | 'signer' | 'unavailable' | 'mismatch';
  /** A sentence for the peer; where time is the reason, with the difference in seconds and this server's time. */
  readonly reason: string;
  readonly retryAfterS?: number;
}

export type AuthenticationResult = AuthenticatedSender | AuthenticationFailure;

export interface VerifierOptions {
  readonly directory: KeyDirectory;
  readonly clock: Clock;
  /** Our subscriber id: the realm of the challenge. */
  readonly realm: string;
  /** How far a signer's clock may be ahead of ours, s. */
  readonly skewS?: number;
  /** The longest lifetime that a signature may claim, s. */
  readonly maxAgeS?: number;
  /** `required`: a search has to come through a gateway. */
  readonly gateway?: 'accepted' | 'required';
  /** Also take the gateway's signature from `Proxy-Authorization`. */
  readonly legacyProxyHeader?: boolean;
  /** Take `xed25519` for `ed25519`. */
  readonly xed25519?: boolean;
  /** The check of a signature; on the loop, by libsodium, unless given. */
  readonly verify?: VerifySignature;
}

export interface Verifier {
  /** The originator's signature, which every message carries. A plain value when the key is cached. Never rejects. */
  authenticate(message: {
    readonly authorization?: string | undefined;
    readonly rawBody: Uint8Array;
    /** The body's digest, when it is known already. */
    readonly digest?: string;
    /** As what the sender is registered; a buyer app unless given. */
    readonly role?: SubscriberRole;
  }): AuthenticationResult | Promise<AuthenticationResult>;
  /**
   * The gateway's signature on a search, in one header or in both. `undefined` when there is none and none is needed.
   * @source BECKN-006: a bad gateway signature is answered with Proxy-Authenticate.
   */
  authenticateGateway(message: {
    readonly gateway?: string | undefined;
    readonly proxy?: string | undefined;
    readonly rawBody: Uint8Array;
    readonly digest?: string;
  }): AuthenticationResult | Promise<AuthenticationResult> | undefined;
  /** The signature of a buyer app's ACK, which names the message that it answers. */
  authenticateAck(answer: {
    readonly signature: string;
    readonly rawBody: Uint8Array;
    readonly acknowledgedMessage: AcknowledgedMessage;
  }): AuthenticationResult | Promise<AuthenticationResult>;
}

/** Subscriber ids are compared exactly: folding case would make two participants one. */
export function signerMatches(subscriberId: string, contextBapId: string): boolean {
  return subscriberId === contextBapId;
}

/** What a 401 asks for. @source BECKN-006; RFC 9110 §15.5.2 wants it with every 401. */
export function signatureChallenge(realm: string): string {
  return `Signature realm="${realm}",headers="(created) (expires) digest"`;
}

const ROLE_HEADERS = {
  BAP: { header: 'WWW-Authenticate', signatureHeader: 'Authorization' },
  BG: { header: 'Proxy-Authenticate', signatureHeader: 'X-Gateway-Authorization' },
  any: { header: 'WWW-Authenticate', signatureHeader: 'Authorization' },
} as const;
const PROXY_AUTHORIZATION = 'Proxy-Authorization';

export function createVerifier(options: VerifierOptions): Verifier {
  const { directory, clock, verify = verifySignature } = options;
  const skewS = options.skewS ?? 30;
  const maxAgeS = options.maxAgeS ?? 86_400;
  const challenge = signatureChallenge(options.realm);

  function isSignedBy(
    parsed: CheckedSignature,
    bodyDigest: string,
    record: RegistryRecord,
  ): boolean | Promise<boolean> {
    const publicKey = decodeCanonicalBase64(record.signingPublicKey, 32);
    return publicKey !== undefined && verify(parsed, bodyDigest, publicKey, parsed.acknowledgedMessage);
  }

  function refuse(role: SubscriberRole, kind: AuthenticationFailure['kind'], reason: string): AuthenticationFailure {
    const { header } = ROLE_HEADERS[role];
    if (kind === 'unavailable') return { ok: false, status: 503, header, challenge, kind, reason, retryAfterS: 10 };
    return { ok: false, status: 401, header, challenge, kind, reason };
  }

  function verifyHeader(
    role: SubscriberRole,
    header: string | undefined,
    rawBody: Uint8Array,
    digest: string | undefined,
    { headerName: signed = ROLE_HEADERS[role].signatureHeader, acknowledgedMessage: answered }: HeaderCheck = {},
  ): AuthenticationResult | Promise<AuthenticationResult> {
    if (!header) return refuse(role, 'missing', `the ${signed} header is missing`);
    const read = parseSignatureHeader(header, options);
    const problem = 'problem' in read ? read.problem : signedPartsProblem(read, answered);
    if ('problem' in read || problem !== undefined) {
      return refuse(role, 'malformed', `the ${signed} header cannot be used: ${problem}`);
    }
    const parsed: CheckedSignature = { ...read, acknowledgedMessage: answered };
    const wrongTime = timeProblem(parsed, clock.now(), skewS, maxAgeS);
    if (wrongTime) return refuse(role, 'time', wrongTime);

    const { subscriberId, keyId } = parsed;
    const query = { subscriberId, keyId, role };
    const judge = (lookup: LookupResult): AuthenticationResult | Promise<AuthenticationResult> => {
      if ('problem' in lookup)
        return refuse(role, lookup.problem === 'unavailable' ? 'unavailable' : 'signer', lookup.detail);
      const { record } = lookup;
      const bodyDigest = digest ?? digestOf(rawBody);
      const settle = (valid: boolean): AuthenticationResult | Promise<AuthenticationResult> =>
        valid ? { ok: true, subscriberId, keyId, digest: bodyDigest, record } : retryWithFreshKey(record, bodyDigest);
      const verdict = isSignedBy(parsed, bodyDigest, record);
      return typeof verdict === 'boolean' ? settle(verdict) : verdict.then(settle);
    };
    /** The key may have been replaced under its old id: ask the registry once more, then give up. */
    const retryWithFreshKey = async (old: RegistryRecord, bodyDigest: string): Promise<AuthenticationResult> => {
      if (await directory.refresh(subscriberId, keyId)) {
        const lookup = await directory.findKey(query);
        if (!('problem' in lookup) && lookup.record.signingPublicKey !== old.signingPublicKey) {
          const { record } = lookup;
          if (await isSignedBy(parsed, bodyDigest, record))
            return { ok: true, subscriberId, keyId, digest: bodyDigest, record };
        }
      }
      return refuse(
        role,
        'mismatch',
        `the signature does not fit this body and the registered key ${keyId} of ${subscriberId}; ` +
          `the body received here has the digest BLAKE-512=${bodyDigest}`,
      );
    };

    const lookup = directory.findKey(query);
    return lookup instanceof Promise ? lookup.then(judge) : judge(lookup);
  }

  return {
    authenticate: ({ authorization, rawBody, digest, role = 'BAP' }) =>
      verifyHeader(role, authorization, rawBody, digest),
    authenticateGateway({ gateway, proxy, rawBody, digest }) {
      const older = options.legacyProxyHeader && proxy !== gateway ? proxy : undefined;
      const checkOlder = (): AuthenticationResult | Promise<AuthenticationResult> =>
        verifyHeader('BG', older, rawBody, digest, { headerName: PROXY_AUTHORIZATION });
      if (gateway !== undefined) {
        const verdict = verifyHeader('BG', gateway, rawBody, digest);
        if (older === undefined) return verdict;
        // Some gateways send both: neither may be a lie.
        return Promise.resolve(verdict).then(async (first) => {
          if (!first.ok) return first;
          const second = await checkOlder();
          return second.ok ? first : second;
        });
      }
      if (older !== undefined) return checkOlder();
      if (options.gateway !== 'required') return undefined;
      return refuse(
        'BG',
        'missing',
        'a search has to come through a gateway: the X-Gateway-Authorization header is missing',
      );
    },
    authenticateAck: ({ signature, rawBody, acknowledgedMessage: answered }) =>
      verifyHeader('BAP', signature, rawBody, undefined, { headerName: 'Signature', acknowledgedMessage: answered }),
  };
}

type CheckedSignature = ParsedSignature & { readonly acknowledgedMessage?: AcknowledgedMessage | undefined };

interface HeaderCheck {
  /** The header's name, for the peer. */
  readonly headerName?: string;
  readonly acknowledgedMessage?: AcknowledgedMessage | undefined;
}

/** A request answers nothing; an answer must say what it answers. */
function signedPartsProblem(parsed: ParsedSignature, answered: AcknowledgedMessage | undefined): string | undefined {
  if (namesAcknowledgedMessage(parsed, answered)) return undefined;
  if (answered === undefined) return 'a request answers none, so headers must not list request-signature or its like';
  const wanted = typeof answered === 'string' ? 'request-signature' : '(request-digest) (message-id)';
  return `an answer names what it answers: headers must list ${wanted}`;
}

/**
 * @unit   `now` in epoch ms, the rest in seconds.
 * @source BECKN-006: a signature from the future, or past its expiry, does not count. No grace on `expires`.
 */
export function timeProblem(parsed: ParsedSignature, now: number, skewS: number, maxAgeS: number): string | undefined {
  const { created, expires } = parsed;
  const nowS = now / 1000;
  const here = `server time ${new Date(now).toISOString()}`;
  if (expires <= created) return `expires (${expires}) is not after created (${created})`;
  if (expires - created > maxAgeS)
    return `the signature claims a lifetime of ${expires - created} s; ${maxAgeS} s are allowed`;
  if (created > nowS + skewS) {
    return `the signature was created ${Math.ceil(created - nowS)} s in the future, ${skewS} s are allowed (${here})`;
  }
  if (nowS > expires) return `the signature expired ${Math.ceil(nowS - expires)} s ago (${here})`;
  return undefined;
}
