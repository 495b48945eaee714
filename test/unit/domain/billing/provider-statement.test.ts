/** Compares a statement with the orders: every kind of difference, and the cases without one. */
import { describe, expect, it } from 'vitest';
import { ledgerEntries, withPostings } from '../../../../src/domain/billing/ledger.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { PAYMENT_TERMS } from '../../../../src/domain/model/payment.js';
import {
  compareStatement,
  missingFromStatement,
  type StatementLine,
} from '../../../../src/domain/billing/provider-statement.js';
import { AT, completedOrder } from '../../beckn/samples.js';

const TERMS = PAYMENT_TERMS['bpp-prepaid'];
const CURRENCY = completedOrder().tariff.currency;
const BACK = completedOrder().bill?.refund ?? 0;
const PAID = 12_420;

/** Returns a paid order with these refunds, each posted separately. */
function order(reference: string, ...refunds: readonly number[]): Order {
  let given = 0;
  const paid = { ...TERMS, paid: PAID, providerReference: reference };
  let made = withPostings({ ...completedOrder(), id: `o-${reference}`, payment: paid }, AT);
  for (const refund of refunds) {
    given += refund;
    made = withPostings({ ...made, version: made.version + 1, payment: { ...paid, refunded: given } }, AT);
  }
  return made;
}

const line = (reference: string, kind: StatementLine['kind'], amount: number, currency = CURRENCY): StatementLine => ({
  reference,
  kind,
  amount,
  currency,
  at: AT,
});

const compare = (orders: readonly Order[], ...lines: readonly StatementLine[]) =>
  compareStatement(lines, (reference) => orders.find(({ payment }) => payment?.providerReference === reference));

const problems = (orders: readonly Order[], ...lines: readonly StatementLine[]) =>
  compare(orders, ...lines).mismatches.map(({ discrepancy: row, stated, known }) => [
    row.kind,
    row.amount,
    stated,
    known,
  ]);

describe('a line of a statement', () => {
  it('fits when the order has the same', () => {
    const orders = [order('a', BACK), order('b')];
    const lines = [line('a', 'payment', PAID), line('a', 'refund', BACK), line('b', 'payment', PAID)];
    expect(compare(orders, ...lines)).toEqual({ matched: lines, mismatches: [] });
  });

  it('fits as a part: one of two refunds, both of them, or both in one', () => {
    const orders = [order('a', 100, BACK - 100)];
    for (const amounts of [[100], [BACK - 100], [100, BACK - 100], [BACK]]) {
      const lines = amounts.map((amount) => line('a', 'refund', amount));
      expect(problems(orders, ...lines)).toEqual([]);
    }
    expect(problems(orders, line('a', 'refund', 100), line('a', 'refund', 100))).toEqual([
      ['statement-amount-differs', 200 - BACK, 200, BACK],
    ]);
  });

  it.each([
    ['a payment that no order has', line('z', 'payment', 5), ['statement-payment-unknown', 5, 5, undefined]],
    ['another amount', line('a', 'payment', PAID + 1), ['statement-amount-differs', 1, PAID + 1, PAID]],
    ['a refund that nobody told of', line('a', 'refund', 7), ['statement-refund-unknown', 7, 7, 0]],
    ['another refund', line('b', 'refund', BACK - 1), ['statement-amount-differs', -1, BACK - 1, BACK]],
    ['another currency', line('a', 'payment', PAID, 'XTS'), ['statement-currency-differs', PAID, PAID, undefined]],
  ] as const)('%s', (_what, stated, problem) => {
    expect(problems([order('a'), order('b', BACK)], stated)).toEqual([problem]);
  });

  it('that is there twice is twice the money', () => {
    const twice = [line('a', 'payment', PAID), line('a', 'payment', PAID)] as const;
    expect(problems([order('a')], ...twice)).toEqual([['statement-amount-differs', PAID, 2 * PAID, PAID]]);
  });

  it('in another currency does not spoil the one in the right one', () => {
    const right = line('a', 'payment', PAID);
    const compared = compare([order('a')], right, line('a', 'payment', 5, 'XTS'));
    expect(compared.matched).toEqual([right]);
    expect(compared.mismatches.map(({ discrepancy: row }) => row.kind)).toEqual(['statement-currency-differs']);
  });

  it('has one key for one finding, and another for another', () => {
    const keys = (...lines: readonly StatementLine[]) =>
      compare([order('a')], ...lines).mismatches.map(({ discrepancy: row }) => `${row.kind}:${row.key}`);
    const stated = [line('a', 'payment', 1), line('a', 'refund', 1), line('z', 'payment', 1), line('y', 'payment', 1)];
    expect(keys(...stated)).toEqual(keys(...stated));
    expect(new Set(keys(...stated)).size).toBe(4);
    expect(keys(line('a', 'payment', 2))).not.toEqual(keys(line('a', 'payment', 1)));
  });
});

describe('what a statement leaves out', () => {
  const orders = [order('a', BACK), order('b')];
  const missing = (lines: readonly StatementLine[], of: readonly Order[] = orders) =>
    missingFromStatement(of.flatMap(ledgerEntries), lines, (id) => of.find((one) => one.id === id)).map(
      ({ discrepancy: row, reference, known }) => [row.kind, reference, known],
    );

  it('is a payment or a refund of ours that it does not name', () => {
    expect(missing([])).toEqual([
      ['statement-payment-missing', 'a', PAID],
      ['statement-refund-missing', 'a', BACK],
      ['statement-payment-missing', 'b', PAID],
    ]);
    expect(missing([line('a', 'payment', PAID), line('b', 'payment', 1)])).toEqual([
      ['statement-refund-missing', 'a', BACK],
    ]);
  });

  it('is nothing that a buyer app collected', () => {
    const theirs = withPostings({ ...completedOrder(), payment: { paid: PAID } }, AT);
    expect(theirs.ledger?.length).toBeGreaterThan(0);
    expect(missing([], [theirs])).toEqual([]);
  });
});
