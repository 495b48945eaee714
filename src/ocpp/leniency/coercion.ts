/** Holds the state of one coercion: the schema and the faults of the payload. */
import type { Json } from '../../domain/model/object.js';

/** A violation of the schema by a payload. */
export interface SchemaFault {
  /** The path of the value, such as `meterValue[0].sampledValue[1].value`. */
  readonly path: string;
  /** The JSON Schema keyword that was violated. */
  readonly keyword: string;
  readonly found: Json;
}

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Stands for a value that cannot be coerced. */
export const UNUSABLE = Symbol('unusable');
export type Coerced = Json | typeof UNUSABLE;

export interface Coercion {
  readonly root: JsonSchema;
  readonly faults: SchemaFault[];
  /** Keeps objects that lack a required member, so that a message that affects a bill is read as far as possible. */
  readonly keepIncomplete: boolean;
}

/** The maximum number of faults recorded per message; further ones are ignored. */
const MAX_FAULTS = 20;

export function recordFault(coercion: Coercion, path: string, keyword: string, found: Json): void {
  if (coercion.faults.length < MAX_FAULTS) coercion.faults.push({ path, keyword, found });
}
