/** What 2.x stations tell of their transactions: the same story as a start, readings and a stop, told to the same orders. */
import { costSoFar } from '../../domain/billing/bill.js';
import { stationTransactionLimits } from '../../domain/metering/limit.js';
import type { TransactionLimitKind } from '../../domain/model/charger-capabilities.js';
import { type Order, isTerminal } from '../../domain/model/order.js';
import type { OrderCache } from '../orders/order-cache.js';
import { passCrashPoint } from '../orders/crash-points.js';
import { type ExtraWrite, joinWrites, NO_EXTRA_WRITE, commitWrite } from '../orders/extra-write.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import { matchOrder } from './match-order.js';
import {
  toTransactionEventOutcome,
  toMeterEntry,
  withEvent,
  eventRecordOf,
  createTransactionRecord,
  withRefusal,
  type TransactionEventContext,
} from './transaction-event-record.js';
import { recordUnmatchedEvent } from './unmatched-transaction.js';
import type { ConnectorStatuses } from '../charger-events/connector-status.js';
import { HISTORIC_AFTER_MS, type TransactionStart, AUTHORIZATION_STATUS } from './transaction-start.js';
import type { TransactionIndex } from './transaction-index.js';
import type { ChargerCommandSender, ChargerOutcome, TransactionEvent } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { TransactionRecord } from '../../ports/stored-records.js';

export interface TransactionEventHandlerDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly transactions: TransactionIndex;
  readonly transactionStart: TransactionStart;
  readonly connectorStatuses: ConnectorStatuses;
  readonly capabilities: Capabilities;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
  /** A fresh reading is wanted; best effort. */
}

/** The reason of a transaction that waited for a cable in vain. */
const EV_CONNECT_TIMEOUT = 'Timeout';

/** Nobody is authorised from here on, though the transaction may stay open until the cable is out. */
const AUTHORIZATION_END_REASONS: ReadonlyMap<string, string> = new Map([
  ['RemoteStop', 'Remote'],
  ['StopAuthorized', 'Local'],
  ['Deauthorized', 'DeAuthorized'],
  // Nobody plugged in: where a transaction began with the authorisation, it may stay open all the same.
  ['EVConnectTimeout', EV_CONNECT_TIMEOUT],
]);

/** What a stopped session may still draw before anybody has to look, Wh. */
const TOLERATED_AFTER_END_WH = 100;

const LIMIT_REACHED_TRIGGERS: ReadonlyMap<string, TransactionLimitKind> = new Map([
  ['EnergyLimitReached', 'energy'],
  ['TimeLimitReached', 'time'],
  ['SoCLimitReached', 'soc'],
]);
const ENFORCEABLE_LIMITS = [
  ['energyWh', 'energy'],
  ['timeS', 'time'],
  ['socPercent', 'soc'],
] as const;

export class TransactionEventHandler {
  readonly #deps: TransactionEventHandlerDeps;

  constructor(deps: TransactionEventHandlerDeps) {
    this.#deps = deps;
  }

  /** Never refuses. @source OCPP 2.0.1 E01–E15, F01–F03 */
  async handleTransactionEvent(chargePointId: string, event: TransactionEvent): Promise<ChargerOutcome> {
    const { transactions, transactionStart: starts, clock } = this.#deps;
    const now = clock.now();
    const at = event.at ?? now;
    const found = await transactions.find(chargePointId, event.transactionId);
    const known = found && isReusedTransactionId(found, event) ? undefined : found;
    const record = known
      ? withEvent(known, event, at, transactions.sawEveryEvent(known))
      : createTransactionRecord(chargePointId, event, at, now);
    const newest = known?.eventRecord === undefined || at >= known.eventRecord.lastEventAt;
    const told: TransactionEventContext = {
      chargePointId,
      event,
      record,
      isFirst: known === undefined,
      isNewest: newest,
      at,
      now,
    };
    if (!known && event.connectorId !== undefined) {
      const begun = { connectorId: event.connectorId, meterStartWh: event.meterStartWh ?? 0, at };
      await starts.supersedeOthers(chargePointId, begun, 'unassigned');
    }
    return this.#assignToOrder(told);
  }

  async #assignToOrder(told: TransactionEventContext): Promise<ChargerOutcome> {
    const { orderCache: book } = this.#deps;
    const { record } = told;
    const order = record.orderId === undefined ? undefined : await book.get(record.orderId);
    if (order?.session) return this.#applyToSession(order, told);
    const claims =
      order ?? (record.eventRecord?.refusedStatus === undefined ? await matchOrder(book, told) : undefined);
    return claims ? this.#beginSession(claims, told) : recordUnmatchedEvent(this.#deps, told);
  }

  /** An order's transaction begins here, or is known to be its from here on. */
  async #beginSession(order: Order, told: TransactionEventContext): Promise<ChargerOutcome> {
    const { orders: desk, transactions, transactionStart: starts } = this.#deps;
    const { event, record, chargePointId, at, now } = told;
    const last = record.eventRecord?.registerWh;
    const base = event.eventType === 'started' ? (event.meterStartWh ?? last) : (last ?? event.meterStartWh);
    if (
      event.eventType === 'ended' &&
      base === undefined &&
      event.stoppedReason !== EV_CONNECT_TIMEOUT &&
      countRegisterReadings(event) < 2
    ) {
      // An end that overtook its beginning has nothing to count from: it waits for the beginning.
      return recordUnmatchedEvent(this.#deps, told);
    }
    const mine: TransactionRecord = {
      ...record,
      connectorId: record.connectorId === 0 ? order.connector.connectorId : record.connectorId,
      idTag: record.idTag === '' ? (order.idTag ?? '') : record.idTag,
      meterStartWh: base ?? 0,
      raw: told.isFirst ? record.raw : [...record.raw, event.raw],
    };
    let kept = mine;
    // Where only the end is known, all the time since the order was made may have been charged in.
    const since = event.eventType === 'ended' ? Math.min(at, order.remoteStart?.requestedAt ?? at) : at;
    const applied = await desk.handle(order, starts.toRecordStart(order, mine, since, base), {
      alsoSave: (accepted) => {
        const won = accepted.idTagStatus === 'accepted' && accepted.order.session?.startKey === mine.startKey;
        kept = won
          ? { ...mine, orderId: order.id }
          : withRefusal(mine, AUTHORIZATION_STATUS[accepted.idTagStatus ?? 'expired']);
        const saved = kept;
        return { batch: { transactions: [saved] }, committed: () => transactions.put(saved) };
      },
    });
    passCrashPoint('transaction.saved');
    if (kept.orderId === undefined || !('accepted' in applied)) {
      if (now - at < HISTORIC_AFTER_MS && event.eventType !== 'ended')
        starts.stopUnmatched(chargePointId, record.transactionId);
      // Refused by the store, its connector being another order's in the same moment, nothing of it was kept yet.
      return 'accepted' in applied
        ? toTransactionEventOutcome(event, kept.eventRecord?.refusedStatus ?? 'Blocked')
        : recordUnmatchedEvent(this.#deps, told);
    }
    const theirs: TransactionEventContext = { ...told, record: kept, beginsSession: true };
    if (!kept.stop) return this.#applyToSession(applied.order, theirs);
    await this.#recordStop(applied.order, kept.stop, event.samples);
    return this.#toOutcome(order.id, event);
  }

  async #applyToSession(order: Order, told: TransactionEventContext): Promise<ChargerOutcome> {
    const { event, record } = told;
    const late =
      event.eventType === 'started' && order.session?.baseline !== undefined && event.meterStartWh !== undefined;
    if (late)
      await this.#deps.orders.handle(
        order,
        this.#deps.transactionStart.toRecordStart(order, record, told.at, event.meterStartWh),
      );
    // Cut off between its beginning and an end that was there before it.
    if (record.stop && !isTerminal(order)) await this.#recordStop(order, record.stop, event.samples);
    else if (event.eventType === 'ended') await this.#endTransaction(order, told);
    else await this.#continueSession(order, told);
    return this.#toOutcome(order.id, event);
  }

  async #continueSession(order: Order, told: TransactionEventContext): Promise<void> {
    const { orders: desk, connectorStatuses: words, transactions } = this.#deps;
    const { chargePointId, event, at, isNewest: newest } = told;
    const entry = toMeterEntry(this.#deps.store, told, order.id);
    const command = { type: 'record-sample', samples: event.samples, journalSeq: entry.seq } as const;
    await desk.recordSample(order.id, command, entry);
    transactions.put(told.record);
    await this.#recordEnforcedLimits(order, event);
    if (told.record.stop) return;
    const reason = AUTHORIZATION_END_REASONS.get(event.triggerReason);
    if (reason !== undefined && event.eventType === 'updated') {
      const released = {
        ...told.record,
        eventRecord: { ...eventRecordOf(told.record), authorizationEnd: { at, reason } },
      };
      return this.#endAuthorization(order, { ...told, record: released });
    }
    if (told.record.eventRecord?.authorizationEnd) return this.#endAuthorization(order, told);
    const { chargingState } = event;
    if (!newest || chargingState === undefined) return;
    // A session that has just begun charges, unless it is said to be paused.
    if (told.beginsSession && (chargingState === 'EVConnected' || chargingState === 'Idle')) return;
    const record = transactions.findOpen(chargePointId, event.transactionId) ?? told.record;
    await words.recordChargingState(record, chargingState, order.id);
  }

  /** @source OCPP 2.1 E16: what the station keeps by itself from now on, and what it has kept. */
  async #recordEnforcedLimits(order: Order, { triggerReason: trigger, limit }: TransactionEvent): Promise<void> {
    const { orders: desk } = this.#deps;
    const hit = LIMIT_REACHED_TRIGGERS.get(trigger);
    if (hit !== undefined) await desk.handle(order, { type: 'transaction-limit-reached', limit: hit });
    if (trigger !== 'LimitSet' || !limit) return;
    const limits = ENFORCEABLE_LIMITS.filter(([name]) => limit[name] !== undefined).map(([, kept]) => kept);
    await desk.handle(order, { type: 'transaction-limits-set', limits });
  }

  /** The bill ends with the first reading since nobody is authorised; the transaction may go on until the cable is out. */
  async #endAuthorization(order: Order, told: TransactionEventContext): Promise<void> {
    const { store, transactions, commandSender: calls, connectorStatuses: words } = this.#deps;
    const { chargePointId, event, record } = told;
    const release = record.eventRecord?.authorizationEnd;
    if (!release || isTerminal(order)) return;
    const last = event.samples.findLast(({ registerWh, at }) => registerWh !== undefined && at >= release.at);
    if (last?.registerWh === undefined && release.reason !== EV_CONNECT_TIMEOUT) {
      await store.commit({ transactions: [record] });
      transactions.put(record);
      const { connectorId } = record;
      void calls.sendCommand(chargePointId, {
        type: 'trigger-message',
        requestedMessage: 'TransactionEvent',
        connectorId,
      });
      return;
    }
    const { at, registerWh } = last ?? { at: release.at, registerWh: undefined };
    const stop = { at, reason: release.reason, ...(registerWh !== undefined && { meterStopWh: registerWh }) };
    const finishing = words.recordFinishing(record);
    const saved = { batch: { transactions: [record] }, committed: () => transactions.put(record) };
    await this.#recordStop(order, stop, [], joinWrites(saved, finishing));
  }

  async #endTransaction(order: Order, told: TransactionEventContext): Promise<void> {
    const { transactions, store, connectorStatuses: words, discrepancies } = this.#deps;
    const { event, record, at, now } = told;
    const { meterStopWh: endWh } = event;
    const stop = {
      at,
      receivedAt: now,
      // E06: an absent reason means Local.
      reason: event.stoppedReason ?? 'Local',
      ...(endWh !== undefined && { meterStopWh: endWh }),
    };
    const before = record.stop;
    if (before && before.at === at && before.meterStopWh === endWh) return;
    const closed: TransactionRecord = { ...record, stop: before ?? stop, raw: [...record.raw, event.raw] };
    const lost = record.eventRecord?.missingSeqNos ?? [];
    const missing =
      before || lost.length === 0
        ? []
        : discrepancies.create(order, [
            {
              kind: 'messages-missing',
              detail: `${lost.length} message(s) of transaction ${record.transactionId} never came, number ${lost[0]} first; it is billed by its register.`,
              amount: lost.length,
            },
          ]);
    const closing: ExtraWrite = before
      ? NO_EXTRA_WRITE
      : joinWrites(
          {
            batch: { transactions: [closed], ...(missing.length > 0 && { discrepancies: missing }) },
            committed: () => transactions.put(closed),
          },
          words.recordFinishing(closed),
        );
    const billedTo = record.eventRecord?.authorizationEnd && order.session?.end?.meterStopWh;
    const drawn = billedTo === undefined || endWh === undefined ? 0 : endWh - billedTo;
    if (isTerminal(order) && record.eventRecord?.authorizationEnd && drawn <= TOLERATED_AFTER_END_WH)
      await commitWrite(store, closing);
    else await this.#recordStop(order, stop, event.samples, closing);
    passCrashPoint('transaction.ended');
  }

  async #recordStop(
    order: Order,
    stop: Pick<NonNullable<TransactionRecord['stop']>, 'at' | 'reason' | 'meterStopWh'>,
    samples: TransactionEvent['samples'],
    closing: ExtraWrite = NO_EXTRA_WRITE,
  ): Promise<void> {
    const { at, reason, meterStopWh } = stop;
    await this.#deps.orders.handle(
      order,
      { type: 'record-stop', at, reason, samples, ...(meterStopWh !== undefined && { meterStopWh }) },
      {
        // The charge point learns from the record that the closing transaction leaves.
        alsoSave: (accepted) =>
          joinWrites(closing, this.#deps.capabilities.learnedFrom(accepted, closing.batch.chargePoints?.[0])),
      },
    );
  }

  /** The order authorises its transaction, whichever card is shown meanwhile: no passer-by may end a paid session. */
  async #toOutcome(orderId: string, event: TransactionEvent): Promise<ChargerOutcome> {
    const order = await this.#deps.orderCache.get(orderId);
    const cost = order && costSoFar(order);
    // Asked once a message until it is kept; what was queued while the station was away gets no confirmation.
    const limit =
      order && !event.offline && event.eventType !== 'ended' && !order.session?.enforcedLimits
        ? stationTransactionLimits(order)
        : undefined;
    return { ...toTransactionEventOutcome(event, 'Accepted'), ...(cost && { cost }), ...(limit && { limit }) };
  }
}

/** Begun after it had ended: a station that counts from one again gives another transaction an old name. */
function isReusedTransactionId(record: TransactionRecord, { eventType: phase, at, seqNo }: TransactionEvent): boolean {
  const { stop } = record;
  const awaited = eventRecordOf(record).missingSeqNos.includes(seqNo);
  return phase === 'started' && !awaited && stop !== undefined && at !== undefined && at > stop.at;
}

function countRegisterReadings(event: TransactionEvent): number {
  return event.samples.filter(({ registerWh }) => registerWh !== undefined).length;
}
