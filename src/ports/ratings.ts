/** What buyer apps think of us, as a store keeps it. */
import type { Page } from './store.js';

export interface RatingRecord {
  /** Of what was rated, by whom, in which transaction: who rates it again there takes the former one's place. */
  readonly id: string;
  readonly at: number;
  readonly network: string;
  readonly bapId: string;
  readonly becknTransactionId: string;
  /** The order that was rated, or in whose transaction something else was; absent where there is none. */
  readonly orderId?: string;
  /** As the buyer app named it: an order, an item, a provider. */
  readonly ratedId: string;
  readonly category: string;
  /** From 0 to 10, on the buyer app's own scale. */
  readonly value: number;
}

export interface RatingStore {
  /** Newest first. The cursor is a rating's id. */
  listRatings(page: Page & { readonly orderId?: string }): Promise<RatingRecord[]>;
}
