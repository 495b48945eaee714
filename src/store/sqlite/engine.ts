import type { Discrepancy } from '../../ports/store.js';
import type { JournalRecord } from '../journal-records.js';
import { numberOf, type SqliteHandle, type SqliteStatement } from './connection.js';
import type { JournalMedium } from './journal-medium.js';
import { MeterJournal, type MeterPage } from './meter-journal.js';
import { migrate } from './migrations.js';
import { Reader } from './reads.js';
import { BatchWriter, type EncodedBatch, type WriteFailure } from './writes.js';

/** `full` syncs every commit to disk; `normal` survives a crash of the process but not of the machine. */
export type Durability = 'full' | 'normal';

/** The work of one event-loop turn. */
export interface EncodedGroup {
  readonly batches: readonly EncodedBatch[];
  /** Meter entries that came without a batch. */
  readonly journal: readonly JournalRecord[];
}

/** What the store asks of its engine, wherever that works. */
export type EngineApi = Pick<
  Engine,
  | 'write'
  | 'readMeterPage'
  | 'reserve'
  | 'expireDrafts'
  | 'expireRequests'
  | 'expireLogEntries'
  | 'closeDiscrepancy'
  | 'putValue'
>;

/** For each batch of the turn what stood in its way, or null: it is written. */
export type GroupResult = readonly (WriteFailure | null)[];

/** Everything that writes, and reads the meter journal: synchronous, and the only one of its database. */
export class Engine {
  private readonly journal: MeterJournal;
  private readonly reader: Reader;
  private readonly writer: BatchWriter;
  private readonly numbers: SqliteStatement;

  /** @errors The engine's own, when the files are damaged, or belong to a newer release. */
  constructor(
    private readonly db: SqliteHandle,
    medium: JournalMedium,
    private readonly durability: Durability,
  ) {
    const synchronous = durability === 'normal' ? 'NORMAL' : 'FULL';
    db.exec(`PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};
      PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 67108864`);
    migrate(db);
    this.numbers = db.prepare(`INSERT INTO numbers VALUES (?1, 1 + ?2)
      ON CONFLICT (name) DO UPDATE SET next = next + ?2 RETURNING next - ?2 AS first`);
    this.reader = new Reader(db);
    this.writer = new BatchWriter(db);
    this.journal = new MeterJournal(db, medium);
  }

  /** The highest number of a meter entry so far. */
  topSeq(): number {
    return this.journal.topSeq;
  }

  /**
   * One transaction for the whole turn, its meter entries durable before it is committed; a batch that conflicts is taken
   * back alone. A turn of nothing but entries of known orders needs no transaction.
   * @errors The engine's own; then nothing of the turn is written.
   */
  write({ batches, journal: rows }: EncodedGroup): GroupResult {
    const entries = [...rows];
    const closed: string[] = [];
    const plain = batches.every(({ orders, puts }) => orders.length === 0 && puts.length === 0);
    for (const { journal: meter } of plain ? batches : []) entries.push(...meter);
    if (plain && !this.journal.needsTransaction(entries, closed)) {
      if (entries.length > 0) this.journal.write(entries, closed, this.durability === 'full')();
      return batches.map(() => null);
    }
    try {
      this.db.exec('BEGIN IMMEDIATE');
      const answer = batches.map((batch) => {
        const obstacle = this.writer.write(batch);
        if (obstacle !== undefined) return obstacle;
        if (!plain) entries.push(...batch.journal);
        for (const order of batch.orders) if (!order.open) closed.push(order.id);
        return null;
      });
      const indexed =
        entries.length + closed.length > 0
          ? this.journal.write(entries, closed, this.durability === 'full')
          : () => undefined;
      this.db.exec('COMMIT');
      indexed();
      return answer;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  readMeterPage(order: string, after: number, from?: number): MeterPage {
    return this.journal.page(order, after, from);
  }

  /** Makes `size` more numbers durable as taken. @returns The first of them. */
  reserve(name: string, size: number): number {
    return numberOf(this.numbers.get(name, size), 'first');
  }

  expireDrafts(before: number): number {
    const sql = "DELETE FROM orders WHERE state = 'draft' AND open = 0 AND updated_at < ?";
    return Number(this.db.prepare(sql).run(before).changes);
  }

  expireRequests(before: number): number {
    return Number(this.db.prepare('DELETE FROM requests WHERE owed = 0 AND received_at < ?').run(before).changes);
  }

  expireLogEntries(before: number): number {
    return Number(this.db.prepare('DELETE FROM charge_point_log WHERE at < ?').run(before).changes);
  }

  closeDiscrepancy(id: string, note: string, at: number): Discrepancy | undefined {
    const row = this.reader.discrepancy(id);
    if (row === undefined || row.closedAt !== undefined) return row;
    const closed = { ...row, closedAt: at, closedNote: note };
    this.db.prepare('UPDATE discrepancies SET open = 0, doc = ? WHERE id = ?').run(JSON.stringify(closed), id);
    return closed;
  }

  /** @param doc JSON text. */
  putValue(name: string, doc: string): void {
    this.db.prepare('INSERT OR REPLACE INTO key_values VALUES (?, ?)').run(name, doc);
  }

  private rollBack(): void {
    try {
      // A full disk has ended the transaction already.
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
    } catch {
      // What failed first is what is told; a transaction left open fails the next turn, and says so.
    }
  }
}
