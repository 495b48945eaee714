/** Starts, readings and stops of transactions. None is ever refused; what fits no order becomes an orphan and a row. */
import type { WantedRow } from '../../domain/model/decision.js';
import { type Order, isTerminal } from '../../domain/model/order.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Book } from '../orders/order-cache.js';
import { chaosPoint } from '../orders/crash-points.js';
import type { ChargerMeans } from '../charge-points/capabilities.js';
import type { Desk } from '../orders/order-command-handler.js';
import type { Registers } from './meter-gaps.js';
import type { Scribe } from '../orders/effect-factory.js';
import { HISTORY_MS, type Starts, TAG } from './transaction-start.js';
import { keepStrangeStop } from './unmatched-stop.js';
import { type Transactions, startKeyOf } from './transaction-index.js';
import type { ChargerCalls, ChargerEvent, ChargerOutcome, TagStatus } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { MeterEntry, Store, TransactionRecord } from '../../ports/store.js';

export interface SessionEventsDeps {
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly scribe: Scribe;
  readonly transactions: Transactions;
  readonly starts: Starts;
  readonly catalogue: Catalogue;
  readonly calls: ChargerCalls;
  readonly clock: Clock;
  readonly means: ChargerMeans;
  readonly registers: Registers;
  /** Whether a connector is kept for somebody who booked it. */
  readonly kept: (chargePointId: string, connectorId: number) => boolean;
}

type Of<T extends ChargerEvent['type']> = Extract<ChargerEvent, { type: T }>;

const NOTED: ChargerOutcome = { type: 'noted' };
const noted = (): ChargerOutcome => NOTED;

export class SessionEvents {
  readonly #deps: SessionEventsDeps;

  constructor(deps: SessionEventsDeps) {
    this.#deps = deps;
  }

  async started(chargePointId: string, event: Of<'transaction-started'>): Promise<ChargerOutcome> {
    const { transactions, book, store, clock, starts } = this.#deps;
    const now = clock.now();
    const at = event.at ?? now;
    const startKey = startKeyOf({ ...event, chargePointId, at });
    const known = event.at === undefined ? undefined : await transactions.byStartKey(startKey);
    const order = await book.byIdTag(event.idTag);
    const ours = order && order.connector.chargePointId === chargePointId ? order : undefined;
    const transactionId = known?.transactionId ?? String(await store.nextNumber('transactionId'));
    chaosPoint('transaction.numbered');
    const record: TransactionRecord = known ?? {
      chargePointId,
      transactionId,
      startKey,
      connectorId: event.connectorId,
      idTag: event.idTag,
      meterStartWh: event.meterStartWh,
      startedAt: at,
      receivedAt: now,
      raw: [event.raw],
    };
    const hole = known ? undefined : this.#deps.registers.hole(chargePointId, event.connectorId, event.meterStartWh);
    if (!known) await starts.displace(chargePointId, event, ours ?? 'foreign');
    if (!ours) return this.#orphanStarted(record, known !== undefined, hole);
    const status = await this.#startedOurs(ours, record, at, known, hole);
    if (status !== 'Accepted' && now - at < HISTORY_MS) starts.endForeign(chargePointId, transactionId);
    return { type: 'transaction-started', transactionId, status };
  }

  async #startedOurs(
    order: Order,
    record: TransactionRecord,
    at: number,
    known: TransactionRecord | undefined,
    hole: WantedRow | undefined,
  ): Promise<TagStatus> {
    const { desk, store, transactions, clock, starts } = this.#deps;
    const { chargePointId, transactionId } = record;
    const rows = hole && this.#deps.scribe.rows(undefined, [hole], { chargePointId, transactionId });
    const applied = await desk.apply(order, starts.command(order, record, at, record.meterStartWh), {
      along: (accepted) => {
        const mine = accepted.tag === 'accepted' && accepted.order.session?.startKey === record.startKey;
        const saved = mine ? { ...record, orderId: order.id } : record;
        transactions.put(saved);
        const changed = !known || known.orderId !== saved.orderId;
        return { ...(changed && { transactions: [saved] }), ...(rows && { rows }) };
      },
    });
    chaosPoint('transaction.saved');
    if (!('accepted' in applied)) {
      const why = `Connector ${record.connectorId} went to another order as this one's session began there.`;
      await store.commit({ transactions: [record], rows: starts.orphan(record, why, hole ? [hole] : []) });
      transactions.put(record);
      return 'Blocked';
    }
    const early =
      applied.accepted.tag === 'accepted' &&
      transactions.takeEarlyStop(record.chargePointId, record.idTag, record.meterStartWh, clock.now());
    if (early) {
      await desk.apply(order, {
        type: 'record-stop',
        at: early.at,
        reason: early.reason,
        samples: [],
        ...(early.meterStopWh !== undefined && { meterStopWh: early.meterStopWh }),
      });
    }
    return TAG[applied.accepted.tag ?? 'expired'];
  }

  async #orphanStarted(
    record: TransactionRecord,
    known: boolean,
    hole: WantedRow | undefined,
  ): Promise<ChargerOutcome> {
    const { store, starts, transactions } = this.#deps;
    if (!known) {
      const rows = starts.orphan(
        record,
        `A tag that no order of ours carries began on connector ${record.connectorId}.`,
        hole ? [hole] : [],
      );
      await store.commit({ transactions: [record], rows });
      transactions.put(record);
    }
    const kept = this.#deps.kept(record.chargePointId, record.connectorId);
    if (kept) starts.endForeign(record.chargePointId, record.transactionId);
    return {
      type: 'transaction-started',
      transactionId: record.transactionId,
      status: kept ? 'Blocked' : 'Invalid',
    };
  }

  sampled(chargePointId: string, event: Of<'meter-sampled'>): Promise<ChargerOutcome> {
    const { store, clock, desk } = this.#deps;
    const orderId = this.#orderOf(chargePointId, event);
    const kept: MeterEntry = {
      seq: store.nextJournalSeq(),
      chargePointId,
      connectorId: event.connectorId,
      receivedAt: clock.now(),
      raw: event.raw,
    };
    if (orderId === undefined) return store.appendMeter(kept).then(noted);
    const entry: MeterEntry = { ...kept, orderId };
    const command = { type: 'record-sample', samples: event.samples, journalSeq: entry.seq } as const;
    return desk.sample(orderId, command, entry).then(noted);
  }

  #orderOf(chargePointId: string, event: Of<'meter-sampled'>): string | undefined {
    const { transactions } = this.#deps;
    if (event.transactionId !== undefined && Number(event.transactionId) > 0) {
      return transactions.open(chargePointId, event.transactionId)?.orderId;
    }
    // Connector 0 is the main meter, never a session's (OCPP 1.6 §4.7).
    if (event.connectorId === 0) return undefined;
    return transactions.runningOn(chargePointId, event.connectorId)?.orderId;
  }

  async stopped(chargePointId: string, event: Of<'transaction-stopped'>): Promise<ChargerOutcome> {
    const { transactions, book, clock } = this.#deps;
    const now = clock.now();
    const at = event.at ?? now;
    const numbered = Number(event.transactionId) > 0;
    const record = numbered ? await transactions.find(chargePointId, event.transactionId) : undefined;
    const order =
      record?.orderId !== undefined
        ? await book.get(record.orderId)
        : numbered
          ? undefined
          : await this.#matched(chargePointId, event);
    const outcome: ChargerOutcome = {
      type: 'transaction-stopped',
      ...(event.idTag !== undefined && { status: 'Accepted' as const }),
    };
    const stop = {
      at,
      receivedAt: now,
      reason: event.reason,
      ...(event.meterStopWh !== undefined && { meterStopWh: event.meterStopWh }),
    };
    if (!order) {
      await keepStrangeStop(this.#deps, chargePointId, event, record, stop);
      return outcome;
    }
    // The same stop under a new message id: it is known, and was answered.
    const opened = record ?? (order.session && (await transactions.find(chargePointId, order.session.transactionId)));
    if (opened?.stop && opened.stop.meterStopWh === event.meterStopWh && opened.stop.at === at) return outcome;
    await this.#deps.desk.apply(
      order,
      {
        type: 'record-stop',
        at,
        reason: event.reason,
        samples: event.samples,
        ...(event.meterStopWh !== undefined && { meterStopWh: event.meterStopWh }),
      },
      {
        along: (accepted) => {
          const learned = this.#deps.means.taughtBy(accepted);
          if (!opened || opened.stop) return learned;
          const closed: TransactionRecord = { ...opened, stop, raw: [...opened.raw, event.raw] };
          transactions.put(closed);
          return { transactions: [closed], ...learned };
        },
      },
    );
    chaosPoint('transaction.ended');
    return outcome;
  }

  async #matched(chargePointId: string, event: Of<'transaction-stopped'>): Promise<Order | undefined> {
    const { book, transactions } = this.#deps;
    const running = book.at(chargePointId).filter((order) => !isTerminal(order));
    const found = transactions.matchByContent(running, event);
    if (found || event.idTag === undefined) return found;
    // Its tag may name an order whose end was inferred meanwhile.
    const tagged = await book.byIdTag(event.idTag);
    return tagged?.session && tagged.connector.chargePointId === chargePointId ? tagged : undefined;
  }
}
