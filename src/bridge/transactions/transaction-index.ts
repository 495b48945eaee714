/** The chargers' transactions, ordered or orphaned: who began what, under which number. */
import { connectorKey, type Order } from '../../domain/model/order.js';
import { type Store, transactionCursor } from '../../ports/store.js';
import { type TransactionRecord } from '../../ports/stored-records.js';

const PAGE_SIZE = 1000;
/** How long a stop that came before its start is kept for it. */
const EARLY_STOP_MS = 600_000;

export interface EarlyStop {
  readonly idTag: string;
  readonly meterStopWh?: number;
  readonly at: number;
  readonly reason: string;
  readonly receivedAt: number;
}

export class TransactionIndex {
  /** By charge point, then by number: a meter frame looks here, and should not have to build a key. */
  readonly #open = new Map<string, Map<string, TransactionRecord>>();
  /** The newest one on each connector, while it is open. */
  readonly #newestByConnector = new Map<string, TransactionRecord>();
  /** Read from the store, and nothing heard of them since: what came before a restart is not known one by one. */
  readonly #loadedFromStore = new WeakSet<TransactionRecord>();
  readonly #earlyStops = new Map<string, EarlyStop[]>();

  constructor(readonly store: Pick<Store, 'transaction' | 'transactionByStartKey' | 'listTransactions'>) {}

  async load(): Promise<void> {
    let after: string | undefined;
    for (;;) {
      const page = await this.store.listTransactions({
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
    const place = connectorKey(record);
    const newest = this.#newestByConnector.get(place);
    if (record.stop) {
      this.forget(record.chargePointId, record.transactionId);
      if (newest?.transactionId === record.transactionId) this.#newestByConnector.delete(place);
      return;
    }
    let here = this.#open.get(record.chargePointId);
    if (!here) this.#open.set(record.chargePointId, (here = new Map()));
    here.set(record.transactionId, record);
    if (!newest || newest.transactionId === record.transactionId || isNewer(record, newest))
      this.#newestByConnector.set(place, record);
  }

  /** As if it had never been heard of: it could not be kept. */
  forget(chargePointId: string, transactionId: string): void {
    const record = this.findOpen(chargePointId, transactionId);
    if (!record) return;
    const here = this.#open.get(chargePointId);
    here?.delete(transactionId);
    if (here?.size === 0) this.#open.delete(chargePointId);
    const place = connectorKey(record);
    if (this.#newestByConnector.get(place)?.transactionId === transactionId) this.#newestByConnector.delete(place);
  }

  /** What a message that names no transaction speaks of: the newest one of its connector, bought or not. */
  newestOpenOn(chargePointId: string, connectorId: number): TransactionRecord | undefined {
    return this.#newestByConnector.get(connectorKey({ chargePointId, connectorId }));
  }

  /** Without asking the store: an open one. */
  findOpen(chargePointId: string, transactionId: string): TransactionRecord | undefined {
    return this.#open.get(chargePointId)?.get(transactionId);
  }

  async find(chargePointId: string, transactionId: string): Promise<TransactionRecord | undefined> {
    const open = this.findOpen(chargePointId, transactionId);
    if (open) return open;
    const stored = await this.store.transaction(chargePointId, transactionId);
    if (stored) this.#loadedFromStore.add(stored);
    return stored;
  }

  /** False where events may have come that nobody remembers one by one: a gap in their numbers proves nothing. */
  sawEveryEvent(record: TransactionRecord): boolean {
    return !this.#loadedFromStore.has(record);
  }

  findByStartKey(startKey: string): Promise<TransactionRecord | undefined> {
    return this.store.transactionByStartKey(startKey);
  }

  /**
   * The running order that a stop without a usable number belongs to: by its tag, else the only one that fits.
   * @source OCPP 1.6 errata: a charger that never learned its transaction id sends -1; others send other negatives.
   */
  matchByContent(
    running: readonly Order[],
    stop: { readonly idTag?: string | undefined; readonly meterStopWh?: number | undefined },
  ): Order | undefined {
    const inSession = running.filter((order) => order.session && !order.session.end);
    const tag = stop.idTag?.toUpperCase();
    const tagged = tag === undefined ? [] : inSession.filter((order) => order.idTag?.toUpperCase() === tag);
    if (tagged.length > 0) return tagged[0];
    const fitting = inSession.filter(
      (order) => stop.meterStopWh === undefined || (order.session?.meterStartWh ?? 0) <= stop.meterStopWh,
    );
    return tag === undefined && fitting.length === 1 ? fitting[0] : undefined;
  }

  rememberEarlyStop(chargePointId: string, stop: EarlyStop): void {
    const kept = (this.#earlyStops.get(chargePointId) ?? [])
      .filter((other) => stop.receivedAt - other.receivedAt < EARLY_STOP_MS)
      .slice(-7);
    this.#earlyStops.set(chargePointId, [...kept, stop]);
  }

  /** The stop that overtook this start, if one did; it is handed out once. */
  takeEarlyStop(chargePointId: string, idTag: string, meterStartWh: number, now: number): EarlyStop | undefined {
    const kept = this.#earlyStops.get(chargePointId);
    const found = kept?.find(
      (stop) =>
        stop.idTag.toUpperCase() === idTag.toUpperCase() &&
        now - stop.receivedAt < EARLY_STOP_MS &&
        (stop.meterStopWh ?? Infinity) >= meterStartWh,
    );
    if (found && kept)
      this.#earlyStops.set(
        chargePointId,
        kept.filter((stop) => stop !== found),
      );
    return found;
  }
}

/** Whichever was heard of later, in whatever order they are read; of two at once, our own rising number decides. */
function isNewer(a: TransactionRecord, b: TransactionRecord): boolean {
  if (a.receivedAt !== b.receivedAt) return a.receivedAt > b.receivedAt;
  return !(Number(a.transactionId) < Number(b.transactionId));
}

/** Recognises a start that is told again, under whatever message id. */
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
    encodeURIComponent(start.idTag.toWellFormed().toUpperCase()),
    start.at,
    start.meterStartWh,
  ].join('|');
}
