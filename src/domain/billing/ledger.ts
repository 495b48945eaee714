/** Double entry: what each change of an order's money means for the accounts. Appended, never changed. */
import { isTerminal, type Order } from '../model/order.js';
import { type LineCode } from '../model/quote.js';
import type { LedgerEntry, LedgerLine, Posting, PostingKind } from '../model/posting.js';

/** The order with what its ledger does not have yet; what is there stays as it is. */
export function withPostings(order: Order, now: number): Order {
  const fresh = duePostings(order).filter(({ lines }) => lines.length > 0);
  if (fresh.length === 0) return order;
  const entries = fresh.map((one): Posting => ({ version: order.version, at: now, ...one }));
  return { ...order, ledger: [...(order.ledger ?? []), ...entries] };
}

/** Worked out of what the order says and what was posted, so that no change of it can be forgotten. */
function duePostings(order: Order): Omit<Posting, 'version' | 'at'>[] {
  const { payment, bill, customer: peer } = order;
  const ours = payment?.collectedBy === 'BPP';
  const collected = ours ? 'collected:provider' : `collected:${peer.bapId}`;
  const buyer = `buyer:${peer.bapId}`;
  const paid = (payment?.paid ?? 0) - totalDebits(order, 'payment');
  const postings: Omit<Posting, 'version' | 'at'>[] = [
    { kind: 'payment', lines: transferLines(collected, buyer, paid) },
  ];
  if (!bill || !isTerminal(order)) return postings;
  if (!order.ledger?.some(({ kind }) => kind === 'bill')) {
    const earned = bill.lines.map(({ code, amount }) => ({
      account: ACCOUNT_BY_LINE[code](order),
      amount: -amount,
    }));
    const total = bill.lines.reduce((sum, line) => sum + line.amount, 0);
    const lines = [{ account: buyer, amount: total }, ...earned].filter(({ amount }) => amount !== 0);
    postings.push({ kind: 'bill', lines, energyWh: bill.energyWh });
  }
  const back = Math.max(0, (payment?.paid ?? 0) - bill.total) - totalDebits(order, ours ? 'refund-due' : 'refund');
  // The buyer app gives back what it took: it holds that much less for us.
  if (!ours) return [...postings, { kind: 'refund', lines: transferLines(buyer, collected, back) }];
  const gone = (payment.refunded ?? 0) - totalDebits(order, 'refund');
  return [
    ...postings,
    { kind: 'refund-due', lines: transferLines(buyer, 'refunds-owed', back) },
    { kind: 'refund', lines: transferLines('refunds-owed', collected, gone) },
  ];
}

function transferLines(to: string, from: string, amount: number): LedgerLine[] {
  if (amount <= 0) return [];
  return [
    { account: to, amount },
    { account: from, amount: -amount },
  ];
}

const cpoAccount = ({ connector }: Order): string => `cpo:${connector.providerId}`;
const feesAccount = (): string => 'fees';
const ACCOUNT_BY_LINE: Readonly<Record<LineCode, (order: Order) => string>> = {
  energy: cpoAccount,
  time: cpoAccount,
  parking: cpoAccount,
  flat: cpoAccount,
  adjustment: cpoAccount,
  discount: cpoAccount,
  tax: () => 'tax',
  'service-fee': feesAccount,
  'platform-fee': feesAccount,
  'buyer-finder-fee': ({ customer: peer }) => `finder:${peer.bapId}`,
};

function totalDebits({ ledger = [] }: Order, kind: PostingKind): number {
  return ledger
    .filter((posting) => posting.kind === kind)
    .flatMap(({ lines }) => lines)
    .reduce((sum, { amount }) => sum + Math.max(0, amount), 0);
}

/** The order's postings as a store lists them. */
export function ledgerEntries(order: Order): LedgerEntry[] {
  const { id, customer: peer, becknTransactionId, connector, tariff, ledger = [] } = order;
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
