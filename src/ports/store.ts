/** What must survive a restart. No driver type and no query language; one list of promises is tested on every implementation. */
import type { Json } from '../domain/model/object.js';
import type { Order } from '../domain/model/order.js';
import type { LedgerEntry } from '../domain/model/posting.js';
import type {
  ChargePointRecord,
  Discrepancy,
  LogEntry,
  LogEntryKind,
  MeterEntry,
  RatingRecord,
  RequestRecord,
  TransactionRecord,
} from './stored-records.js';

/**
 * Everything that one decision changed. Durable as a whole where the engine can do that; otherwise written in the order
 * of the fields below, so that a repeat of the same message completes what a crash between two of them left behind.
 */
export interface Batch {
  readonly meterEntries?: readonly MeterEntry[];
  readonly transactions?: readonly TransactionRecord[];
  readonly orders?: readonly OrderWrite[];
  readonly ratings?: readonly RatingRecord[];
  readonly requests?: readonly RequestRecord[];
  readonly chargePoints?: readonly ChargePointRecord[];
  readonly discrepancies?: readonly Discrepancy[];
  readonly logEntries?: readonly LogEntry[];
}

/** Saves `order`, whose version is `expectedVersion + 1`, if the stored version is still the expected one; 0 inserts. */
export interface OrderWrite {
  readonly order: Order;
  readonly expectedVersion: number;
}

export type ConflictKind =
  /** The order was saved by another writer in between: load and decide again. */
  | 'version'
  /** Another order holds this connector (see `takesConnector`): decide again, it is busy. */
  | 'connector';

/** Thrown by `commit`: nothing of the batch was written. */
export class StoreConflict extends Error {
  constructor(
    readonly kind: ConflictKind,
    readonly orderId: string,
  ) {
    super(`order ${orderId}: ${kind} conflict`);
    this.name = 'StoreConflict';
  }
}

/** The store could not write or read because of disk, network or engine. The caller may try again later. */
export class StoreFault extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreFault';
  }
}

export interface Page {
  readonly limit: number;
  /**
   * The cursor of the last item on the previous page: an id, or `transactionCursor` of a transaction.
   * @errors RangeError when that item does not exist, or not any longer.
   */
  readonly after?: string;
}

export interface OrderStore {
  order(id: string): Promise<Order | undefined>;
  /** The newest order of a buyer app's Beckn transaction. @param buyer Its `buyerKey`. */
  orderByTransaction(buyer: string, becknTransactionId: string): Promise<Order | undefined>;
  /** The tag is compared without case. */
  orderByIdTag(idTag: string): Promise<Order | undefined>;
  /** @param providerReference The payment provider's id of the payment. */
  orderByPayment(providerReference: string): Promise<Order | undefined>;
  /** Every order for which `isOpen` holds: loaded at start. */
  openOrders(): Promise<Order[]>;
  /** Newest first. */
  listOrders(page: Page & { readonly state?: string }): Promise<Order[]>;
  /** Removes drafts not updated since `before`; returns how many. */
  expireDrafts(before: number): Promise<number>;
}

export interface RequestStore {
  request(key: string): Promise<RequestRecord | undefined>;
  /** Every request that still owes a response: loaded at start. */
  owedRequests(): Promise<RequestRecord[]>;
  /** Removes requests received before `before` that owe nothing; returns how many. */
  expireRequests(before: number): Promise<number>;
}

export interface TransactionStore {
  transaction(chargePointId: string, transactionId: string): Promise<TransactionRecord | undefined>;
  transactionByStartKey(startKey: string): Promise<TransactionRecord | undefined>;
  /** Newest first. @param page `open` keeps those without a stop, `unmatched` those without an order. */
  listTransactions(
    page: Page & { readonly chargePointId?: string; readonly open?: boolean; readonly unmatched?: boolean },
  ): Promise<TransactionRecord[]>;
}

export interface MeterStore {
  /** The next free number, known without asking the engine after `start`. */
  nextJournalSeq(): number;
  /** The hot path: resolves when durable, together with everything else of the same event-loop turn. */
  appendMeterEntry(entry: MeterEntry): Promise<void>;
  /** Entries of an order with `seq > after`, in order. */
  meterEntriesOf(orderId: string, after?: number): Promise<MeterEntry[]>;
}

export interface ChargePointStore {
  chargePoint(id: string): Promise<ChargePointRecord | undefined>;
  listChargePoints(): Promise<ChargePointRecord[]>;
}

export interface DiscrepancyStore {
  discrepancy(id: string): Promise<Discrepancy | undefined>;
  /** Newest first. */
  listDiscrepancies(page: Page & { readonly open?: boolean }): Promise<Discrepancy[]>;
  closeDiscrepancy(id: string, note: string, at: number): Promise<Discrepancy | undefined>;
}

export interface LedgerPage extends Page {
  readonly bapId?: string;
  /** Epoch ms, included. */
  readonly from?: number;
  /** Epoch ms, excluded. */
  readonly until?: number;
}

/** Ledger entries are written with the order that they belong to (`Order.ledger`), in one write, and never changed. */
export interface LedgerStore {
  /** Newest first. The cursor is an entry's id. */
  listLedger(page: LedgerPage): Promise<LedgerEntry[]>;
}

export interface ChargePointLogStore {
  logEntry(id: string): Promise<LogEntry | undefined>;
  /** Newest first. */
  listLogEntries(page: Page & { readonly chargePointId: string; readonly kind: LogEntryKind }): Promise<LogEntry[]>;
  /** Removes entries older than `before`; returns how many. */
  expireLogEntries(before: number): Promise<number>;
}

export interface RatingStore {
  /** Newest first. The cursor is a rating's id. */
  listRatings(page: Page & { readonly orderId?: string }): Promise<RatingRecord[]>;
}

/** Small durable values: registry keys, the operator's token, learned facts. */
export interface ValueStore {
  value(name: string): Promise<Json | undefined>;
  putValue(name: string, value: Json): Promise<void>;
  /** Every value whose name begins with `prefix`. */
  values(prefix: string): Promise<{ readonly name: string; readonly value: Json }[]>;
}

export interface Store
  extends
    OrderStore,
    RequestStore,
    TransactionStore,
    MeterStore,
    ChargePointStore,
    DiscrepancyStore,
    LedgerStore,
    ChargePointLogStore,
    RatingStore,
    ValueStore {
  start(): Promise<void>;
  /** Writes what is waiting, then closes. */
  stop(): Promise<void>;
  /**
   * Resolves when the whole batch is durable. Commits of one event-loop turn share one sync.
   * @errors StoreConflict (nothing of this batch was written), StoreFault.
   */
  commit(batch: Batch): Promise<void>;
  /**
   * A number never handed out before, not even before a restart: positive, at most 2^31 − 1, rising.
   * Reserved in durable blocks, so that a number costs no write.
   */
  nextNumber(name: 'transactionId'): Promise<number>;
  /** True while writes succeed: readiness. */
  isHealthy(): boolean;
}

/**
 * The identity of a Beckn request in one string; the parts are percent-encoded, so that no id can imitate another.
 * @param buyer The `buyerKey` of its sender.
 */
export function requestKey(buyer: string, action: string, messageId: string): string {
  return [buyer, action, messageId].map(encodeURIComponent).join('|');
}

/** The cursor of a transaction in a list. */
export function transactionCursor(record: Pick<TransactionRecord, 'chargePointId' | 'transactionId'>): string {
  return [record.chargePointId, record.transactionId].map(encodeURIComponent).join('|');
}
