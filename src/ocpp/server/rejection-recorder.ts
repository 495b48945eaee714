/** Records refused connections in the log and in the operator's list. */
import type { IncomingMessage } from 'node:http';
import type { RejectedAttempt, RejectionCode } from '../../ports/charger-access.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { parseBasicHeader } from '../auth/basic-auth.js';
import { networkOf } from './failure-throttle.js';
import type { PeerAddress } from './peer-address.js';
import type { RejectedConnections } from './rejected-connections.js';
import { REJECTION_REASONS } from './rejection-reasons.js';
import { decodeIdentity, isIdentity, pathOf } from './requested-identity.js';

export interface RejectionRecorderDeps {
  readonly rejectedConnections: RejectedConnections;
  readonly clock: Pick<Clock, 'now'>;
  readonly events: Events;
}

/** Why a request was refused. */
export interface Rejection {
  /** `undefined` if the path contains no identity. */
  readonly id: string | undefined;
  readonly code: RejectionCode;
}

type Identity = Pick<RejectedAttempt, 'id' | 'identityFrom'>;

export class RejectionRecorder {
  readonly #deps: RejectionRecorderDeps;

  constructor(deps: RejectionRecorderDeps) {
    this.#deps = deps;
  }

  /** Records a refused request. @param details Further details for the log. */
  record(
    request: IncomingMessage,
    { address, isTls }: Pick<PeerAddress, 'address' | 'isTls'>,
    { id, code }: Rejection,
    details: object = {},
  ): void {
    const { rejectedConnections, clock, events } = this.#deps;
    events.emit('charger.refused', { chargePointId: id, reason: REJECTION_REASONS[code].reason, address, ...details });
    rejectedConnections.add({
      ...(id === undefined ? findIdentity(request) : { id, identityFrom: 'path' }),
      ...{ network: networkOf(address), at: clock.now(), path: pathOf(request.url ?? ''), tls: isTls, code },
      subprotocols: offeredSubprotocols(request),
    });
  }

  /** Records a client whose TLS handshake or request could not be read. @param problem The error, for the log. */
  recordUnreadable(address: string, code: RejectionCode, problem: string): void {
    const { rejectedConnections, clock, events } = this.#deps;
    events.emit('charger.refused', { reason: REJECTION_REASONS[code].reason, address, problem });
    // A peer that opens and closes a socket without sending anything, as health checks do, is not a charger.
    if (address === '' || problem === 'ECONNRESET') return;
    const tls = code !== 'plain-on-tls-port';
    rejectedConnections.add({ network: networkOf(address), at: clock.now(), tls, subprotocols: [], code });
  }
}

/**
 * Looks for an identity in a request whose path has none below a base path: the Basic user name, or else the last
 * segment of the path.
 */
function findIdentity({ url = '', headers }: IncomingMessage): Identity {
  const id = decodeIdentity(pathOf(url).replace(/\/$/, '').split('/').at(-1) ?? '');
  const user = Buffer.from(parseBasicHeader(headers.authorization, id === undefined ? [] : [id])?.user ?? []).toString(
    'utf8',
  );
  // The user name comes first, because it must be the identity, while a path such as /ocpp contains none.
  if (isIdentity(user)) return { id: user, identityFrom: user === id ? 'last-segment' : 'basic-user' };
  return id === undefined ? {} : { id, identityFrom: 'last-segment' };
}

function offeredSubprotocols({ headers }: IncomingMessage): string[] {
  return (headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
