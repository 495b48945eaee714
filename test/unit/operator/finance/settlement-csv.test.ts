/** The settlement of a day contains every bill once, and its totals are the sums of the bills. */
import { describe, expect, it } from 'vitest';
import { ledgerEntries, withPostings } from '../../../../src/domain/billing/ledger.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Bill, LineCode } from '../../../../src/domain/model/quote.js';
import { PAYMENT_TERMS, type Payment } from '../../../../src/domain/model/payment.js';
import { price } from '../../../../src/domain/pricing/pricing.js';
import { dayRange } from '../../../../src/operator/finance/ledger.js';
import { settleOrders, settlementCsv } from '../../../../src/operator/finance/settlement-csv.js';
import { AT, completedOrder } from '../../beckn/samples.js';

function ended(id: string, bapId: string, energyWh: number, payment: Payment): Order {
  const base = completedOrder();
  const billed = price(base.tariff, energyWh);
  const refund = Math.max(0, payment.paid - billed.total);
  const bill: Bill = { ...billed, refund, deliveredWh: energyWh, overshootWh: 0, confidence: 'exact' };
  return withPostings({ ...base, id, customer: { ...base.customer, bapId }, payment, bill }, AT);
}

const csvOf = (...orders: Order[]): string[] =>
  settlementCsv('2026-01-15', settleOrders(orders.flatMap(ledgerEntries)))
    .trimEnd()
    .split('\r\n');

describe('a settlement', () => {
  it('has a row for each order, and totals that are the sum of the bills and of what is owed', () => {
    const orders = [
      ended('o2', 'bap.one', 1630, { paid: 12_420 }),
      ended('o1', 'bap.one', 4000, { paid: 12_420 }),
      ended('o3', 'bap.two', 0, { paid: 500 }),
    ];
    const lines = csvOf(...orders);
    expect(lines.map((line) => line.split(',').slice(1, 3).join(' '))).toEqual([
      'bap_id order_id',
      'bap.one o1',
      'bap.one o2',
      'bap.one TOTAL',
      'bap.two o3',
      'bap.two TOTAL',
    ]);
    const one = orders.slice(0, 2).reduce((sum, order) => sum + (order.bill?.total ?? 0), 0);
    const money = (minor: number): string => (minor / 100).toFixed(2);
    const total = lines[3]?.split(',') ?? [];
    // The buyer app owes us the bills, because it pays the refunds itself.
    expect(total.slice(11)).toEqual([money(one), money(one), '0.00', '0.00']);
    expect(total[6]).toBe('5.630');
    expect(lines[5]?.split(',').slice(11)).toEqual(['0.00', '0.00', '0.00', '0.00']);
  });

  it('keeps what we collected apart, with the refunds that are still owed', () => {
    const terms = PAYMENT_TERMS['bpp-prepaid'];
    const order = ended('o1', 'bap.one', 1630, { ...terms, paid: 12_420, refundRequested: 9877, refunded: 0 });
    const total = order.bill?.total ?? 0;
    const row = (csvOf(order)[1] ?? '').split(',').slice(11);
    expect(row).toEqual([total, 0, 12_420, 12_420 - total].map((minor) => (minor / 100).toFixed(2)));
  });

  it('parts what the charger earned from fees, from what the buyer app earned, and from tax', () => {
    const plain = ended('o1', 'bap.one', 1630, { paid: 12_420 });
    const amounts: Record<LineCode, number> = {
      energy: 10_000,
      time: 2000,
      parking: 300,
      flat: 40,
      adjustment: 5,
      discount: -45,
      'service-fee': 100,
      'platform-fee': 50,
      'buyer-finder-fee': 183,
      tax: 1800,
    };
    const lines = (Object.keys(amounts) as LineCode[]).map((code) => ({ code, title: code, amount: amounts[code] }));
    const bill = { ...(plain.bill as Bill), lines, total: 14_433 };
    const [head, row] = csvOf(withPostings({ ...plain, ledger: [], bill }, AT));
    expect(head?.split(',').slice(7, 12)).toEqual(['earned', 'fees', 'finder_fees', 'tax', 'billed']);
    expect(row?.split(',').slice(7, 12)).toEqual(['123.00', '1.50', '1.83', '18.00', '144.33']);
  });

  it('tells no spreadsheet to calculate, and survives commas and quotes', () => {
    const [, row] = csvOf(ended('o1', '=HYPERLINK("x"),y', 10, { paid: 12_420 }));
    expect(row).toContain(`"'=HYPERLINK(""x""),y"`);
  });

  it('of a day without postings is its head alone', () => {
    expect(csvOf()).toHaveLength(1);
  });
});

describe('a day', () => {
  it('is from midnight to midnight where the settlement is made', () => {
    const from = Date.UTC(2026, 10, 25);
    expect(dayRange('2026-11-25', 0)).toEqual({ from, until: from + 86_400_000 });
    expect(dayRange('2026-11-25', 330)?.from).toBe(Date.UTC(2026, 10, 24, 18, 30));
  });

  it.each(['2026-02-30', '2026-13-01', 'today', '2026-1-1', ''])('is not %j', (day) => {
    expect(dayRange(day, 0)).toBeUndefined();
  });
});

describe('a buyer app whose name begins like one of our accounts', () => {
  it('holds its money itself', () => {
    const order = ended('o1', 'provider.app.example', 1630, { paid: 12_420 });
    const total = order.bill?.total ?? 0;
    const row = (csvOf(order)[1] ?? '').split(',').slice(11);
    expect(row).toEqual([total, total, 0, 0].map((minor) => (minor / 100).toFixed(2)));
  });
});
