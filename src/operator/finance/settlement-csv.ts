/** Sums up a day's postings as a CSV file for settlement: one row per order, and a total per buyer app and currency. */
import { formatMinor } from '../../domain/model/money.js';
import type { LedgerEntry } from '../../domain/model/posting.js';

/** The sums of one order's postings, in minor units. */
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

/** @param entries In any order. @returns Sorted by buyer app, currency and order. */
export function settleOrders(entries: readonly LedgerEntry[]): OrderSettlement[] {
  const orders = new Map<string, OrderSettlement>();
  for (const entry of entries) {
    const before = orders.get(entry.orderId) ?? emptySettlement(entry);
    // A buyer app's id may begin with `provider`, so only a name that ends in a colon is matched as a prefix.
    const on = (account: string): number =>
      entry.lines
        .filter((line) => (account.endsWith(':') ? line.account.startsWith(account) : line.account === account))
        .reduce((sum, line) => sum + line.amount, 0);
    const provider = on('collected:provider');
    const [earned, fees, finderFees, tax] = [0 - on('cpo:'), 0 - on('fees'), 0 - on('finder:'), 0 - on('tax')];
    orders.set(entry.orderId, {
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
    });
  }
  const key = ({ bapId, currency, orderId }: OrderSettlement): string => [bapId, currency, orderId].join('\n');
  return [...orders.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function emptySettlement({ bapId, orderId, becknTransactionId, providerId, currency }: LedgerEntry): OrderSettlement {
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

const AMOUNT_COLUMNS = [
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
  const groups = new Map<string, OrderSettlement[]>();
  for (const row of settled) {
    const key = `${row.bapId}\n${row.currency}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const lines = [...groups.values()].flatMap((rows) => [...rows, totalOf(rows)].map((row) => csvLine(day, row)));
  return [CSV_HEADER, ...lines].map((text) => `${text}\r\n`).join('');
}

function totalOf(rows: readonly OrderSettlement[]): OrderSettlement {
  const sum = (name: (typeof AMOUNT_COLUMNS)[number] | 'energyWh'): number =>
    rows.reduce((all, row) => all + row[name], 0);
  const [first] = rows;
  return {
    bapId: first?.bapId ?? '',
    orderId: 'TOTAL',
    becknTransactionId: '',
    providerId: '',
    currency: first?.currency ?? '',
    energyWh: sum('energyWh'),
    earned: sum('earned'),
    fees: sum('fees'),
    finderFees: sum('finderFees'),
    tax: sum('tax'),
    billed: sum('billed'),
    bapHolds: sum('bapHolds'),
    providerHolds: sum('providerHolds'),
    refundsOwed: sum('refundsOwed'),
  };
}

function csvLine(day: string, row: OrderSettlement): string {
  const names = [day, row.bapId, row.orderId, row.becknTransactionId, row.providerId, row.currency].map(csvField);
  const energy = (row.energyWh / 1000).toFixed(3);
  return [...names, energy, ...AMOUNT_COLUMNS.map((name) => formatMinor(row[name], row.currency))].join(',');
}

/** Quotes a field if necessary, and marks with an apostrophe what a spreadsheet would take for a formula. */
function csvField(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
