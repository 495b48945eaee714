/**
 * Imports a payment provider's statement. Each mismatch opens only one discrepancy, however often the statement is
 * imported.
 */
import type { Discrepancy } from '../../ports/stored-records.js';
import type { Order } from '../../domain/model/order.js';
import type { LedgerEntry } from '../../domain/model/posting.js';
import { nextTurn } from '../../ports/runtime.js';
import {
  compareStatement,
  type Mismatch,
  missingFromStatement,
  type StatementLine,
} from '../../domain/billing/provider-statement.js';
import { withMoney } from '../http/answer-forms.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import { queryParameter } from '../http/parameters.js';
import { badField } from '../http/problem.js';
import { ledgerPages, dayRange } from './ledger.js';
import { sendList } from '../http/streaming.js';
import { readStatement } from './statement-reader.js';

/** How many single records are read in one event-loop turn. */
const READS_PER_TURN = 50;
const ROWS_PER_WRITE = 500;

export function importStatement(deps: OperatorDeps) {
  return async ({ req }: ActRequest): Promise<ActResult> => {
    const day = queryParameter(req, 'day');
    const span = day === undefined ? undefined : dayRange(day, deps.config.payments.utcOffsetMin);
    const read = readStatement(typeof req.body === 'string' ? req.body : '');
    if ('rule' in read) return { problem: badField(read.location, read.rule) };
    const { lines } = read;
    const orders = new StatementOrders(deps);
    await orders.load(lines);
    const { matched, mismatches } = compareStatement(lines, (reference) => orders.byReference.get(reference));
    const missing: Mismatch[] = [];
    for await (const page of ledgerPages(deps.store, deps.clock, span ?? statementRange(lines))) {
      const byId = await orders.loadById(new Set(page.filter(concernsProvider).map(({ orderId }) => orderId)));
      missing.push(...missingFromStatement(page, lines, (orderId) => byId.get(orderId)));
    }
    const found = [...mismatches, ...missing];
    const fresh = await openDiscrepancies(deps, found);
    const views = mismatchViews(found, fresh);
    const head = { lines: lines.length, matched: matched.map(lineView) };
    return {
      send: (res) => sendList(res, head, ['mismatched', views], deps.clock),
      summary: { lines: lines.length, matched: matched.length, mismatched: found.length, opened: fresh.size },
    };
  };
}

/** Whether an entry may have gone through the payment provider. Its order must then be loaded. */
function concernsProvider({ kind }: LedgerEntry): boolean {
  return kind === 'payment' || kind === 'refund';
}

/** Returns the time from the earliest line to the latest, which a statement covers unless a day is given. */
function statementRange(lines: readonly StatementLine[]): { readonly from: number; readonly until: number } {
  const times = lines.map(({ at }) => at);
  const [from, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  return { from, until: last + 1 };
}

/** Loads the orders that a statement concerns. An open order is replaced by its newer version in memory. */
class StatementOrders {
  readonly byReference = new Map<string, Order>();
  readonly #live: ReadonlyMap<string, Order>;

  constructor(private readonly deps: OperatorDeps) {
    this.#live = new Map(deps.view.openOrders().map((order) => [order.id, order]));
  }

  async load(lines: readonly StatementLine[]): Promise<void> {
    let count = 0;
    for (const reference of new Set(lines.map((line) => line.reference))) {
      if (++count % READS_PER_TURN === 0) await nextTurn(this.deps.clock);
      const stored = await this.deps.store.orderByPayment(reference);
      const order = stored && (this.#live.get(stored.id) ?? stored);
      if (order) this.byReference.set(reference, order);
    }
  }

  async loadById(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Order>> {
    const byId = new Map<string, Order>();
    let count = 0;
    for (const id of ids) {
      if (++count % READS_PER_TURN === 0) await nextTurn(this.deps.clock);
      const order = this.#live.get(id) ?? (await this.deps.store.order(id));
      if (order) byId.set(id, order);
    }
    return byId;
  }
}

/**
 * Opens the discrepancies that do not exist yet; closed ones stay closed. If a write fails, repeating the import opens
 * the rest.
 * @returns The new ids.
 */
async function openDiscrepancies(
  { store, clock, events }: OperatorDeps,
  found: readonly Mismatch[],
): Promise<ReadonlySet<string>> {
  const rows = new Map<string, Discrepancy>();
  let count = 0;
  for (const one of found) {
    if (++count % READS_PER_TURN === 0) await nextTurn(clock);
    const id = discrepancyId(one);
    if (rows.has(id) || (await store.discrepancy(id))) continue;
    const { kind, detail, amount } = one.discrepancy;
    const { order } = one;
    rows.set(id, {
      id,
      kind,
      at: clock.now(),
      detail,
      ...(amount !== undefined && { amount }),
      ...(order && { orderId: order.id, chargePointId: order.connector.chargePointId }),
    });
  }
  const opened = [...rows.values()];
  for (let from = 0; from < opened.length; from += ROWS_PER_WRITE) {
    const discrepancies = opened.slice(from, from + ROWS_PER_WRITE);
    await store.commit({ discrepancies });
    for (const { kind, orderId } of discrepancies) events.emit('discrepancy.opened', { kind, orderId });
  }
  return new Set(rows.keys());
}

function discrepancyId({ discrepancy: row }: Mismatch): string {
  return `${row.kind}:${row.key}`;
}

function lineView({ reference, at, ...line }: StatementLine): object {
  const amount = withMoney({ amount: line.amount }, line.currency);
  return { id: reference, ...line, ...amount, at: new Date(at).toISOString() };
}

function* mismatchViews(found: readonly Mismatch[], fresh: ReadonlySet<string>): Iterable<object> {
  for (const one of found) yield mismatchView(one, fresh.has(discrepancyId(one)));
}

function mismatchView(one: Mismatch, opened: boolean): object {
  const { reference, kind, currency, stated, known, order, discrepancy: row } = one;
  return {
    problem: row.kind,
    id: reference,
    kind,
    currency,
    ...withMoney({ stated, known }, currency),
    orderId: order?.id,
    detail: row.detail,
    discrepancyId: discrepancyId(one),
    opened,
  };
}
