/** What was posted, as a store lists it. */
import type { LedgerEntry } from '../domain/model/posting.js';
import type { Page } from './store.js';

export interface LedgerPage extends Page {
  readonly bapId?: string;
  readonly from?: number;
  readonly until?: number;
}

/** Written with the order that it belongs to (`Order.ledger`), in one write, and never changed. */
export interface LedgerStore {
  /** Newest first; `from` (included) and `until` (not) are epoch ms. The cursor is an entry's id. */
  listLedger(page: LedgerPage): Promise<LedgerEntry[]>;
}
