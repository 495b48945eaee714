import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { StoreConflict, StoreFault, type Batch, type MeterEntry, type Store } from '../../ports/store.js';
import type { Json } from '../../domain/model/object.js';
import { StoreHealth } from '../store-health.js';
import { sortedBySeq, toJournalRecords } from '../journal-records.js';
import { NumberBlocks } from '../number-blocks.js';
import { GroupCommitQueue, type CommitGroup } from '../group-commit.js';
import { createInlineEngine, type EngineResult, type EngineHost } from './engine-port.js';
import type { Durability, GroupResult, EngineApi } from './engine.js';
import { openSqlite, type SqliteHandle } from './connection.js';
import { createMemoryJournal, type JournalMedium } from './journal-medium.js';
import { Reader } from './reads.js';
import { acquireFileLock } from './file-lock.js';
import { EngineThread } from './engine-thread.js';
import { encodeBatch, type EncodedBatch, type WriteFailure } from './writes.js';

export interface SqliteStoreOptions {
  /** A file, with the meter journal in `<path>-meter` beside it, or `:memory:`. */
  readonly path: string;
  readonly clock: Clock;
  readonly durability?: Durability;
  /** An open connection to use instead of `path`; it is never closed here. */
  readonly database?: SqliteHandle;
  /** The meter journal that belongs to `database`; who keeps the one keeps the other. */
  readonly journal?: JournalMedium;
  readonly events?: Events;
}

/** A store that can be left as a crash leaves it. */
export type AbandonableStore = Store & {
  /** Drops what waits unwritten and refuses all further work. */
  abandon(): void;
};

/** Everything in one SQLite file and one journal beside it, written once an event-loop turn. */
export function createSqliteStore(options: SqliteStoreOptions): AbandonableStore {
  return new SqliteStore(options);
}

/** What exists only between `start` and `stop`. */
interface OpenStore {
  readonly engine: EngineHost;
  readonly reader: Reader;
  close(): void | Promise<void>;
  /** Whoever waits for an answer gets none. */
  dropPending?(): void;
  /** Brings the engine back if it is gone. */
  restart?(): Promise<void>;
}

class SqliteStore implements AbandonableStore {
  private opened: OpenStore | undefined;
  private stopped = false;
  private seq = 0;
  private readonly queue: GroupCommitQueue<EncodedBatch>;
  private readonly health: StoreHealth;
  private readonly numbers: NumberBlocks;

  constructor(private readonly options: SqliteStoreOptions) {
    this.queue = new GroupCommitQueue(options.clock, (turn) => this.write(turn));
    this.health = new StoreHealth('sqlite', options.clock, options.events, () => this.probe());
    this.numbers = new NumberBlocks((size) => this.update('reserve numbers', 'reserve', 'transactionId', size));
  }

  /** @errors StoreFault when a file cannot be opened, is damaged, in use, or belongs to a newer release. */
  async start(): Promise<void> {
    try {
      const opening = this.open();
      this.opened = opening instanceof Promise ? await opening : opening;
    } catch (error) {
      throw this.health.reportFailure(error, `open ${this.options.path}`);
    }
    if (this.stopped) return this.shutDown();
    this.seq = this.opened.engine.topSeq();
    this.queue.open();
    this.health.reportSuccess();
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
    return this.withReader('read the meter log', async ({ engine: host }) => {
      const entries = new Map<number, MeterEntry>();
      for (let from: number | undefined = 0; from !== undefined;) {
        const page: EngineResult<'readMeterPage'> = await host.call('readMeterPage', orderId, after, from);
        // An entry written twice counts once.
        for (const entry of page.entries) entries.set(entry.seq, entry);
        from = page.next;
        if (from !== undefined) await new Promise<void>((done) => this.options.clock.callSoon(done));
      }
      return sortedBySeq(entries);
    });
  }

  async nextNumber(_name: 'transactionId'): Promise<number> {
    this.openStore();
    return this.numbers.take();
  }

  order = (id: string) => this.query((r) => r.order(id));
  orderByTransaction = (bapId: string, txn: string) => this.query((r) => r.orderByTransaction(bapId, txn));
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
  listLedger: Store['listLedger'] = (page) => this.query((r) => r.listLedger(page));
  logEntry = (id: string) => this.query((r) => r.logEntry(id));
  listLogEntries: Store['listLogEntries'] = (page) => this.query((r) => r.listLogEntries(page));
  value = (name: string) => this.query((r) => r.value(name));
  values = (prefix: string) => this.query((r) => r.values(prefix));

  expireDrafts = (before: number) => this.update('expire drafts', 'expireDrafts', before);
  expireRequests = (before: number) => this.update('expire requests', 'expireRequests', before);
  expireLogEntries = (before: number) => this.update('expire notes', 'expireLogEntries', before);
  closeDiscrepancy: Store['closeDiscrepancy'] = (id, note, at) =>
    this.update('close a discrepancy', 'closeDiscrepancy', id, note, at);
  putValue = (name: string, value: Json) => this.update('keep a value', 'putValue', name, JSON.stringify(value));

  private open(): OpenStore | Promise<OpenStore> {
    const { database, path, journal = createMemoryJournal(), durability = 'full' } = this.options;
    if (database === undefined && path !== ':memory:') return this.openFile(path, durability);
    const db = database ?? openSqlite(path);
    try {
      const close = (): void => (database === undefined ? db.close() : undefined);
      return { engine: createInlineEngine(db, journal, durability), reader: new Reader(db), close };
    } catch (error) {
      if (database === undefined) db.close();
      throw error;
    }
  }

  /** The thread writes; this one reads what was committed, on a connection of its own. */
  private async openFile(path: string, durability: Durability): Promise<OpenStore> {
    const owner = await acquireFileLock(path);
    const host = new EngineThread({ path, durability }, (cause) => void this.health.reportFailure(cause, 'write'));
    try {
      host.launch();
      await host.open();
      const db = openSqlite(path);
      db.exec('PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF');
      const close = async (): Promise<void> => {
        db.close();
        const ended = host.end();
        owner.release(ended);
        await ended;
      };
      return {
        engine: host,
        reader: new Reader(db),
        close,
        dropPending: () => host.dropPending(),
        restart: () => host.restart(),
      };
    } catch (error) {
      const ended = host.end();
      owner.release(ended);
      await ended;
      throw error;
    }
  }

  private write(turn: CommitGroup<EncodedBatch>): void | Promise<void> {
    const written = (answer: GroupResult): void => {
      this.health.reportSuccess();
      turn.commits.forEach(({ resolve: done, reject: failed }, i) => {
        const obstacle = answer[i];
        if (obstacle) failed(toError(obstacle));
        else done();
      });
      turn.append?.resolve();
    };
    const broken = (error: unknown): void => {
      const fault = this.health.reportFailure(error, 'write');
      for (const { reject: failed } of turn.commits) failed(fault);
      turn.append?.reject(fault);
    };
    try {
      const work = { batches: turn.commits.map(({ batch }) => batch), journal: toJournalRecords(turn.entries) };
      const answer = this.openStore().engine.call('write', work);
      if (answer instanceof Promise) return answer.then(written, broken);
      written(answer);
    } catch (error) {
      broken(error);
    }
  }

  private query<T>(question: (reader: Reader) => T): Promise<T> {
    return this.withReader('read', ({ reader }) => question(reader));
  }

  private async withReader<T>(doing: string, work: (opened: OpenStore) => T | Promise<T>): Promise<T> {
    const opened = this.openStore();
    try {
      return await work(opened);
    } catch (error) {
      if (error instanceof RangeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreFault(`sqlite could not ${doing}: ${reason}`, { cause: error });
    }
  }

  /** A small write of its own, outside the turn: rare ones only, each costs a sync. */
  private async update<N extends keyof EngineApi>(
    doing: string,
    name: N,
    ...args: Parameters<EngineApi[N]>
  ): Promise<EngineResult<N>> {
    const { engine: host } = this.openStore();
    try {
      const result = await host.call(name, ...args);
      this.health.reportSuccess();
      return result;
    } catch (error) {
      throw this.health.reportFailure(error, doing);
    }
  }

  private openStore(): OpenStore {
    if (this.opened === undefined) throw new StoreFault('the store is not running');
    return this.opened;
  }

  private async probe(): Promise<void> {
    const { engine: host, restart: revive } = this.openStore();
    await revive?.();
    this.seq = Math.max(this.seq, host.topSeq());
    await host.call('reserve', 'probe', 1);
  }

  private async shutDown(): Promise<void> {
    this.stopped = true;
    this.health.stop();
    const { opened } = this;
    this.opened = undefined;
    await opened?.close();
  }
}

function toError(obstacle: WriteFailure): StoreConflict | StoreFault {
  if ('fault' in obstacle) return new StoreFault(obstacle.fault);
  return new StoreConflict(obstacle.kind, obstacle.orderId);
}
