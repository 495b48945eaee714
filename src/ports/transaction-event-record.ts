import type { TagStatus } from './charger-events.js';

/** What is known of a 2.x transaction besides; kept with the record whenever that is saved. */
export interface ToldMarks {
  /** The highest number that an event carried, and those below it that never came. */
  readonly seqNo: number;
  readonly missing: readonly number[];
  /** Charger time of the newest event, epoch ms. */
  readonly at: number;
  /** The last register before an order had it, Wh. */
  readonly registerWh?: number;
  /** No order may have it: refused to one, or begun by somebody else; a person has been told. What its tag is answered. */
  readonly foreign?: TagStatus;
  /** Charger time since when nobody is authorised: the bill ends with the first reading from then on. */
  readonly release?: { readonly at: number; readonly reason: string };
}
