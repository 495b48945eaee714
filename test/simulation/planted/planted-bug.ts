/** A fault that was mended once, put back for a test: its mend is undone in the source, and nothing else. */
import type { Fault } from '../faults.js';

/** A snippet of the source as it is, which must occur exactly once, and the one in its place. */
interface Edit {
  /** Below `src`. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export interface PlantedBug {
  /** What goes wrong, as a sentence. */
  readonly bug: string;
  readonly edits: readonly Edit[];
  /** The faults of the simulation under which it shows; all seeds enable them. */
  readonly faults: readonly Fault[];
  /** Only these invariants count, where a chance of the simulation may show another one; all by default. */
  readonly invariants?: readonly string[];
  /** The test that finds it, where the simulation does not reach it. */
  readonly test?: { readonly file: string; readonly title: string };
}
