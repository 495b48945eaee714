/** Starts, readings and stops of transactions. None is ever refused; what fits no order becomes an orphan and a row. */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import { type Order, isTerminal } from '../../domain/model/order.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { OrderCache } from '../orders/order-cache.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import { joinWrites } from '../orders/extra-write.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { MeterGaps } from './meter-gaps.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import { HISTORIC_AFTER_MS, type TransactionStart, AUTHORIZATION_STATUS } from './transaction-start.js';
import { recordUnmatchedStop } from './unmatched-stop.js';
import { type TransactionIndex, startKeyOf } from './transaction-index.js';
import type {
  ChargerCommandSender,
  ChargerEvent,
  ChargerOutcome,
  AuthorizationStatus,
} from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { MeterEntry, TransactionRecord } from '../../ports/stored-records.js';

export interface StartStopTransactionDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly transactions: TransactionIndex;
  readonly transactionStart: TransactionStart;
  readonly catalogue: Catalogue;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
  readonly capabilities: Capabilities;
  readonly meterGaps: MeterGaps;
  /** Whether a connector is kept for somebody who booked it. */
  readonly isReserved: (chargePointId: string, connectorId: number) => boolean;
}

type ChargerEventOf<T extends ChargerEvent['type']> = Extract<ChargerEvent, { type: T }>;

const NOTIFICATION_RECEIVED: ChargerOutcome = { type: 'notification-received' };
const toNotificationReceived = (): ChargerOutcome => NOTIFICATION_RECEIVED;

export class StartStopTransaction {
  readonly #deps: StartStopTransactionDeps;

  constructor(deps: StartStopTransactionDeps) {
    this.#deps = deps;
  }

  async startTransaction(chargePointId: string, event: ChargerEventOf<'transaction-started'>): Promise<ChargerOutcome> {
    const { transactions, orderCache: book, store, clock, transactionStart: starts } = this.#deps;
    const now = clock.now();
    const at = event.at ?? now;
    const startKey = startKeyOf({ ...event, chargePointId, at });
    const known = event.at === undefined ? undefined : await transactions.findByStartKey(startKey);
    const order = await book.findByIdTag(event.idTag);
    const ours = order && order.connector.chargePointId === chargePointId ? order : undefined;
    const transactionId = known?.transactionId ?? String(await store.nextNumber('transactionId'));
    passCrashPoint('transaction.numbered');
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
    const hole = known ? undefined : this.#deps.meterGaps.findGap(chargePointId, event.connectorId, event.meterStartWh);
    if (!known) await starts.supersedeOthers(chargePointId, event, ours ?? 'unmatched');
    if (!ours) return this.#recordUnmatchedStart(record, known !== undefined, hole);
    const status = await this.#startOrderSession(ours, record, at, known, hole);
    if (status !== 'Accepted' && now - at < HISTORIC_AFTER_MS) starts.stopUnmatched(chargePointId, transactionId);
    return { type: 'transaction-started', transactionId, status };
  }

  async #startOrderSession(
    order: Order,
    record: TransactionRecord,
    at: number,
    known: TransactionRecord | undefined,
    hole: DiscrepancyDraft | undefined,
  ): Promise<AuthorizationStatus> {
    const { orders: desk, store, transactions, clock, transactionStart: starts } = this.#deps;
    const { chargePointId, transactionId } = record;
    const rows = hole && this.#deps.discrepancies.create(undefined, [hole], { chargePointId, transactionId });
    const applied = await desk.handle(order, starts.toRecordStart(order, record, at, record.meterStartWh), {
      alsoSave: (accepted) => {
        const isOurs = accepted.idTagStatus === 'accepted' && accepted.order.session?.startKey === record.startKey;
        const saved = isOurs ? { ...record, orderId: order.id } : record;
        const changed = !known || known.orderId !== saved.orderId;
        return {
          batch: { ...(changed && { transactions: [saved] }), ...(rows && { discrepancies: rows }) },
          committed: () => transactions.put(saved),
        };
      },
    });
    passCrashPoint('transaction.saved');
    if (!('accepted' in applied)) {
      const why = `Connector ${record.connectorId} went to another order as this one's session began there.`;
      await store.commit({
        transactions: [record],
        discrepancies: starts.unmatchedDiscrepancies(record, why, hole ? [hole] : []),
      });
      transactions.put(record);
      return 'Blocked';
    }
    const early =
      applied.accepted.idTagStatus === 'accepted' &&
      transactions.takeEarlyStop(record.chargePointId, record.idTag, record.meterStartWh, clock.now());
    if (early) {
      await desk.handle(order, {
        type: 'record-stop',
        at: early.at,
        reason: early.reason,
        samples: [],
        ...(early.meterStopWh !== undefined && { meterStopWh: early.meterStopWh }),
      });
    }
    return AUTHORIZATION_STATUS[applied.accepted.idTagStatus ?? 'expired'];
  }

  async #recordUnmatchedStart(
    record: TransactionRecord,
    known: boolean,
    hole: DiscrepancyDraft | undefined,
  ): Promise<ChargerOutcome> {
    const { store, transactionStart: starts, transactions } = this.#deps;
    if (!known) {
      const rows = starts.unmatchedDiscrepancies(
        record,
        `A tag that no order of ours carries began on connector ${record.connectorId}.`,
        hole ? [hole] : [],
      );
      await store.commit({ transactions: [record], discrepancies: rows });
      transactions.put(record);
    }
    const kept = this.#deps.isReserved(record.chargePointId, record.connectorId);
    if (kept) starts.stopUnmatched(record.chargePointId, record.transactionId);
    return {
      type: 'transaction-started',
      transactionId: record.transactionId,
      status: kept ? 'Blocked' : 'Invalid',
    };
  }

  meterSampled(chargePointId: string, event: ChargerEventOf<'meter-sampled'>): Promise<ChargerOutcome> {
    const { store, clock, orders: desk } = this.#deps;
    const orderId = this.#orderIdOf(chargePointId, event);
    const kept: MeterEntry = {
      seq: store.nextJournalSeq(),
      chargePointId,
      connectorId: event.connectorId,
      receivedAt: clock.now(),
      raw: event.raw,
    };
    if (orderId === undefined) return store.appendMeterEntry(kept).then(toNotificationReceived);
    const entry: MeterEntry = { ...kept, orderId };
    const command = { type: 'record-sample', samples: event.samples, journalSeq: entry.seq } as const;
    return desk.recordSample(orderId, command, entry).then(toNotificationReceived);
  }

  #orderIdOf(chargePointId: string, event: ChargerEventOf<'meter-sampled'>): string | undefined {
    const { transactions } = this.#deps;
    if (event.transactionId !== undefined && Number(event.transactionId) > 0) {
      return transactions.findOpen(chargePointId, event.transactionId)?.orderId;
    }
    // Connector 0 is the main meter, never a session's (OCPP 1.6 §4.7).
    if (event.connectorId === 0) return undefined;
    return transactions.newestOpenOn(chargePointId, event.connectorId)?.orderId;
  }

  async stopTransaction(chargePointId: string, event: ChargerEventOf<'transaction-stopped'>): Promise<ChargerOutcome> {
    const { transactions, orderCache: book, clock } = this.#deps;
    const now = clock.now();
    const at = event.at ?? now;
    const numbered = Number(event.transactionId) > 0;
    const record = numbered ? await transactions.find(chargePointId, event.transactionId) : undefined;
    const order =
      record?.orderId !== undefined
        ? await book.get(record.orderId)
        : numbered
          ? undefined
          : await this.#matchOrder(chargePointId, event);
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
      await recordUnmatchedStop(this.#deps, chargePointId, event, record, stop);
      return outcome;
    }
    // The same stop under a new message id: it is known, and was answered.
    const opened = record ?? (order.session && (await transactions.find(chargePointId, order.session.transactionId)));
    if (opened?.stop && opened.stop.meterStopWh === event.meterStopWh && opened.stop.at === at) return outcome;
    await this.#deps.orders.handle(
      order,
      {
        type: 'record-stop',
        at,
        reason: event.reason,
        samples: event.samples,
        ...(event.meterStopWh !== undefined && { meterStopWh: event.meterStopWh }),
      },
      {
        alsoSave: (accepted) => {
          const learned = this.#deps.capabilities.learnedFrom(accepted);
          if (!opened || opened.stop) return learned;
          const closed: TransactionRecord = { ...opened, stop, raw: [...opened.raw, event.raw] };
          return joinWrites({ batch: { transactions: [closed] }, committed: () => transactions.put(closed) }, learned);
        },
      },
    );
    passCrashPoint('transaction.ended');
    return outcome;
  }

  async #matchOrder(chargePointId: string, event: ChargerEventOf<'transaction-stopped'>): Promise<Order | undefined> {
    const { orderCache: book, transactions } = this.#deps;
    const running = book.openOrdersAt(chargePointId).filter((order) => !isTerminal(order));
    const found = transactions.matchByContent(running, event);
    if (found || event.idTag === undefined) return found;
    // Its tag may name an order whose end was inferred meanwhile.
    const tagged = await book.findByIdTag(event.idTag);
    return tagged?.session && tagged.connector.chargePointId === chargePointId ? tagged : undefined;
  }
}
