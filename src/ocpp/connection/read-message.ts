/** Reads messages that may violate their schema, leniently where allowed, and records the violations. */
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
  /** See `Route.billingFields`. */
  readonly billingFields?: readonly string[] | undefined;
}

/**
 * Returns the payload to handle. Quirks first correct the form of a request or SEND. A payload that then violates its
 * schema is coerced, unless the charge point is strict. Last, quirks correct the meaning of a request or SEND. Quirks
 * that a coerced request reveals apply to later messages, until the socket closes.
 * @errors Returns the violation if the payload cannot be used.
 */
export function readMessage(connection: ChargerConnection, message: ReceivedMessage): ReadResult {
  const { quirks, version } = connection;
  const read = readForm(connection, message);
  if (!read.payload || message.kind === 'response' || quirks.length === 0) return read;
  const { action } = message;
  return { payload: applyQuirks(quirks, 'meaning', { version: version.name, action, payload: read.payload }) };
}

function readForm(connection: ChargerConnection, message: ReceivedMessage): ReadResult {
  const { settings, quirks, version } = connection;
  const { kind, action, payload: received, check } = message;
  const sent = isPayload(received) ? received : {};
  const payload =
    kind === 'response' ? sent : applyQuirks(quirks, 'inbound', { version: version.name, action, payload: sent });
  const first = check(isPayload(received) ? payload : received);
  if (!first) return { payload };
  if (settings.strict) {
    const { path, keyword } = first;
    connection.recordViolation({ action, path, keyword, found: valueAt(payload, path) });
    return { violation: first };
  }
  const { violation, faults, payload: coerced } = validate(connection, message, payload, first);
  if (violation) {
    // If a member is missing only because its value could not be coerced, the first violation is the better
    // description.
    const isPresent = violation.keyword === 'required' && valueAt(payload, violation.path) !== undefined;
    const remaining = isPayload(received) && !isPresent ? violation : first;
    const { path, keyword } = remaining;
    connection.recordViolation({ action, path, keyword, found: valueAt(payload, path) });
    return { violation: remaining };
  }
  if (!isPayload(received))
    connection.recordViolation({ action, path: first.path, keyword: first.keyword, found: received, lenient: true });
  for (const fault of faults) connection.recordViolation({ action, ...fault, lenient: true });
  if (kind === 'request') connection.addDetectedQuirks(detectQuirks(version.name, quirks, action, sent));
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
    // A bug in the coercion must not change the answer: the message is refused as it would be without coercion.
    connection.reportFault(action, fault);
    return { payload, faults: [], violation: first };
  }
}
