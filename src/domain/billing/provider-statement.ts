/** Compares a payment provider's statement with the payments of our orders. */
import type { DiscrepancyDraft, DiscrepancyKind } from '../model/decision.js';
import type { Order } from '../model/order.js';
import type { LedgerEntry, Posting } from '../model/posting.js';

/** One payment or refund in the provider's statement. */
export interface StatementLine {
  /** The provider's payment id. */
  readonly reference: string;
  readonly kind: 'payment' | 'refund';
  /** Minor units, more than 0. */
  readonly amount: number;
  readonly currency: string;
  /** Epoch ms. */
  readonly at: number;
}

type StatementDiscrepancyKind = Extract<DiscrepancyKind, `statement-${string}`>;

/** A difference between the statement and an order. */
export interface Mismatch {
  readonly discrepancy: DiscrepancyDraft & { readonly kind: StatementDiscrepancyKind; readonly key: string };
  readonly reference: string;
  readonly kind: StatementLine['kind'];
  readonly order?: Order;
  readonly currency: string;
  /** The amounts in the statement and in the order, minor units; absent on the side that has none. */
  readonly stated?: number;
  readonly known?: number;
}

export interface StatementComparison {
  readonly matched: readonly StatementLine[];
  readonly mismatches: readonly Mismatch[];
}

/**
 * Compares the lines of a statement with the orders. The lines of one payment and kind match if they add up to the
 * order's total, or if each equals a posting, because a statement may cover only part of a payment's history.
 * @param orderOf Finds an order by the provider's payment id.
 */
export function compareStatement(
  lines: readonly StatementLine[],
  orderOf: (reference: string) => Order | undefined,
): StatementComparison {
  const groups = new Map<string, [StatementLine, ...StatementLine[]]>();
  for (const line of lines) {
    const key = `${line.currency}:${groupKey(line)}`;
    const group = groups.get(key);
    if (group) group.push(line);
    else groups.set(key, [line]);
  }
  const matched: StatementLine[] = [];
  const mismatches: Mismatch[] = [];
  for (const group of groups.values()) {
    const mismatch = compareGroup(group, orderOf(group[0].reference));
    if (mismatch) mismatches.push(mismatch);
    else matched.push(...group);
  }
  return { matched, mismatches };
}

/**
 * Returns a mismatch for each posting of the statement's period whose payment has no line of the posting's kind.
 * @param entries All ledger entries of the period, including those that do not concern the provider.
 */
export function missingFromStatement(
  entries: readonly LedgerEntry[],
  lines: readonly StatementLine[],
  orderOf: (orderId: string) => Order | undefined,
): Mismatch[] {
  const stated = new Set(lines.map(groupKey));
  return entries.flatMap((entry) => {
    const { kind, currency } = entry;
    const order = orderOf(entry.orderId);
    const reference = order?.payment?.providerReference;
    const known = providerMovement(entry);
    if ((kind !== 'payment' && kind !== 'refund') || known === 0 || reference === undefined || !order) return [];
    if (stated.has(groupKey({ reference, kind }))) return [];
    const verb = kind === 'refund' ? 'refunded' : 'collected';
    const detail = `${known} (minor units of ${currency}) were ${verb} by payment ${reference}, which the statement of that time does not contain.`;
    const discrepancy = { kind: `statement-${kind}-missing`, detail, amount: known, key: entry.id } as const;
    return [{ discrepancy, reference, kind, order, currency, known }];
  });
}

function compareGroup(
  lines: readonly [StatementLine, ...StatementLine[]],
  order: Order | undefined,
): Mismatch | undefined {
  const { reference, kind, currency } = lines[0];
  const stated = lines.reduce((sum, { amount }) => sum + amount, 0);
  const subject = { reference, kind, currency, stated };
  const statement = `The statement contains ${kind}s of ${stated} (minor units of ${currency}) by payment ${reference}`;
  const draft = (problem: StatementDiscrepancyKind, detail: string, amount = stated): Mismatch['discrepancy'] => {
    return { kind: problem, detail, amount, key: `${kind}:${stated}:${currency}:${reference}` };
  };
  if (!order) {
    return { ...subject, discrepancy: draft('statement-payment-unknown', `${statement}, which belongs to no order.`) };
  }
  if (currency !== order.tariff.currency) {
    const detail = `${statement}, but its order is in ${order.tariff.currency}.`;
    return { ...subject, order, discrepancy: draft('statement-currency-differs', detail) };
  }
  const { paid = 0, refunded = 0 } = order.payment ?? {};
  const known = kind === 'payment' ? paid : refunded;
  if (stated === known || matchesPostings(lines, order)) return undefined;
  const problem = kind === 'refund' && known === 0 ? 'statement-refund-unknown' : 'statement-amount-differs';
  const detail = `${statement}, but its order has ${known}.`;
  return { ...subject, order, known, discrepancy: draft(problem, detail, stated - known) };
}

/** Checks whether each line has the amount of a posting of its kind. Each posting counts only once. */
function matchesPostings(lines: readonly StatementLine[], { ledger = [] }: Order): boolean {
  const amounts = ledger.filter(({ kind }) => kind === lines[0]?.kind).map(providerMovement);
  return lines.every(({ amount }) => {
    const index = amounts.indexOf(amount);
    if (index >= 0) amounts.splice(index, 1);
    return index >= 0;
  });
}

/**
 * Returns how much a payment added to the money at the provider, or a refund took from it; 0 for a reversal.
 * @unit Minor units.
 */
function providerMovement({ kind, lines }: Pick<Posting, 'kind' | 'lines'>): number {
  const amount = lines.find(({ account }) => account === 'collected:provider')?.amount ?? 0;
  return Math.max(0, kind === 'refund' ? -amount : amount);
}

function groupKey({ kind, reference }: Pick<StatementLine, 'kind' | 'reference'>): string {
  return `${kind}:${reference}`;
}
