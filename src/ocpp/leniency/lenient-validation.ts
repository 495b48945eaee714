/** Validates leniently: coerces a payload that violates its schema, and lists what was wrong with it. */
import type { Json } from '../../domain/model/object.js';
import { ocppSchema } from '../../schema/shapes.js';
import type { Check, Violation } from '../../schema/validators.js';
import { isList, isPayload, type Payload } from '../frames/payload.js';
import { coerce } from './coerce.js';
import type { SchemaFault } from './coercion.js';

export interface CheckedMessage {
  readonly version: string;
  readonly action: string;
  readonly kind: 'request' | 'response' | 'send';
  readonly check: Check;
  /** See `Route.billingFields`. If all of them can be read, the message is accepted, whatever else is wrong with it. */
  readonly billingFields?: readonly string[] | undefined;
}

export interface LenientResult {
  readonly payload: Payload;
  readonly faults: readonly SchemaFault[];
  /** Why the payload cannot be used; `undefined` if it can. */
  readonly violation: Violation | undefined;
}

/**
 * Coerces a payload that has failed its check, and checks the result. A message whose `billingFields` can be read is
 * accepted even if it is still invalid. The schema itself is loaded only here.
 */
export function validateLeniently(
  { version, action, kind, check, billingFields }: CheckedMessage,
  payload: Payload,
): LenientResult {
  const schema = ocppSchema(version, action, kind);
  const { payload: coerced, faults } = coerce(schema, payload, billingFields !== undefined);
  const violation = check(coerced);
  // A number that coercion drops, because it is out of range or too large for a double (1e400), counts as absent. The
  // message is accepted without it.
  const isRead = (field: string): boolean =>
    field.split('|').some((path) => valueAt(coerced, path) !== undefined || typeof valueAt(payload, path) === 'number');
  if (!violation || !billingFields?.every(isRead)) return { payload: coerced, faults, violation };
  const { path, keyword } = violation;
  const remaining = { path, keyword, found: valueAt(coerced, path) ?? null };
  return { payload: coerced, faults: [...faults, remaining], violation: undefined };
}

/** Returns the value at a violation's path; `undefined` if there is none. */
export function valueAt(payload: Json, path: string): Json | undefined {
  let value: Json | undefined = payload;
  for (const part of path.split(/[.[\]]+/)) {
    if (part === '') continue;
    if (isList(value)) value = value[Number(part)];
    else value = isPayload(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}
