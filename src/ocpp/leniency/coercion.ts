/** The words that mending a payload is told in. */
import type { Json } from '../../domain/model/order.js';

/** One thing that was wrong and is no more. */
export interface Fault {
  /** As in a violation: `meterValue[0].sampledValue[1].value`. */
  readonly path: string;
  /** The JSON Schema keyword that was broken. */
  readonly keyword: string;
  readonly found: Json;
}

export type Schema = { readonly [keyword: string]: unknown };

/** Nothing lawful can be made of it. */
export const LOST = Symbol('lost');
export type Mended = Json | typeof LOST;

export interface Mending {
  readonly root: Schema;
  readonly faults: Fault[];
  /** What moves money stays, gaps and all: its reader takes what is there. */
  readonly keep: boolean;
}

/** More of them tell nothing new, and a list may be long. */
const MOST_FAULTS = 20;

export function fault(mending: Mending, path: string, keyword: string, found: Json): void {
  if (mending.faults.length < MOST_FAULTS) mending.faults.push({ path, keyword, found });
}
