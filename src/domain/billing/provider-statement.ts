/** A payment provider's statement held against what the orders know of their money. */
import type { DiscrepancyKind, DiscrepancyDraft } from '../model/decision.js';
import type { LedgerEntry, Posting } from '../model/posting.js';
import type { Order } from '../model/order.js';

/** One movement of money, as the provider wrote it down. */
export interface StatementLine {
  /** The provider's name for the payment. */
  readonly reference: string;
  readonly kind: 'payment' | 'refund';
  /** Minor units, more than 0. */
  readonly amount: number;
  readonly currency: string;
  /** Epoch ms. */
  readonly at: number;
}

export type StatementDiscrepancyKind = Extract<DiscrepancyKind, `statement-${string}`>;

/** What does not fit, with what each side says of it; absent where it says nothing. */
export interface Mismatch {
  readonly discrepancy: DiscrepancyDraft & { readonly kind: StatementDiscrepancyKind; readonly key: string };
  readonly reference: string;
  readonly kind: StatementLine['kind'];
  readonly order?: Order;
  readonly currency: string;
  /** Minor units. */
  readonly stated?: number;
  readonly known?: number;
}

export interface StatementComparison {
  readonly matched: readonly StatementLine[];
  readonly mismatches: readonly Mismatch[];
}

/**
 * The lines of a payment and kind are held together against the order's total, or each against one posting: a statement
 * may have a part of what happened.
 * @param orderOf By the provider's reference.
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

/** What we have of a time that the statement of that time does not. @param entries Of that time, of any account. */
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
    const said = kind === 'refund' ? 'given back' : 'taken';
    const detail = `${known} (minor units of ${currency}) were ${said} by payment ${reference}, which the statement of that time does not have.`;
    const row = { kind: `statement-${kind}-missing`, detail, amount: known, key: entry.id } as const;
    return [{ discrepancy: row, reference, kind, order, currency, known }];
  });
}

function compareGroup(
  lines: readonly [StatementLine, ...StatementLine[]],
  order: Order | undefined,
): Mismatch | undefined {
  const { reference, kind, currency } = lines[0];
  const stated = lines.reduce((sum, { amount }) => sum + amount, 0);
  const about = { reference, kind, currency, stated };
  const said = `The statement has ${kind}s of ${stated} (minor units of ${currency}) by payment ${reference}`;
  const differs = (problem: StatementDiscrepancyKind, detail: string, amount = stated): Mismatch['discrepancy'] => {
    return { kind: problem, detail, amount, key: `${kind}:${stated}:${currency}:${reference}` };
  };
  if (!order) return { ...about, discrepancy: differs('statement-payment-unknown', `${said}, which no order has.`) };
  if (currency !== order.tariff.currency) {
    const detail = `${said}; its order is in ${order.tariff.currency}.`;
    return { ...about, order, discrepancy: differs('statement-currency-differs', detail) };
  }
  const { paid = 0, refunded = 0 } = order.payment ?? {};
  const known = kind === 'payment' ? paid : refunded;
  if (stated === known || matchesPostings(lines, order)) return undefined;
  const problem = kind === 'refund' && known === 0 ? 'statement-refund-unknown' : 'statement-amount-differs';
  return { ...about, order, known, discrepancy: differs(problem, `${said}; its order has ${known}.`, stated - known) };
}

/** Whether each line is a posting of its own. */
function matchesPostings(lines: readonly StatementLine[], { ledger = [] }: Order): boolean {
  const left = ledger.filter(({ kind }) => kind === lines[0]?.kind).map(providerMovement);
  return lines.every(({ amount }) => {
    const index = left.indexOf(amount);
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
}

/** What a posting moved into or out of the provider's account, minor units. */
function providerMovement({ lines }: Pick<Posting, 'lines'>): number {
  return Math.abs(lines.find(({ account }) => account === 'collected:provider')?.amount ?? 0);
}

function groupKey({ kind, reference }: Pick<StatementLine, 'kind' | 'reference'>): string {
  return `${kind}:${reference}`;
}
