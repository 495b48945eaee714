/** Keeps the meter journal of an SQLite store, with an index of the records that contain an order's entries. */
import type { MeterEntry } from '../../ports/stored-records.js';
import { collectEntries, readLatestSeqByOrder, type JournalRecord } from '../journal-records.js';
import { numberOf, textOf, type SqliteHandle, type SqliteStatement } from './connection.js';
import type { JournalMedium } from './journal-medium.js';
import { RecordLog, type DamagedRecord, type LogRecord } from './record-log.js';

/** The records with entries of one order, as flat pairs: position, the order's highest seq in that record. */
type RecordPositions = number[];

/** A page is read in one go. Limits on the records with entries and on the bytes scanned keep that near 10 ms. */
const RECORDS_PER_PAGE = 100;
const BYTES_PER_PAGE = 4 << 20;
/** On start, about this much of the journal is scanned, or more if an open order began earlier. */
const CHECKPOINT_INTERVAL_BYTES = 4 << 20;

export interface DamagedPart extends DamagedRecord {
  readonly file: string;
  /** The open orders whose entries may be lost. */
  readonly orders: readonly string[];
}

export interface MeterPage {
  readonly entries: readonly MeterEntry[];
  /** The position of the next page; absent on the last page. */
  readonly next?: number;
}

/**
 * Keeps meter entries in a separate file. The entries of a batch form one record, and so do the entries of a commit
 * group that belong to no batch; if they are very long, they form several. For open orders the positions of these
 * records are in memory, so that a meter message needs no index write; for closed orders a small table limits the scan.
 */
export class MeterJournal {
  private readonly log: RecordLog;
  private readonly positionsByOrder = new Map<string, RecordPositions>();
  private readonly upsertRange: SqliteStatement;
  private readonly updateRangeEnd: SqliteStatement;
  private readonly selectRange: SqliteStatement;
  private readonly saveCheckpoint: SqliteStatement;
  private checkpointPosition = 0;
  /** The highest seq in the journal or in an open order when the journal was opened. */
  readonly topSeq: number;
  /** The damaged parts that were taken out when the journal was opened. */
  readonly damaged: DamagedPart[] = [];

  /**
   * @errors Throws if the journal is shorter than this database says, for example because it belongs to another
   *         database.
   */
  constructor(db: SqliteHandle, medium: JournalMedium) {
    this.log = new RecordLog(medium);
    // A new order has no last position; an entry after the order has closed moves its last position.
    this.upsertRange = db.prepare(`INSERT INTO journal_ranges VALUES (?1, ?2, NULL)
      ON CONFLICT (order_id) DO UPDATE SET last = ?2 RETURNING first`);
    this.updateRangeEnd = db.prepare('UPDATE journal_ranges SET last = ? WHERE order_id = ?');
    this.selectRange = db.prepare('SELECT first, ifnull(last, 9e15) AS last FROM journal_ranges WHERE order_id = ?');
    this.saveCheckpoint = db.prepare('INSERT OR REPLACE INTO journal_checkpoint VALUES (1, ?, ?)');
    this.restoreIndex(db);
    // An open order may include a seq whose own entry never became durable; that seq must not be reused.
    const folded = db.prepare(
      "SELECT ifnull(max(json_extract(doc, '$.session.meter.journalSeq')), 0) AS seq FROM orders WHERE open = 1",
    );
    this.topSeq = Math.max(this.log.topSeq, numberOf(folded.get(), 'seq'));
  }

  /** Returns whether writing these records also changes a table, so that `write` needs a transaction around it. */
  needsTransaction(records: readonly JournalRecord[], closedOrders: readonly string[]): boolean {
    if (closedOrders.length > 0) return true;
    if (records.length > 0 && this.log.end - this.checkpointPosition >= CHECKPOINT_INTERVAL_BYTES) return true;
    return records.some(({ latestSeqByOrder: newest }) =>
      [...newest.keys()].some((order) => !this.positionsByOrder.has(order)),
    );
  }

  /**
   * Writes the records of a group and, if `needsTransaction` says so, their ranges and a checkpoint. A crash before the
   * commit may leave entries whose callers were never answered.
   * @param sync Whether to sync even outside a transaction.
   * @returns A function to call after the commit; unless it is called, the records count as never written.
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

  /**
   * Reads a page of an order's entries with `seq > after`, beginning at position `from`. Pages keep a long session from
   * blocking other work.
   */
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

  /** Returns the open orders that damaged bytes name; if they name none, all open orders, since any may be affected. */
  private ordersIn(bytes: Buffer): string[] {
    const open = [...this.positionsByOrder.keys()];
    const named = open.filter((order) => bytes.includes(JSON.stringify(order)));
    return named.length > 0 ? named : open;
  }

  private addPosition(order: string, position: number, seq: number): void {
    const positions = this.positionsByOrder.get(order);
    if (positions === undefined) this.positionsByOrder.set(order, [position, seq]);
    else positions.push(position, seq);
  }

  /**
   * Rebuilds the index on start: scans the journal from the last checkpoint, or from the first entry of the oldest open
   * order if that is earlier.
   */
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
    this.log.open(
      from,
      checkpoint === undefined ? 0 : numberOf(checkpoint, 'seq'),
      (record) => {
        for (const [order, seq] of readLatestSeqByOrder(record.head.toString()))
          this.positionsByOrder.get(order)?.push(record.position, seq);
      },
      (part) => this.damaged.push({ ...part, file: this.log.medium.name, orders: this.ordersIn(part.bytes) }),
    );
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
