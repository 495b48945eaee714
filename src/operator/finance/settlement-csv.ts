/** Sums up a day's postings as a CSV file for settlement: one row per order, and a total per buyer app and currency. */
import { formatMinor } from '../../domain/model/money.js';
import type { LedgerEntry } from '../../domain/model/posting.js';

/** The sums of one order's postings. Amounts are in minor units. */
export interface OrderSettlement {
  readonly bapId: string;
  readonly orderId: string;
  readonly becknTransactionId: string;
  readonly providerId: string;
  readonly currency: string;
  readonly energyWh: number;
  /** Earned by the charge point operator, before fees and taxes. */
  readonly earned: number;
  readonly fees: number;
  /** The buyer app's finder fees, which it may keep from what it has collected. */
  readonly finderFees: number;
  readonly tax: number;
  readonly billed: number;
  /** Collected by the buyer app for us, less its refunds. */
  readonly bapHolds: number;
  /** Collected by our payment provider, less its refunds. */
  readonly providerHolds: number;
  /** Due to the buyer and not refunded yet. */
  readonly refundsOwed: number;
}

/** Sums up postings, which may be added in any order and in any number of batches. */
export class SettlementSums {
  readonly #orders = new Map<string, OrderSettlement>();

  add(entries: readonly LedgerEntry[]): void {
    for (const entry of entries)
      this.#orders.set(entry.orderId, addEntry(this.#orders.get(entry.orderId) ?? emptySettlement(entry), entry));
  }

  /** Returns one row per order, unsorted. */
  rows(): OrderSettlement[] {
    return [...this.#orders.values()];
  }
}

/**
 * Sums up entries, given in any order.
 * @returns One row per order, sorted by buyer app, currency and order.
 */
export function settleOrders(entries: readonly LedgerEntry[]): OrderSettlement[] {
  const sums = new SettlementSums();
  sums.add(entries);
  return sums.rows().sort(compareSettlements);
}

/** Compares settlements by buyer app, currency and order. */
export function compareSettlements(a: OrderSettlement, b: OrderSettlement): number {
  const key = ({ bapId, currency, orderId }: OrderSettlement): string => `${bapId}\n${currency}\n${orderId}`;
  return key(a) < key(b) ? -1 : 1;
}

function addEntry(before: OrderSettlement, entry: LedgerEntry): OrderSettlement {
  // A buyer app's id may begin with `provider`, so only a name that ends in a colon is matched as a prefix.
  const on = (account: string): number =>
    entry.lines
      .filter((line) => (account.endsWith(':') ? line.account.startsWith(account) : line.account === account))
      .reduce((sum, line) => sum + line.amount, 0);
  const provider = on('collected:provider');
  const [earned, fees, finderFees, tax] = [0 - on('cpo:'), 0 - on('fees'), 0 - on('finder:'), 0 - on('tax')];
  return {
    ...before,
    energyWh: before.energyWh + (entry.energyWh ?? 0),
    earned: before.earned + earned,
    fees: before.fees + fees,
    finderFees: before.finderFees + finderFees,
    tax: before.tax + tax,
    billed: before.billed + earned + fees + finderFees + tax,
    bapHolds: before.bapHolds + on('collected:') - provider,
    providerHolds: before.providerHolds + provider,
    refundsOwed: before.refundsOwed - on('refunds-owed'),
  };
}

type SettlementNames = Pick<OrderSettlement, 'bapId' | 'orderId' | 'becknTransactionId' | 'providerId' | 'currency'>;

export function emptySettlement({
  bapId,
  orderId,
  becknTransactionId,
  providerId,
  currency,
}: SettlementNames): OrderSettlement {
  const names = { bapId, orderId, becknTransactionId, providerId, currency };
  const zero = {
    energyWh: 0,
    earned: 0,
    fees: 0,
    finderFees: 0,
    tax: 0,
    billed: 0,
    bapHolds: 0,
    providerHolds: 0,
    refundsOwed: 0,
  };
  return { ...names, ...zero };
}

export const AMOUNT_COLUMNS = [
  'earned',
  'fees',
  'finderFees',
  'tax',
  'billed',
  'bapHolds',
  'providerHolds',
  'refundsOwed',
] as const;
const CSV_HEADER =
  'day,bap_id,order_id,transaction_id,provider_id,currency,energy_kwh,earned,fees,finder_fees,tax,billed,bap_holds,provider_holds,refunds_owed';

/**
 * @shape RFC 4180: one row per order and, for each buyer app and currency, a row with `TOTAL` as the order id.
 * @unit  Amounts in major units with the decimals of the currency; energy in kWh.
 */
export function settlementCsv(day: string, settled: readonly OrderSettlement[]): string {
  return [...settlementLines(day, settled)].join('');
}

/** Yields the lines of `settlementCsv` one at a time. @param settled Sorted by `compareSettlements`. */
export function* settlementLines(day: string, settled: readonly OrderSettlement[]): Iterable<string> {
  yield `${CSV_HEADER}\r\n`;
  let total: OrderSettlement | undefined;
  for (const row of settled) {
    if (total && (total.bapId !== row.bapId || total.currency !== row.currency)) {
      yield csvLine(day, total);
      total = undefined;
    }
    total = addToTotal(total ?? emptyTotal(row), row);
    yield csvLine(day, row);
  }
  if (total) yield csvLine(day, total);
}

export function emptyTotal({ bapId, currency }: OrderSettlement): OrderSettlement {
  return emptySettlement({ bapId, currency, orderId: 'TOTAL', becknTransactionId: '', providerId: '' });
}

export function addToTotal(total: OrderSettlement, row: OrderSettlement): OrderSettlement {
  return {
    ...total,
    energyWh: total.energyWh + row.energyWh,
    earned: total.earned + row.earned,
    fees: total.fees + row.fees,
    finderFees: total.finderFees + row.finderFees,
    tax: total.tax + row.tax,
    billed: total.billed + row.billed,
    bapHolds: total.bapHolds + row.bapHolds,
    providerHolds: total.providerHolds + row.providerHolds,
    refundsOwed: total.refundsOwed + row.refundsOwed,
  };
}

function csvLine(day: string, row: OrderSettlement): string {
  const names = [day, row.bapId, row.orderId, row.becknTransactionId, row.providerId, row.currency].map(csvField);
  const energy = (row.energyWh / 1000).toFixed(3);
  const amounts = AMOUNT_COLUMNS.map((name) => formatMinor(row[name], row.currency));
  return `${[...names, energy, ...amounts].join(',')}\r\n`;
}

/** Quotes a field if necessary, and puts an apostrophe before text that a spreadsheet would take for a formula. */
export function csvField(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
