/**
 * Handles StartTransaction and StopTransaction of 1.6. Each is saved and answered; a transaction that belongs to no
 * order opens a discrepancy, unless an operator vouches for its tag and its connector is not reserved.
 */
import { isRepeatedStart } from '../../domain/matching/repeated-start.js';
import { isTagOf } from '../../domain/matching/tags.js';
import type { Accepted, DiscrepancyDraft } from '../../domain/model/decision.js';
import { omit } from '../../domain/model/object.js';
import { isTerminal, type Order } from '../../domain/model/order.js';
import type { AuthorizationStatus, ChargerEventOf, ChargerOutcomeOf } from '../../ports/charger-events.js';
import type { Store } from '../../ports/store.js';
import type { TransactionRecord } from '../../ports/stored-records.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { VouchedTags } from '../charge-points/vouched-tags.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { ExtraWrite } from '../orders/extra-write.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { closeUnknownStop, endByEarlyStop, endSession, recordUnmatchedStop } from './end-transaction.js';
import { findStopped, type FindStoppedDeps } from './find-stopped.js';
import { matchStartTransaction, orEndedOrder } from './match-order.js';
import { type MeterGaps, missingStartRegister } from './meter-gaps.js';
import { isTransactionNumber, startKeyOf, unknownStopKey } from './transaction-index.js';
import type { UnsavedNumbers } from './unsaved-numbers.js';
import { AUTHORIZATION_STATUS, type TransactionStart } from './transaction-start.js';

export interface StartStopTransactionDeps extends FindStoppedDeps {
  readonly store: Store;
  readonly orders: OrderCommandHandler;
  readonly transactionStart: TransactionStart;
  readonly capabilities: Capabilities;
  readonly meterGaps: MeterGaps;
  readonly vouchedTags: VouchedTags;
  readonly unsavedNumbers: UnsavedNumbers;
  /** Returns whether a connector is reserved for an order. */
  readonly isReserved: (chargePointId: string, connectorId: number) => boolean;
}

/** A StartTransaction, compared with the stored transactions. */
interface ReceivedStart {
  /** The stored record if the start is a repeat, otherwise a new one. */
  readonly record: TransactionRecord;
  /** The stored record, if this start was received before. */
  readonly known: TransactionRecord | undefined;
  /** The discrepancy for unreported energy before this start, if any. */
  readonly gap: DiscrepancyDraft | undefined;
  /** Epoch ms, charger's clock. */
  readonly at: number;
  /** `undefined` if the start has no register. */
  readonly meterStartWh: number | undefined;
}

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
    const { transactionStart, orderCache, unsavedNumbers } = this.#deps;
    const now = this.#receivedAt(event);
    const open = matchStartTransaction(this.#deps, chargePointId, event, now);
    const match = await orEndedOrder(orderCache, open, { chargePointId, idTag: event.idTag });
    const matched = 'order' in match ? match.order : undefined;
    const start = await this.#receiveStart(chargePointId, event, matched);
    const { transactionId } = start.record;
    const repeatedId = start.known?.orderId;
    const order = matched ?? (repeatedId === undefined ? undefined : await orderCache.get(repeatedId));
    if (!start.known) await transactionStart.supersedeOthers(chargePointId, event, order);
    const status = order ? await this.#startOrderSession(order, start) : await this.#recordUnmatchedStart(start);
    if (order && status !== 'Accepted') transactionStart.stopUnmatched(start.record, start.at, order);
    unsavedNumbers.forget(chargePointId, event);
    const expiresAt = status === 'Accepted' ? order?.deadlines?.endBy : undefined;
    return { type: 'transaction-started', transactionId, status, ...(expiresAt !== undefined && { expiresAt }) };
  }

  async #receiveStart(
    chargePointId: string,
    event: ChargerEventOf<'transaction-started'>,
    order: Order | undefined,
  ): Promise<ReceivedStart> {
    const { transactions, meterGaps, transactionStart } = this.#deps;
    const { connectorId, idTag, meterStartWh, givenTransactionId: given } = event;
    const now = this.#receivedAt(event);
    const at = event.at ?? now;
    const registered = event.registerMissing ? undefined : meterStartWh;
    const startKey = startKeyOf({ ...event, chargePointId, at });
    const repeated =
      transactionStart.findRepeated(chargePointId, event) ??
      (await this.#findRepeated(order, event)) ??
      (await transactions.loadByStartKey(startKey));
    const known = given === undefined ? repeated : await this.#findAnswered(chargePointId, given, repeated);
    if (known) return { record: known, known, gap: undefined, at, meterStartWh: registered };
    const transactionId = given ?? (await this.#deps.unsavedNumbers.take(chargePointId, event));
    passCrashPoint('transaction.numbered');
    const record: TransactionRecord = {
      ...{ chargePointId, transactionId, startKey, connectorId, idTag, meterStartWh },
      startedAt: at,
      receivedAt: now,
      raw: [event.raw],
    };
    const gap = event.registerMissing ? undefined : meterGaps.findGap(chargePointId, connectorId, meterStartWh);
    return { record, known, gap, at, meterStartWh: registered };
  }

  /**
   * Finds the stored transaction of a start that was answered with the number `given` while the store was unavailable.
   * The charger uses that number, so a start that was answered as a new one is no longer taken for a repeat. The
   * exception is a repeat of an order's start, because the session must not be divided.
   * @param repeated The transaction whose start it repeats, judging by its content.
   */
  async #findAnswered(
    chargePointId: string,
    given: string,
    repeated: TransactionRecord | undefined,
  ): Promise<TransactionRecord | undefined> {
    const answered = await this.#deps.transactions.find(chargePointId, given);
    if (answered) return answered;
    if (repeated?.orderId === undefined) return undefined;
    await this.#recordSecondNumber(repeated, given);
    return repeated;
  }

  /**
   * Finds the session's stored start if this start repeats it. Once energy has been metered, only a repeat can have the
   * session's start register.
   */
  async #findRepeated(
    order: Order | undefined,
    event: ChargerEventOf<'transaction-started'>,
  ): Promise<TransactionRecord | undefined> {
    if (!order?.session || order.session.meter.energyWh === 0) return undefined;
    const { chargePointId } = order.connector;
    const record = await this.#deps.transactions.find(chargePointId, order.session.transactionId);
    return record && isRepeatedStart({ ...record, hasMetered: true }, event) ? record : undefined;
  }

  #receivedAt({ receivedAt }: { readonly receivedAt?: number }): number {
    return receivedAt ?? this.#deps.clock.now();
  }

  /**
   * Opens a discrepancy: the charger repeated an unanswered start and got a second transaction id while the store was
   * unavailable.
   */
  async #recordSecondNumber({ chargePointId, transactionId }: TransactionRecord, given: string): Promise<void> {
    const detail = `The charger repeated the start of transaction ${transactionId} while the store was unavailable, and got the number ${given}.`;
    const draft = { kind: 'transaction-contradiction', detail, key: `${chargePointId}/${given}` } as const;
    const discrepancies = this.#deps.discrepancies.create(undefined, [draft], { chargePointId, transactionId });
    await this.#deps.store.commit({ discrepancies });
  }

  async #startOrderSession(order: Order, start: ReceivedStart): Promise<AuthorizationStatus> {
    const { record, gap, at } = start;
    const { orders, store, transactions, transactionStart } = this.#deps;
    const { chargePointId, connectorId, transactionId, idTag } = record;
    const toStart = transactionStart.toRecordStart(order, record, at, start.meterStartWh);
    const isAssumed = idTag === '';
    const replaced = isAssumed ? [] : await transactionStart.replacedRecords(order, record);
    const result = await orders.handle(order, isAssumed ? { ...toStart, isAssumed } : toStart, {
      alsoSave: (accepted) => this.#startWrite(accepted, start, replaced),
    });
    passCrashPoint('transaction.saved');
    if (!('accepted' in result)) {
      const reason = `Connector ${connectorId} went to another order while this order's session began there.`;
      const unmatched = transactionStart.unmatchedDiscrepancies(record, reason, gap ? [gap] : []);
      await store.commit({ transactions: [refusedRecord(record)], discrepancies: unmatched });
      transactions.put(refusedRecord(record));
      return 'Blocked';
    }
    const isAccepted = result.accepted.idTagStatus === 'accepted';
    if (isAccepted && !isAssumed) await transactionStart.closeAssumption(order);
    const { requestedAt = record.receivedAt } = result.accepted.order.session ?? {};
    const own = { idTag, meterStartWh: start.meterStartWh, at, requestedAt };
    const early = isAccepted && (await transactions.findEarlyStop(chargePointId, own, order.createdAt));
    if (early) await endByEarlyStop(this.#deps, order, transactionId, early);
    return AUTHORIZATION_STATUS[result.accepted.idTagStatus ?? 'expired'];
  }

  /**
   * Builds what is saved together with the order's document: the record of the transaction and its discrepancies.
   * @param replaced Further records, to be saved only if the start begins the session.
   */
  #startWrite(
    { idTagStatus, order }: Accepted,
    { record, known, gap, meterStartWh }: ReceivedStart,
    replaced: readonly TransactionRecord[],
  ): ExtraWrite {
    const { chargePointId, connectorId, transactionId, startKey } = record;
    const began = idTagStatus === 'accepted' && order.session?.startKey === startKey;
    const refused = known ? record : refusedRecord(record);
    const saved = began ? { ...omit(record, 'refused'), orderId: order.id } : refused;
    const isChanged = !known || known.orderId !== saved.orderId;
    const records = began ? [saved, ...replaced] : [saved];
    const isUnread = began && !known && meterStartWh === undefined;
    const drafts = [...(gap ? [gap] : []), ...(isUnread ? [missingStartRegister(connectorId)] : [])];
    const discrepancies = this.#deps.discrepancies.create(undefined, drafts, { chargePointId, transactionId });
    return {
      batch: { ...(isChanged && { transactions: records }), ...(discrepancies.length > 0 && { discrepancies }) },
      committed: () => records.forEach((one) => this.#deps.transactions.put(one)),
    };
  }

  async #recordUnmatchedStart({ record, known, gap }: ReceivedStart): Promise<AuthorizationStatus> {
    const { store, transactionStart, transactions, isReserved, vouchedTags } = this.#deps;
    const { chargePointId, connectorId, transactionId, idTag } = record;
    if (vouchedTags.isVouched(chargePointId, idTag) && !isReserved(chargePointId, connectorId)) {
      const discrepancies = gap && this.#deps.discrepancies.create(undefined, [gap], { chargePointId, transactionId });
      if (!known) await store.commit({ transactions: [record], ...(discrepancies && { discrepancies }) });
      transactions.put(record);
      return 'Accepted';
    }
    if (!known) {
      const reason = `A tag that belongs to no order started a transaction on connector ${connectorId}.`;
      const discrepancies = transactionStart.unmatchedDiscrepancies(record, reason, gap ? [gap] : []);
      await store.commit({ transactions: [refusedRecord(record)], discrepancies });
      transactions.put(refusedRecord(record));
    }
    // If StopTransactionOnInvalidId is false, energy would flow that no order pays for (OCPP 1.6 §9.1.24).
    transactionStart.stopUnmatched(record, record.startedAt);
    return isReserved(chargePointId, connectorId) ? 'Blocked' : 'Invalid';
  }

  /** @source OCPP 1.6 §4.10 */
  async stopTransaction(
    chargePointId: string,
    event: ChargerEventOf<'transaction-stopped'>,
  ): Promise<ChargerOutcomeOf<'transaction-stopped'>> {
    const { transactions } = this.#deps;
    const { idTag, meterStopWh, reason, samples } = event;
    const now = this.#receivedAt(event);
    const at = event.at ?? now;
    const { transactionId } = event;
    const record = isTransactionNumber(transactionId)
      ? await transactions.find(chargePointId, transactionId)
      : undefined;
    const stopped = await findStopped(this.#deps, chargePointId, event, record);
    const { order, discrepancies, isAssumed } = stopped;
    const outcome: ChargerOutcomeOf<'transaction-stopped'> = {
      type: 'transaction-stopped',
      ...(idTag !== undefined && (await this.#tagAfterStop(chargePointId, idTag, now))),
    };
    const stop = { at, receivedAt: now, reason, ...(meterStopWh !== undefined && { meterStopWh }) };
    if (!order) {
      await recordUnmatchedStop(this.#deps, { chargePointId, event, record: stopped.record, stop, discrepancies });
      return outcome;
    }
    const isNamed = record?.orderId === order.id;
    const opened =
      isNamed || !order.session ? record : await transactions.find(chargePointId, order.session.transactionId);
    // True if the charger repeats the stop under another message id. The record alone does not prove that the order has
    // the stop.
    const isRecorded = opened?.stop && opened.stop.meterStopWh === meterStopWh && opened.stop.at === at;
    if (isRecorded && isTerminal(order)) return outcome;
    await endSession(this.#deps, order, { opened, stop, samples, raw: [event.raw], discrepancies, isAssumed });
    if (idTag !== undefined && isTagOf(order, idTag)) await this.#deps.transactionStart.closeAssumption(order);
    if (!record && order.session) {
      const startKey = unknownStopKey(chargePointId, { ...stop, transactionId, idTag });
      await closeUnknownStop(this.#deps, startKey, order.session.transactionId);
    }
    passCrashPoint('transaction.ended');
    return outcome;
  }

  /**
   * Returns the tag's status after the stop. An order's tag is used up by its stop, so it expires at once and leaves
   * the charger's cache.
   */
  async #tagAfterStop(
    chargePointId: string,
    idTag: string,
    now: number,
  ): Promise<{ readonly status: AuthorizationStatus; readonly expiresAt?: number }> {
    const { orderCache, vouchedTags } = this.#deps;
    if (await orderCache.findByTagAt(chargePointId, idTag)) return { status: 'Accepted', expiresAt: now };
    return { status: vouchedTags.isVouched(chargePointId, idTag) ? 'Accepted' : 'Invalid' };
  }
}

function refusedRecord(record: TransactionRecord): TransactionRecord {
  return { ...record, refused: true };
}
