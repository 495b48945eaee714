/**
 * Checks the ledger (reported as `ledger`): every posting is balanced. For an order whose buyer app collects, the
 * postings agree with the final status: the payment, one bill at most and one refund at most, after which the buyer
 * app's account is at zero. Orders at CP-T are exempt.
 */
import type { RunRecord, ConfirmedOrder } from './checker.js';
import { PREPAID_APP } from '../node/settings.js';

/** One posting as the store lists it. */
export interface Posted {
  readonly order: string;
  readonly kind: string;
  readonly lines: readonly { readonly account: string; readonly amount: number }[];
}

const debits = (all: readonly Posted[], kind: string): number =>
  all
    .filter((one) => one.kind === kind)
    .flatMap(({ lines }) => lines)
    .reduce((sum, { amount }) => sum + Math.max(0, amount), 0);

export function checkLedger(record: RunRecord): void {
  for (const { order, kind, lines } of record.ledger) {
    const sum = lines.reduce((total, { amount }) => total + amount, 0);
    if (sum !== 0 || lines.length < 2) record.report('ledger', 0, `a ${kind} is posted with a sum of ${sum}`, order);
  }
  for (const order of record.orders)
    if (order.buyer !== PREPAID_APP && order.charger !== 'CP-T') checkOrder(record, order);
}

function checkOrder(record: RunRecord, order: ConfirmedOrder): void {
  const end = order.finals[0];
  if (!end) return;
  const { total, refund } = end.order!;
  const postings = record.ledger.filter((one) => one.order === order.id);
  const report = (problem: string): void => record.report('ledger', end.t, problem, order.id);
  const paid = debits(postings, 'payment');
  if (paid !== total + refund)
    report(`the ledger has ${paid} paid, the final status ${total} billed and ${refund} refunded`);
  if (debits(postings, 'bill') !== total)
    report(`${debits(postings, 'bill')} billed in the ledger, ${total} in the final status`);
  if (debits(postings, 'refund') !== refund)
    report(`${debits(postings, 'refund')} refunded in the ledger, ${refund} in the final status`);
  for (const kind of ['bill', 'refund']) {
    const times = postings.filter((one) => one.kind === kind).length;
    if (times > 1) report(`a ${kind} is posted ${times} times`);
  }
  const balance = postings
    .flatMap(({ lines }) => lines)
    .filter(({ account }) => account.startsWith('buyer:'))
    .reduce((sum, { amount }) => sum + amount, 0);
  if (balance !== 0) report(`the account of the buyer app keeps a balance of ${balance}`);
}
