/** The texts of answers to a charger's CALL. */
import type { ChargerOutcome } from '../bridge/ports/chargers.js';
import type { Connection } from './connection.js';
import type { Edge } from './edge.js';
import type { ErrorKind } from './errors.js';
import { errorText, resultText, type CallFrame } from './frame.js';
import { Replay } from './replay.js';
import type { Route } from './versions/version.js';

/** How long answers that move no money are remembered, ms. */
const BRIEF_MS = 60_000;

/** What the heart said, checked against the answer's schema and remembered for a repeat by the frame's fingerprint. */
export function success(
  edge: Edge,
  connection: Connection,
  frame: CallFrame,
  route: Route,
  outcome: ChargerOutcome,
  print: number,
): string {
  const { identity } = connection;
  try {
    const payload = route.reply(outcome);
    const violation = route.response(payload);
    if (violation) throw new Error(`our ${frame.action} answer: ${violation.path}: ${violation.message}`);
    const text = JSON.stringify(payload);
    if (route.replay !== 'fresh') {
      const now = edge.clock.now();
      const until = route.replay === 'money' ? Infinity : now + BRIEF_MS;
      identity.replay ??= new Replay();
      identity.replay.keep(print, text, now, until);
    }
    return resultText(frame.idText, text);
  } catch (fault) {
    return failure(edge, connection, frame, fault);
  }
}

/** It could not be saved, or our code failed: the charger keeps the message and sends it again. */
export function failure(edge: Edge, connection: Connection, frame: CallFrame, fault: unknown): string {
  const description = fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
  const stored = fault instanceof Error && fault.name === 'StoreFault';
  edge.events.emit(stored ? 'store.failed' : 'bug', {
    chargePointId: connection.id,
    action: frame.action,
    description,
  });
  return refusal(edge, connection, frame, 'internal', 'It could not be saved; send it again later.');
}

export function refusal(
  edge: Edge,
  { id, version }: Connection,
  frame: CallFrame,
  kind: ErrorKind,
  description: string,
): string {
  const code = version.errorCode(kind);
  edge.events.emit('charger.call-error', {
    chargePointId: id,
    action: frame.action,
    from: 'bridge',
    code,
    description,
  });
  return errorText(frame.idText, code, description);
}
