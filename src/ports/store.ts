/** What must survive a restart. No driver type, no query language; one list of promises is tested on every implementation. */
import type { ConnectorState } from '../domain/model/network.js';
import type { Order } from '../domain/model/order.js';
import type { Json } from '../domain/model/object.js';
import type { CallbackAction } from '../domain/model/effect.js';
import type { DiscrepancyKind } from '../domain/model/decision.js';
import type { LedgerStore } from './ledger.js';
import type { RatingRecord, RatingStore } from './ratings.js';
import type { TransactionEventRecord } from './transaction-event-record.js';

/**
 * Everything that one decision changed. Durable as a whole where the engine can do that; where it
 * cannot, written in the order of the fields below, so that a crash between two of them leaves
 * something that a repeat of the same message completes.
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

/** Saves `order` (whose version is `expectedVersion + 1`) if the stored version is still the expected one; 0 inserts. */
export interface OrderWrite {
  readonly order: Order;
  readonly expectedVersion: number;
}

export type ConflictKind =
  /** Somebody saved the order in between: load and decide again. */
  | 'version'
  /** Another order holds this connector (see `takesConnector`): decide again, it is busy. */
  | 'connector';

/** The batch was not written, nothing of it. Thrown by `commit`. */
export class StoreConflict extends Error {
  constructor(
    readonly kind: ConflictKind,
    readonly orderId: string,
  ) {
    super(`order ${orderId}: ${kind} conflict`);
    this.name = 'StoreConflict';
  }
}

/** The store could not write or read: disk, network, engine. The caller may try again later. */
export class StoreFault extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreFault';
  }
}

/** A Beckn request that was acknowledged, and the answer still owed for it, if it owes one of its own. */
export interface RequestRecord {
  /** Buyer, action and message id, encoded by `requestKey`. */
  readonly key: string;
  readonly digest: string;
  /** Name of the Beckn network that it came from. */
  readonly network: string;
  readonly bapId: string;
  readonly bapUri: string;
  readonly dialect: string;
  readonly action: string;
  readonly messageId: string;
  readonly becknTransactionId: string;
  readonly orderId?: string;
  readonly receivedAt: number;
  /** base64, of the request itself; kept where its answers are to name it. */
  readonly signature?: string;
  /** The gateway that takes the answer. */
  readonly gatewayId?: string;
  /** Absent once delivered, or when the order itself owes the answer. */
  readonly owed?: OwedResponse;
}

export interface OwedResponse {
  readonly action: CallbackAction;
  readonly attempts: number;
  readonly dueAt: number;
  readonly giveUpAt: number;
  /** What to answer from, made by the bridge; the message is rendered when it is sent. */
  readonly responsePlan: Json;
  readonly lastError?: string;
}

/** One OCPP transaction as the charger told it, ordered or not. */
export interface TransactionRecord {
  readonly chargePointId: string;
  readonly transactionId: string;
  /** (charge point, connector, tag, time, meter) in one string: recognises a retried start. */
  readonly startKey: string;
  readonly connectorId: number;
  readonly idTag: string;
  /** Absent for an orphan: a transaction that no order of ours bought. */
  readonly orderId?: string;
  readonly meterStartWh: number;
  readonly startedAt: number;
  readonly receivedAt: number;
  readonly stop?: {
    readonly meterStopWh?: number;
    readonly at: number;
    readonly receivedAt: number;
    readonly reason: string;
  };
  /** The StartTransaction and StopTransaction payloads, as received; of a 2.x transaction what began and ended it. */
  readonly raw: readonly string[];
  readonly eventRecord?: TransactionEventRecord;
}

/** One MeterValues frame (or the transactionData of a stop), as received. */
export interface MeterEntry {
  /** Rising over the whole store; given by `nextJournalSeq`. */
  readonly seq: number;
  readonly chargePointId: string;
  readonly connectorId: number;
  readonly orderId?: string;
  readonly receivedAt: number;
  /** JSON text of the payload, byte for byte. */
  readonly raw: string;
}

export interface ChargePointRecord {
  readonly id: string;
  /** True once a BootNotification of this identity was accepted; survives reconnects without a boot. */
  readonly accepted: boolean;
  /** What its last boot was answered, when that was not Accepted. */
  readonly bootStatus?: 'Pending' | 'Rejected';
  readonly version?: string;
  readonly boot?: Json;
  readonly bootedAt?: number;
  readonly lastSeenAt?: number;
  readonly connectors: { readonly [connectorId: string]: ConnectorState };
  /** Configuration keys read at connect. */
  readonly configuration?: { readonly [key: string]: string };
  /** How long it took from a RemoteStop to the end of energy, the last few times, ms. */
  readonly stopLatenciesMs?: readonly number[];
  /** Where the meter of each connector stood when its last transaction ended, Wh, and when we heard it. */
  readonly registers?: { readonly [connectorId: string]: { readonly wh: number; readonly at: number } };
  /** Whether a session on a connector ever told a state of charge. */
  readonly reportsSoc?: { readonly [connectorId: string]: boolean };
}

/** A mismatch that stays until a person closes it. */
export interface Discrepancy {
  readonly id: string;
  readonly kind: DiscrepancyKind;
  readonly at: number;
  readonly detail: string;
  readonly amount?: number;
  readonly orderId?: string;
  readonly chargePointId?: string;
  readonly transactionId?: string;
  readonly closedAt?: number;
  readonly closedNote?: string;
}

/** One line of a charge point's log: what it told that moves no order, or what an operator asked of it. */
export interface LogEntry {
  /** Unique; a later note of the same id takes its place. */
  readonly id: string;
  readonly chargePointId: string;
  readonly at: number;
  readonly kind: LogEntryKind;
  /** The OCPP action. */
  readonly action: string;
  readonly detail: Json;
}

export type LogEntryKind = 'notification' | 'command';

export interface Page {
  readonly limit: number;
  /**
   * The last item's cursor of the page before: an order's id, a row's id, `transactionCursor` of a transaction.
   * @errors RangeError when no such item is there (any more).
   */
  readonly after?: string;
}

export interface OrderStore {
  order(id: string): Promise<Order | undefined>;
  /** The newest order of a buyer app's transaction; `buyer` is its `buyerKey`. */
  orderByTransaction(buyer: string, becknTransactionId: string): Promise<Order | undefined>;
  /** The tag is compared without case. */
  orderByIdTag(idTag: string): Promise<Order | undefined>;
  /** By the payment provider's name for its payment. */
  orderByPayment(providerReference: string): Promise<Order | undefined>;
  /** Those for which `isOpen` holds: loaded at start. */
  openOrders(): Promise<Order[]>;
  /** Newest first. */
  listOrders(page: Page & { readonly state?: string }): Promise<Order[]>;
  /** Removes drafts not touched since `before`; answers how many. */
  expireDrafts(before: number): Promise<number>;
}

export interface RequestStore {
  request(key: string): Promise<RequestRecord | undefined>;
  /** Those with something owed: loaded at start. */
  owedRequests(): Promise<RequestRecord[]>;
  /** Forgets settled requests older than `before`; answers how many. */
  expireRequests(before: number): Promise<number>;
}

export interface TransactionStore {
  transaction(chargePointId: string, transactionId: string): Promise<TransactionRecord | undefined>;
  transactionByStartKey(startKey: string): Promise<TransactionRecord | undefined>;
  /** Newest first; `open` keeps those without a stop. */
  listTransactions(
    page: Page & { readonly chargePointId?: string; readonly open?: boolean; readonly unmatched?: boolean },
  ): Promise<TransactionRecord[]>;
}

export interface MeterStore {
  /** The next free number, known without asking the engine after `start`. */
  nextJournalSeq(): number;
  /** The hot path: resolves when durable, together with everything else of the same turn. */
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

export interface ChargePointLogStore {
  logEntry(id: string): Promise<LogEntry | undefined>;
  /** Newest first. */
  listLogEntries(page: Page & { readonly chargePointId: string; readonly kind: LogEntryKind }): Promise<LogEntry[]>;
  /** Forgets notes older than `before`; answers how many. */
  expireLogEntries(before: number): Promise<number>;
}

/** Small durable values: registry keys, the operator's token, learned facts. */
export interface ValueStore {
  value(name: string): Promise<Json | undefined>;
  putValue(name: string, value: Json): Promise<void>;
  /** Names that begin with `prefix`. */
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
   * A number never handed out before, over restarts too: positive, at most 2^31 − 1, rising.
   * Reserved in durable blocks, so that a number costs no write.
   */
  nextNumber(name: 'transactionId'): Promise<number>;
  /** True while writes succeed: readiness. */
  isHealthy(): boolean;
}

/**
 * One spelling of a request's identity; parts are percent-encoded, so that no id can imitate another.
 * @param buyer Its `buyerKey`.
 */
export function requestKey(buyer: string, action: string, messageId: string): string {
  return [buyer, action, messageId].map(encodeURIComponent).join('|');
}

/** The cursor of a transaction in a list of them. */
export function transactionCursor(record: Pick<TransactionRecord, 'chargePointId' | 'transactionId'>): string {
  return [record.chargePointId, record.transactionId].map(encodeURIComponent).join('|');
}
