/**
 * Handles StartTransaction, MeterValues and StopTransaction of 1.6. Each is saved and answered; a transaction that
 * belongs to no order opens a discrepancy.
 */
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import { type Order, isTerminal } from '../../domain/model/order.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { AuthorizationStatus, ChargerEventOf, ChargerOutcomeOf } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { MeterEntry, TransactionRecord } from '../../ports/stored-records.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import { joinWrites } from '../orders/extra-write.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { MeterGaps } from './meter-gaps.js';
import { type TransactionIndex, startKeyOf } from './transaction-index.js';
import { AUTHORIZATION_STATUS, HISTORIC_AFTER_MS, type TransactionStart } from './transaction-start.js';
import { recordUnmatchedStop } from './unmatched-stop.js';

export interface StartStopTransactionDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly transactions: TransactionIndex;
  readonly transactionStart: TransactionStart;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly capabilities: Capabilities;
  readonly meterGaps: MeterGaps;
  /** Whether a connector is reserved for an order. */
  readonly isReserved: (chargePointId: string, connectorId: number) => boolean;
}

/** A StartTransaction, compared with the stored transactions. */
interface ReceivedStart {
  /** The stored record if the start is a repeat, otherwise a new one. */
  readonly record: TransactionRecord;
  /** The stored record, if this start was received before. */
  readonly known: TransactionRecord | undefined;
  /** The discrepancy for energy before this start that no transaction reported, if there is any. */
  readonly gap: DiscrepancyDraft | undefined;
  /** Epoch ms, charger's clock. */
  readonly at: number;
}

const ACKNOWLEDGED: ChargerOutcomeOf<'meter-sampled'> = { type: 'notification-received' };
const acknowledge = (): ChargerOutcomeOf<'meter-sampled'> => ACKNOWLEDGED;

export class StartStopTransaction {
  readonly #deps: StartStopTransactionDeps;

  constructor(deps: StartStopTransactionDeps) {
    this.#deps = deps;
  }

  /** @source OCPP 1.6 §4.8 */
  async startTransaction(
    chargePointId: string,
    event: ChargerEventOf<'transaction-started'>,
  ): Promise<ChargerOutcomeOf<'transaction-started'>> {
    const { transactionStart, clock, orderCache } = this.#deps;
    const now = clock.now();
    const start = await this.#receiveStart(chargePointId, event);
    const { transactionId } = start.record;
    const tagged = await orderCache.findByIdTag(event.idTag);
    const order = tagged?.connector.chargePointId === chargePointId ? tagged : undefined;
    if (!start.known) await transactionStart.supersedeOthers(chargePointId, event, order ?? 'unmatched');
    if (!order) return this.#recordUnmatchedStart(start);
    const status = await this.#startOrderSession(order, start);
    if (status !== 'Accepted' && now - start.at < HISTORIC_AFTER_MS)
      transactionStart.stopUnmatched(chargePointId, transactionId);
    return { type: 'transaction-started', transactionId, status };
  }

  async #receiveStart(chargePointId: string, event: ChargerEventOf<'transaction-started'>): Promise<ReceivedStart> {
    const { transactions, store, clock, meterGaps } = this.#deps;
    const { connectorId, idTag, meterStartWh } = event;
    const now = clock.now();
    const at = event.at ?? now;
    const startKey = startKeyOf({ ...event, chargePointId, at });
    const known = event.at === undefined ? undefined : await transactions.findByStartKey(startKey);
    if (known) return { record: known, known, gap: undefined, at };
    const transactionId = String(await store.nextNumber('transactionId'));
    passCrashPoint('transaction.numbered');
    const record: TransactionRecord = {
      ...{ chargePointId, transactionId, startKey, connectorId, idTag, meterStartWh },
      startedAt: at,
      receivedAt: now,
      raw: [event.raw],
    };
    return { record, known, gap: meterGaps.findGap(chargePointId, connectorId, meterStartWh), at };
  }

  async #startOrderSession(order: Order, { record, known, gap, at }: ReceivedStart): Promise<AuthorizationStatus> {
    const { orders, store, transactions, clock, transactionStart } = this.#deps;
    const { chargePointId, connectorId, transactionId, startKey, idTag, meterStartWh } = record;
    const discrepancies = gap && this.#deps.discrepancies.create(undefined, [gap], { chargePointId, transactionId });
    const result = await orders.handle(order, transactionStart.toRecordStart(order, record, at, meterStartWh), {
      alsoSave: (accepted) => {
        const began = accepted.idTagStatus === 'accepted' && accepted.order.session?.startKey === startKey;
        const saved = began ? { ...record, orderId: order.id } : record;
        const isChanged = !known || known.orderId !== saved.orderId;
        return {
          batch: { ...(isChanged && { transactions: [saved] }), ...(discrepancies && { discrepancies }) },
          committed: () => transactions.put(saved),
        };
      },
    });
    passCrashPoint('transaction.saved');
    if (!('accepted' in result)) {
      const reason = `Connector ${connectorId} went to another order while this order's session began there.`;
      const unmatched = transactionStart.unmatchedDiscrepancies(record, reason, gap ? [gap] : []);
      await store.commit({ transactions: [record], discrepancies: unmatched });
      transactions.put(record);
      return 'Blocked';
    }
    const early =
      result.accepted.idTagStatus === 'accepted' &&
      transactions.takeEarlyStop(chargePointId, idTag, meterStartWh, clock.now());
    if (early) {
      const { at: stoppedAt, reason, meterStopWh } = early;
      const stop = { at: stoppedAt, reason, ...(meterStopWh !== undefined && { meterStopWh }) };
      await orders.handle(order, { type: 'record-stop', ...stop, samples: [] });
    }
    return AUTHORIZATION_STATUS[result.accepted.idTagStatus ?? 'expired'];
  }

  async #recordUnmatchedStart({ record, known, gap }: ReceivedStart): Promise<ChargerOutcomeOf<'transaction-started'>> {
    const { store, transactionStart, transactions, isReserved } = this.#deps;
    const { chargePointId, connectorId, transactionId } = record;
    if (!known) {
      const reason = `A tag that belongs to no order started a transaction on connector ${connectorId}.`;
      const discrepancies = transactionStart.unmatchedDiscrepancies(record, reason, gap ? [gap] : []);
      await store.commit({ transactions: [record], discrepancies });
      transactions.put(record);
    }
    if (!isReserved(chargePointId, connectorId))
      return { type: 'transaction-started', transactionId, status: 'Invalid' };
    transactionStart.stopUnmatched(chargePointId, transactionId);
    return { type: 'transaction-started', transactionId, status: 'Blocked' };
  }

  /** Not `async`, because this is the hot path and each further promise costs time. */
  meterSampled(
    chargePointId: string,
    event: ChargerEventOf<'meter-sampled'>,
  ): Promise<ChargerOutcomeOf<'meter-sampled'>> {
    const { store, clock, orders } = this.#deps;
    const { connectorId, samples, raw } = event;
    const orderId = this.#orderIdOf(chargePointId, event);
    const unassigned: MeterEntry = {
      seq: store.nextJournalSeq(),
      chargePointId,
      connectorId,
      receivedAt: clock.now(),
      raw,
    };
    if (orderId === undefined) return store.appendMeterEntry(unassigned).then(acknowledge);
    const entry: MeterEntry = { ...unassigned, orderId };
    const namesTransaction = Number(event.transactionId) > 0;
    const command = { type: 'record-sample', samples, namesTransaction, journalSeq: entry.seq } as const;
    return orders.recordSample(orderId, command, entry).then(acknowledge);
  }

  #orderIdOf(
    chargePointId: string,
    { transactionId, connectorId }: ChargerEventOf<'meter-sampled'>,
  ): string | undefined {
    const { transactions } = this.#deps;
    if (transactionId !== undefined && Number(transactionId) > 0)
      return transactions.findOpen(chargePointId, transactionId)?.orderId;
    // Connector 0 is the main power meter, which belongs to no session (OCPP 1.6 §4.7).
    if (connectorId === 0) return undefined;
    return transactions.newestOpenOn(chargePointId, connectorId)?.orderId;
  }

  /** @source OCPP 1.6 §4.10 */
  async stopTransaction(
    chargePointId: string,
    event: ChargerEventOf<'transaction-stopped'>,
  ): Promise<ChargerOutcomeOf<'transaction-stopped'>> {
    const { transactions, clock, capabilities, orders } = this.#deps;
    const { idTag, meterStopWh, reason, samples } = event;
    const now = clock.now();
    const at = event.at ?? now;
    const hasId = Number(event.transactionId) > 0;
    const record = hasId ? await transactions.find(chargePointId, event.transactionId) : undefined;
    const order = await this.#orderOfStop(chargePointId, event, record);
    const outcome: ChargerOutcomeOf<'transaction-stopped'> = {
      type: 'transaction-stopped',
      ...(idTag !== undefined && { status: 'Accepted' as const }),
    };
    const meterStop = meterStopWh !== undefined && { meterStopWh };
    const stop = { at, receivedAt: now, reason, ...meterStop };
    if (!order) {
      await recordUnmatchedStop(this.#deps, { chargePointId, event, record, stop });
      return outcome;
    }
    const opened = record ?? (order.session && (await transactions.find(chargePointId, order.session.transactionId)));
    // The charger has repeated the stop under another message id. The record alone does not prove that the order has it.
    const isRecorded = opened?.stop && opened.stop.meterStopWh === meterStopWh && opened.stop.at === at;
    if (isRecorded && isTerminal(order)) return outcome;
    await orders.handle(
      order,
      { type: 'record-stop', at, reason, samples, ...meterStop },
      {
        alsoSave: (accepted) => {
          const learned = capabilities.learnedFrom(accepted);
          if (!opened || opened.stop) return learned;
          const closed: TransactionRecord = { ...opened, stop, raw: [...opened.raw, event.raw] };
          const saved = { batch: { transactions: [closed] }, committed: () => transactions.put(closed) };
          return joinWrites(saved, learned);
        },
      },
    );
    passCrashPoint('transaction.ended');
    return outcome;
  }

  async #orderOfStop(
    chargePointId: string,
    event: ChargerEventOf<'transaction-stopped'>,
    record: TransactionRecord | undefined,
  ): Promise<Order | undefined> {
    const { orderCache, transactions } = this.#deps;
    if (record?.orderId !== undefined) return orderCache.get(record.orderId);
    if (Number(event.transactionId) > 0) return undefined;
    const open = orderCache.openOrdersAt(chargePointId).filter((order) => !isTerminal(order));
    const match = transactions.matchByContent(open, event);
    if (match || event.idTag === undefined) return match;
    // The tag may belong to an order whose end was inferred before this stop arrived.
    const tagged = await orderCache.findByIdTag(event.idTag);
    return tagged?.session && tagged.connector.chargePointId === chargePointId ? tagged : undefined;
  }
}
