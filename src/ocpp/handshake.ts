/** Before a socket exists: whose it would be, and whether it may be opened. */
import type { IncomingMessage } from 'node:http';
import type { Events } from '../bridge/ports/observe.js';
import type { Clock } from '../bridge/ports/runtime.js';
import { parseBasic, type Credentials } from './basic-auth.js';
import { networkOf, Throttle } from './throttle.js';

export interface HandshakeRules {
  /** Such as `/ocpp`; the identity is the one segment after it. */
  readonly basePath: string;
  readonly credentials: Credentials;
  /** What an identity that nobody configured is treated like: with 1 it cannot be told from a wrong password. */
  readonly defaultProfile: 0 | 1;
  /** Failures per minute until a network, or an identity from one network, has to wait. */
  readonly failuresPerNetwork?: number;
  readonly failuresPerIdentity?: number;
  /** The peer's address; behind a proxy the operator says how it is found. */
  readonly addressOf?: (request: IncomingMessage) => string;
}

export type Admission =
  | { readonly ok: true; readonly chargePointId: string; readonly address: string; readonly authenticated: boolean }
  | { readonly ok: false; readonly status: 401 | 404 | 429 };

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

  constructor(
    private readonly rules: HandshakeRules,
    private readonly knows: (chargePointId: string) => boolean,
    private readonly tools: { readonly clock: Clock; readonly events: Events },
  ) {
    this.throttle = new Throttle(tools.clock);
  }

  /** @source OCPP-J 1.6 §3.2 (404), §6.2; security whitepaper §4.2 (401, user name = identity) */
  admit(request: IncomingMessage): Admission {
    const address = this.rules.addressOf?.(request) ?? request.socket.remoteAddress ?? '';
    const id = identityOf(request.url ?? '', this.rules.basePath);
    if (id === undefined) return this.refuse(404, address, undefined, 'no identity in the path');
    const network = networkOf(address);
    const { failuresPerNetwork = 60, failuresPerIdentity = 10 } = this.rules;
    if (
      this.throttle.exceeded(network, failuresPerNetwork) ||
      this.throttle.exceeded(`${network} ${id}`, failuresPerIdentity)
    ) {
      return this.refuse(429, address, id, 'too many failures');
    }
    const credential = this.knows(id) ? this.rules.credentials(id) : undefined;
    if (credential?.profile === 0) return { ok: true, chargePointId: id, address, authenticated: false };
    const basic = parseBasic(request.headers.authorization);
    if (!credential) {
      const status = this.rules.defaultProfile === 0 && !basic ? 404 : 401;
      return this.refuse(status, address, id, 'unknown identity');
    }
    if (!basic) return this.refuse(401, address, id, 'no password');
    if (!Buffer.from(id, 'utf8').equals(basic.user))
      return this.refuse(401, address, id, 'user name is not the identity');
    if (!credential.verify(basic.password)) return this.refuse(401, address, id, 'wrong password');
    return { ok: true, chargePointId: id, address, authenticated: true };
  }

  private refuse(status: 401 | 404 | 429, address: string, id: string | undefined, reason: string): Admission {
    const network = networkOf(address);
    if (status !== 429) {
      this.throttle.fail(network);
      if (id !== undefined) this.throttle.fail(`${network} ${id}`);
    }
    this.tools.events.emit('charger.refused', { chargePointId: id, status, reason, address });
    return { ok: false, status };
  }
}
