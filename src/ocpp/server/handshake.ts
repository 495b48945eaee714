/** Before a socket exists: whose it would be, and whether it may be opened. */
import type { IncomingMessage } from 'node:http';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ProxySettings } from '../../config/config.js';
import type { SecurityProfile } from '../../ports/charger-access.js';
import { verifyDummyPassword, parseBasicHeader, type Credential, type CredentialLookup } from '../auth/basic-auth.js';
import { findCertificateProblem } from '../auth/client-certificate.js';
import type { RejectedConnections } from './rejected-connections.js';
import { peerAddressOf, trustedProxyCheck, type PeerAddress, type TrustedProxyCheck } from './peer-address.js';
import type { ConnectionOrigin } from '../connection/takeover.js';
import { networkOf, FailureThrottle } from './failure-throttle.js';

export interface HandshakeRules {
  /** Such as `/ocpp`; the identity is the one segment after it. */
  readonly basePath: string;
  readonly credentialOf: CredentialLookup;
  /** What an identity that nobody configured is treated like: above 0 it cannot be told from a wrong password. */
  readonly defaultProfile: SecurityProfile;
  /** What O of a client certificate must be. */
  readonly organisation?: string;
  readonly proxy?: ProxySettings;
  /** Failures per minute until a network, or an identity from one network, has to wait. */
  readonly failuresPerNetwork?: number;
  readonly failuresPerIdentity?: number;
}

/** Whose socket it will be, and how that was proven. */
export type AuthenticatedPeer = ConnectionOrigin & { readonly chargePointId: string };

export type HandshakeResult =
  ({ readonly ok: true } & AuthenticatedPeer) | { readonly ok: false; readonly status: 401 | 404 | 429 };

/**
 * The identity in a request's path: its last segment, percent-decoded once.
 * @errors `undefined` when it is missing, longer than 255, not decodable, or has a slash or control characters.
 * @source OCPP-J 1.6 §3.1.1
 */
export function identityFromUrl(url: string, basePath: string): string | undefined {
  const path = url.split('?', 1)[0] ?? '';
  const base = basePath.endsWith('/') ? basePath : `${basePath}/`;
  if (!path.startsWith(base)) return undefined;
  const segment = path.slice(base.length).replace(/\/$/, '');
  if (segment.includes('/')) return undefined;
  let id: string;
  try {
    id = decodeURIComponent(segment);
  } catch {
    return undefined;
  }
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  return id === '' || id.length > 255 || /[/\u0000-\u001f\u007f]/.test(id) ? undefined : id;
}

export class Handshake {
  private readonly throttle: FailureThrottle;
  private readonly proxy: ProxySettings;
  readonly isTrustedProxy: TrustedProxyCheck;

  constructor(
    private readonly rules: HandshakeRules,
    private readonly isKnown: (chargePointId: string) => boolean,
    private readonly deps: {
      readonly clock: Clock;
      readonly events: Events;
      readonly rejectedConnections: RejectedConnections;
    },
  ) {
    this.throttle = new FailureThrottle(deps.clock);
    this.proxy = rules.proxy ?? {};
    this.isTrustedProxy = trustedProxyCheck(this.proxy);
  }

  /** @source OCPP-J 1.6 §3.2 (404), §6.2; security whitepaper, profiles 1 to 3 (401, user name = identity, CN = identity) */
  authenticate(request: IncomingMessage): HandshakeResult {
    const link = peerAddressOf(request, this.proxy, this.isTrustedProxy, this.deps.clock.now());
    const id = identityFromUrl(request.url ?? '', this.rules.basePath);
    if (id === undefined) return this.reject(404, request, link, undefined, 'no identity in the path');
    const network = networkOf(link.address);
    const { failuresPerNetwork = 60, failuresPerIdentity = 10 } = this.rules;
    if (
      this.throttle.isExceeded(network, failuresPerNetwork) ||
      this.throttle.isExceeded(`${network} ${id}`, failuresPerIdentity)
    ) {
      return this.reject(429, request, link, id, 'too many failures');
    }
    const credential = this.isKnown(id) ? this.rules.credentialOf(id) : undefined;
    const { certificate } = link;
    const { commonName: named, fingerprint } = certificate?.problem === undefined ? (certificate ?? {}) : {};
    if (credential?.profile !== 0) {
      const reason = this.findAuthenticationFailure(id, credential, link, request.headers.authorization);
      if (reason !== undefined) {
        const open = !credential && this.rules.defaultProfile === 0 && request.headers.authorization === undefined;
        return this.reject(open ? 404 : 401, request, link, id, reason);
      }
    }
    const profile = credential?.profile === 1 && link.isTls ? 2 : (credential?.profile ?? 0);
    return {
      ok: true,
      chargePointId: id,
      address: link.address,
      profile,
      ...(named !== undefined && { certificateName: named }),
      ...(fingerprint !== undefined && { fingerprint }),
    };
  }

  /** Why the identity is not proven. A password is always compared, with nothing if there is none to compare with. */
  private findAuthenticationFailure(
    id: string,
    credential: Exclude<Credential, { profile: 0 }> | undefined,
    link: PeerAddress,
    header: string | undefined,
  ): string | undefined {
    const basic = parseBasicHeader(header);
    const flaw = this.findFailureBeforePassword(id, credential, link, basic?.user);
    if (flaw !== undefined || credential?.profile === 3 || !credential || !basic) {
      verifyDummyPassword(basic?.password ?? EMPTY_PASSWORD);
      return flaw;
    }
    return credential.verify(basic.password) ? undefined : 'wrong password';
  }

  /** Everything but the password itself. */
  private findFailureBeforePassword(
    id: string,
    credential: Credential | undefined,
    link: PeerAddress,
    user: Uint8Array | undefined,
  ): string | undefined {
    if (!credential) return 'unknown identity';
    if (credential.profile >= 2 && !link.isTls) return 'no TLS, its profile needs it';
    if (credential.profile === 3) return findCertificateProblem(link.certificate, id, this.rules.organisation);
    if (!user) return 'no password';
    return Buffer.from(id, 'utf8').equals(user) ? undefined : 'user name is not the identity';
  }

  private reject(
    status: 401 | 404 | 429,
    request: IncomingMessage,
    link: PeerAddress,
    id: string | undefined,
    reason: string,
  ): HandshakeResult {
    const network = networkOf(link.address);
    if (status !== 429) {
      this.throttle.recordFailure(network);
      if (id !== undefined) this.throttle.recordFailure(`${network} ${id}`);
    }
    this.recordRejection(request, link.address, id, reason, { status, certificate: link.certificate?.problem });
    return { ok: false, status };
  }

  /** Tells it to the log, and to the operator's list of who knocked in vain. */
  recordRejection(
    request: IncomingMessage,
    address: string,
    id: string | undefined,
    reason: string,
    more: object = {},
  ): void {
    const { rejectedConnections: knocks, clock, events } = this.deps;
    events.emit('charger.refused', { chargePointId: id, reason, address, ...more });
    if (id === undefined) return;
    const subprotocols = (request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    knocks.add({ id, network: networkOf(address), lastAt: clock.now(), subprotocols, reason });
  }
}

const EMPTY_PASSWORD = new Uint8Array(0);
