/** Imports a payment provider's statement. Each mismatch opens one discrepancy, even if it is imported again. */
import type { RequestHandler } from 'express';
import type { Discrepancy } from '../../ports/stored-records.js';
import type { Order } from '../../domain/model/order.js';
import {
  compareStatement,
  type Mismatch,
  missingFromStatement,
  type StatementLine,
} from '../../domain/billing/provider-statement.js';
import type { OperatorDeps } from '../http/deps.js';
import { readAllEntries, DAY_RULE, dayRange } from './ledger.js';
import { queryParameter } from '../http/paging.js';
import { sendBadParameter } from '../http/problem.js';
import { readStatement } from './statement-reader.js';

export function importStatement(deps: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const day = queryParameter(req, 'day');
    const span = day === undefined ? undefined : dayRange(day, deps.config.payments.utcOffsetMin);
    if (day !== undefined && !span) return sendBadParameter(res, 'day', DAY_RULE);
    const read = readStatement(typeof req.body === 'string' ? req.body : '');
    if ('rule' in read) return sendBadParameter(res, read.location, read.rule);
    const { lines } = read;
    const orders = new StatementOrders(deps);
    await orders.load(lines);
    const { matched, mismatches } = compareStatement(lines, (reference) => orders.byReference.get(reference));
    const entries = await readAllEntries(deps.store, span ?? statementRange(lines));
    await orders.loadById(new Set(entries.map(({ orderId }) => orderId)));
    const missing = missingFromStatement(entries, lines, (orderId) => orders.byId.get(orderId));
    const found = [...mismatches, ...missing];
    const fresh = await openDiscrepancies(deps, found);
    res.json({
      lines: lines.length,
      matched: matched.map(lineView),
      mismatched: found.map((one) => mismatchView(one, fresh.has(discrepancyId(one)))),
    });
  };
}

/** Returns the time from the first line to the last, which the statement covers unless a day is given. */
function statementRange(lines: readonly StatementLine[]): { readonly from: number; readonly until: number } {
  const times = lines.map(({ at }) => at);
  const [from, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  return { from, until: last + 1 };
}

/** The orders that a statement concerns; for open orders, the version in memory. */
class StatementOrders {
  readonly byReference = new Map<string, Order>();
  readonly byId = new Map<string, Order>();
  readonly #live: ReadonlyMap<string, Order>;

  constructor(private readonly deps: OperatorDeps) {
    this.#live = new Map(deps.view.openOrders().map((order) => [order.id, order]));
  }

  async load(lines: readonly StatementLine[]): Promise<void> {
    for (const reference of new Set(lines.map((line) => line.reference))) {
      const stored = await this.deps.store.orderByPayment(reference);
      const order = stored && (this.#live.get(stored.id) ?? stored);
      if (!order) continue;
      this.byReference.set(reference, order);
      this.byId.set(order.id, order);
    }
  }

  async loadById(ids: ReadonlySet<string>): Promise<void> {
    for (const id of ids) {
      const order = this.byId.get(id) ?? this.#live.get(id) ?? (await this.deps.store.order(id));
      if (order) this.byId.set(id, order);
    }
  }
}

/** Opens the discrepancies that do not exist yet, in one write; closed ones stay closed. @returns The new ids. */
async function openDiscrepancies(
  { store, clock, events }: OperatorDeps,
  found: readonly Mismatch[],
): Promise<ReadonlySet<string>> {
  const rows = new Map<string, Discrepancy>();
  for (const one of found) {
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
  if (rows.size > 0) await store.commit({ discrepancies: [...rows.values()] });
  for (const { kind, orderId } of rows.values()) events.emit('discrepancy.opened', { kind, orderId });
  return new Set(rows.keys());
}

function discrepancyId({ discrepancy: row }: Mismatch): string {
  return `${row.kind}:${row.key}`;
}

function lineView({ reference, at, ...line }: StatementLine): object {
  return { id: reference, ...line, at: new Date(at).toISOString() };
}

function mismatchView(one: Mismatch, opened: boolean): object {
  const { reference, kind, currency, stated, known, order, discrepancy: row } = one;
  return {
    problem: row.kind,
    id: reference,
    kind,
    currency,
    stated,
    known,
    orderId: order?.id,
    detail: row.detail,
    discrepancyId: discrepancyId(one),
    opened,
  };
}
