/**
 * Handles StartTransaction, MeterValues and StopTransaction of 1.6. Each is saved and answered; a transaction that
 * belongs to no order opens a discrepancy.
 */
import { isRepeatedStart } from '../../domain/matching/repeated-start.js';
import { matchStop } from '../../domain/matching/stop-match.js';
import type { DiscrepancyDraft } from '../../domain/model/decision.js';
import { isTerminal, type Order } from '../../domain/model/order.js';
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import type { AuthorizationStatus, ChargerEventOf, ChargerOutcomeOf } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { Discrepancy, MeterEntry, TransactionRecord } from '../../ports/stored-records.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { VouchedTags } from '../charge-points/vouched-tags.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import { joinWrites } from '../orders/extra-write.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { MeterGaps } from './meter-gaps.js';
import { type TransactionIndex, startKeyOf } from './transaction-index.js';
import { AUTHORIZATION_STATUS, isHistoric, type TransactionStart } from './transaction-start.js';
import { recordUnmatchedStop } from './unmatched-stop.js';

export interface StartStopTransactionDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly transactions: TransactionIndex;
  readonly transactionStart: TransactionStart;
  readonly catalogue: CatalogueLookup;
  readonly clock: Clock;
  readonly capabilities: Capabilities;
  readonly meterGaps: MeterGaps;
  readonly vouchedTags: VouchedTags;
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
    const order = await orderCache.findByTagAt(chargePointId, event.idTag);
    if (!start.known) await transactionStart.supersedeOthers(chargePointId, event, order);
    if (!order) return this.#recordUnmatchedStart(start);
    const status = await this.#startOrderSession(order, start);
    if (status !== 'Accepted' && !isHistoric(start.at, now, order))
      transactionStart.stopUnmatched(chargePointId, transactionId);
    const expiresAt = status === 'Accepted' ? order.deadlines?.endBy : undefined;
    return { type: 'transaction-started', transactionId, status, ...(expiresAt !== undefined && { expiresAt }) };
  }

  async #receiveStart(chargePointId: string, event: ChargerEventOf<'transaction-started'>): Promise<ReceivedStart> {
    const { transactions, store, clock, meterGaps } = this.#deps;
    const { connectorId, idTag, meterStartWh } = event;
    const now = clock.now();
    const at = event.at ?? now;
    const startKey = startKeyOf({ ...event, chargePointId, at });
    const newest = transactions.newestOpenOn(chargePointId, connectorId);
    const known =
      newest && isRepeatedStart({ ...newest, hasMetered: this.#hasMetered(newest) }, event)
        ? newest
        : await transactions.findByStartKey(startKey);
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

  #hasMetered({ orderId }: TransactionRecord): boolean {
    const session = orderId === undefined ? undefined : this.#deps.orderCache.getCached(orderId)?.session;
    // Of a transaction without an order, nothing is metered here.
    return session === undefined || session.meter.energyWh > 0;
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
    const { store, transactionStart, transactions, isReserved, vouchedTags, clock } = this.#deps;
    const { chargePointId, connectorId, transactionId, idTag } = record;
    if (vouchedTags.isVouched(chargePointId, idTag) && !isReserved(chargePointId, connectorId)) {
      const discrepancies = gap && this.#deps.discrepancies.create(undefined, [gap], { chargePointId, transactionId });
      if (!known) await store.commit({ transactions: [record], ...(discrepancies && { discrepancies }) });
      transactions.put(record);
      return { type: 'transaction-started', transactionId, status: 'Accepted' };
    }
    if (!known) {
      const reason = `A tag that belongs to no order started a transaction on connector ${connectorId}.`;
      const discrepancies = transactionStart.unmatchedDiscrepancies(record, reason, gap ? [gap] : []);
      await store.commit({ transactions: [record], discrepancies });
      transactions.put(record);
    }
    // With StopTransactionOnInvalidId false, energy would flow for nobody (OCPP 1.6 §9.1.24).
    if (!isHistoric(record.startedAt, clock.now())) transactionStart.stopUnmatched(chargePointId, transactionId);
    const status = isReserved(chargePointId, connectorId) ? 'Blocked' : 'Invalid';
    return { type: 'transaction-started', transactionId, status };
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
    const { order, contradicts } = await this.#orderOfStop(chargePointId, event, record);
    const outcome: ChargerOutcomeOf<'transaction-stopped'> = {
      type: 'transaction-stopped',
      ...(idTag !== undefined && (await this.#tagAfterStop(chargePointId, idTag, now))),
    };
    const meterStop = meterStopWh !== undefined && { meterStopWh };
    const stop = { at, receivedAt: now, reason, ...meterStop };
    if (!order) {
      await recordUnmatchedStop(this.#deps, { chargePointId, event, record, stop });
      return outcome;
    }
    const isNamed = record?.orderId === order.id;
    const opened =
      isNamed || !order.session ? record : await transactions.find(chargePointId, order.session.transactionId);
    const discrepancies = this.#contradiction(order, event.transactionId, contradicts);
    // The charger has repeated the stop under another message id. The record alone does not prove that the order has it.
    const isRecorded = opened?.stop && opened.stop.meterStopWh === meterStopWh && opened.stop.at === at;
    if (isRecorded && isTerminal(order)) return outcome;
    await orders.handle(
      order,
      { type: 'record-stop', at, reason, samples, ...meterStop },
      {
        alsoSave: (accepted) => {
          const learned = joinWrites({ batch: { discrepancies } }, capabilities.learnedFrom(accepted));
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

  #contradiction(order: Order, transactionId: string, contradicts: string | undefined): Discrepancy[] {
    if (contradicts === undefined) return [];
    const detail = `A stop names transaction ${transactionId} (${contradicts}) and the tag of another session; it ended the one of its tag.`;
    return this.#deps.discrepancies.create(order, [{ kind: 'transaction-contradiction', detail }]);
  }

  /** The tag of an order is used up by its stop, so it expires at once and leaves the charger's cache. */
  async #tagAfterStop(
    chargePointId: string,
    idTag: string,
    now: number,
  ): Promise<{ readonly status: AuthorizationStatus; readonly expiresAt?: number }> {
    const { orderCache, vouchedTags } = this.#deps;
    if (await orderCache.findByTagAt(chargePointId, idTag)) return { status: 'Accepted', expiresAt: now };
    return { status: vouchedTags.isVouched(chargePointId, idTag) ? 'Accepted' : 'Invalid' };
  }

  /** Finds the order of a stop; `contradicts` names what its number says instead. */
  async #orderOfStop(
    chargePointId: string,
    { idTag, meterStopWh }: ChargerEventOf<'transaction-stopped'>,
    record: TransactionRecord | undefined,
  ): Promise<{ readonly order?: Order | undefined; readonly contradicts?: string }> {
    const { orderCache, transactions, catalogue, clock } = this.#deps;
    const match = matchStop(
      { ...(record && { named: record }), idTag, meterStopWh, now: clock.now() },
      {
        open: orderCache.openOrdersAt(chargePointId).filter(({ session }) => session && !session.end),
        hasUnmatchedTransaction: transactions.openAt(chargePointId).some(({ orderId }) => orderId === undefined),
        maxPowerW: ({ connector }) => catalogue.site(connector)?.connector.maxPowerW ?? Infinity,
      },
    );
    if (match.kind === 'named') return {};
    if (match.kind === 'order') {
      const { orderId, contradicts } = match;
      return { order: await orderCache.get(orderId), ...(contradicts !== undefined && { contradicts }) };
    }
    // The tag may belong to an order whose end was inferred before this stop arrived.
    const ended = idTag === undefined ? undefined : await orderCache.findByTagAt(chargePointId, idTag);
    return ended?.session ? { order: ended } : {};
  }
}
