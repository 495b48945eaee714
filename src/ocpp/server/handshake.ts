/** Authenticates WebSocket handshakes, and decides which charge points may connect. */
import type { IncomingMessage } from 'node:http';
import type { ProxySettings } from '../../config/config.js';
import { trustedProxyCheck, type TrustedProxyCheck } from '../../config/trusted-proxy.js';
import type { RejectionCode, SecurityProfile } from '../../ports/charger-access.js';
import type { Clock } from '../../ports/runtime.js';
import { parseBasicHeader, verifyDummyPassword, type Credential, type CredentialLookup } from '../auth/basic-auth.js';
import { findCertificateProblem } from '../auth/client-certificate.js';
import type { ConnectionOrigin } from '../connection/takeover.js';
import { FailureThrottle, networkOf } from './failure-throttle.js';
import { peerAddressOf, type PeerAddress } from './peer-address.js';
import type { Rejection, RejectionRecorder } from './rejection-recorder.js';
import { basePathsOf, identityFromUrl } from './requested-identity.js';

export interface HandshakeRules {
  /** The base path, such as `/ocpp`. The identity is the one segment after it. */
  readonly basePath: string;
  /** Further base paths, or the names of presets. */
  readonly aliases?: readonly string[];
  readonly credentialOf: CredentialLookup;
  /** Returns the known charge point for an approved spelling of its identity. */
  readonly chargePointOfAlias?: (spelling: string) => string | undefined;
  /**
   * The profile assumed for an unknown identity. If it is 0, and no charge point is secured, an unknown identity without
   * credentials gets 404; any other unknown identity is refused like a wrong password.
   */
  readonly defaultProfile: SecurityProfile;
  /** Returns whether some charge point must prove its identity. Nobody may then learn which identities exist. */
  readonly isAnySecured?: () => boolean;
  /** The O that a client certificate must have. */
  readonly organisation?: string;
  readonly proxy?: ProxySettings;
  /**
   * How many failures per minute one network, and one identity within it, may cause before further failed
   * authentications get 429; 60 and 10 by default.
   */
  readonly failuresPerNetwork?: number;
  readonly failuresPerIdentity?: number;
}

export interface HandshakeDeps {
  /** Returns whether a charge point with this identity is configured or approved. */
  readonly isKnown: (chargePointId: string) => boolean;
  readonly clock: Clock;
  readonly rejections: RejectionRecorder;
}

/** The charge point behind a socket, and how it proved its identity. */
type AuthenticatedPeer = ConnectionOrigin & { readonly chargePointId: string };

export type HandshakeResult =
  | ({ readonly ok: true; readonly isTls: boolean } & AuthenticatedPeer)
  | { readonly ok: false; readonly status: 401 | 404 | 429 };

const EMPTY_PASSWORD = new Uint8Array(0);

export class Handshake {
  readonly #rules: HandshakeRules;
  readonly #deps: HandshakeDeps;
  readonly #throttle: FailureThrottle;
  readonly #basePaths: readonly string[];
  readonly isTrustedProxy: TrustedProxyCheck;

  constructor(rules: HandshakeRules, deps: HandshakeDeps) {
    this.#rules = rules;
    this.#deps = deps;
    this.#basePaths = basePathsOf(rules.basePath, rules.aliases);
    this.#throttle = new FailureThrottle(deps.clock);
    this.isTrustedProxy = trustedProxyCheck(rules.proxy ?? {});
  }

  /**
   * Determines which charge point is connecting, and checks its credential. Records a refused request, and counts it as
   * a failure unless it was throttled.
   * @source OCPP-J 1.6 §3.2 (404), §6.2; security whitepaper, profiles 1 to 3 (401; user name and CN are the identity)
   */
  authenticate(request: IncomingMessage): HandshakeResult {
    const { credentialOf, proxy = {} } = this.#rules;
    const { isKnown, clock } = this.#deps;
    const peer = peerAddressOf(request, proxy, this.isTrustedProxy, clock.now());
    const { address, isTls, certificate } = peer;
    const id = identityFromUrl(request.url ?? '', this.#basePaths);
    if (id === undefined) return this.#reject(404, request, peer, { id, code: 'wrong-path' });
    const chargePointId = this.#chargePointOf(id);
    const credential = isKnown(chargePointId) ? credentialOf(chargePointId) : undefined;
    if (credential?.profile !== 0) {
      const { authorization } = request.headers;
      const code = this.#findAuthenticationFailure([id, chargePointId], credential, peer, authorization);
      if (code !== undefined) {
        // Only failures are throttled, so that a peer that proves its identity is never refused because of others'
        // failures.
        if (this.#isThrottled(address, id)) return this.#reject(429, request, peer, { id, code: 'too-many-failures' });
        const isOpen = !credential && authorization === undefined && this.#hasNothingToHide();
        return this.#reject(isOpen ? 404 : 401, request, peer, { id, code });
      }
    }
    const profile = credential?.profile === 1 && isTls ? 2 : (credential?.profile ?? 0);
    const { commonName, fingerprint } = certificate?.problem === undefined ? (certificate ?? {}) : {};
    return {
      ok: true,
      isTls,
      chargePointId,
      address,
      profile,
      ...(commonName !== undefined && { certificateName: commonName }),
      ...(fingerprint !== undefined && { fingerprint }),
    };
  }

  #hasNothingToHide(): boolean {
    const { defaultProfile, isAnySecured } = this.#rules;
    return defaultProfile === 0 && isAnySecured?.() !== true;
  }

  /** Returns the charge point for an identity in the URL. A known identity always stands for itself. */
  #chargePointOf(id: string): string {
    return this.#deps.isKnown(id) ? id : (this.#rules.chargePointOfAlias?.(id) ?? id);
  }

  #isThrottled(address: string, id: string): boolean {
    const { failuresPerNetwork = 60, failuresPerIdentity = 10 } = this.#rules;
    const network = networkOf(address);
    return (
      this.#throttle.isExceeded(network, failuresPerNetwork) ||
      this.#throttle.isExceeded(`${network} ${id}`, failuresPerIdentity)
    );
  }

  /**
   * Returns why the identity is not proven; `undefined` if it is. A password is always compared, if necessary with a
   * dummy, so that the response time does not reveal which identities exist.
   */
  #findAuthenticationFailure(
    spellings: readonly string[],
    credential: Exclude<Credential, { profile: 0 }> | undefined,
    peer: PeerAddress,
    authorization: string | undefined,
  ): RejectionCode | undefined {
    const basic = parseBasicHeader(authorization, spellings);
    const failure = this.#findFailureBeforePassword(spellings, credential, peer, basic?.user);
    if (failure !== undefined || credential?.profile === 3 || !credential || !basic) {
      verifyDummyPassword(basic?.password ?? EMPTY_PASSWORD);
      return failure;
    }
    return credential.verify(basic.password) ? undefined : 'wrong-password';
  }

  /**
   * Checks everything except the password.
   * @param spellings The identity in the URL and the charge point's own identity.
   */
  #findFailureBeforePassword(
    spellings: readonly string[],
    credential: Credential | undefined,
    { isTls, certificate }: PeerAddress,
    user: Uint8Array | undefined,
  ): RejectionCode | undefined {
    if (!credential) return 'unknown-identity';
    if (credential.profile >= 2 && !isTls) return 'tls-required';
    if (credential.profile === 3) return findCertificateProblem(certificate, spellings, this.#rules.organisation);
    if (!user) return 'no-password';
    const isNamed = spellings.some((id) => Buffer.from(id, 'utf8').equals(user));
    return isNamed ? undefined : 'user-not-identity';
  }

  #reject(status: 401 | 404 | 429, request: IncomingMessage, peer: PeerAddress, rejection: Rejection): HandshakeResult {
    if (status !== 429) {
      const network = networkOf(peer.address);
      this.#throttle.recordFailure(network);
      if (rejection.id !== undefined) this.#throttle.recordFailure(`${network} ${rejection.id}`);
    }
    this.#deps.rejections.record(request, peer, rejection, { status, certificate: peer.certificate?.problem });
    return { ok: false, status };
  }
}
