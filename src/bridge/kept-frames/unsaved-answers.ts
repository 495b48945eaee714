/**
 * Answers transaction messages that go to the frame journal while the store cannot take them. The answers come from
 * memory: open orders, open transactions and the tags for which an operator vouches.
 */
import { mayEnd } from '../../domain/matching/stop-match.js';
import { isTagOf } from '../../domain/matching/tags.js';
import type { CommandOf } from '../../domain/model/command.js';
import type { Order } from '../../domain/model/order.js';
import type { AuthorizationStatus, ChargerEventOf, TransactionEvent } from '../../ports/charger-events.js';
import type { KeptFrame, TransactionMessage, TransactionMessageOutcome } from '../../ports/frame-journal.js';
import type { Clock } from '../../ports/runtime.js';
import type { TransactionRecord } from '../../ports/stored-records.js';
import type { VouchedTags } from '../charge-points/vouched-tags.js';
import type { OrderCache } from '../orders/order-cache.js';
import { matchEvent, withConnector, matchStartTransaction, type MatchOrderDeps } from '../transactions/match-order.js';
import type { MeterValues } from '../transactions/meter-values.js';
import {
  createTransactionRecord,
  toRecordStop,
  toTransactionEventOutcome,
} from '../transactions/transaction-event-record.js';
import { startKeyOf, type TransactionIndex } from '../transactions/transaction-index.js';
import type { TransactionStart } from '../transactions/transaction-start.js';
import type { UnsavedNumbers } from '../transactions/unsaved-numbers.js';
import type { UnsavedSessions } from './unsaved-sessions.js';

export interface UnsavedAnswersDeps extends MatchOrderDeps {
  readonly orderCache: OrderCache;
  readonly transactions: TransactionIndex;
  readonly meterValues: Pick<MeterValues, 'orderIdOf'>;
  readonly transactionStart: Pick<TransactionStart, 'findRepeated'>;
  readonly unsavedNumbers: UnsavedNumbers;
  readonly unsavedSessions: UnsavedSessions;
  readonly vouchedTags: Pick<VouchedTags, 'isVouched'>;
  readonly clock: Clock;
  /** Returns whether a connector is reserved for an order. */
  readonly isReserved: (chargePointId: string, connectorId: number) => boolean;
}

type Started = ChargerEventOf<'transaction-started'>;

export class UnsavedAnswers {
  readonly #deps: UnsavedAnswersDeps;
  /** The StopTransaction messages of OCPP 1.6 that are not in the store yet. */
  readonly #stops = new Map<KeptFrame, ChargerEventOf<'transaction-stopped'>>();

  constructor(deps: UnsavedAnswersDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the answer; `undefined` for a start for which no transaction number is reserved. An answer that accepts a
   * start of an order begins the session in a copy of the order.
   */
  answer(chargePointId: string, event: TransactionMessage): TransactionMessageOutcome | undefined {
    switch (event.type) {
      case 'meter-sampled':
        return { type: 'notification-received' };
      case 'transaction-started':
        return this.#answerStart(chargePointId, event);
      case 'transaction-stopped':
        return { type: 'transaction-stopped', ...this.#tagAfterStop(chargePointId, event.idTag) };
      case 'transaction-event':
        return toTransactionEventOutcome(event, this.#statusOfEvent(chargePointId, event));
    }
  }

  /**
   * Called once the frame is durable. Applies its readings and its end to the session in memory, so that limits hold.
   */
  kept(frame: KeptFrame): void {
    const { chargePointId, event } = frame;
    const { unsavedSessions, unsavedNumbers, transactions, meterValues } = this.#deps;
    switch (event.type) {
      case 'transaction-started':
        return;
      case 'transaction-stopped':
        this.#stops.set(frame, event);
        unsavedNumbers.recordStop(chargePointId, event.transactionId);
        return unsavedSessions.end(chargePointId, event, stopCommand(event, event.reason));
      case 'meter-sampled':
        return unsavedSessions.observe(chargePointId, event, meterValues.orderIdOf(chargePointId, event));
      case 'transaction-event': {
        if (event.eventType === 'ended') {
          const stop = stopCommand(event, event.stoppedReason ?? 'Local');
          return unsavedSessions.end(chargePointId, event, stop);
        }
        const orderId = transactions.findOpen(chargePointId, event.transactionId)?.orderId;
        return unsavedSessions.observe(chargePointId, event, orderId);
      }
    }
  }

  /**
   * Restores the answer to a frame that the last process kept. While the store stays unavailable, a repeated start then
   * gets the same number again, another start with its tag is refused, and limits are enforced.
   */
  restore(frame: KeptFrame): void {
    const { chargePointId, event } = frame;
    if (event.type === 'transaction-started' && event.givenTransactionId !== undefined)
      this.#deps.unsavedNumbers.restore(chargePointId, event, event.givenTransactionId);
    this.answer(chargePointId, event);
    this.kept(frame);
  }

  /** Called once the frame is in the store or given up. */
  saved(frame: KeptFrame): void {
    this.#stops.delete(frame);
  }

  /** Called once no frame of a charge point is waiting any longer. */
  drained(chargePointId: string): void {
    this.#deps.unsavedSessions.forget(chargePointId);
  }

  /** Returns whether kept messages have begun or continued the order's session. */
  hasBegun(orderId: string): boolean {
    return this.#deps.unsavedSessions.hasBegun(orderId);
  }

  stop(): void {
    this.#deps.unsavedSessions.stop();
  }

  #answerStart(chargePointId: string, event: Started): TransactionMessageOutcome | undefined {
    const { unsavedNumbers, unsavedSessions, clock } = this.#deps;
    const repeated = this.#answerRepeated(chargePointId, event);
    if (repeated) return repeated;
    const transactionId = unsavedNumbers.takeReserved(chargePointId, event);
    if (transactionId === undefined) return undefined;
    const now = event.receivedAt ?? clock.now();
    const at = event.at ?? now;
    const { connectorId, idTag, meterStartWh, raw } = event;
    const startKey = startKeyOf({ ...event, chargePointId, at });
    const record: TransactionRecord = {
      ...{ chargePointId, transactionId, startKey, connectorId, idTag, meterStartWh },
      startedAt: at,
      receivedAt: now,
      raw: [raw],
    };
    const match = matchStartTransaction(this.#deps, chargePointId, event, now);
    const order = 'order' in match ? match.order : undefined;
    const registered = event.registerMissing ? undefined : meterStartWh;
    const status = order ? unsavedSessions.begin(order, record, registered) : this.#statusOfTag(record);
    const expiresAt = status === 'Accepted' ? order?.deadlines?.endBy : undefined;
    return { type: 'transaction-started', transactionId, status, ...(expiresAt !== undefined && { expiresAt }) };
  }

  /**
   * Answers the repeat of a saved start; `undefined` for any other start. If a kept stop may have ended the saved
   * transaction, the start counts as a new one.
   */
  #answerRepeated(chargePointId: string, event: Started): TransactionMessageOutcome | undefined {
    const { transactionStart, orderCache } = this.#deps;
    const known = transactionStart.findRepeated(chargePointId, event);
    if (!known || this.#mayHaveEnded(known)) return undefined;
    const { transactionId, orderId } = known;
    const order = orderId === undefined ? undefined : orderCache.getCached(orderId);
    const isRunning = order?.session?.transactionId === transactionId && !order.session.end;
    const status = isRunning ? 'Accepted' : this.#statusOfTag(known);
    const expiresAt = isRunning ? order.deadlines?.endBy : undefined;
    return { type: 'transaction-started', transactionId, status, ...(expiresAt !== undefined && { expiresAt }) };
  }

  /** Returns whether a kept stop may end this saved transaction. */
  #mayHaveEnded(known: TransactionRecord): boolean {
    const { chargePointId } = known;
    return [...this.#stops].some(
      ([frame, stop]) =>
        frame.chargePointId === chargePointId && mayEnd(stop, known, this.#isKnown(chargePointId, stop.transactionId)),
    );
  }

  #isKnown(chargePointId: string, transactionId: string): boolean {
    const { transactions, unsavedNumbers } = this.#deps;
    return (
      transactions.findOpen(chargePointId, transactionId) !== undefined ||
      unsavedNumbers.hasGiven(chargePointId, transactionId)
    );
  }

  #statusOfEvent(chargePointId: string, received: TransactionEvent): AuthorizationStatus {
    const { transactions, unsavedSessions, clock } = this.#deps;
    const known = transactions.findOpen(chargePointId, received.transactionId);
    const event = withConnector(this.#deps, { connectorId: 0, ...known, chargePointId }, received);
    if (known?.orderId !== undefined || unsavedSessions.has(chargePointId, event.transactionId)) return 'Accepted';
    if (known?.eventRecord?.refusedStatus !== undefined) return known.eventRecord.refusedStatus;
    const now = clock.now();
    const record = known ?? createTransactionRecord(chargePointId, event, event.at ?? now, now);
    const match = matchEvent(this.#deps, { event, record, now });
    if (!('order' in match)) return this.#statusOfTag(record);
    return event.eventType === 'ended' ? 'Accepted' : this.#beginByEvent(match.order, record, event);
  }

  #beginByEvent(order: Order, record: TransactionRecord, { meterStartWh }: TransactionEvent): AuthorizationStatus {
    if (order.session) return 'Accepted';
    const connectorId = record.connectorId === 0 ? order.connector.connectorId : record.connectorId;
    return this.#deps.unsavedSessions.begin(order, { ...record, connectorId }, meterStartWh);
  }

  #statusOfTag({ chargePointId, connectorId, idTag }: TransactionRecord): AuthorizationStatus {
    const { vouchedTags, isReserved } = this.#deps;
    if (isReserved(chargePointId, connectorId)) return 'Blocked';
    return vouchedTags.isVouched(chargePointId, idTag) ? 'Accepted' : 'Invalid';
  }

  /** Returns the tag's status; leaves it out if only the store may know the tag. */
  #tagAfterStop(
    chargePointId: string,
    idTag: string | undefined,
  ): { readonly status?: AuthorizationStatus; readonly expiresAt?: number } {
    const { orderCache, vouchedTags, clock } = this.#deps;
    if (idTag === undefined) return {};
    const isOrders = orderCache.openOrdersAt(chargePointId).some((order) => isTagOf(order, idTag));
    if (isOrders) return { status: 'Accepted', expiresAt: clock.now() };
    return vouchedTags.isVouched(chargePointId, idTag) ? { status: 'Accepted' } : {};
  }
}

function stopCommand(
  {
    receivedAt,
    at = receivedAt,
    ...stop
  }: Extract<KeptFrame['event'], { type: 'transaction-stopped' | 'transaction-event' }>,
  reason: string,
): CommandOf<'record-stop'> {
  return toRecordStop({ ...stop, at, reason }, stop.samples);
}
