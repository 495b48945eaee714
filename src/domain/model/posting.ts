/** Defines the postings of an order's money to accounts, in double-entry bookkeeping. */

/**
 * - `payment`     money was received
 * - `bill`        the order was billed; a bill whose lines are all zero is not posted
 * - `refund-due`  we owe the buyer what was paid to us and not billed
 * - `refund`      we have refunded money to the buyer, or the buyer app has to, because it collected the payment
 */
export type PostingKind = 'payment' | 'bill' | 'refund-due' | 'refund';

/**
 * Accounts: `collected:<bap>` and `collected:provider` (money that the buyer app or the payment provider has collected
 * for us), `buyer:<bap>` (what the app's buyers paid and have not used), `cpo:<provider>` (what the provider's chargers
 * earned), `fees` (service and platform fees), `finder:<bap>` (the app's buyer finder fees), `tax`, `refunds-owed`.
 */
export interface LedgerLine {
  readonly account: string;
  /** Minor units; a debit is positive, a credit negative. The lines of a posting sum to 0. */
  readonly amount: number;
}

export interface Posting {
  /** The version of the order that is saved together with the posting. */
  readonly version: number;
  /** Epoch ms. */
  readonly at: number;
  readonly kind: PostingKind;
  readonly lines: readonly LedgerLine[];
  /** Only for a `bill`: the billed energy, Wh. */
  readonly energyWh?: number;
}

/** A posting with the ids of its order, as a store lists it. */
export interface LedgerEntry extends Posting {
  /** `<order>/<version>/<kind>` */
  readonly id: string;
  readonly orderId: string;
  readonly bapId: string;
  readonly becknTransactionId: string;
  readonly providerId: string;
  readonly currency: string;
}
