/** Implements the store on MongoDB, through mongoose. */
import { hostname } from 'node:os';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { StoreFault, type Batch, type Store } from '../../ports/store.js';
import { type MeterEntry } from '../../ports/stored-records.js';
import type { Json } from '../../domain/model/object.js';
import { StoreHealth } from '../store-health.js';
import { MAX_NUMBER, NumberBlocks, type OnNumbersReserved, skipNumbers } from '../number-blocks.js';
import { GroupCommitQueue, type CommitGroup } from '../group-commit.js';
import { checkLayout, ensureIndexes } from './collections.js';
import { FencedWrites, isOutOfTime } from './fenced-writes.js';
import { addFilterKeys } from './filter-keys.js';
import { fenceOrders, Lease } from './lease.js';
import { type DatabaseConnection, ReopeningConnection } from './reopening-connection.js';
import { removeBlocks } from './pending.js';
import { Reader } from './reads.js';
import { raiseSequence, reserveNumbers } from './sequences.js';
import { prepareBatch, type PreparedBatch } from './stored-forms.js';
import { GroupWriter } from './write-group.js';

export interface MongoStoreOptions {
  /** `mongodb://…/database`; a standalone server works, but a replica set is better. */
  readonly uri: string;
  readonly clock: Clock;
  readonly events?: Events;
  /** How long to wait at startup for another process to give up the database, ms. */
  readonly leaseWaitMs?: number;
  /** How long the lease is valid without a renewal, ms; 8 s by default. */
  readonly leaseMs?: number;
  /** Called once if another process takes over the database. This process can then only exit. */
  readonly onLeaseLost?: (reason: string) => void;
  readonly onNumbersReserved?: OnNumbersReserved;
  /** Opens the connection; by default one to the server at `uri`. */
  readonly connect?: (uri: string, onDisconnected: () => void) => Promise<DatabaseConnection>;
}

/** How many journal numbers one write reserves; a restart skips fewer than one and a half times as many. */
const JOURNAL_BLOCK_SIZE = 100_000;
/** Long enough for the lease of a killed process to run out. */
const DEFAULT_LEASE_WAIT_MS = 10_000;

/** The parts that exist only between `start` and `stop`. */
interface OpenDatabase {
  readonly source: DatabaseConnection;
  readonly reader: Reader;
  readonly writes: FencedWrites;
  readonly writer: GroupWriter;
  readonly lease: Lease;
}

/**
 * Creates a store in MongoDB. Work of one event-loop turn is written together; no transactions or sessions are needed.
 */
export function createMongoStore(options: MongoStoreOptions): Store & { abandon(): void } {
  return new MongoStore(options);
}

class MongoStore implements Store {
  private database: OpenDatabase | undefined;
  private readonly queue: GroupCommitQueue<PreparedBatch>;
  private readonly health: StoreHealth;
  private readonly numbers: NumberBlocks;
  private readonly journalNumbers: NumberBlocks;

  constructor(private readonly options: MongoStoreOptions) {
    this.queue = new GroupCommitQueue(options.clock, (group) => this.write(group));
    const { clock, events } = options;
    this.health = new StoreHealth('mongo', clock, events, async () => void (await this.reserve('probe', 1)));
    const reserveIds = (size: number) => this.update('reserve numbers', () => this.reserve('transactionId', size));
    this.numbers = new NumberBlocks(reserveIds, { max: MAX_NUMBER, onReserved: options.onNumbersReserved });
    const reserveJournal = (size: number) => this.reserve('journalSeq', size);
    this.journalNumbers = new NumberBlocks(reserveJournal, { size: JOURNAL_BLOCK_SIZE });
  }

  /**
   * @errors StoreFault if no server answers within five seconds, the server refuses, a release before 0.2.0 or one with
   *         a newer layout wrote the database, or another process has it.
   */
  async start(): Promise<void> {
    const { clock, leaseWaitMs: waitMs = DEFAULT_LEASE_WAIT_MS, leaseMs } = this.options;
    const { connect = ReopeningConnection.open } = this.options;
    const holderName = `process ${process.pid} on ${hostname()}`;
    const onLost = (reason: string): void => this.leaseLost(reason);
    const lease = new Lease({ clock, holderName, waitMs, ...(leaseMs !== undefined && { leaseMs }), onLost });
    const onCut = () => void this.health.reportFailure(new Error('the connection is lost'), 'reach the server');
    const since = this.health.failures();
    let source: DatabaseConnection | undefined;
    try {
      source = await connect(this.options.uri, onCut);
      const { collections } = source;
      await checkLayout(collections);
      await ensureIndexes(collections);
      await lease.acquire(source);
      await fenceOrders(collections, lease.epoch);
      const writes = new FencedWrites({ source, lease });
      await addFilterKeys(writes);
      const writer = new GroupWriter({ writes, lease });
      await removeBlocks(writes);
      await writer.complete();
      const reader = new Reader(source, () => writer.reportIncomplete());
      this.database = { source, reader, writes, writer, lease };
      await raiseSequence(writes, 'journalSeq', await reader.lastJournalSeq());
      await this.journalNumbers.restart();
    } catch (error) {
      this.database = undefined;
      await lease.release().catch(() => undefined);
      await source?.close();
      throw this.health.reportFailure(error, 'open the database');
    }
    this.queue.open();
    this.health.reportSuccess(since);
    this.numbers.reserveAhead();
  }

  async stop(): Promise<void> {
    await this.queue.close();
    await this.database?.lease.release().catch(() => undefined);
    await this.shutDown();
  }

  abandon(): void {
    this.queue.discard();
    void this.shutDown().catch(() => {});
  }

  isHealthy(): boolean {
    return this.health.healthy();
  }

  async commit(batch: Batch): Promise<void> {
    return this.queue.commit(prepareBatch(batch));
  }

  appendMeterEntry(entry: MeterEntry): Promise<void> {
    return this.queue.append(entry);
  }

  nextJournalSeq(): number {
    this.openDatabase();
    return this.journalNumbers.takeNow();
  }

  async nextNumber(_name: 'transactionId'): Promise<number> {
    this.openDatabase();
    return this.numbers.take();
  }

  reservedNumber(_name: 'transactionId'): number | undefined {
    this.openDatabase();
    return this.numbers.takeReserved();
  }

  async skipNumbers(name: 'transactionId', floor: number): Promise<void> {
    await this.numbers.discard();
    return this.update('skip numbers', () => skipNumbers((size) => this.reserve(name, size), floor));
  }

  meterEntriesOf = (orderId: string, after = 0) => this.query((r) => r.meterEntriesOf(orderId, after));
  order = (id: string) => this.query((r) => r.order(id));
  orderByTransaction = (buyer: string, txn: string) => this.query((r) => r.orderByTransaction(buyer, txn));
  orderByIdTag = (idTag: string) => this.query((r) => r.orderByIdTag(idTag));
  orderByPayment = (providerReference: string) => this.query((r) => r.orderByPayment(providerReference));
  openOrders = () => this.query((r) => r.openOrders());
  listOrders: Store['listOrders'] = (page) => this.query((r) => r.listOrders(page));
  request = (key: string) => this.query((r) => r.request(key));
  owedRequests = () => this.query((r) => r.owedRequests());
  transaction = (chargePointId: string, id: string) => this.query((r) => r.transaction(chargePointId, id));
  transactionByStartKey = (startKey: string) => this.query((r) => r.transactionByStartKey(startKey));
  listTransactions: Store['listTransactions'] = (page) => this.query((r) => r.listTransactions(page));
  chargePoint = (id: string) => this.query((r) => r.chargePoint(id));
  listChargePoints = () => this.query((r) => r.listChargePoints());
  discrepancy = (id: string) => this.query((r) => r.discrepancy(id));
  listDiscrepancies: Store['listDiscrepancies'] = (page) => this.query((r) => r.listDiscrepancies(page));
  listRatings: Store['listRatings'] = (page) => this.query((r) => r.listRatings(page));
  listAudit: Store['listAudit'] = (page) => this.query((r) => r.listAudit(page));
  listLedger: Store['listLedger'] = (page) => this.query((r) => r.listLedger(page));
  logEntry = (id: string) => this.query((r) => r.logEntry(id));
  listLogEntries: Store['listLogEntries'] = (page) => this.query((r) => r.listLogEntries(page));
  value = (name: string) => this.query((r) => r.value(name));
  values = (prefix: string) => this.query((r) => r.values(prefix));

  expireDrafts(before: number): Promise<number> {
    const filter = { state: 'draft', open: false, updatedAt: { $lt: before } };
    return this.update('expire drafts', (writes) => writes.delete(writes.collections.orders, filter));
  }

  expireRequests(before: number): Promise<number> {
    const filter = { owed: false, receivedAt: { $lt: before } };
    return this.update('expire requests', (writes) => writes.delete(writes.collections.requests, filter));
  }

  expireLogEntries(before: number): Promise<number> {
    const filter = { at: { $lt: before } };
    return this.update('expire log entries', (writes) => writes.delete(writes.collections.chargePointLog, filter));
  }

  closeDiscrepancy: Store['closeDiscrepancy'] = async (id, note, at) => {
    const found = await this.query((r) => r.discrepancy(id));
    if (found === undefined || found.closedAt !== undefined) return found;
    const closed = { ...found, closedAt: at, closedNote: note };
    const fields = { open: false, doc: { $literal: JSON.stringify(closed) } };
    await this.update('close a discrepancy', (writes) =>
      writes.change(writes.collections.discrepancies, { _id: id, open: true }, fields),
    );
    return this.query((r) => r.discrepancy(id));
  };

  async putValue(name: string, value: Json): Promise<void> {
    const document = { _id: name, doc: JSON.stringify(value) };
    await this.update('store a value', (writes) => {
      const { values } = writes.collections;
      return writes.put(values, [{ ...document, written: writes.nextNumber() }]);
    });
  }

  private async write(group: CommitGroup<PreparedBatch>): Promise<void> {
    const since = this.health.failures();
    try {
      const { lease, writer } = this.openDatabase();
      await lease.ensureHeld();
      await writer.write(group);
      this.health.reportSuccess(since);
    } catch (error) {
      // Callers that already have a result keep it.
      const fault = await this.faultAfter(error, 'write');
      for (const { reject } of group.commits) reject(fault);
      group.append?.reject(fault);
    }
  }

  private leaseLost(reason: string): void {
    this.options.events?.emit('store.lease-lost', { reason });
    this.options.onLeaseLost?.(reason);
  }

  private async reserve(name: string, size: number): Promise<number> {
    return reserveNumbers(this.openDatabase().writes, name, size);
  }

  private async query<T>(question: (reader: Reader) => Promise<T>): Promise<T> {
    const { reader, writer } = this.openDatabase();
    // An empty commit waits for the running group and then completes what a failed one left incomplete.
    const complete = async (): Promise<void> => {
      if (writer.mayBeIncomplete) await this.queue.commit(prepareBatch({}));
    };
    await complete();
    try {
      const answer = await question(reader);
      // The answer may include an order whose other records are not in their collections yet.
      await complete();
      return answer;
    } catch (error) {
      if (error instanceof RangeError || error instanceof StoreFault) throw error;
      this.database?.source.reopenAfter(error);
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreFault(`mongo could not read: ${reason}`, { cause: error });
    }
  }

  /** Makes a small write outside the commit groups. */
  private async update<T>(operation: string, work: (writes: FencedWrites) => Promise<T>): Promise<T> {
    const { writes, lease } = this.openDatabase();
    const since = this.health.failures();
    try {
      await lease.ensureHeld();
      const result = await work(writes);
      this.health.reportSuccess(since);
      return result;
    } catch (error) {
      lease.reportFailedWrite();
      throw await this.faultAfter(error, operation);
    }
  }

  private async faultAfter(error: unknown, operation: string): Promise<StoreFault> {
    const { lease, source } = this.database ?? {};
    source?.reopenAfter(error);
    // A write past its deadline: the database was slow, or another process has taken over. The renewal finds out which.
    if (isOutOfTime(error)) await lease?.renew().catch(() => undefined);
    return this.health.reportFailure(error, operation);
  }

  private openDatabase(): OpenDatabase {
    if (this.database === undefined) throw new StoreFault('the store is not running');
    return this.database;
  }

  private async shutDown(): Promise<void> {
    this.health.stop();
    const engine = this.database;
    this.database = undefined;
    engine?.lease.abandon();
    await engine?.source.close();
  }
}
