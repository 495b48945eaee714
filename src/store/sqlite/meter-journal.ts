import type { MeterEntry } from '../../ports/store.js';
import { collect, ordersIn, type JournalRow } from '../journal-records.js';
import { numberOf, textOf, type SqliteHandle, type SqliteStatement } from './connection.js';
import type { JournalMedium } from './journal-medium.js';
import { RecordLog, type LogRecord } from './record-log.js';

/** Records of one order, flat: position, the order's newest seq in that record, and so on. */
type Places = number[];

/** A page of entries is read without a pause: about ten milliseconds of records that hold some, or of bytes looked through. */
const RECORDS_AT_ONCE = 100;
const BYTES_AT_ONCE = 4 << 20;
/** A start looks through no more than this of the journal, but for the sake of open orders. */
const MARK_EVERY = 4 << 20;

export interface MeterPage {
  readonly entries: readonly MeterEntry[];
  /** Where to go on, when there is more. */
  readonly next?: number;
}

/**
 * The meter log: records in a file of its own, one a turn. Where an order's entries lie is known in memory while the
 * order is open, so that a frame costs no index write; a small table bounds the search for all others.
 */
export class MeterJournal {
  private readonly log: RecordLog;
  private readonly placesOf = new Map<string, Places>();
  private readonly noteOrder: SqliteStatement;
  private readonly closeOrder: SqliteStatement;
  private readonly span: SqliteStatement;
  private readonly setMark: SqliteStatement;
  private markedTo = 0;
  /** The highest sequence number that was ever written or folded into an open order. */
  readonly topSeq: number;

  /** @errors When the journal is damaged, or is not the one that belongs to this database. */
  constructor(db: SqliteHandle, medium: JournalMedium) {
    this.log = new RecordLog(medium);
    // A new order has no last position; one that was closed has its end moved on.
    this.noteOrder = db.prepare(`INSERT INTO journal_orders VALUES (?1, ?2, NULL)
      ON CONFLICT (order_id) DO UPDATE SET last = ?2 RETURNING first`);
    this.closeOrder = db.prepare('UPDATE journal_orders SET last = ? WHERE order_id = ?');
    this.span = db.prepare('SELECT first, ifnull(last, 9e15) AS last FROM journal_orders WHERE order_id = ?');
    this.setMark = db.prepare('INSERT OR REPLACE INTO journal_mark VALUES (1, ?, ?)');
    this.recall(db);
    // An open order may have folded in a number whose own entry never became durable: not given out again.
    const folded = db.prepare(
      "SELECT ifnull(max(json_extract(doc, '$.session.meter.journalSeq')), 0) AS seq FROM orders WHERE open = 1",
    );
    this.topSeq = Math.max(this.log.topSeq, numberOf(folded.get(), 'seq'));
  }

  /** True when the table of spans changes with these, so that a transaction is needed around `write`. */
  needsTable(rows: readonly JournalRow[], closed: readonly string[]): boolean {
    if (closed.length > 0) return true;
    if (rows.length > 0 && this.log.end - this.markedTo >= MARK_EVERY) return true;
    return rows.some(({ newest }) => [...newest.keys()].some((order) => !this.placesOf.has(order)));
  }

  /**
   * Writes a turn's rows, durably, and notes in the table where they lie: inside the open transaction if `needsTable`.
   * A crash before it is committed leaves entries that nobody was told of.
   * @returns What to do once the transaction is committed; not called, the rows count as never written.
   */
  write(rows: readonly JournalRow[], closed: readonly string[], sync: boolean): () => void {
    const tabled = this.needsTable(rows, closed);
    const begin = this.log.end;
    if (tabled) this.setMark.run(begin, this.log.topSeq);
    const appended = rows.length > 0 ? this.log.append(rows) : undefined;
    const found = this.note(rows, appended?.positions ?? []);
    this.close(closed, found);
    // The table must never know of a place that is not there after a loss of power.
    if (sync || tabled) this.log.medium.sync();
    return () => {
      appended?.keep();
      if (tabled) this.markedTo = begin;
      for (const [order, position, seq] of found) this.remember(order, position, seq);
      for (const order of closed) this.placesOf.delete(order);
    };
  }

  /** Entries of an order with `seq > after`, from a position on: a few, so that a long session holds nobody up. */
  page(order: string, after: number, from = 0): MeterPage {
    const entries = new Map<number, MeterEntry>();
    const places = this.placesOf.get(order);
    const next =
      places === undefined
        ? this.search(order, after, from, entries)
        : this.readPlaces(places, order, after, from, entries);
    return { entries: [...entries.values()], ...(next !== undefined && { next }) };
  }

  private note(rows: readonly JournalRow[], positions: readonly number[]): [string, number, number][] {
    const found: [string, number, number][] = [];
    const fresh = new Set<string>();
    rows.forEach(({ newest }, i) => {
      const position = positions[i] ?? 0;
      for (const [order, seq] of newest) {
        if (!this.placesOf.has(order) && !fresh.has(order)) {
          if (numberOf(this.noteOrder.get(order, position), 'first') !== position) continue;
          fresh.add(order);
        }
        found.push([order, position, seq]);
      }
    });
    return found;
  }

  private close(orders: readonly string[], found: readonly [string, number, number][]): void {
    for (const order of orders) {
      const last = found.findLast(([other]) => other === order)?.[1] ?? this.placesOf.get(order)?.at(-2);
      if (last !== undefined) this.closeOrder.run(last, order);
    }
  }

  private readPlaces(
    places: Places,
    order: string,
    after: number,
    from: number,
    into: Map<number, MeterEntry>,
  ): number | undefined {
    let read = 0;
    for (let i = 0; i + 1 < places.length; i += 2) {
      const position = places[i] ?? 0;
      if (position < from || (places[i + 1] ?? 0) <= after) continue;
      if (read++ === RECORDS_AT_ONCE) return position;
      take(this.log.at(position), order, after, into);
    }
    return undefined;
  }

  private search(order: string, after: number, from: number, into: Map<number, MeterEntry>): number | undefined {
    const span = this.span.get(order);
    if (span === undefined) return undefined;
    const begin = Math.max(from, numberOf(span, 'first'));
    const last = Math.min(numberOf(span, 'last'), this.log.end - 1);
    const name = JSON.stringify(order);
    for (let at = begin, read = 0; at <= last;) {
      if (read === RECORDS_AT_ONCE || at - begin > BYTES_AT_ONCE) return at;
      const record = this.log.at(at, true);
      at = record.next;
      if (!record.head.includes(name)) continue;
      take(record, order, after, into);
      read += 1;
    }
    return undefined;
  }

  private remember(order: string, position: number, seq: number): void {
    const places = this.placesOf.get(order);
    if (places === undefined) this.placesOf.set(order, [position, seq]);
    else places.push(position, seq);
  }

  /** After a restart: one pass over the journal since the oldest open order began. */
  private recall(db: SqliteHandle): void {
    const open = db.prepare(
      'SELECT order_id, first FROM journal_orders JOIN orders ON orders.id = order_id WHERE orders.open = 1',
    );
    const mark = db.prepare('SELECT position, seq FROM journal_mark').get();
    this.markedTo = mark === undefined ? 0 : numberOf(mark, 'position');
    let from = this.markedTo;
    for (const row of open.all()) {
      this.placesOf.set(textOf(row, 'order_id'), []);
      from = Math.min(from, numberOf(row, 'first'));
    }
    this.log.open(from, mark === undefined ? 0 : numberOf(mark, 'seq'), (record) => {
      for (const [order, seq] of ordersIn(record.head.toString())) this.placesOf.get(order)?.push(record.position, seq);
    });
  }
}

function take({ head, body }: LogRecord, order: string, after: number, into: Map<number, MeterEntry>): void {
  collect({ head: head.toString(), body: body.toString() }, order, after, into);
}
