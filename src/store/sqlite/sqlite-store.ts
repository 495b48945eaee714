import type { Events } from '../../bridge/ports/observe.js';
import type { Clock } from '../../bridge/ports/runtime.js';
import { StoreFault, type Batch, type MeterEntry, type Store } from '../../bridge/ports/store.js';
import type { Json } from '../../domain/order.js';
import { Health } from '../health.js';
import { NumberBlocks } from '../number-blocks.js';
import { TurnQueue, type Turn } from '../turn-queue.js';
import { numberOf, openSqlite, type SqliteHandle, type SqliteStatement } from './handle.js';
import { MeterJournal } from './meter-journal.js';
import { migrate } from './migrations.js';
import { Reader } from './reads.js';
import { becomeSoleOwner } from './sole-owner.js';
import { BatchWriter, encodeBatch, type EncodedBatch } from './writes.js';

export interface SqliteStoreOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  readonly clock: Clock;
  /** `full` syncs every commit to disk; `normal` survives a crash of the process but not of the machine. */
  readonly durability?: 'full' | 'normal';
  /** An open connection to use instead of `path`; it is never closed here. */
  readonly database?: SqliteHandle;
  readonly events?: Events;
}

/** A store that can be left as a crash leaves it. */
export type AbandonableStore = Store & {
  /** Drops what waits unwritten and refuses all further work. */
  abandon(): void;
};

/** Everything in one SQLite file, written once an event-loop turn. */
export function createSqliteStore(options: SqliteStoreOptions): AbandonableStore {
  return new SqliteStore(options);
}

/** What exists only between `start` and `stop`. */
interface Engine {
  readonly db: SqliteHandle;
  readonly reader: Reader;
  readonly writer: BatchWriter;
  readonly journal: MeterJournal;
  readonly reserve: SqliteStatement;
}

class SqliteStore implements AbandonableStore {
  private engine: Engine | undefined;
  private lock: SqliteHandle | undefined;
  private readonly queue: TurnQueue<EncodedBatch>;
  private readonly health: Health;
  private readonly numbers: NumberBlocks;

  constructor(private readonly options: SqliteStoreOptions) {
    this.queue = new TurnQueue(options.clock, (turn) => this.write(turn));
    this.health = new Health('sqlite', options.clock, options.events, () => void this.reserve('probe', 1));
    this.numbers = new NumberBlocks(async (size) =>
      this.change('reserve numbers', () => this.reserve('transactionId', size)),
    );
  }

  /** @errors StoreFault when the file cannot be opened, is damaged, in use, or belongs to a newer release. */
  async start(): Promise<void> {
    let db: SqliteHandle | undefined;
    try {
      const { database, path } = this.options;
      if (database === undefined && path !== ':memory:') this.lock = becomeSoleOwner(path);
      db = database ?? openSqlite(path);
      const synchronous = this.options.durability === 'normal' ? 'NORMAL' : 'FULL';
      db.exec(`PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};
        PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 67108864`);
      migrate(db);
      const reserve = db.prepare(`INSERT INTO numbers VALUES (?1, 1 + ?2)
        ON CONFLICT (name) DO UPDATE SET next = next + ?2 RETURNING next - ?2 AS first`);
      const [reader, writer, journal] = [
        new Reader(db),
        new BatchWriter(db),
        new MeterJournal(db, () => new Promise((done) => this.options.clock.soon(done))),
      ];
      this.engine = { db, reader, writer, journal, reserve };
    } catch (error) {
      if (this.options.database === undefined) db?.close();
      this.unlock();
      throw this.health.failed(error, `open ${this.options.path}`);
    }
    this.queue.open();
    this.health.succeeded();
  }

  async stop(): Promise<void> {
    await this.queue.close();
    this.end();
  }

  abandon(): void {
    this.queue.abandon();
    this.end();
  }

  healthy(): boolean {
    return this.health.healthy();
  }

  async commit(batch: Batch): Promise<void> {
    return this.queue.commit(encodeBatch(batch));
  }

  appendMeter(entry: MeterEntry): Promise<void> {
    return this.queue.append(entry);
  }

  nextJournalSeq(): number {
    return this.running().journal.nextSeq();
  }

  async meterOf(orderId: string, after = 0): Promise<MeterEntry[]> {
    return this.read('read the meter log', ({ journal }) => journal.entriesOf(orderId, after));
  }

  async nextNumber(_name: 'transactionId'): Promise<number> {
    this.running();
    return this.numbers.take();
  }

  order = (id: string) => this.ask((r) => r.order(id));
  orderByTransaction = (bapId: string, txn: string) => this.ask((r) => r.orderByTransaction(bapId, txn));
  orderByIdTag = (idTag: string) => this.ask((r) => r.orderByIdTag(idTag));
  openOrders = () => this.ask((r) => r.openOrders());
  listOrders: Store['listOrders'] = (page) => this.ask((r) => r.listOrders(page));
  request = (key: string) => this.ask((r) => r.request(key));
  owedRequests = () => this.ask((r) => r.owedRequests());
  transaction = (chargePointId: string, id: string) => this.ask((r) => r.transaction(chargePointId, id));
  transactionByStartKey = (startKey: string) => this.ask((r) => r.transactionByStartKey(startKey));
  listTransactions: Store['listTransactions'] = (page) => this.ask((r) => r.listTransactions(page));
  chargePoint = (id: string) => this.ask((r) => r.chargePoint(id));
  listChargePoints = () => this.ask((r) => r.listChargePoints());
  listRows: Store['listRows'] = (page) => this.ask((r) => r.listRows(page));
  note = (id: string) => this.ask((r) => r.note(id));
  listNotes: Store['listNotes'] = (page) => this.ask((r) => r.listNotes(page));
  value = (name: string) => this.ask((r) => r.value(name));
  values = (prefix: string) => this.ask((r) => r.values(prefix));

  async expireDrafts(before: number): Promise<number> {
    const sql = "DELETE FROM orders WHERE state = 'draft' AND open = 0 AND updated_at < ?";
    return this.change('expire drafts', ({ db }) => Number(db.prepare(sql).run(before).changes));
  }

  async expireRequests(before: number): Promise<number> {
    const sql = 'DELETE FROM requests WHERE owed = 0 AND received_at < ?';
    return this.change('expire requests', ({ db }) => Number(db.prepare(sql).run(before).changes));
  }

  async expireNotes(before: number): Promise<number> {
    const sql = 'DELETE FROM notes WHERE at < ?';
    return this.change('expire notes', ({ db }) => Number(db.prepare(sql).run(before).changes));
  }

  closeRow: Store['closeRow'] = async (id, note, at) =>
    this.change('close a row', ({ db, reader }) => {
      const row = reader.reconciliationRow(id);
      if (row === undefined || row.closedAt !== undefined) return row;
      const closed = { ...row, closedAt: at, closedNote: note };
      db.prepare('UPDATE rows SET open = 0, doc = ? WHERE id = ?').run(JSON.stringify(closed), id);
      return closed;
    });

  async putValue(name: string, value: Json): Promise<void> {
    const sql = 'INSERT OR REPLACE INTO vals VALUES (?, ?)';
    this.change('keep a value', ({ db }) => void db.prepare(sql).run(name, JSON.stringify(value)));
  }

  /** One transaction for the whole turn; a batch that conflicts is taken back alone. */
  private write(turn: Turn<EncodedBatch>): void {
    const settle: (() => void)[] = [];
    const entries = turn.entries;
    const closed: string[] = [];
    const { db, writer, journal } = this.running();
    try {
      db.exec('BEGIN IMMEDIATE');
      for (const { batch, done, failed } of turn.waiting) {
        const obstacle = writer.write(batch);
        if (obstacle !== undefined) {
          settle.push(() => failed(obstacle));
          continue;
        }
        entries.push(...batch.meter);
        for (const order of batch.orders) if (!order.open) closed.push(order.id);
        settle.push(done);
      }
      const indexed = journal.write(entries, closed);
      db.exec('COMMIT');
      indexed();
    } catch (error) {
      const fault = this.health.failed(error, 'write');
      this.rollBack(db);
      for (const { failed } of turn.waiting) failed(fault);
      turn.appended?.failed(fault);
      return;
    }
    this.health.succeeded();
    for (const tell of settle) tell();
    turn.appended?.done();
  }

  private rollBack(db: SqliteHandle): void {
    try {
      // A full disk has ended the transaction already.
      if (db.isTransaction) db.exec('ROLLBACK');
    } catch (error) {
      this.health.failed(error, 'roll back');
    }
  }

  private reserve(name: string, size: number): number {
    return numberOf(this.running().reserve.get(name, size), 'first');
  }

  private ask<T>(question: (reader: Reader) => T): Promise<T> {
    return this.read('read', ({ reader }) => question(reader));
  }

  private async read<T>(doing: string, work: (engine: Engine) => T | Promise<T>): Promise<T> {
    const engine = this.running();
    try {
      return await work(engine);
    } catch (error) {
      if (error instanceof RangeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreFault(`sqlite could not ${doing}: ${reason}`, { cause: error });
    }
  }

  /** A small write of its own, outside the turn: rare ones only, each costs a sync. */
  private change<T>(doing: string, work: (engine: Engine) => T): T {
    const engine = this.running();
    try {
      const result = work(engine);
      this.health.succeeded();
      return result;
    } catch (error) {
      throw this.health.failed(error, doing);
    }
  }

  private running(): Engine {
    if (this.engine === undefined) throw new StoreFault('the store is not running');
    return this.engine;
  }

  private end(): void {
    this.health.retire();
    const db = this.engine?.db;
    this.engine = undefined;
    if (this.options.database === undefined) db?.close();
    this.unlock();
  }

  private unlock(): void {
    this.lock?.close();
    this.lock = undefined;
  }
}
