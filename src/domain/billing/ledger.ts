/** Creates the double-entry postings of an order's money. Postings are appended and never changed. */
import { isTerminal, isTrial, type Order } from '../model/order.js';
import type { LedgerEntry, LedgerLine, Posting, PostingKind } from '../model/posting.js';
import type { Bill, LineCode } from '../model/quote.js';

type PostingDraft = Omit<Posting, 'version' | 'at'>;

/** Adds the postings that the order's ledger lacks. @unit `now` in epoch ms. */
export function withPostings(order: Order, now: number): Order {
  if (isTrial(order)) return order;
  const due = duePostings(order).filter(({ lines }) => lines.length > 0);
  if (due.length === 0) return order;
  const postings = due.map((posting): Posting => ({ version: order.version, at: now, ...posting }));
  return { ...order, ledger: [...(order.ledger ?? []), ...postings] };
}

/** Returns the missing postings. It compares the whole order with its ledger, so that it misses no change. */
function duePostings(order: Order): PostingDraft[] {
  const { payment, bill, customer } = order;
  const isCollectedByUs = payment?.collectedBy === 'BPP';
  const collected = isCollectedByUs ? 'collected:provider' : `collected:${customer.bapId}`;
  const buyer = `buyer:${customer.bapId}`;
  const paid = payment?.paid ?? 0;
  const newlyPaid = paid - netOf(order, 'payment', collected);
  const postings: PostingDraft[] = [{ kind: 'payment', lines: transferLines(collected, buyer, newlyPaid) }];
  if (!bill || !isTerminal(order)) return postings;
  if (!order.ledger?.some(({ kind }) => kind === 'bill')) postings.push(billPosting(order, bill, buyer));
  const unposted = Math.max(0, paid - bill.total) - netOf(order, isCollectedByUs ? 'refund-due' : 'refund', buyer);
  // A buyer app refunds what it collected, so it holds that much less for us.
  if (!isCollectedByUs) return [...postings, { kind: 'refund', lines: transferLines(buyer, collected, unposted) }];
  const newlyRefunded = (payment.refunded ?? 0) - netOf(order, 'refund', 'refunds-owed');
  return [
    ...postings,
    { kind: 'refund-due', lines: transferLines(buyer, 'refunds-owed', unposted) },
    { kind: 'refund', lines: transferLines('refunds-owed', collected, newlyRefunded) },
  ];
}

function billPosting(order: Order, bill: Bill, buyer: string): PostingDraft {
  const credits = bill.lines.map(({ code, amount }) => ({ account: ACCOUNT_BY_LINE[code](order), amount: -amount }));
  const total = bill.lines.reduce((sum, { amount }) => sum + amount, 0);
  const lines = [{ account: buyer, amount: total }, ...credits].filter(({ amount }) => amount !== 0);
  return { kind: 'bill', lines, energyWh: bill.energyWh };
}

/** Returns the two lines of a transfer. A negative amount reverses the transfer, as after a chargeback. */
function transferLines(debit: string, credit: string, amount: number): LedgerLine[] {
  if (amount === 0) return [];
  if (amount < 0) return transferLines(credit, debit, -amount);
  return [
    { account: debit, amount },
    { account: credit, amount: -amount },
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
  'buyer-finder-fee': ({ customer }) => `finder:${customer.bapId}`,
};

/** Returns what the postings of a kind have debited to an account, minus what they have credited to it. */
function netOf({ ledger = [] }: Order, kind: PostingKind, account: string): number {
  return ledger
    .filter((posting) => posting.kind === kind)
    .flatMap(({ lines }) => lines)
    .reduce((sum, line) => sum + (line.account === account ? line.amount : 0), 0);
}

/** Returns the postings of an order with its ids, as a store lists them. */
export function ledgerEntries(order: Order): LedgerEntry[] {
  const { id, customer, becknTransactionId, connector, tariff, ledger = [] } = order;
  return ledger.map((posting) => ({
    id: `${id}/${posting.version}/${posting.kind}`,
    orderId: id,
    bapId: customer.bapId,
    becknTransactionId,
    providerId: connector.providerId,
    currency: tariff.currency,
    ...posting,
  }));
}
