/** Indexes open transactions, with or without an order, and finds the transaction to which a message refers. */
import { isStopOf, type OwnStart } from '../../domain/matching/own-stop.js';
import { isRepeatedStop } from '../../domain/matching/stop-match.js';
import { connectorKey, idTagKey } from '../../domain/model/order.js';
import { type Store, transactionCursor } from '../../ports/store.js';
import type { ChargerEventOf } from '../../ports/charger-events.js';
import type { TransactionRecord } from '../../ports/stored-records.js';

const PAGE_SIZE = 1000;
/** How long after the start of a transaction a repeat of its stop is recognised, ms. */
const REPEATED_STOP_MS = 7 * 86_400_000;

/** The record of a stop that arrived before its start. */
export type EarlyStopRecord = TransactionRecord & Required<Pick<TransactionRecord, 'stop'>>;

type TransactionReads = Pick<Store, 'transaction' | 'transactionByStartKey' | 'listTransactions'>;

export class TransactionIndex {
  readonly #store: TransactionReads;
  /** Open transactions by charge point, then by transaction id, so that a meter message needs no combined key. */
  readonly #open = new Map<string, Map<string, TransactionRecord>>();
  /** The newest open transaction of each connector, unless a later one has followed it and ended. */
  readonly #newestByConnector = new Map<string, TransactionRecord>();
  /** Records as read from the store, which may lack events that were received before the restart. */
  readonly #loadedFromStore = new WeakSet<TransactionRecord>();

  constructor(store: TransactionReads) {
    this.#store = store;
  }

  async load(): Promise<void> {
    let after: string | undefined;
    for (;;) {
      const page = await this.#store.listTransactions({
        limit: PAGE_SIZE,
        open: true,
        ...(after !== undefined && { after }),
      });
      for (const record of page) {
        this.#loadedFromStore.add(record);
        this.put(record);
      }
      const last = page.at(-1);
      if (!last || page.length < PAGE_SIZE) return;
      after = transactionCursor(last);
    }
  }

  put(record: TransactionRecord): void {
    const key = connectorKey(record);
    const newest = this.#newestByConnector.get(key);
    if (record.stop) {
      this.forget(record.chargePointId, record.transactionId);
      if (newest?.transactionId === record.transactionId) this.#newestByConnector.delete(key);
      return;
    }
    const before = this.findOpen(record.chargePointId, record.transactionId);
    const addsNoEvent = before?.eventRecord === record.eventRecord;
    if (before && addsNoEvent && this.#loadedFromStore.has(before)) this.#loadedFromStore.add(record);
    let ofChargePoint = this.#open.get(record.chargePointId);
    if (!ofChargePoint) this.#open.set(record.chargePointId, (ofChargePoint = new Map()));
    ofChargePoint.set(record.transactionId, record);
    const isNewest = !newest || newest.transactionId === record.transactionId || isNewer(record, newest);
    if (!record.followed && isNewest) this.#newestByConnector.set(key, record);
    else if (newest?.transactionId === record.transactionId) this.#newestByConnector.delete(key);
  }

  /** Removes an open transaction from the index. */
  forget(chargePointId: string, transactionId: string): void {
    const record = this.findOpen(chargePointId, transactionId);
    if (!record) return;
    const ofChargePoint = this.#open.get(chargePointId);
    ofChargePoint?.delete(transactionId);
    if (ofChargePoint?.size === 0) this.#open.delete(chargePointId);
    const key = connectorKey(record);
    if (this.#newestByConnector.get(key)?.transactionId === transactionId) this.#newestByConnector.delete(key);
  }

  /**
   * Returns the newest open transaction on a connector, to which a message without a transaction id refers; `undefined`
   * if there is none, or if a later one has followed it and ended.
   */
  newestOpenOn(chargePointId: string, connectorId: number): TransactionRecord | undefined {
    return this.#newestByConnector.get(connectorKey({ chargePointId, connectorId }));
  }

  /** Returns the open transactions of a charge point. */
  openAt(chargePointId: string): readonly TransactionRecord[] {
    return [...(this.#open.get(chargePointId)?.values() ?? [])];
  }

  /** Finds a transaction among the open ones, in memory. */
  findOpen(chargePointId: string, transactionId: string): TransactionRecord | undefined {
    return this.#open.get(chargePointId)?.get(transactionId);
  }

  async find(chargePointId: string, transactionId: string): Promise<TransactionRecord | undefined> {
    const open = this.findOpen(chargePointId, transactionId);
    if (open) return open;
    const stored = await this.#store.transaction(chargePointId, transactionId);
    if (stored) this.#loadedFromStore.add(stored);
    return stored;
  }

  /**
   * Finds the transaction without an order that this stop ended when it first arrived. The stop may name another
   * transaction's number, or an unknown one, so only its content identifies it. A stop that was stored without a start
   * has ended nothing.
   */
  async findEndedBy(
    chargePointId: string,
    stop: Pick<ChargerEventOf<'transaction-stopped'>, 'idTag' | 'meterStopWh' | 'at'>,
    now: number,
  ): Promise<TransactionRecord | undefined> {
    if (stop.idTag === undefined || stop.at === undefined) return undefined;
    const filter = { chargePointId, unmatched: true, open: false, from: now - REPEATED_STOP_MS };
    const ended = await this.#store.listTransactions({ limit: PAGE_SIZE, ...filter });
    return ended.find(
      (one) => one.stop && !isStopWithoutStart(one) && isRepeatedStop({ ...one, stop: one.stop }, stop),
    );
  }

  /** Returns false for a record as loaded from the store. It may be out of date, so a gap in `seqNo` proves nothing. */
  sawEveryEvent(record: TransactionRecord): boolean {
    return !this.#loadedFromStore.has(record);
  }

  /** Loads a transaction from the store. Indexes an open one, because its write may have succeeded despite an error. */
  async loadByStartKey(startKey: string): Promise<TransactionRecord | undefined> {
    const record = await this.#store.transactionByStartKey(startKey);
    if (record && !record.stop && !this.findOpen(record.chargePointId, record.transactionId)) this.put(record);
    return record;
  }

  /**
   * Finds the stop that arrived before this start. Searches the store, so a restart between the two loses nothing.
   * @param since When the order of the start was made, our time, epoch ms. No stop with the order's tag is older.
   */
  async findEarlyStop(chargePointId: string, start: OwnStart, since: number): Promise<EarlyStopRecord | undefined> {
    const filter = { chargePointId, unmatched: true, open: false, from: since };
    const ended = await this.#store.listTransactions({ limit: PAGE_SIZE, ...filter });
    return ended.find(
      (one): one is EarlyStopRecord =>
        one.stop !== undefined && isStopWithoutStart(one) && isStopOf({ ...one.stop, idTag: one.idTag }, start),
    );
  }
}

/**
 * Returns whether `a` was received later than `b`. Within the same millisecond, the higher transaction id counts as
 * later.
 */
function isNewer(a: TransactionRecord, b: TransactionRecord): boolean {
  if (a.receivedAt !== b.receivedAt) return a.receivedAt > b.receivedAt;
  return !(Number(a.transactionId) < Number(b.transactionId));
}

/**
 * Returns whether the transaction id in a message of OCPP 1.6 names a transaction. A charger that never learned the id
 * sends 0 or a negative number.
 */
export function isTransactionNumber(transactionId: string | undefined): transactionId is string {
  return Number(transactionId) > 0;
}

/** Builds a key from the content of a start, to recognise a repeat under another message id. */
export function startKeyOf(start: {
  readonly chargePointId: string;
  readonly connectorId: number;
  readonly idTag: string;
  readonly at: number;
  readonly meterStartWh: number;
}): string {
  return [
    encodeURIComponent(start.chargePointId),
    start.connectorId,
    encodeURIComponent(idTagKey(start.idTag.toWellFormed())),
    start.at,
    start.meterStartWh,
  ].join('|');
}

/** The content of a stop whose start is unknown. Unless all of it is the same, it is another stop. */
export interface UnknownStop {
  readonly transactionId: string;
  readonly idTag: string | undefined;
  readonly meterStopWh?: number;
  /** By the charger's clock, epoch ms. */
  readonly at: number;
}

/** Builds a key from the content of a stop whose start is unknown, to recognise a repeat. */
export function unknownStopKey(chargePointId: string, stop: UnknownStop): string {
  return ['stop', encodeURIComponent(chargePointId), ...contentOf(stop)].join('|');
}

/** Returns the transaction id of the record that stores a stop whose start is unknown. */
export function unknownStopId(stop: UnknownStop): string {
  return ['stop', ...contentOf(stop)].join('-');
}

function contentOf({ transactionId, idTag = '', meterStopWh, at }: UnknownStop): readonly (string | number)[] {
  return [transactionId, at, meterStopWh ?? '', encodeURIComponent(idTagKey(idTag.toWellFormed()))];
}

/** Checks whether a record stores a stop without a start. No transaction number of OCPP 1.6 looks like its id. */
function isStopWithoutStart({ transactionId }: TransactionRecord): boolean {
  return transactionId.startsWith('stop-');
}
