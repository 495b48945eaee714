/** I9 in the books: every posting is balanced, and an order's postings are its payment, its bill and one refund of the rest. */
import type { Case, Confirmed } from './checker.js';
import { readBill } from './check-money.js';

/** One posting, as the store lists it. */
export interface Posted {
  readonly order: string;
  readonly kind: string;
  readonly lines: readonly { readonly account: string; readonly amount: number }[];
}

const debits = (postings: readonly Posted[], kind: string): number =>
  postings
    .filter((one) => one.kind === kind)
    .flatMap(({ lines }) => lines)
    .reduce((sum, { amount }) => sum + Math.max(0, amount), 0);

export function checkLedger(found: Case): void {
  for (const { order, kind, lines } of found.ledger) {
    const sum = lines.reduce((total, { amount }) => total + amount, 0);
    if (sum !== 0 || lines.length < 2) found.complain('ledger', 0, `a ${kind} is posted with a sum of ${sum}`, order);
  }
  for (const order of found.orders) checkOrder(found, order);
}

function checkOrder(found: Case, order: Confirmed): void {
  const end = order.finals[0];
  if (!end) return;
  const { total, refund } = readBill(end.order);
  const mine = found.ledger.filter((one) => one.order === order.id);
  const complain = (what: string): void => found.complain('ledger', end.t, what, order.id);
  const paid = debits(mine, 'payment');
  if (paid !== total + refund)
    complain(`${paid} paid in the books, the callbacks say ${total} billed and ${refund} back`);
  if (debits(mine, 'bill') !== total)
    complain(`${debits(mine, 'bill')} billed in the books, the callbacks say ${total}`);
  if (debits(mine, 'refund') !== refund)
    complain(`${debits(mine, 'refund')} back in the books, the callbacks say ${refund}`);
  for (const kind of ['bill', 'refund']) {
    const times = mine.filter((one) => one.kind === kind).length;
    if (times > 1) complain(`a ${kind} is posted ${times} times`);
  }
  const left = mine
    .flatMap(({ lines }) => lines)
    .filter(({ account }) => account.startsWith('buyer:'))
    .reduce((sum, { amount }) => sum + amount, 0);
  if (left !== 0) complain(`${left} is left at the buyer's`);
}
