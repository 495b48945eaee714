/** Builds the replies to chargers' CALLs. */
import type { ChargerOutcome } from '../../ports/charger-events.js';
import type { ErrorKind } from '../frames/call-errors.js';
import type { CallFrame } from '../frames/frame.js';
import { applyQuirks } from '../quirks/registry.js';
import type { Route } from '../versions/version.js';
import type { ChargerConnection, ConnectionContext } from './connection-context.js';
import { ReplyCache } from './reply-cache.js';

/** How long a response stays in the cache if it is cached only briefly, ms. */
const BRIEF_CACHE_MS = 60_000;

export interface AcceptedCall {
  readonly frame: CallFrame;
  readonly route: Route;
  /** 0 if the response is not cached. */
  readonly fingerprint: number;
}

/**
 * Builds the CALLRESULT for an outcome. Unless the route forbids it, the payload is cached in case the CALL is
 * repeated. A response that violates its schema becomes an InternalError.
 */
export function buildCallResult(
  context: ConnectionContext,
  connection: ChargerConnection,
  { frame, route, fingerprint }: AcceptedCall,
  outcome: ChargerOutcome,
): string {
  const { identity, codec, quirks, version } = connection;
  try {
    let payload = route.writeResponse(outcome);
    if (quirks.length > 0)
      payload = applyQuirks(quirks, 'answer', { version: version.name, action: frame.action, payload });
    const violation = route.checkResponse(payload);
    if (violation) throw new Error(`our ${frame.action} response: ${violation.path}: ${violation.message}`);
    const text = JSON.stringify(payload);
    if (route.caching !== 'none') {
      const now = context.clock.monotonic();
      const expiresAt = route.caching === 'permanent' && !codec.reusesIds ? Infinity : now + BRIEF_CACHE_MS;
      identity.replyCache ??= new ReplyCache();
      identity.replyCache.store(fingerprint, text, now, expiresAt);
    }
    return codec.encodeResult(frame, text);
  } catch (fault) {
    return buildFaultReply(context, connection, frame, fault);
  }
}

/**
 * Reports the fault, and builds an InternalError for an event that could not be saved or on which our code failed.
 * According to the standard, a charger then sends a transaction-related message again.
 */
export function buildFaultReply(
  context: ConnectionContext,
  connection: ChargerConnection,
  frame: CallFrame,
  fault: unknown,
): string {
  connection.reportFault(frame.action, fault);
  const error = { kind: 'internal', description: 'It could not be saved; send it again later.' } as const;
  return buildCallError(context, connection, frame, error);
}

export function buildCallError(
  { events }: ConnectionContext,
  { id, version, codec }: ChargerConnection,
  { idText, action }: Pick<CallFrame, 'idText' | 'action'>,
  { kind, description }: { readonly kind: ErrorKind; readonly description: string },
): string {
  const code = version.errorCode(kind);
  events.emit('charger.call-error', { chargePointId: id, action, from: 'bridge', code, description });
  return codec.encodeError(idText, code, description);
}
