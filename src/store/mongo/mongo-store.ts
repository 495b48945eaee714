import mongoose, { type Connection } from 'mongoose';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { StoreFault, type Batch, type MeterEntry, type Store } from '../../ports/store.js';
import type { Json } from '../../domain/model/order.js';
import { Health } from '../store-health.js';
import { NumberBlocks } from '../number-blocks.js';
import { TurnQueue, type Turn } from '../group-commit.js';
import { collectionsOn, connect, ensureIndexes, type Collections } from './collections.js';
import { Reader } from './reads.js';
import { duplicateIndex, storedOrder, writeTurn, type PreparedBatch } from './write-group.js';

export interface MongoStoreOptions {
  /** `mongodb://…/database`; a standalone server will do, a replica set is better. */
  readonly uri: string;
  readonly clock: Clock;
  readonly events?: Events;
}

/** What exists only between `start` and `stop`. */
interface Engine {
  readonly connection: Connection;
  readonly collections: Collections;
  readonly reader: Reader;
}

/** Everything in MongoDB collections, written once an event-loop turn; no transactions or sessions are needed. */
export function createMongoStore(options: MongoStoreOptions): Store & { abandon(): void } {
  return new MongoStore(options);
}

class MongoStore implements Store {
  private engine: Engine | undefined;
  private seq = 0;
  private readonly queue: TurnQueue<PreparedBatch>;
  private readonly health: Health;
  private readonly numbers: NumberBlocks;

  constructor(private readonly options: MongoStoreOptions) {
    this.queue = new TurnQueue(options.clock, (turn) => this.write(turn));
    this.health = new Health('mongo', options.clock, options.events, async () => void (await this.reserve('probe', 1)));
    this.numbers = new NumberBlocks((size) =>
      this.change('reserve numbers', () => this.reserve('transactionId', size)),
    );
  }

  /** @errors StoreFault when no server answers within five seconds, or it refuses. */
  async start(): Promise<void> {
    let connection: Connection | undefined;
    try {
      connection = await connect(this.options.uri);
      const collections = collectionsOn(connection);
      await ensureIndexes(collections);
      const reader = new Reader(collections);
      this.seq = await reader.lastJournalSeq();
      this.engine = { connection, collections, reader };
    } catch (error) {
      await connection?.destroy(true);
      throw this.health.failed(error, 'open the database');
    }
    connection.on(
      'disconnected',
      () => void this.health.failed(new Error('the connection is lost'), 'reach the server'),
    );
    this.queue.open();
    this.health.succeeded();
  }

  async stop(): Promise<void> {
    await this.queue.close();
    await this.end();
  }

  abandon(): void {
    this.queue.abandon();
    void this.end().catch(() => {});
  }

  healthy(): boolean {
    return this.health.healthy();
  }

  async commit(batch: Batch): Promise<void> {
    return this.queue.commit({ batch, orders: (batch.orders ?? []).map(storedOrder) });
  }

  appendMeter(entry: MeterEntry): Promise<void> {
    return this.queue.append(entry);
  }

  nextJournalSeq(): number {
    this.running();
    return ++this.seq;
  }

  async nextNumber(_name: 'transactionId'): Promise<number> {
    this.running();
    return this.numbers.take();
  }

  meterOf = (orderId: string, after = 0) => this.ask((r) => r.meterOf(orderId, after));
  order = (id: string) => this.ask((r) => r.order(id));
  orderByTransaction = (bapId: string, txn: string) => this.ask((r) => r.orderByTransaction(bapId, txn));
  orderByIdTag = (idTag: string) => this.ask((r) => r.orderByIdTag(idTag));
  orderByPayment = (providerReference: string) => this.ask((r) => r.orderByPayment(providerReference));
  openOrders = () => this.ask((r) => r.openOrders());
  listOrders: Store['listOrders'] = (page) => this.ask((r) => r.listOrders(page));
  request = (key: string) => this.ask((r) => r.request(key));
  owedRequests = () => this.ask((r) => r.owedRequests());
  transaction = (chargePointId: string, id: string) => this.ask((r) => r.transaction(chargePointId, id));
  transactionByStartKey = (startKey: string) => this.ask((r) => r.transactionByStartKey(startKey));
  listTransactions: Store['listTransactions'] = (page) => this.ask((r) => r.listTransactions(page));
  chargePoint = (id: string) => this.ask((r) => r.chargePoint(id));
  listChargePoints = () => this.ask((r) => r.listChargePoints());
  reconciliationRow = (id: string) => this.ask((r) => r.reconciliationRow(id));
  listRows: Store['listRows'] = (page) => this.ask((r) => r.listRows(page));
  listRatings: Store['listRatings'] = (page) => this.ask((r) => r.listRatings(page));
  listLedger: Store['listLedger'] = (page) => this.ask((r) => r.listLedger(page));
  note = (id: string) => this.ask((r) => r.note(id));
  listNotes: Store['listNotes'] = (page) => this.ask((r) => r.listNotes(page));
  value = (name: string) => this.ask((r) => r.value(name));
  values = (prefix: string) => this.ask((r) => r.values(prefix));

  expireDrafts(before: number): Promise<number> {
    const filter = { state: 'draft', open: false, updatedAt: mongoose.trusted({ $lt: before }) };
    return this.change('expire drafts', async ({ orders }) => (await orders.deleteMany(filter)).deletedCount);
  }

  expireRequests(before: number): Promise<number> {
    const filter = { owed: false, receivedAt: mongoose.trusted({ $lt: before }) };
    return this.change('expire requests', async ({ requests }) => (await requests.deleteMany(filter)).deletedCount);
  }

  expireNotes(before: number): Promise<number> {
    const filter = { at: mongoose.trusted({ $lt: before }) };
    return this.change('expire notes', async ({ notes }) => (await notes.deleteMany(filter)).deletedCount);
  }

  closeRow: Store['closeRow'] = async (id, note, at) => {
    const row = await this.ask((r) => r.reconciliationRow(id));
    if (row === undefined || row.closedAt !== undefined) return row;
    const closed = { ...row, closedAt: at, closedNote: note };
    const fields = { open: false, doc: JSON.stringify(closed) };
    await this.change('close a row', ({ rows }) => rows.updateOne({ _id: id, open: true }, { $set: fields }));
    return this.ask((r) => r.reconciliationRow(id));
  };

  async putValue(name: string, value: Json): Promise<void> {
    const fields = { doc: JSON.stringify(value) };
    await this.change('keep a value', ({ values }) => values.replaceOne({ _id: name }, fields, { upsert: true }));
  }

  private async write(turn: Turn<PreparedBatch>): Promise<void> {
    try {
      await writeTurn(this.running().collections, turn);
      this.health.succeeded();
    } catch (error) {
      // Whoever was told already stays told.
      const fault = this.health.failed(error, 'write');
      for (const { failed } of turn.waiting) failed(fault);
      turn.appended?.failed(fault);
    }
  }

  private async reserve(name: string, size: number): Promise<number> {
    const { numbers } = this.running().collections;
    const options = { upsert: true, returnDocument: 'before' } as const;
    const take = () => numbers.findOneAndUpdate({ _id: name }, { $inc: { taken: size } }, options).lean();
    // Two nodes that both make the first entry: one of them meets the other's.
    const before = await take().catch((error: unknown) => {
      if (duplicateIndex(error) !== '_id_') throw error;
      return take();
    });
    return (before?.taken ?? 0) + 1;
  }

  private async ask<T>(question: (reader: Reader) => Promise<T>): Promise<T> {
    const { reader } = this.running();
    try {
      return await question(reader);
    } catch (error) {
      if (error instanceof RangeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreFault(`mongo could not read: ${reason}`, { cause: error });
    }
  }

  /** A small write of its own, outside the turn. */
  private async change<T>(doing: string, work: (collections: Collections) => Promise<T>): Promise<T> {
    const { collections } = this.running();
    try {
      const result = await work(collections);
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

  private async end(): Promise<void> {
    this.health.retire();
    const engine = this.engine;
    this.engine = undefined;
    await engine?.connection.destroy(true);
  }
}
