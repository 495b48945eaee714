/** Is this message from whom it says? Decided on its bytes and headers alone, before anything of it is parsed. */
import type { Clock } from '../../ports/runtime.js';
import type { KeyDirectory, Lookup } from './key-directory.js';
import type { Role } from './select-record.js';
import type { RegistryRecord } from './registry.js';
import {
  type Answered,
  answers,
  canonicalBase64,
  digest as digestOf,
  parseSignatureHeader,
  verifySignature,
  type ParsedSignature,
} from '../signing/signature.js';
import type { VerifySignature } from '../signing/verify-pool.js';

export interface Authentic {
  readonly ok: true;
  readonly subscriberId: string;
  readonly keyId: string;
  /** base64 of BLAKE2b-512 over the raw body. */
  readonly digest: string;
  readonly record: RegistryRecord;
}

export interface Unauthentic {
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

export type Authentication = Authentic | Unauthentic;

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
    readonly role?: Role;
  }): Authentication | Promise<Authentication>;
  /**
   * The gateway's signature on a search, in one header or in both. `undefined` when there is none and none is needed.
   * @source BECKN-006: a bad gateway signature is answered with Proxy-Authenticate.
   */
  authenticateGateway(message: {
    readonly gateway?: string | undefined;
    readonly proxy?: string | undefined;
    readonly rawBody: Uint8Array;
    readonly digest?: string;
  }): Authentication | Promise<Authentication> | undefined;
  /** The signature of a buyer app's ACK, which names the message that it answers. */
  authenticateAnswer(answer: {
    readonly signature: string;
    readonly rawBody: Uint8Array;
    readonly answered: Answered;
  }): Authentication | Promise<Authentication>;
}

/** Subscriber ids are compared exactly: folding case would make two participants one. */
export function signerMatches(subscriberId: string, contextBapId: string): boolean {
  return subscriberId === contextBapId;
}

/** What a 401 asks for. @source BECKN-006; RFC 9110 §15.5.2 wants it with every 401. */
export function challengeOf(realm: string): string {
  return `Signature realm="${realm}",headers="(created) (expires) digest"`;
}

const ROLES = {
  BAP: { header: 'WWW-Authenticate', signed: 'Authorization' },
  BG: { header: 'Proxy-Authenticate', signed: 'X-Gateway-Authorization' },
  any: { header: 'WWW-Authenticate', signed: 'Authorization' },
} as const;
const PROXY = 'Proxy-Authorization';

export function createVerifier(options: VerifierOptions): Verifier {
  const { directory, clock, verify = verifySignature } = options;
  const skewS = options.skewS ?? 30;
  const maxAgeS = options.maxAgeS ?? 86_400;
  const challenge = challengeOf(options.realm);

  function holds(parsed: Signed, bodyDigest: string, record: RegistryRecord): boolean | Promise<boolean> {
    const publicKey = canonicalBase64(record.signingPublicKey, 32);
    return publicKey !== undefined && verify(parsed, bodyDigest, publicKey, parsed.answered);
  }

  function refuse(role: Role, kind: Unauthentic['kind'], reason: string): Unauthentic {
    const { header } = ROLES[role];
    if (kind === 'unavailable') return { ok: false, status: 503, header, challenge, kind, reason, retryAfterS: 10 };
    return { ok: false, status: 401, header, challenge, kind, reason };
  }

  function check(
    role: Role,
    header: string | undefined,
    rawBody: Uint8Array,
    digest: string | undefined,
    { signed = ROLES[role].signed, answered }: Way = {},
  ): Authentication | Promise<Authentication> {
    if (!header) return refuse(role, 'missing', `the ${signed} header is missing`);
    const read = parseSignatureHeader(header, options);
    const problem = 'problem' in read ? read.problem : linesProblem(read, answered);
    if ('problem' in read || problem !== undefined) {
      return refuse(role, 'malformed', `the ${signed} header cannot be used: ${problem}`);
    }
    const parsed: Signed = { ...read, answered };
    const wrongTime = timeProblem(parsed, clock.now(), skewS, maxAgeS);
    if (wrongTime) return refuse(role, 'time', wrongTime);

    const { subscriberId, keyId } = parsed;
    const query = { subscriberId, keyId, role };
    const judge = (lookup: Lookup): Authentication | Promise<Authentication> => {
      if ('problem' in lookup)
        return refuse(role, lookup.problem === 'unavailable' ? 'unavailable' : 'signer', lookup.detail);
      const { record } = lookup;
      const bodyDigest = digest ?? digestOf(rawBody);
      const settle = (valid: boolean): Authentication | Promise<Authentication> =>
        valid ? { ok: true, subscriberId, keyId, digest: bodyDigest, record } : secondChance(record, bodyDigest);
      const verdict = holds(parsed, bodyDigest, record);
      return typeof verdict === 'boolean' ? settle(verdict) : verdict.then(settle);
    };
    /** The key may have been replaced under its old id: ask the registry once more, then give up. */
    const secondChance = async (old: RegistryRecord, bodyDigest: string): Promise<Authentication> => {
      if (await directory.refresh(subscriberId, keyId)) {
        const lookup = await directory.find(query);
        if (!('problem' in lookup) && lookup.record.signingPublicKey !== old.signingPublicKey) {
          const { record } = lookup;
          if (await holds(parsed, bodyDigest, record))
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

    const lookup = directory.find(query);
    return lookup instanceof Promise ? lookup.then(judge) : judge(lookup);
  }

  return {
    authenticate: ({ authorization, rawBody, digest, role = 'BAP' }) => check(role, authorization, rawBody, digest),
    authenticateGateway({ gateway, proxy, rawBody, digest }) {
      const older = options.legacyProxyHeader && proxy !== gateway ? proxy : undefined;
      const checkOlder = (): Authentication | Promise<Authentication> =>
        check('BG', older, rawBody, digest, { signed: PROXY });
      if (gateway !== undefined) {
        const verdict = check('BG', gateway, rawBody, digest);
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
    authenticateAnswer: ({ signature, rawBody, answered }) =>
      check('BAP', signature, rawBody, undefined, { signed: 'Signature', answered }),
  };
}

type Signed = ParsedSignature & { readonly answered?: Answered | undefined };

interface Way {
  /** The header's name, for the peer. */
  readonly signed?: string;
  readonly answered?: Answered | undefined;
}

/** A request answers nothing; an answer must say what it answers. */
function linesProblem(parsed: ParsedSignature, answered: Answered | undefined): string | undefined {
  if (answers(parsed, answered)) return undefined;
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
