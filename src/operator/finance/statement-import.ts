/** The import of a payment provider's statement: what does not fit becomes a row, once however often it is imported. */
import type { RequestHandler } from 'express';
import type { ReconciliationRow } from '../../ports/store.js';
import type { Order } from '../../domain/model/order.js';
import {
  compareStatement,
  type Mismatch,
  missingThere,
  type StatementLine,
} from '../../domain/billing/provider-statement.js';
import type { OperatorDeps } from '../http/deps.js';
import { allEntries, DAY_RULE, spanOf } from './ledger.js';
import { text } from '../http/paging.js';
import { badParameter } from '../http/problem.js';
import { readStatement } from './statement-reader.js';

export function importStatement(deps: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const day = text(req, 'day');
    const span = day === undefined ? undefined : spanOf(day, deps.config.payments.utcOffsetMin);
    if (day !== undefined && !span) return badParameter(res, 'day', DAY_RULE);
    const read = readStatement(typeof req.body === 'string' ? req.body : '');
    if ('rule' in read) return badParameter(res, read.where, read.rule);
    const { lines } = read;
    const orders = new Orders(deps);
    await orders.load(lines);
    const { matched, mismatches } = compareStatement(lines, (reference) => orders.byReference.get(reference));
    const entries = await allEntries(deps.store, span ?? spanned(lines));
    await orders.loadById(new Set(entries.map(({ orderId }) => orderId)));
    const missing = missingThere(entries, lines, (orderId) => orders.byId.get(orderId));
    const found = [...mismatches, ...missing];
    const fresh = await open(deps, found);
    res.json({
      lines: lines.length,
      matched: matched.map(shownLine),
      mismatched: found.map((one) => shownMismatch(one, fresh.has(rowId(one)))),
    });
  };
}

/** Without a day, the statement is one of the time from its first line to its last. */
function spanned(lines: readonly StatementLine[]): { readonly from: number; readonly until: number } {
  const times = lines.map(({ at }) => at);
  const [from, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  return { from, until: last + 1 };
}

/** The orders that are spoken of; the live one where it is open. */
class Orders {
  readonly byReference = new Map<string, Order>();
  readonly byId = new Map<string, Order>();
  readonly #live: ReadonlyMap<string, Order>;

  constructor(private readonly deps: OperatorDeps) {
    this.#live = new Map(deps.insight.orders().map((order) => [order.id, order]));
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

/** Opens the rows that are not there yet, in one write; a closed one stays closed. @returns Their ids. */
async function open({ store, clock, events }: OperatorDeps, found: readonly Mismatch[]): Promise<ReadonlySet<string>> {
  const rows = new Map<string, ReconciliationRow>();
  for (const one of found) {
    const id = rowId(one);
    if (rows.has(id) || (await store.reconciliationRow(id))) continue;
    const { kind, detail, amount } = one.row;
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
  if (rows.size > 0) await store.commit({ rows: [...rows.values()] });
  for (const { kind, orderId } of rows.values()) events.emit('row.opened', { kind, orderId });
  return new Set(rows.keys());
}

function rowId({ row }: Mismatch): string {
  return `${row.kind}:${row.key}`;
}

function shownLine({ reference, at, ...line }: StatementLine): object {
  return { id: reference, ...line, at: new Date(at).toISOString() };
}

function shownMismatch(one: Mismatch, opened: boolean): object {
  const { reference, kind, currency, stated, known, order, row } = one;
  return {
    problem: row.kind,
    id: reference,
    kind,
    currency,
    stated,
    known,
    orderId: order?.id,
    detail: row.detail,
    rowId: rowId(one),
    opened,
  };
}
