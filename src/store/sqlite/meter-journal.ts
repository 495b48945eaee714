import type { MeterEntry } from '../../ports/store.js';
import { collectEntries, readLatestSeqByOrder, type JournalRecord } from '../journal-records.js';
import { numberOf, textOf, type SqliteHandle, type SqliteStatement } from './connection.js';
import type { JournalMedium } from './journal-medium.js';
import { RecordLog, type LogRecord } from './record-log.js';

/** Records of one order, flat: position, the order's newest seq in that record, and so on. */
type RecordPositions = number[];

/** A page of entries is read without a pause: about ten milliseconds of records that hold some, or of bytes looked through. */
const RECORDS_PER_PAGE = 100;
const BYTES_PER_PAGE = 4 << 20;
/** A start looks through no more than this of the journal, but for the sake of open orders. */
const CHECKPOINT_INTERVAL_BYTES = 4 << 20;

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
  private readonly positionsByOrder = new Map<string, RecordPositions>();
  private readonly upsertRange: SqliteStatement;
  private readonly updateRangeEnd: SqliteStatement;
  private readonly selectRange: SqliteStatement;
  private readonly saveCheckpoint: SqliteStatement;
  private checkpointPosition = 0;
  /** The highest sequence number that was ever written or folded into an open order. */
  readonly topSeq: number;

  /** @errors When the journal is damaged, or is not the one that belongs to this database. */
  constructor(db: SqliteHandle, medium: JournalMedium) {
    this.log = new RecordLog(medium);
    // A new order has no last position; one that was closed has its end moved on.
    this.upsertRange = db.prepare(`INSERT INTO journal_ranges VALUES (?1, ?2, NULL)
      ON CONFLICT (order_id) DO UPDATE SET last = ?2 RETURNING first`);
    this.updateRangeEnd = db.prepare('UPDATE journal_ranges SET last = ? WHERE order_id = ?');
    this.selectRange = db.prepare('SELECT first, ifnull(last, 9e15) AS last FROM journal_ranges WHERE order_id = ?');
    this.saveCheckpoint = db.prepare('INSERT OR REPLACE INTO journal_checkpoint VALUES (1, ?, ?)');
    this.restoreIndex(db);
    // An open order may have folded in a number whose own entry never became durable: not given out again.
    const folded = db.prepare(
      "SELECT ifnull(max(json_extract(doc, '$.session.meter.journalSeq')), 0) AS seq FROM orders WHERE open = 1",
    );
    this.topSeq = Math.max(this.log.topSeq, numberOf(folded.get(), 'seq'));
  }

  /** True when the table of spans changes with these, so that a transaction is needed around `write`. */
  needsTransaction(rows: readonly JournalRecord[], closed: readonly string[]): boolean {
    if (closed.length > 0) return true;
    if (rows.length > 0 && this.log.end - this.checkpointPosition >= CHECKPOINT_INTERVAL_BYTES) return true;
    return rows.some(({ latestSeqByOrder: newest }) =>
      [...newest.keys()].some((order) => !this.positionsByOrder.has(order)),
    );
  }

  /**
   * Writes a turn's rows, durably, and notes in the table where they lie: inside the open transaction if `needsTable`.
   * A crash before it is committed leaves entries that nobody was told of.
   * @returns What to do once the transaction is committed; not called, the rows count as never written.
   */
  write(rows: readonly JournalRecord[], closed: readonly string[], sync: boolean): () => void {
    const tabled = this.needsTransaction(rows, closed);
    const begin = this.log.end;
    if (tabled) this.saveCheckpoint.run(begin, this.log.topSeq);
    const appended = rows.length > 0 ? this.log.append(rows) : undefined;
    const found = this.indexRecords(rows, appended?.positions ?? []);
    this.closeRanges(closed, found);
    // The table must never know of a place that is not there after a loss of power.
    if (sync || tabled) this.log.medium.sync();
    return () => {
      appended?.commit();
      if (tabled) this.checkpointPosition = begin;
      for (const [order, position, seq] of found) this.addPosition(order, position, seq);
      for (const order of closed) this.positionsByOrder.delete(order);
    };
  }

  /** Entries of an order with `seq > after`, from a position on: a few, so that a long session claims_connector nobody up. */
  page(order: string, after: number, from = 0): MeterPage {
    const entries = new Map<number, MeterEntry>();
    const places = this.positionsByOrder.get(order);
    const next =
      places === undefined
        ? this.scanRange(order, after, from, entries)
        : this.readPositions(places, order, after, from, entries);
    return { entries: [...entries.values()], ...(next !== undefined && { next }) };
  }

  private indexRecords(rows: readonly JournalRecord[], positions: readonly number[]): [string, number, number][] {
    const found: [string, number, number][] = [];
    const fresh = new Set<string>();
    rows.forEach(({ latestSeqByOrder: newest }, i) => {
      const position = positions[i] ?? 0;
      for (const [order, seq] of newest) {
        if (!this.positionsByOrder.has(order) && !fresh.has(order)) {
          if (numberOf(this.upsertRange.get(order, position), 'first') !== position) continue;
          fresh.add(order);
        }
        found.push([order, position, seq]);
      }
    });
    return found;
  }

  private closeRanges(orders: readonly string[], found: readonly [string, number, number][]): void {
    for (const order of orders) {
      const last = found.findLast(([other]) => other === order)?.[1] ?? this.positionsByOrder.get(order)?.at(-2);
      if (last !== undefined) this.updateRangeEnd.run(last, order);
    }
  }

  private readPositions(
    places: RecordPositions,
    order: string,
    after: number,
    from: number,
    into: Map<number, MeterEntry>,
  ): number | undefined {
    let read = 0;
    for (let i = 0; i + 1 < places.length; i += 2) {
      const position = places[i] ?? 0;
      if (position < from || (places[i + 1] ?? 0) <= after) continue;
      if (read++ === RECORDS_PER_PAGE) return position;
      collectFromRecord(this.log.recordAt(position), order, after, into);
    }
    return undefined;
  }

  private scanRange(order: string, after: number, from: number, into: Map<number, MeterEntry>): number | undefined {
    const span = this.selectRange.get(order);
    if (span === undefined) return undefined;
    const begin = Math.max(from, numberOf(span, 'first'));
    const last = Math.min(numberOf(span, 'last'), this.log.end - 1);
    const name = JSON.stringify(order);
    for (let at = begin, read = 0; at <= last;) {
      if (read === RECORDS_PER_PAGE || at - begin > BYTES_PER_PAGE) return at;
      const record = this.log.recordAt(at, true);
      at = record.next;
      if (!record.head.includes(name)) continue;
      collectFromRecord(record, order, after, into);
      read += 1;
    }
    return undefined;
  }

  private addPosition(order: string, position: number, seq: number): void {
    const places = this.positionsByOrder.get(order);
    if (places === undefined) this.positionsByOrder.set(order, [position, seq]);
    else places.push(position, seq);
  }

  /** After a restart: one pass over the journal since the oldest open order began. */
  private restoreIndex(db: SqliteHandle): void {
    const open = db.prepare(
      'SELECT order_id, first FROM journal_ranges JOIN orders ON orders.id = order_id WHERE orders.open = 1',
    );
    const mark = db.prepare('SELECT position, seq FROM journal_checkpoint').get();
    this.checkpointPosition = mark === undefined ? 0 : numberOf(mark, 'position');
    let from = this.checkpointPosition;
    for (const row of open.all()) {
      this.positionsByOrder.set(textOf(row, 'order_id'), []);
      from = Math.min(from, numberOf(row, 'first'));
    }
    this.log.open(from, mark === undefined ? 0 : numberOf(mark, 'seq'), (record) => {
      for (const [order, seq] of readLatestSeqByOrder(record.head.toString()))
        this.positionsByOrder.get(order)?.push(record.position, seq);
    });
  }
}

function collectFromRecord(
  { head, body }: LogRecord,
  order: string,
  after: number,
  into: Map<number, MeterEntry>,
): void {
  collectEntries({ head: head.toString(), body: body.toString() }, order, after, into);
}
