import type { MeterEntry } from '../../bridge/ports/store.js';
import { collect, inOrder, journalRows, ordersIn } from '../journal.js';
import { numberOf, textOf, type SqliteHandle, type SqliteStatement } from './handle.js';

/** Journal rows of one order, flat: row id, the order's newest seq in that row, and so on. */
type Rows = number[];

/** Journal rows read without a pause: about ten milliseconds of them. */
const AT_ONCE = 100;

/**
 * The meter log: one row a turn. Where an order's entries lie is known in memory while the order is
 * open, so that a frame costs no index write; a small table bounds the search for all others.
 */
export class MeterJournal {
  private readonly rowsOf = new Map<string, Rows>();
  private readonly insertRow: SqliteStatement;
  private readonly noteOrder: SqliteStatement;
  private readonly closeOrder: SqliteStatement;
  private readonly span: SqliteStatement;
  private readonly rowById: SqliteStatement;
  private readonly rowsBetween: SqliteStatement;
  private seq: number;

  /** @param pause lets other work of the process go first. */
  constructor(
    db: SqliteHandle,
    private readonly pause: () => Promise<void>,
  ) {
    this.insertRow = db.prepare(
      'INSERT INTO journal (first_seq, last_seq, head, body) VALUES (?, ?, ?, ?) RETURNING id',
    );
    // A new order has no last row; one that was closed has its end moved on.
    this.noteOrder = db.prepare(`INSERT INTO journal_orders VALUES (?1, ?2, NULL)
      ON CONFLICT (order_id) DO UPDATE SET last_row = ?2 RETURNING first_row`);
    this.closeOrder = db.prepare('UPDATE journal_orders SET last_row = ? WHERE order_id = ?');
    this.span = db.prepare(
      'SELECT first_row, ifnull(last_row, 9e15) AS last_row FROM journal_orders WHERE order_id = ?',
    );
    this.rowById = db.prepare('SELECT head, body FROM journal WHERE id = ?');
    this.rowsBetween = db.prepare(
      `SELECT id, head, body FROM journal
        WHERE id BETWEEN ? AND ? AND last_seq > ? AND instr(head, ?) > 0 ORDER BY id LIMIT ?`,
    );
    // An open order may have folded in a number whose own entry never became durable: not given out again.
    const top = db.prepare(`SELECT max(
        ifnull((SELECT max(last_seq) FROM (SELECT last_seq FROM journal ORDER BY id DESC LIMIT 100)), 0),
        ifnull((SELECT max(json_extract(doc, '$.session.meter.journalSeq')) FROM orders WHERE open = 1), 0)
      ) AS seq`);
    this.seq = numberOf(top.get(), 'seq');
    this.recall(db);
  }

  nextSeq(): number {
    return ++this.seq;
  }

  /**
   * Writes a turn's entries, and closes the books of orders that need watching no more, inside the open transaction.
   * @returns What to do once the transaction is committed.
   */
  write(entries: readonly MeterEntry[], closed: readonly string[]): () => void {
    const found: [string, number, number][] = [];
    const fresh = new Set<string>();
    for (const row of journalRows(entries)) {
      const id = numberOf(this.insertRow.get(row.firstSeq, row.lastSeq, row.head, row.body), 'id');
      for (const [order, seq] of row.newest) {
        if (!this.rowsOf.has(order) && !fresh.has(order)) {
          if (numberOf(this.noteOrder.get(order, id), 'first_row') !== id) continue;
          fresh.add(order);
        }
        found.push([order, id, seq]);
      }
    }
    for (const order of closed) {
      const last = found.findLast(([other]) => other === order)?.[1] ?? this.rowsOf.get(order)?.at(-2);
      if (last !== undefined) this.closeOrder.run(last, order);
    }
    return () => {
      for (const [order, id, seq] of found) this.remember(order, id, seq);
      for (const order of closed) this.rowsOf.delete(order);
    };
  }

  /** Reads a few rows at a time: a long session must not hold up everybody's frames. */
  async entriesOf(order: string, after: number): Promise<MeterEntry[]> {
    const entries = new Map<number, MeterEntry>();
    const rows = this.rowsOf.get(order);
    if (rows === undefined) await this.search(order, after, entries);
    else {
      let read = 0;
      for (let i = 0; i + 1 < rows.length; i += 2) {
        if ((rows[i + 1] ?? 0) <= after) continue;
        this.read(this.rowById.get(rows[i] ?? 0), order, after, entries);
        if (++read % AT_ONCE === 0) await this.pause();
      }
    }
    return inOrder(entries);
  }

  private async search(order: string, after: number, into: Map<number, MeterEntry>): Promise<void> {
    const span = this.span.get(order);
    if (span === undefined) return;
    let from = numberOf(span, 'first_row');
    const last = numberOf(span, 'last_row');
    for (;;) {
      const rows = this.rowsBetween.all(from, last, after, JSON.stringify(order), AT_ONCE);
      for (const row of rows) this.read(row, order, after, into);
      if (rows.length < AT_ONCE) return;
      from = numberOf(rows.at(-1), 'id') + 1;
      await this.pause();
    }
  }

  private read(row: unknown, order: string, after: number, into: Map<number, MeterEntry>): void {
    collect({ head: textOf(row, 'head'), body: textOf(row, 'body') }, order, after, into);
  }

  private remember(order: string, id: number, seq: number): void {
    const rows = this.rowsOf.get(order);
    if (rows === undefined) this.rowsOf.set(order, [id, seq]);
    else rows.push(id, seq);
  }

  /** After a restart: one pass over the heads since the oldest open order began. */
  private recall(db: SqliteHandle): void {
    const open = db.prepare(
      'SELECT order_id, first_row FROM journal_orders JOIN orders ON orders.id = order_id WHERE orders.open = 1',
    );
    let from = Infinity;
    for (const row of open.all()) {
      this.rowsOf.set(textOf(row, 'order_id'), []);
      from = Math.min(from, numberOf(row, 'first_row'));
    }
    if (from === Infinity) return;
    const page = db.prepare('SELECT id, head FROM journal WHERE id >= ? ORDER BY id LIMIT 1000');
    for (let rows = page.all(from); rows.length > 0; rows = page.all(from)) {
      for (const row of rows) {
        const id = numberOf(row, 'id');
        for (const [order, seq] of ordersIn(textOf(row, 'head'))) this.rowsOf.get(order)?.push(id, seq);
        from = id + 1;
      }
    }
  }
}
