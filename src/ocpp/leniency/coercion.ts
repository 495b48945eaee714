/** The state of one coercion: the schema, and what was wrong with the payload. */
import type { Json } from '../../domain/model/object.js';

/** A fault of the payload that the coercion has repaired. */
export interface SchemaFault {
  /** As in a violation: `meterValue[0].sampledValue[1].value`. */
  readonly path: string;
  /** The JSON Schema keyword that was violated. */
  readonly keyword: string;
  readonly found: Json;
}

export type JsonSchema = { readonly [keyword: string]: unknown };

/** No valid value can be made of it. */
export const UNUSABLE = Symbol('unusable');
export type Coerced = Json | typeof UNUSABLE;

export interface Coercion {
  readonly root: JsonSchema;
  readonly faults: SchemaFault[];
  /** Objects without a required member are kept: the reader of a message that affects a bill uses what is there. */
  readonly keepIncomplete: boolean;
}

/** Further faults of one message are not recorded. */
const MAX_FAULTS = 20;

export function recordFault(coercion: Coercion, path: string, keyword: string, found: Json): void {
  if (coercion.faults.length < MAX_FAULTS) coercion.faults.push({ path, keyword, found });
}
