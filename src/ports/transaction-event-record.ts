import type { AuthorizationStatus } from './charger-events.js';

/** What is known of a 2.x transaction besides; kept with the record whenever that is saved. */
export interface TransactionEventRecord {
  /** The highest number that an event carried, and those below it that never came. */
  readonly seqNo: number;
  readonly missingSeqNos: readonly number[];
  /** Charger time of the newest event, epoch ms. */
  readonly lastEventAt: number;
  /** The last register before an order had it, Wh. */
  readonly registerWh?: number;
  /** No order may have it: refused to one, or begun by somebody else; a person has been told. What its tag is answered. */
  readonly refusedStatus?: AuthorizationStatus;
  /** Charger time since when nobody is authorised: the bill ends with the first reading from then on. */
  readonly authorizationEnd?: { readonly at: number; readonly reason: string };
}
