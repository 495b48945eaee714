/** The chargers' transactions, matched to an order or not: which are open, and how a message finds its transaction. */
import { connectorKey, idTagKey, sameIdTag, type Order } from '../../domain/model/order.js';
import { type Store, transactionCursor } from '../../ports/store.js';
import type { TransactionRecord } from '../../ports/stored-records.js';

const PAGE_SIZE = 1000;
/** How long a stop that arrived before its start is remembered for it. */
const EARLY_STOP_MS = 600_000;
const MAX_EARLY_STOPS = 8;

export interface EarlyStop {
  readonly idTag: string;
  readonly meterStopWh?: number;
  readonly at: number;
  readonly reason: string;
  readonly receivedAt: number;
}

type TransactionReads = Pick<Store, 'transaction' | 'transactionByStartKey' | 'listTransactions'>;

export class TransactionIndex {
  readonly #store: TransactionReads;
  /** By charge point, then by transaction id: a meter message looks here without building a key. */
  readonly #open = new Map<string, Map<string, TransactionRecord>>();
  /** The newest open transaction of each connector. */
  readonly #newestByConnector = new Map<string, TransactionRecord>();
  /** Records read from the store, without an event since: which of their events arrived is not known one by one. */
  readonly #loadedFromStore = new WeakSet<TransactionRecord>();
  readonly #earlyStops = new Map<string, EarlyStop[]>();

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
    let ofChargePoint = this.#open.get(record.chargePointId);
    if (!ofChargePoint) this.#open.set(record.chargePointId, (ofChargePoint = new Map()));
    ofChargePoint.set(record.transactionId, record);
    if (!newest || newest.transactionId === record.transactionId || isNewer(record, newest))
      this.#newestByConnector.set(key, record);
  }

  /** Removes an open transaction, as if none of its messages had arrived: it could not be saved. */
  forget(chargePointId: string, transactionId: string): void {
    const record = this.findOpen(chargePointId, transactionId);
    if (!record) return;
    const ofChargePoint = this.#open.get(chargePointId);
    ofChargePoint?.delete(transactionId);
    if (ofChargePoint?.size === 0) this.#open.delete(chargePointId);
    const key = connectorKey(record);
    if (this.#newestByConnector.get(key)?.transactionId === transactionId) this.#newestByConnector.delete(key);
  }

  /** The transaction that a message without a transaction id is about: the newest of its connector, matched or not. */
  newestOpenOn(chargePointId: string, connectorId: number): TransactionRecord | undefined {
    return this.#newestByConnector.get(connectorKey({ chargePointId, connectorId }));
  }

  /** Only among open transactions, without asking the store. */
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
   * False after a restart: events may have arrived that are not known one by one, so a gap in `seqNo` proves nothing.
   */
  sawEveryEvent(record: TransactionRecord): boolean {
    return !this.#loadedFromStore.has(record);
  }

  findByStartKey(startKey: string): Promise<TransactionRecord | undefined> {
    return this.#store.transactionByStartKey(startKey);
  }

  /**
   * The open session that a stop without a usable transaction id belongs to: by its tag, otherwise the only one whose
   * start register is not above the stop's.
   * @source OCPP 1.6 errata: a charger that never learned its transaction id sends -1; others send other negatives.
   */
  matchByContent(
    orders: readonly Order[],
    { idTag, meterStopWh }: { readonly idTag?: string | undefined; readonly meterStopWh?: number | undefined },
  ): Order | undefined {
    const inSession = orders.filter(({ session }) => session && !session.end);
    if (idTag !== undefined)
      return inSession.find((order) => order.idTag !== undefined && sameIdTag(order.idTag, idTag));
    const fitting = inSession.filter(
      ({ session }) => meterStopWh === undefined || (session?.meterStartWh ?? 0) <= meterStopWh,
    );
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  rememberEarlyStop(chargePointId: string, stop: EarlyStop): void {
    const recent = (this.#earlyStops.get(chargePointId) ?? [])
      .filter((other) => stop.receivedAt - other.receivedAt < EARLY_STOP_MS)
      .slice(1 - MAX_EARLY_STOPS);
    this.#earlyStops.set(chargePointId, [...recent, stop]);
  }

  /** Removes and returns the stop that arrived before this start, if there is one. */
  takeEarlyStop(chargePointId: string, idTag: string, meterStartWh: number, now: number): EarlyStop | undefined {
    const stops = this.#earlyStops.get(chargePointId) ?? [];
    const match = stops.find(
      (stop) =>
        sameIdTag(stop.idTag, idTag) &&
        now - stop.receivedAt < EARLY_STOP_MS &&
        (stop.meterStopWh ?? Infinity) >= meterStartWh,
    );
    if (match)
      this.#earlyStops.set(
        chargePointId,
        stops.filter((stop) => stop !== match),
      );
    return match;
  }
}

/** Whether `a` was received later, in whatever order both are read. At the same time, our own rising id decides. */
function isNewer(a: TransactionRecord, b: TransactionRecord): boolean {
  if (a.receivedAt !== b.receivedAt) return a.receivedAt > b.receivedAt;
  return !(Number(a.transactionId) < Number(b.transactionId));
}

/** Identifies a start by its content, so that a repetition under another message id is recognised. */
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
