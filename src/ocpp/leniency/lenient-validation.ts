/** Leniency with a name: what a failed check leaves usable, and everything that was wrong with it. */
import type { Json } from '../../domain/model/object.js';
import { ocppSchema } from '../../schema/shapes.js';
import type { Check, Violation } from '../../schema/validators.js';
import { isPayload, type Payload } from '../frames/frame.js';
import type { SchemaFault } from './coercion.js';
import { coerce } from './coerce.js';

export interface CheckedMessage {
  readonly version: string;
  readonly action: string;
  readonly kind: 'request' | 'response' | 'send';
  readonly check: Check;
  /**
   * Dotted paths without which nobody knows what is billed. A message that has them moves money: while they can be
   * read it is taken, whatever else is wrong with it.
   */
  readonly billingFields?: readonly string[] | undefined;
}

export interface LenientResult {
  readonly payload: Payload;
  readonly faults: readonly SchemaFault[];
  /** What keeps the payload from being used. */
  readonly violation: Violation | undefined;
}

/** Called only when the check has failed: a good message never loads the schema that this walks. */
export function validateLeniently(
  { version, action, kind, check, billingFields: identity }: CheckedMessage,
  payload: Payload,
): LenientResult {
  const { payload: made, faults } = coerce(ocppSchema(version, action, kind), payload, identity !== undefined);
  const violation = check(made);
  if (!violation) return { payload: made, faults, violation };
  if (!identity?.every((path) => valueAt(made, path) !== undefined)) return { payload: made, faults, violation };
  const left = { path: violation.path, keyword: violation.keyword, found: valueAt(made, violation.path) ?? null };
  return { payload: made, faults: [...faults, left], violation: undefined };
}

/** The value at a violation's path; `undefined` where there is none. */
export function valueAt(payload: Json, path: string): Json | undefined {
  let value: Json | undefined = payload;
  for (const part of path.split(/[.[\]]+/)) {
    if (part === '') continue;
    if (Array.isArray(value)) value = (value as readonly Json[])[Number(part)];
    else value = value !== undefined && isPayload(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}
