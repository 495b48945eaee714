/** Double entry: what each change of an order's money means for the accounts. Appended, never changed. */
import { isTerminal, type LineCode, type Order } from '../model/order.js';

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

/** The order with what its ledger does not have yet; what is there stays as it is. */
export function posted(order: Order, now: number): Order {
  const fresh = due(order).filter(({ lines }) => lines.length > 0);
  if (fresh.length === 0) return order;
  const entries = fresh.map((one): Posting => ({ version: order.version, at: now, ...one }));
  return { ...order, ledger: [...(order.ledger ?? []), ...entries] };
}

/** Worked out of what the order says and what was posted, so that no change of it can be forgotten. */
function due(order: Order): Omit<Posting, 'version' | 'at'>[] {
  const { payment, bill, peer } = order;
  const ours = payment?.collectedBy === 'BPP';
  const collected = ours ? 'collected:provider' : `collected:${peer.bapId}`;
  const buyer = `buyer:${peer.bapId}`;
  const paid = (payment?.paid ?? 0) - debits(order, 'payment');
  const postings: Omit<Posting, 'version' | 'at'>[] = [{ kind: 'payment', lines: move(collected, buyer, paid) }];
  if (!bill || !isTerminal(order)) return postings;
  if (!order.ledger?.some(({ kind }) => kind === 'bill')) {
    const earned = bill.lines.map(({ code, amount }) => ({
      account: ACCOUNTS[code](order),
      amount: -amount,
    }));
    const total = bill.lines.reduce((sum, line) => sum + line.amount, 0);
    const lines = [{ account: buyer, amount: total }, ...earned].filter(({ amount }) => amount !== 0);
    postings.push({ kind: 'bill', lines, energyWh: bill.energyWh });
  }
  const back = Math.max(0, (payment?.paid ?? 0) - bill.total) - debits(order, ours ? 'refund-due' : 'refund');
  // The buyer app gives back what it took: it holds that much less for us.
  if (!ours) return [...postings, { kind: 'refund', lines: move(buyer, collected, back) }];
  const gone = (payment.refunded ?? 0) - debits(order, 'refund');
  return [
    ...postings,
    { kind: 'refund-due', lines: move(buyer, 'refunds-owed', back) },
    { kind: 'refund', lines: move('refunds-owed', collected, gone) },
  ];
}

function move(to: string, from: string, amount: number): LedgerLine[] {
  if (amount <= 0) return [];
  return [
    { account: to, amount },
    { account: from, amount: -amount },
  ];
}

const ofCpo = ({ connector }: Order): string => `cpo:${connector.providerId}`;
const ofFees = (): string => 'fees';
const ACCOUNTS: Readonly<Record<LineCode, (order: Order) => string>> = {
  energy: ofCpo,
  time: ofCpo,
  parking: ofCpo,
  flat: ofCpo,
  adjustment: ofCpo,
  discount: ofCpo,
  tax: () => 'tax',
  'service-fee': ofFees,
  'platform-fee': ofFees,
  'buyer-finder-fee': ({ peer }) => `finder:${peer.bapId}`,
};

function debits({ ledger = [] }: Order, kind: PostingKind): number {
  return ledger
    .filter((posting) => posting.kind === kind)
    .flatMap(({ lines }) => lines)
    .reduce((sum, { amount }) => sum + Math.max(0, amount), 0);
}

/** The order's postings as a store lists them. */
export function entriesOf(order: Order): LedgerEntry[] {
  const { id, peer, becknTransactionId, connector, tariff, ledger = [] } = order;
  return ledger.map((posting) => ({
    id: `${id}/${posting.version}/${posting.kind}`,
    orderId: id,
    bapId: peer.bapId,
    becknTransactionId,
    providerId: connector.providerId,
    currency: tariff.currency,
    ...posting,
  }));
}
