import type { Events } from '../../ports/events.js';
import { type Clock, nextTurn } from '../../ports/runtime.js';
import { StoreFault, type Batch, type Page, type Store } from '../../ports/store.js';
import type { ChargePointRecord, MeterEntry } from '../../ports/stored-records.js';
import type { Json } from '../../domain/model/object.js';
import { StoreHealth } from '../store-health.js';
import { sortedBySeq, toJournalRecords } from '../journal-records.js';
import { MAX_NUMBER, NumberBlocks, type OnNumbersReserved, skipNumbers } from '../number-blocks.js';
import { GroupCommitQueue, type CommitGroup } from '../group-commit.js';
import { createInlineEngine, type EngineResult } from './engine-port.js';
import type { Durability, GroupResult, EngineApi } from './engine.js';
import { openSqlite, type SqliteHandle } from './connection.js';
import { reportDamagedParts, withWayOut } from './damage.js';
import { openFile, type OpenStore } from './open-file.js';
import { createMemoryJournal, type JournalMedium } from './journal-medium.js';
import { listInSlices } from '../lists/list-slices.js';
import * as lists from '../lists/sql-page.js';
import { Reader } from './reads.js';
import { encodeBatch, toError, type EncodedBatch } from './writes.js';

/** How many records of a long list are read in one event-loop turn. */
const PAGE_SIZE = 500;

export interface SqliteStoreOptions {
  /** A file, whose meter journal is `<path>-meter`, or `:memory:`. */
  readonly path: string;
  readonly clock: Clock;
  readonly durability?: Durability;
  /** An open connection to use instead of `path`; the store never closes it. */
  readonly database?: SqliteHandle;
  /** The meter journal that belongs to `database`; the two must be kept together. */
  readonly journal?: JournalMedium;
  readonly events?: Events;
  readonly onNumbersReserved?: OnNumbersReserved;
}

/** A store that tests can abandon to simulate a crash. */
export type AbandonableStore = Store & {
  /** Drops the unwritten work and refuses further work. */
  abandon(): void;
};

/** Creates a store in one SQLite file and one meter journal. Work of one event-loop turn is written together. */
export function createSqliteStore(options: SqliteStoreOptions): AbandonableStore {
  return new SqliteStore(options);
}

class SqliteStore implements AbandonableStore {
  private opened: OpenStore | undefined;
  private stopped = false;
  private seq = 0;
  private readonly queue: GroupCommitQueue<EncodedBatch>;
  private readonly health: StoreHealth;
  private readonly numbers: NumberBlocks;

  constructor(private readonly options: SqliteStoreOptions) {
    this.queue = new GroupCommitQueue(options.clock, (group) => this.write(group));
    this.health = new StoreHealth('sqlite', options.clock, options.events, () => this.probe());
    const reserve = (size: number) => this.update('reserve numbers', 'reserve', 'transactionId', size);
    this.numbers = new NumberBlocks(reserve, { max: MAX_NUMBER, onReserved: options.onNumbersReserved });
  }

  /**
   * @errors StoreFault if a file cannot be opened, is damaged, is in use, or was written by a release before 0.2.0 or
   *         by a newer release.
   */
  async start(): Promise<void> {
    const since = this.health.failures();
    try {
      const opening = this.open();
      this.opened = opening instanceof Promise ? await opening : opening;
    } catch (error) {
      throw this.health.reportFailure(withWayOut(error), `open ${this.options.path}`);
    }
    if (this.stopped) return this.shutDown();
    this.seq = this.opened.engine.topSeq();
    this.queue.open();
    this.health.reportSuccess(since);
    await reportDamagedParts(this, this.opened.engine, this.options);
    this.numbers.reserveAhead();
  }

  async stop(): Promise<void> {
    await this.queue.close();
    await this.shutDown();
  }

  abandon(): void {
    this.queue.discard();
    this.opened?.dropPending?.();
    void this.shutDown();
  }

  isHealthy(): boolean {
    return this.health.healthy();
  }

  async commit(batch: Batch): Promise<void> {
    return this.queue.commit(encodeBatch(batch));
  }

  appendMeterEntry(entry: MeterEntry): Promise<void> {
    return this.queue.append(entry);
  }

  nextJournalSeq(): number {
    this.openStore();
    return ++this.seq;
  }

  async meterEntriesOf(orderId: string, after = 0): Promise<MeterEntry[]> {
    return this.withReader('read the meter log', async ({ engine }) => {
      const entries = new Map<number, MeterEntry>();
      for (let from: number | undefined = 0; from !== undefined;) {
        const page: EngineResult<'readMeterPage'> = await engine.call('readMeterPage', orderId, after, from);
        // An entry written twice counts once.
        for (const entry of page.entries) entries.set(entry.seq, entry);
        from = page.next;
        if (from !== undefined) await nextTurn(this.options.clock);
      }
      return sortedBySeq(entries);
    });
  }

  async listChargePoints(): Promise<ChargePointRecord[]> {
    return this.withReader('read', async ({ reader }) => {
      const found: ChargePointRecord[] = [];
      for (let after = ''; ;) {
        const page = reader.chargePointPage(after, PAGE_SIZE);
        found.push(...page);
        const last = page.at(-1);
        if (!last || page.length < PAGE_SIZE) return found;
        after = last.id;
        await nextTurn(this.options.clock);
      }
    });
  }

  async nextNumber(_name: 'transactionId'): Promise<number> {
    this.openStore();
    return this.numbers.take();
  }

  reservedNumber(_name: 'transactionId'): number | undefined {
    this.openStore();
    return this.numbers.takeReserved();
  }

  async skipNumbers(name: 'transactionId', floor: number): Promise<void> {
    await this.numbers.discard();
    return skipNumbers((size) => this.update('skip numbers', 'reserve', name, size), floor);
  }

  order = (id: string) => this.query((r) => r.order(id));
  orderByTransaction = (bapId: string, txn: string) => this.query((r) => r.orderByTransaction(bapId, txn));
  orderByIdTag = (idTag: string) => this.query((r) => r.orderByIdTag(idTag));
  orderByPayment = (providerReference: string) => this.query((r) => r.orderByPayment(providerReference));
  openOrders = () => this.query((r) => r.openOrders());
  listOrders: Store['listOrders'] = (page) => this.list(lists.orderQuery, page);
  request = (key: string) => this.query((r) => r.request(key));
  owedRequests = () => this.query((r) => r.owedRequests());
  transaction = (chargePointId: string, id: string) => this.query((r) => r.transaction(chargePointId, id));
  transactionByStartKey = (startKey: string) => this.query((r) => r.transactionByStartKey(startKey));
  listTransactions: Store['listTransactions'] = (page) => this.list(lists.transactionQuery, page);
  chargePoint = (id: string) => this.query((r) => r.chargePoint(id));
  discrepancy = (id: string) => this.query((r) => r.discrepancy(id));
  listDiscrepancies: Store['listDiscrepancies'] = (page) => this.list(lists.discrepancyQuery, page);
  listRatings: Store['listRatings'] = (page) => this.list(lists.ratingQuery, page);
  listAudit: Store['listAudit'] = (page) => this.list(lists.auditQuery, page);
  listLedger: Store['listLedger'] = (page) => this.list(lists.ledgerQuery, page);
  logEntry = (id: string) => this.query((r) => r.logEntry(id));
  listLogEntries: Store['listLogEntries'] = (page) => this.list(lists.logEntryQuery, page);
  value = (name: string) => this.query((r) => r.value(name));
  values = (prefix: string) => this.query((r) => r.values(prefix));

  expireDrafts = (before: number) => this.update('expire drafts', 'expireDrafts', before);
  expireRequests = (before: number) => this.update('expire requests', 'expireRequests', before);
  expireLogEntries = (before: number) => this.update('expire log entries', 'expireLogEntries', before);
  closeDiscrepancy: Store['closeDiscrepancy'] = (id, note, at) =>
    this.update('close a discrepancy', 'closeDiscrepancy', id, note, at);
  putValue = (name: string, value: Json) => this.update('store a value', 'putValue', name, JSON.stringify(value));

  private open(): OpenStore | Promise<OpenStore> {
    const { database, path, journal = createMemoryJournal(), durability = 'full' } = this.options;
    if (database === undefined && path !== ':memory:')
      return openFile({ path, durability }, (cause) => void this.health.reportFailure(cause, 'write'));
    const db = database ?? openSqlite(path);
    try {
      const close = (): void => (database === undefined ? db.close() : undefined);
      return { engine: createInlineEngine(db, journal, durability), reader: new Reader(db), close };
    } catch (error) {
      if (database === undefined) db.close();
      throw error;
    }
  }

  private write(group: CommitGroup<EncodedBatch>): void | Promise<void> {
    const since = this.health.failures();
    const onWritten = (results: GroupResult): void => {
      this.health.reportSuccess(since);
      group.commits.forEach(({ resolve, reject }, i) => {
        const failure = results[i];
        if (failure) reject(toError(failure));
        else resolve();
      });
      group.append?.resolve();
    };
    const onError = (error: unknown): void => {
      const fault = this.health.reportFailure(error, 'write');
      for (const { reject } of group.commits) reject(fault);
      group.append?.reject(fault);
    };
    try {
      const work = { batches: group.commits.map(({ batch }) => batch), journal: toJournalRecords(group.entries) };
      const result = this.openStore().engine.call('write', work);
      if (result instanceof Promise) return result.then(onWritten, onError);
      onWritten(result);
    } catch (error) {
      onError(error);
    }
  }

  private query<T>(question: (reader: Reader) => T): Promise<T> {
    return this.withReader('read', ({ reader }) => question(reader));
  }

  private list<P extends Page, T>(queryOf: (page: P) => lists.PageQuery, page: P): Promise<T[]> {
    return this.withReader('read', ({ reader }) => listInSlices<T>(reader, queryOf(page), page, this.options.clock));
  }

  private async withReader<T>(operation: string, work: (opened: OpenStore) => T | Promise<T>): Promise<T> {
    const opened = this.openStore();
    try {
      return await work(opened);
    } catch (error) {
      if (error instanceof RangeError) throw error;
      const cause = withWayOut(error);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StoreFault(`sqlite could not ${operation}: ${reason}`, { cause });
    }
  }

  /** Makes a small write outside the commit groups. Each costs a sync, so only rare writes go this way. */
  private async update<N extends keyof EngineApi>(
    operation: string,
    name: N,
    ...args: Parameters<EngineApi[N]>
  ): Promise<EngineResult<N>> {
    const { engine } = this.openStore();
    const since = this.health.failures();
    try {
      const result = await engine.call(name, ...args);
      this.health.reportSuccess(since);
      return result;
    } catch (error) {
      throw this.health.reportFailure(error, operation);
    }
  }

  private openStore(): OpenStore {
    if (this.opened === undefined) throw new StoreFault('the store is not running');
    return this.opened;
  }

  private async probe(): Promise<void> {
    const { engine, restart } = this.openStore();
    await restart?.();
    this.seq = Math.max(this.seq, engine.topSeq());
    await engine.call('reserve', 'probe', 1);
  }

  private async shutDown(): Promise<void> {
    this.stopped = true;
    this.health.stop();
    const { opened } = this;
    this.opened = undefined;
    await opened?.close();
  }
}
