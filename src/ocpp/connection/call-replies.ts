/** The texts of answers to a charger's CALL. */
import type { ChargerOutcome } from '../../ports/charger-events.js';
import type { Connection } from './connection.js';
import type { ConnectionContext } from './connection-context.js';
import type { ErrorKind } from '../frames/call-errors.js';
import type { CallFrame } from '../frames/frame.js';
import { applyQuirks } from '../quirks/registry.js';
import { ReplyCache } from './reply-cache.js';
import type { Route } from '../versions/version.js';

/** How long answers that move no money are remembered, ms. */
const BRIEF_CACHE_MS = 60_000;

/** What the heart said, checked against the answer's schema and remembered for a repeat by the frame's fingerprint. */
export function buildCallResult(
  edge: ConnectionContext,
  connection: Connection,
  frame: CallFrame,
  route: Route,
  outcome: ChargerOutcome,
  print: number,
): string {
  const { identity, codec, quirks } = connection;
  try {
    let payload = route.writeResponse(outcome);
    if (quirks.length > 0) payload = applyQuirks(quirks, 'answer', frame.action, payload);
    const violation = route.checkResponse(payload);
    if (violation) throw new Error(`our ${frame.action} answer: ${violation.path}: ${violation.message}`);
    const text = JSON.stringify(payload);
    if (route.caching !== 'none') {
      const now = edge.clock.now();
      const until = route.caching === 'permanent' && !codec.reusesIds ? Infinity : now + BRIEF_CACHE_MS;
      identity.replyCache ??= new ReplyCache();
      identity.replyCache.store(print, text, now, until);
    }
    return codec.encodeResult(frame, text);
  } catch (fault) {
    return buildFaultReply(edge, connection, frame, fault);
  }
}

/** It could not be saved, or our code failed: the charger keeps the message and sends it again. */
export function buildFaultReply(
  edge: ConnectionContext,
  connection: Connection,
  frame: CallFrame,
  fault: unknown,
): string {
  reportFault(edge, connection, frame.action, fault);
  const sentence = 'It could not be saved; send it again later.';
  return buildCallError(edge, connection, frame.idText, frame.action, 'internal', sentence);
}

export function reportFault(edge: ConnectionContext, { id }: Connection, action: string, fault: unknown): void {
  const description = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  const stored = fault instanceof Error && fault.name === 'StoreFault';
  edge.events.emit(stored ? 'store.failed' : 'bug', { chargePointId: id, action, description });
}

export function buildCallError(
  edge: ConnectionContext,
  { id, version, codec }: Connection,
  idText: string,
  action: string,
  kind: ErrorKind,
  description: string,
): string {
  const code = version.errorCode(kind);
  edge.events.emit('charger.call-error', { chargePointId: id, action, from: 'bridge', code, description });
  return codec.encodeError(idText, code, description);
}
