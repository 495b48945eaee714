/** Before a socket exists: whose it would be, and whether it may be opened. */
import type { IncomingMessage } from 'node:http';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ProxySettings, SecurityProfile } from '../../config/config.js';
import { DECOY, parseBasic, type Credential, type Credentials } from '../auth/basic-auth.js';
import { certificateProblem } from '../auth/client-certificate.js';
import type { Knocks } from './rejected-connections.js';
import { linkOf, proxyTrust, type Link, type Trusts } from './peer-address.js';
import type { Origin } from '../connection/takeover.js';
import { networkOf, Throttle } from './failure-throttle.js';

export interface HandshakeRules {
  /** Such as `/ocpp`; the identity is the one segment after it. */
  readonly basePath: string;
  readonly credentials: Credentials;
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
export type Admitted = Origin & { readonly chargePointId: string };

export type Admission = ({ readonly ok: true } & Admitted) | { readonly ok: false; readonly status: 401 | 404 | 429 };

/**
 * The identity in a request's path: its last segment, percent-decoded once.
 * @errors `undefined` when it is missing, longer than 255, not decodable, or has a slash or control characters.
 * @source OCPP-J 1.6 §3.1.1
 */
export function identityOf(url: string, basePath: string): string | undefined {
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

export class Doorkeeper {
  private readonly throttle: Throttle;
  private readonly proxy: ProxySettings;
  readonly trusts: Trusts;

  constructor(
    private readonly rules: HandshakeRules,
    private readonly knows: (chargePointId: string) => boolean,
    private readonly tools: { readonly clock: Clock; readonly events: Events; readonly knocks: Knocks },
  ) {
    this.throttle = new Throttle(tools.clock);
    this.proxy = rules.proxy ?? {};
    this.trusts = proxyTrust(this.proxy);
  }

  /** @source OCPP-J 1.6 §3.2 (404), §6.2; security whitepaper, profiles 1 to 3 (401, user name = identity, CN = identity) */
  admit(request: IncomingMessage): Admission {
    const link = linkOf(request, this.proxy, this.trusts, this.tools.clock.now());
    const id = identityOf(request.url ?? '', this.rules.basePath);
    if (id === undefined) return this.refuse(404, request, link, undefined, 'no identity in the path');
    const network = networkOf(link.address);
    const { failuresPerNetwork = 60, failuresPerIdentity = 10 } = this.rules;
    if (
      this.throttle.exceeded(network, failuresPerNetwork) ||
      this.throttle.exceeded(`${network} ${id}`, failuresPerIdentity)
    ) {
      return this.refuse(429, request, link, id, 'too many failures');
    }
    const credential = this.knows(id) ? this.rules.credentials(id) : undefined;
    const { certificate } = link;
    const { commonName: named, fingerprint } = certificate?.problem === undefined ? (certificate ?? {}) : {};
    if (credential?.profile !== 0) {
      const reason = this.problem(id, credential, link, request.headers.authorization);
      if (reason !== undefined) {
        const open = !credential && this.rules.defaultProfile === 0 && request.headers.authorization === undefined;
        return this.refuse(open ? 404 : 401, request, link, id, reason);
      }
    }
    const profile = credential?.profile === 1 && link.secure ? 2 : (credential?.profile ?? 0);
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
  private problem(
    id: string,
    credential: Exclude<Credential, { profile: 0 }> | undefined,
    link: Link,
    header: string | undefined,
  ): string | undefined {
    const basic = parseBasic(header);
    const flaw = this.flaw(id, credential, link, basic?.user);
    if (flaw !== undefined || credential?.profile === 3 || !credential || !basic) {
      DECOY(basic?.password ?? NOTHING);
      return flaw;
    }
    return credential.verify(basic.password) ? undefined : 'wrong password';
  }

  /** Everything but the password itself. */
  private flaw(
    id: string,
    credential: Credential | undefined,
    link: Link,
    user: Uint8Array | undefined,
  ): string | undefined {
    if (!credential) return 'unknown identity';
    if (credential.profile >= 2 && !link.secure) return 'no TLS, its profile needs it';
    if (credential.profile === 3) return certificateProblem(link.certificate, id, this.rules.organisation);
    if (!user) return 'no password';
    return Buffer.from(id, 'utf8').equals(user) ? undefined : 'user name is not the identity';
  }

  private refuse(
    status: 401 | 404 | 429,
    request: IncomingMessage,
    link: Link,
    id: string | undefined,
    reason: string,
  ): Admission {
    const network = networkOf(link.address);
    if (status !== 429) {
      this.throttle.fail(network);
      if (id !== undefined) this.throttle.fail(`${network} ${id}`);
    }
    this.note(request, link.address, id, reason, { status, certificate: link.certificate?.problem });
    return { ok: false, status };
  }

  /** Tells it to the log, and to the operator's list of who knocked in vain. */
  note(request: IncomingMessage, address: string, id: string | undefined, reason: string, more: object = {}): void {
    const { knocks, clock, events } = this.tools;
    events.emit('charger.refused', { chargePointId: id, reason, address, ...more });
    if (id === undefined) return;
    const subprotocols = (request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    knocks.add({ id, network: networkOf(address), lastAt: clock.now(), subprotocols, reason });
  }
}

const NOTHING = new Uint8Array(0);
