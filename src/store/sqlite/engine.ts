/** Does all writing to the SQLite database and its meter journal, synchronously. */
import type { Discrepancy } from '../../ports/stored-records.js';
import type { JournalRecord } from '../journal-records.js';
import { numberOf, type SqliteHandle, type SqliteStatement } from './connection.js';
import type { JournalMedium } from './journal-medium.js';
import { MeterJournal, type DamagedPart, type MeterPage } from './meter-journal.js';
import { migrate } from './migrations.js';
import { Reader } from './reads.js';
import { BatchWriter, type EncodedBatch, type WriteFailure } from './writes.js';

/**
 * `full` syncs every commit to disk. With `normal`, the last commits survive a crash of the process but may be lost if
 * the machine crashes.
 */
export type Durability = 'full' | 'normal';

/** The work of one commit group. */
export interface EncodedGroup {
  readonly batches: readonly EncodedBatch[];
  /** Meter entries outside any batch. */
  readonly journal: readonly JournalRecord[];
}

/** The operations that the store calls, in whichever thread the engine runs. */
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
  | 'damagedParts'
>;

/** For each batch of the group, why it was not written; null if it was. */
export type GroupResult = readonly (WriteFailure | null)[];

/** The only writer of its database; it also writes and reads the meter journal. Its methods are synchronous. */
export class Engine {
  private readonly journal: MeterJournal;
  private readonly reader: Reader;
  private readonly writer: BatchWriter;
  private readonly numbers: SqliteStatement;

  /** @errors Throws if a file is damaged, or if a release before 0.2.0 or one with a newer layout wrote it. */
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

  /** The highest seq of a meter entry when the engine was opened. */
  topSeq(): number {
    return this.journal.topSeq;
  }

  /**
   * Writes the group in one transaction; its meter entries are written before the commit and, with `full`, durable
   * before it. A conflicting batch is rolled back alone. A group with only meter entries of known orders usually needs
   * no transaction.
   * @errors Those of SQLite and the file system; nothing of the group counts as written then.
   */
  write({ batches, journal }: EncodedGroup): GroupResult {
    const records = [...journal];
    const closedOrders: string[] = [];
    const metersOnly = batches.every(({ orders, accepted, puts }) => orders.length + puts.length === 0 && !accepted);
    for (const batch of metersOnly ? batches : []) records.push(...batch.journal);
    if (metersOnly && !this.journal.needsTransaction(records, closedOrders)) {
      if (records.length > 0) this.journal.write(records, closedOrders, this.durability === 'full')();
      return batches.map(() => null);
    }
    try {
      this.db.exec('BEGIN IMMEDIATE');
      const results = batches.map((batch) => {
        const failure = this.writer.write(batch);
        if (failure !== undefined) return failure;
        if (!metersOnly) records.push(...batch.journal);
        for (const order of batch.orders) if (!order.open) closedOrders.push(order.id);
        return null;
      });
      const committed =
        records.length + closedOrders.length > 0
          ? this.journal.write(records, closedOrders, this.durability === 'full')
          : () => undefined;
      this.db.exec('COMMIT');
      committed();
      return results;
    } catch (error) {
      this.rollBack();
      throw error;
    }
  }

  readMeterPage(order: string, after: number, from?: number): MeterPage {
    return this.journal.page(order, after, from);
  }

  /** Durably reserves `size` more numbers, and returns the first of them. */
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
    const found = this.reader.discrepancy(id);
    if (found === undefined || found.closedAt !== undefined) return found;
    const closed = { ...found, closedAt: at, closedNote: note };
    this.db.prepare('UPDATE discrepancies SET open = 0, doc = ? WHERE id = ?').run(JSON.stringify(closed), id);
    return closed;
  }

  /** @param doc JSON text. */
  putValue(name: string, doc: string): void {
    this.db.prepare('INSERT OR REPLACE INTO key_values VALUES (?, ?)').run(name, doc);
  }

  /** The damaged parts that were taken out of the meter journal when it was opened. */
  damagedParts(): readonly DamagedPart[] {
    return this.journal.damaged;
  }

  private rollBack(): void {
    try {
      // SQLite may have rolled back by itself, for example on a full disk.
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
    } catch {
      // The first failure is the one to report. A transaction that stays open makes the next group fail visibly.
    }
  }
}
