/** The meter journal of an SQLite store, with an index of the records that hold an order's entries. */
import type { MeterEntry } from '../../ports/stored-records.js';
import { collectEntries, readLatestSeqByOrder, type JournalRecord } from '../journal-records.js';
import { numberOf, textOf, type SqliteHandle, type SqliteStatement } from './connection.js';
import type { JournalMedium } from './journal-medium.js';
import { RecordLog, type LogRecord } from './record-log.js';

/** The records of one order, as flat pairs: position, the order's newest seq in that record. */
type RecordPositions = number[];

/** A page is read without a pause. Both limits keep it near 10 ms: records with entries, and bytes scanned. */
const RECORDS_PER_PAGE = 100;
const BYTES_PER_PAGE = 4 << 20;
/** A start scans at most this much of the journal, unless an open order began earlier. */
const CHECKPOINT_INTERVAL_BYTES = 4 << 20;

export interface MeterPage {
  readonly entries: readonly MeterEntry[];
  /** The position of the next page; absent on the last one. */
  readonly next?: number;
}

/**
 * The meter log: a file of its own with one record per commit group. While an order is open, memory holds the positions
 * of its entries, so that a frame costs no index write. For closed orders a small table bounds the scan.
 */
export class MeterJournal {
  private readonly log: RecordLog;
  private readonly positionsByOrder = new Map<string, RecordPositions>();
  private readonly upsertRange: SqliteStatement;
  private readonly updateRangeEnd: SqliteStatement;
  private readonly selectRange: SqliteStatement;
  private readonly saveCheckpoint: SqliteStatement;
  private checkpointPosition = 0;
  /** The highest seq that was ever written or folded into an open order. */
  readonly topSeq: number;

  /** @errors Throws when the journal is damaged or does not belong to this database. */
  constructor(db: SqliteHandle, medium: JournalMedium) {
    this.log = new RecordLog(medium);
    // A new order has no last position; for a closed one the end moves on.
    this.upsertRange = db.prepare(`INSERT INTO journal_ranges VALUES (?1, ?2, NULL)
      ON CONFLICT (order_id) DO UPDATE SET last = ?2 RETURNING first`);
    this.updateRangeEnd = db.prepare('UPDATE journal_ranges SET last = ? WHERE order_id = ?');
    this.selectRange = db.prepare('SELECT first, ifnull(last, 9e15) AS last FROM journal_ranges WHERE order_id = ?');
    this.saveCheckpoint = db.prepare('INSERT OR REPLACE INTO journal_checkpoint VALUES (1, ?, ?)');
    this.restoreIndex(db);
    // An open order may have folded in a seq whose own entry never became durable; it must not be reused.
    const folded = db.prepare(
      "SELECT ifnull(max(json_extract(doc, '$.session.meter.journalSeq')), 0) AS seq FROM orders WHERE open = 1",
    );
    this.topSeq = Math.max(this.log.topSeq, numberOf(folded.get(), 'seq'));
  }

  /** True when writing these records changes the table of ranges, so that `write` needs a transaction around it. */
  needsTransaction(records: readonly JournalRecord[], closedOrders: readonly string[]): boolean {
    if (closedOrders.length > 0) return true;
    if (records.length > 0 && this.log.end - this.checkpointPosition >= CHECKPOINT_INTERVAL_BYTES) return true;
    return records.some(({ latestSeqByOrder: newest }) =>
      [...newest.keys()].some((order) => !this.positionsByOrder.has(order)),
    );
  }

  /**
   * Writes the records of a group durably, and their ranges in the table when `needsTransaction` says so.
   * A crash before the commit leaves entries that nobody was promised.
   * @returns A function to call after the commit; without the call the records count as never written.
   */
  write(records: readonly JournalRecord[], closedOrders: readonly string[], sync: boolean): () => void {
    const inTransaction = this.needsTransaction(records, closedOrders);
    const begin = this.log.end;
    if (inTransaction) this.saveCheckpoint.run(begin, this.log.topSeq);
    const appended = records.length > 0 ? this.log.append(records) : undefined;
    const indexed = this.indexRecords(records, appended?.positions ?? []);
    this.closeRanges(closedOrders, indexed);
    // The table must never name a position that a power failure could lose.
    if (sync || inTransaction) this.log.medium.sync();
    return () => {
      appended?.commit();
      if (inTransaction) this.checkpointPosition = begin;
      for (const [order, position, seq] of indexed) this.addPosition(order, position, seq);
      for (const order of closedOrders) this.positionsByOrder.delete(order);
    };
  }

  /** A page of the entries of an order with `seq > after`, from a position on, so that a long session delays nobody. */
  page(order: string, after: number, from = 0): MeterPage {
    const entries = new Map<number, MeterEntry>();
    const positions = this.positionsByOrder.get(order);
    const next =
      positions === undefined
        ? this.scanRange(order, after, from, entries)
        : this.readPositions(positions, order, after, from, entries);
    return { entries: [...entries.values()], ...(next !== undefined && { next }) };
  }

  private indexRecords(records: readonly JournalRecord[], positions: readonly number[]): [string, number, number][] {
    const found: [string, number, number][] = [];
    const newOrders = new Set<string>();
    records.forEach(({ latestSeqByOrder: newest }, i) => {
      const position = positions[i] ?? 0;
      for (const [order, seq] of newest) {
        if (!this.positionsByOrder.has(order) && !newOrders.has(order)) {
          if (numberOf(this.upsertRange.get(order, position), 'first') !== position) continue;
          newOrders.add(order);
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
    positions: RecordPositions,
    order: string,
    after: number,
    from: number,
    into: Map<number, MeterEntry>,
  ): number | undefined {
    let readCount = 0;
    for (let i = 0; i + 1 < positions.length; i += 2) {
      const position = positions[i] ?? 0;
      if (position < from || (positions[i + 1] ?? 0) <= after) continue;
      if (readCount++ === RECORDS_PER_PAGE) return position;
      collectFromRecord(this.log.recordAt(position), order, after, into);
    }
    return undefined;
  }

  private scanRange(order: string, after: number, from: number, into: Map<number, MeterEntry>): number | undefined {
    const range = this.selectRange.get(order);
    if (range === undefined) return undefined;
    const begin = Math.max(from, numberOf(range, 'first'));
    const last = Math.min(numberOf(range, 'last'), this.log.end - 1);
    const quotedOrder = JSON.stringify(order);
    for (let at = begin, readCount = 0; at <= last;) {
      if (readCount === RECORDS_PER_PAGE || at - begin > BYTES_PER_PAGE) return at;
      const record = this.log.recordAt(at, true);
      at = record.next;
      if (!record.head.includes(quotedOrder)) continue;
      collectFromRecord(record, order, after, into);
      readCount += 1;
    }
    return undefined;
  }

  private addPosition(order: string, position: number, seq: number): void {
    const positions = this.positionsByOrder.get(order);
    if (positions === undefined) this.positionsByOrder.set(order, [position, seq]);
    else positions.push(position, seq);
  }

  /** After a restart: scans the journal from the beginning of the oldest open order. */
  private restoreIndex(db: SqliteHandle): void {
    const open = db.prepare(
      'SELECT order_id, first FROM journal_ranges JOIN orders ON orders.id = order_id WHERE orders.open = 1',
    );
    const checkpoint = db.prepare('SELECT position, seq FROM journal_checkpoint').get();
    this.checkpointPosition = checkpoint === undefined ? 0 : numberOf(checkpoint, 'position');
    let from = this.checkpointPosition;
    for (const row of open.all()) {
      this.positionsByOrder.set(textOf(row, 'order_id'), []);
      from = Math.min(from, numberOf(row, 'first'));
    }
    this.log.open(from, checkpoint === undefined ? 0 : numberOf(checkpoint, 'seq'), (record) => {
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
