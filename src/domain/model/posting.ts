/** The postings of an order's money to the accounts. */

/**
 * - `payment`     money was received
 * - `bill`        the session, or nothing, was billed
 * - `refund-due`  money that was paid and not billed is owed to the buyer
 * - `refund`      it was given back
 */
export type PostingKind = 'payment' | 'bill' | 'refund-due' | 'refund';

/**
 * Accounts: `collected:<bap>` and `collected:provider` (who holds the money for us), `buyer:<bap>` (what its buyers
 * paid and have not used), `cpo:<provider>` (what its chargers earned), `fees` (the platform's own), `finder:<bap>`
 * (what the buyer app earned as buyer finder), `tax`, `refunds-owed`.
 */
export interface LedgerLine {
  readonly account: string;
  /** Minor units; a debit is positive, a credit negative. The lines of a posting sum to 0. */
  readonly amount: number;
}

export interface Posting {
  /** The version of the order with which it was saved. */
  readonly version: number;
  /** Epoch ms. */
  readonly at: number;
  readonly kind: PostingKind;
  readonly lines: readonly LedgerLine[];
  /** Of a bill: the billed energy, Wh. */
  readonly energyWh?: number;
}

/** A posting with its order, as a store lists it. */
export interface LedgerEntry extends Posting {
  /** `<order>/<version>/<kind>` */
  readonly id: string;
  readonly orderId: string;
  readonly bapId: string;
  readonly becknTransactionId: string;
  readonly providerId: string;
  readonly currency: string;
}
