/** Reads a message that may break its schema: leniently where possible, and every violation is recorded. */
import type { Json } from '../../domain/model/object.js';
import type { Check, Violation } from '../../schema/validators.js';
import { isPayload, type Payload } from '../frames/payload.js';
import { validateLeniently, valueAt, type LenientResult } from '../leniency/lenient-validation.js';
import { applyQuirks, detectQuirks } from '../quirks/registry.js';
import type { ChargerConnection } from './connection-context.js';

export type ReadResult =
  | { readonly payload: Payload; readonly violation?: undefined }
  | { readonly payload?: undefined; readonly violation: Violation };

export interface ReceivedMessage {
  readonly kind: 'request' | 'response' | 'send';
  readonly action: string;
  readonly payload: Json;
  readonly check: Check;
  /** As in `Route`. */
  readonly billingFields?: readonly string[] | undefined;
}

/**
 * The payload to handle: the received one if it is valid, otherwise a coerced copy. Unless the charge point is strict,
 * quirks that the fault reveals apply for the rest of the socket.
 * @errors The violation to answer with: the first one if strict, otherwise the one that coercion could not repair.
 */
export function readMessage(connection: ChargerConnection, message: ReceivedMessage): ReadResult {
  const { settings, quirks } = connection;
  const { kind, action, payload: received, check } = message;
  const sent = isPayload(received) ? received : {};
  const payload = kind === 'response' ? sent : applyQuirks(quirks, 'inbound', action, sent);
  const first = check(isPayload(received) ? payload : received);
  if (!first) return { payload };
  if (settings.strict) {
    const { path, keyword } = first;
    connection.recordViolation({ action, path, keyword, found: valueAt(payload, path) });
    return { violation: first };
  }
  const { violation, faults, payload: coerced } = validate(connection, message, payload, first);
  if (violation) {
    // A value that was present but could not be coerced is not missing: the first violation describes what is wrong.
    const isPresent = violation.keyword === 'required' && valueAt(payload, violation.path) !== undefined;
    const remaining = isPayload(received) && !isPresent ? violation : first;
    const { path, keyword } = remaining;
    connection.recordViolation({ action, path, keyword, found: valueAt(payload, path) });
    return { violation: remaining };
  }
  if (!isPayload(received))
    connection.recordViolation({ action, path: first.path, keyword: first.keyword, found: received, lenient: true });
  for (const fault of faults) connection.recordViolation({ action, ...fault, lenient: true });
  if (kind === 'request') connection.addDetectedQuirks(detectQuirks(connection.version.name, quirks, action, sent));
  return { payload: coerced };
}

function validate(
  connection: ChargerConnection,
  { kind, action, check, billingFields }: ReceivedMessage,
  payload: Payload,
  first: Violation,
): LenientResult {
  try {
    const { name: version } = connection.version;
    return validateLeniently({ version, action, kind, check, billingFields }, payload);
  } catch (fault) {
    // A fault of the coercion itself must not change the answer: the message is refused as without it.
    connection.reportFault(action, fault);
    return { payload, faults: [], violation: first };
  }
}
