/** Defines the store of what must survive a restart. All implementations pass the same contract tests. */
import type { Json } from '../domain/model/object.js';
import type { Order } from '../domain/model/order.js';
import type { LedgerEntry } from '../domain/model/posting.js';
import type {
  OrderFilter,
  TransactionFilter,
  DiscrepancyFilter,
  LedgerFilter,
  LogEntryFilter,
  RatingFilter,
  AuditFilter,
} from './stored-records.js';
import type {
  AuditEntry,
  ChargePointRecord,
  Discrepancy,
  LogEntry,
  MeterEntry,
  RatingRecord,
  RequestRecord,
  TransactionRecord,
} from './stored-records.js';

/** What one decision changes. Stored as a whole or not at all. */
export interface Batch {
  readonly meterEntries?: readonly MeterEntry[];
  readonly transactions?: readonly TransactionRecord[];
  /** At most one: a decision changes one order. */
  readonly orders?: readonly OrderWrite[];
  readonly ratings?: readonly RatingRecord[];
  /** A request that is accepted for the first time. If one with the same `key` was accepted before, the batch fails. */
  readonly acceptedRequest?: RequestRecord;
  /** Accepted requests whose state has changed. */
  readonly requests?: readonly RequestRecord[];
  readonly chargePoints?: readonly ChargePointRecord[];
  readonly discrepancies?: readonly Discrepancy[];
  readonly logEntries?: readonly LogEntry[];
  readonly auditEntries?: readonly AuditEntry[];
}

/**
 * Saves `order`, whose version is `expectedVersion + 1`, if the stored version is the expected one. An expected version
 * of 0 inserts a new order.
 */
export interface OrderWrite {
  readonly order: Order;
  readonly expectedVersion: number;
}

export type ConflictKind =
  /** Another writer has saved the order in the meantime: load and decide again. */
  | 'version'
  /** Another order holds this connector (see `claimsConnector`) or an overlapping slot on it. */
  | 'connector';

/** Thrown by `commit` after a conflict; nothing of the batch was written. */
export class StoreConflict extends Error {
  constructor(
    readonly kind: ConflictKind,
    readonly orderId: string,
  ) {
    super(`order ${orderId}: ${kind} conflict`);
    this.name = 'StoreConflict';
  }
}

/** Thrown by `commit` if the request of the batch was accepted before; nothing of the batch was written. */
export class RequestConflict extends Error {
  /** @param key The request's `requestKey`. */
  constructor(readonly key: string) {
    super(`request ${key} was accepted before`);
    this.name = 'RequestConflict';
  }
}

/** Thrown if the disk, network or engine of the store fails. The caller may try again later. */
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
   * @errors RangeError if that item does not exist, or no longer exists.
   */
  readonly after?: string;
}

interface OrderStore {
  order(id: string): Promise<Order | undefined>;
  /** Returns the newest order of a buyer app's Beckn transaction. @param buyer The buyer app's `buyerKey`. */
  orderByTransaction(buyer: string, becknTransactionId: string): Promise<Order | undefined>;
  /** Finds an order by its tag, ignoring case. */
  orderByIdTag(idTag: string): Promise<Order | undefined>;
  /** Finds an order by the payment provider's id for its payment. */
  orderByPayment(providerReference: string): Promise<Order | undefined>;
  /** Returns all orders for which `isOpen` is true. Called at start. */
  openOrders(): Promise<Order[]>;
  /** Returns orders, newest first. */
  listOrders(page: Page & OrderFilter): Promise<Order[]>;
  /** Removes drafts that are not open and were not updated since `before`; returns how many. */
  expireDrafts(before: number): Promise<number>;
}

interface RequestStore {
  request(key: string): Promise<RequestRecord | undefined>;
  /** Returns all requests whose response is still to be delivered. Called at start. */
  owedRequests(): Promise<RequestRecord[]>;
  /** Removes requests that were received before `before` and have no pending response; returns how many. */
  expireRequests(before: number): Promise<number>;
}

interface TransactionStore {
  transaction(chargePointId: string, transactionId: string): Promise<TransactionRecord | undefined>;
  transactionByStartKey(startKey: string): Promise<TransactionRecord | undefined>;
  /** Returns transactions, newest first. */
  listTransactions(page: Page & TransactionFilter): Promise<TransactionRecord[]>;
}

interface MeterStore {
  /** Returns the next free `seq`, without a query. @errors StoreFault before `start`, or if no number is reserved. */
  nextJournalSeq(): number;
  /** Resolves when the entry is durable. On this hot path, entries of one event-loop turn share a write. */
  appendMeterEntry(entry: MeterEntry): Promise<void>;
  /** Returns the entries of an order with `seq > after`, ascending; all of them by default. */
  meterEntriesOf(orderId: string, after?: number): Promise<MeterEntry[]>;
}

interface ChargePointStore {
  chargePoint(id: string): Promise<ChargePointRecord | undefined>;
  listChargePoints(): Promise<ChargePointRecord[]>;
}

interface DiscrepancyStore {
  discrepancy(id: string): Promise<Discrepancy | undefined>;
  /** Returns discrepancies, newest first. */
  listDiscrepancies(page: Page & DiscrepancyFilter): Promise<Discrepancy[]>;
  closeDiscrepancy(id: string, note: string, at: number): Promise<Discrepancy | undefined>;
}

export type LedgerPage = Page & LedgerFilter;

/** Ledger entries are written with the order that they belong to (`Order.ledger`), in one write, and never changed. */
export interface LedgerStore {
  /** Returns ledger entries, newest first. The cursor is an entry's id. */
  listLedger(page: LedgerPage): Promise<LedgerEntry[]>;
}

interface ChargePointLogStore {
  logEntry(id: string): Promise<LogEntry | undefined>;
  /** Returns log entries, newest first. */
  listLogEntries(page: Page & LogEntryFilter): Promise<LogEntry[]>;
  /** Removes entries older than `before`; returns how many. */
  expireLogEntries(before: number): Promise<number>;
}

interface RatingStore {
  /** Returns ratings, newest first. The cursor is a rating's id. */
  listRatings(page: Page & RatingFilter): Promise<RatingRecord[]>;
}

/** The log of what people did. An entry never changes once its act has an outcome, and is never deleted. */
interface AuditStore {
  /** Returns audit entries, newest first. The cursor is an entry's id. */
  listAudit(page: Page & AuditFilter): Promise<AuditEntry[]>;
}

/** Small durable values, such as peers' keys, charger passwords and boot policies. */
export interface ValueStore {
  value(name: string): Promise<Json | undefined>;
  putValue(name: string, value: Json): Promise<void>;
  /** Returns every value whose name begins with `prefix`. */
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
    AuditStore,
    ValueStore {
  start(): Promise<void>;
  /** Writes what is still waiting, then closes the store. */
  stop(): Promise<void>;
  /**
   * Resolves when the whole batch is durable. Commits of one event-loop turn share one sync.
   * @errors StoreConflict or RequestConflict (nothing of this batch was written), StoreFault.
   */
  commit(batch: Batch): Promise<void>;
  /**
   * Returns a number from 1 to 2^31 − 1 that is higher than all earlier ones, even after a restart. Numbers are
   * reserved in durable blocks, so that few of them cost a write.
   */
  nextNumber(name: 'transactionId'): Promise<number>;
  /**
   * Returns a number as `nextNumber` does, but without waiting for a write; `undefined` if none is reserved in memory.
   * Works while the store is unavailable.
   */
  reservedNumber(name: 'transactionId'): number | undefined;
  /**
   * Makes the next numbers higher than `floor`. Skips many numbers even if the next ones are higher already, because
   * another copy of this store may have issued them. Call before `nextNumber`.
   */
  skipNumbers(name: 'transactionId', floor: number): Promise<void>;
  /** Checks whether writes succeed at present; part of the readiness check. */
  isHealthy(): boolean;
}

/**
 * Builds the key under which a Beckn request is stored. Its parts are percent-encoded, so that different ids never make
 * the same key.
 * @param buyer The `buyerKey` of the sender.
 */
export function requestKey(buyer: string, action: string, messageId: string): string {
  return [buyer, action, messageId].map(encodeURIComponent).join('|');
}

/** Returns the cursor of a transaction in a list. */
export function transactionCursor(record: Pick<TransactionRecord, 'chargePointId' | 'transactionId'>): string {
  return [record.chargePointId, record.transactionId].map(encodeURIComponent).join('|');
}
