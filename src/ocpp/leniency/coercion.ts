/** The words that mending a payload is told in. */
import type { Json } from '../../domain/model/object.js';

/** One thing that was wrong and is no more. */
export interface SchemaFault {
  /** As in a violation: `meterValue[0].sampledValue[1].value`. */
  readonly path: string;
  /** The JSON Schema keyword that was broken. */
  readonly keyword: string;
  readonly found: Json;
}

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Nothing lawful can be made of it. */
export const UNUSABLE = Symbol('unusable');
export type Coerced = Json | typeof UNUSABLE;

export interface Coercion {
  readonly root: JsonSchema;
  readonly faults: SchemaFault[];
  /** What moves money stays, gaps and all: its reader takes what is there. */
  readonly keepIncomplete: boolean;
}

/** More of them tell nothing new, and a list may be long. */
const MAX_FAULTS = 20;

export function recordFault(mending: Coercion, path: string, keyword: string, found: Json): void {
  if (mending.faults.length < MAX_FAULTS) mending.faults.push({ path, keyword, found });
}
