import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { StoreConflict, StoreFault, type Batch, type MeterEntry, type Store } from '../../ports/store.js';
import type { Json } from '../../domain/model/order.js';
import { Health } from '../store-health.js';
import { inOrder, journalRows } from '../journal-records.js';
import { NumberBlocks } from '../number-blocks.js';
import { TurnQueue, type Turn } from '../group-commit.js';
import { hostInline, type Answer, type EngineHost } from './engine-port.js';
import type { Durability, TurnAnswer, Work } from './engine.js';
import { openSqlite, type SqliteHandle } from './connection.js';
import { createJournalMemory, type JournalMedium } from './journal-medium.js';
import { Reader } from './reads.js';
import { becomeSoleOwner } from './file-lock.js';
import { ThreadHost } from './engine-thread.js';
import { encodeBatch, type EncodedBatch, type Obstacle } from './writes.js';

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
interface Opened {
  readonly host: EngineHost;
  readonly reader: Reader;
  close(): void | Promise<void>;
  /** Whoever waits for an answer gets none. */
  forget?(): void;
  /** Brings the engine back if it is gone. */
  revive?(): Promise<void>;
}

class SqliteStore implements AbandonableStore {
  private opened: Opened | undefined;
  private left = false;
  private seq = 0;
  private readonly queue: TurnQueue<EncodedBatch>;
  private readonly health: Health;
  private readonly numbers: NumberBlocks;

  constructor(private readonly options: SqliteStoreOptions) {
    this.queue = new TurnQueue(options.clock, (turn) => this.write(turn));
    this.health = new Health('sqlite', options.clock, options.events, () => this.probe());
    this.numbers = new NumberBlocks((size) => this.change('reserve numbers', 'reserve', 'transactionId', size));
  }

  /** @errors StoreFault when a file cannot be opened, is damaged, in use, or belongs to a newer release. */
  async start(): Promise<void> {
    try {
      const opening = this.open();
      this.opened = opening instanceof Promise ? await opening : opening;
    } catch (error) {
      throw this.health.failed(error, `open ${this.options.path}`);
    }
    if (this.left) return this.end();
    this.seq = this.opened.host.topSeq();
    this.queue.open();
    this.health.succeeded();
  }

  async stop(): Promise<void> {
    await this.queue.close();
    await this.end();
  }

  abandon(): void {
    this.queue.abandon();
    this.opened?.forget?.();
    void this.end();
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
    this.running();
    return ++this.seq;
  }

  async meterOf(orderId: string, after = 0): Promise<MeterEntry[]> {
    return this.read('read the meter log', async ({ host }) => {
      const entries = new Map<number, MeterEntry>();
      for (let from: number | undefined = 0; from !== undefined;) {
        const page: Answer<'meterPage'> = await host.do('meterPage', orderId, after, from);
        // An entry written twice counts once.
        for (const entry of page.entries) entries.set(entry.seq, entry);
        from = page.next;
        if (from !== undefined) await new Promise<void>((done) => this.options.clock.soon(done));
      }
      return inOrder(entries);
    });
  }

  async nextNumber(_name: 'transactionId'): Promise<number> {
    this.running();
    return this.numbers.take();
  }

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

  expireDrafts = (before: number) => this.change('expire drafts', 'expireDrafts', before);
  expireRequests = (before: number) => this.change('expire requests', 'expireRequests', before);
  expireNotes = (before: number) => this.change('expire notes', 'expireNotes', before);
  closeRow: Store['closeRow'] = (id, note, at) => this.change('close a row', 'closeRow', id, note, at);
  putValue = (name: string, value: Json) => this.change('keep a value', 'putValue', name, JSON.stringify(value));

  private open(): Opened | Promise<Opened> {
    const { database, path, journal = createJournalMemory(), durability = 'full' } = this.options;
    if (database === undefined && path !== ':memory:') return this.openFile(path, durability);
    const db = database ?? openSqlite(path);
    try {
      const close = (): void => (database === undefined ? db.close() : undefined);
      return { host: hostInline(db, journal, durability), reader: new Reader(db), close };
    } catch (error) {
      if (database === undefined) db.close();
      throw error;
    }
  }

  /** The thread writes; this one reads what was committed, on a connection of its own. */
  private async openFile(path: string, durability: Durability): Promise<Opened> {
    const owner = await becomeSoleOwner(path);
    const host = new ThreadHost({ path, durability }, (cause) => void this.health.failed(cause, 'write'));
    try {
      host.launch();
      await host.open();
      const db = openSqlite(path);
      db.exec('PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF');
      const close = async (): Promise<void> => {
        db.close();
        const ended = host.end();
        owner.leave(ended);
        await ended;
      };
      return { host, reader: new Reader(db), close, forget: () => host.forget(), revive: () => host.revive() };
    } catch (error) {
      const ended = host.end();
      owner.leave(ended);
      await ended;
      throw error;
    }
  }

  private write(turn: Turn<EncodedBatch>): void | Promise<void> {
    const written = (answer: TurnAnswer): void => {
      this.health.succeeded();
      turn.waiting.forEach(({ done, failed }, i) => {
        const obstacle = answer[i];
        if (obstacle) failed(errorOf(obstacle));
        else done();
      });
      turn.appended?.done();
    };
    const broken = (error: unknown): void => {
      const fault = this.health.failed(error, 'write');
      for (const { failed } of turn.waiting) failed(fault);
      turn.appended?.failed(fault);
    };
    try {
      const work = { batches: turn.waiting.map(({ batch }) => batch), rows: journalRows(turn.entries) };
      const answer = this.running().host.do('write', work);
      if (answer instanceof Promise) return answer.then(written, broken);
      written(answer);
    } catch (error) {
      broken(error);
    }
  }

  private ask<T>(question: (reader: Reader) => T): Promise<T> {
    return this.read('read', ({ reader }) => question(reader));
  }

  private async read<T>(doing: string, work: (opened: Opened) => T | Promise<T>): Promise<T> {
    const opened = this.running();
    try {
      return await work(opened);
    } catch (error) {
      if (error instanceof RangeError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreFault(`sqlite could not ${doing}: ${reason}`, { cause: error });
    }
  }

  /** A small write of its own, outside the turn: rare ones only, each costs a sync. */
  private async change<N extends keyof Work>(doing: string, name: N, ...args: Parameters<Work[N]>): Promise<Answer<N>> {
    const { host } = this.running();
    try {
      const result = await host.do(name, ...args);
      this.health.succeeded();
      return result;
    } catch (error) {
      throw this.health.failed(error, doing);
    }
  }

  private running(): Opened {
    if (this.opened === undefined) throw new StoreFault('the store is not running');
    return this.opened;
  }

  private async probe(): Promise<void> {
    const { host, revive } = this.running();
    await revive?.();
    this.seq = Math.max(this.seq, host.topSeq());
    await host.do('reserve', 'probe', 1);
  }

  private async end(): Promise<void> {
    this.left = true;
    this.health.retire();
    const { opened } = this;
    this.opened = undefined;
    await opened?.close();
  }
}

function errorOf(obstacle: Obstacle): StoreConflict | StoreFault {
  if ('fault' in obstacle) return new StoreFault(obstacle.fault);
  return new StoreConflict(obstacle.kind, obstacle.orderId);
}
