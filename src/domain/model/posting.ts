/** What an order's money did to the accounts. */

/**
 * - `payment`     money has come
 * - `bill`        the session, or nothing, was billed
 * - `refund-due`  what was paid and not billed is the buyer's again
 * - `refund`      it has gone back
 */
export type PostingKind = 'payment' | 'bill' | 'refund-due' | 'refund';

/**
 * Accounts: `collected:<bap>` and `collected:provider` (who holds the money for us), `buyer:<bap>` (what its buyers have
 * paid and not used), `cpo:<provider>` (what its chargers earned), `fees` (the provider's own), `finder:<bap>` (what the buyer app
 * earned by bringing the buyer), `tax`, `refunds-owed`.
 */
export interface LedgerLine {
  readonly account: string;
  /** Minor units; a debit is positive, a credit negative. The lines of a posting sum to 0. */
  readonly amount: number;
}

export interface Posting {
  /** The order's version that it was saved with. */
  readonly version: number;
  readonly at: number;
  readonly kind: PostingKind;
  readonly lines: readonly LedgerLine[];
  /** Of a bill: the energy that it is for, Wh. */
  readonly energyWh?: number;
}

/** A posting as a store lists it. */
export interface LedgerEntry extends Posting {
  /** `<order>/<version>/<kind>` */
  readonly id: string;
  readonly orderId: string;
  readonly bapId: string;
  readonly becknTransactionId: string;
  readonly providerId: string;
  readonly currency: string;
}
