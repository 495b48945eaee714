/** A bug that was once fixed and is planted again for a test, by reverting nothing but its fix. */
import type { Fault } from '../faults.js';

/** A snippet of the current source, which must occur exactly once, and its replacement. */
interface Edit {
  /** The path below `src`. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export interface PlantedBug {
  /** The wrong behaviour, as a sentence. */
  readonly bug: string;
  readonly edits: readonly Edit[];
  /** The faults under which the simulation shows the bug. Every seed enables these, and no others. */
  readonly faults: readonly Fault[];
  /** The invariants that count, if the faults may also violate others; by default all. */
  readonly invariants?: readonly string[];
  /** The test that finds the bug, if the simulation cannot. */
  readonly test?: { readonly file: string; readonly title: string };
}
