/** Finds the order that a 2.x transaction belongs to. */
import { isTagOf } from '../../domain/matching/tags.js';
import type { Order } from '../../domain/model/order.js';
import type { TransactionEvent } from '../../ports/charger-events.js';
import type { TransactionRecord } from '../../ports/stored-records.js';
import type { OrderCache } from '../orders/order-cache.js';
import { remoteStartIdOf } from './remote-start-id.js';

export interface MatchedEvent {
  readonly chargePointId: string;
  readonly event: TransactionEvent;
  readonly record: TransactionRecord;
  /** Whether this is the first event received of the transaction. */
  readonly isFirst: boolean;
}

/**
 * Tries the `remoteStartId`, then the transaction id from the response to the remote start, then the tag. An event
 * without any of these may still match the only order that awaits a start there; see `mayBeStartOf`.
 * @source OCPP 2.0.1 F01.FR.13, F01.FR.19, F01.FR.25; stations in the field omit any of these.
 */
export async function matchOrder(orderCache: OrderCache, transaction: MatchedEvent): Promise<Order | undefined> {
  const { chargePointId, record } = transaction;
  const open = matchOpenOrder(orderCache, transaction);
  // The tag may belong to an order that has ended.
  return open ?? (record.idTag === '' ? undefined : await orderCache.findByTagAt(chargePointId, record.idTag));
}

/** Looks among the open orders alone, in memory. */
export function matchOpenOrder(
  orderCache: Pick<OrderCache, 'openOrdersAt'>,
  { chargePointId, event, record, isFirst }: MatchedEvent,
): Order | undefined {
  const openOrders = orderCache.openOrdersAt(chargePointId);
  const { remoteStartId } = event;
  const named = openOrders.find((order) => isNamedBy(order, event));
  if (named) return named;
  const byTransactionId = openOrders.find(
    ({ remoteStart, session }) => !session && remoteStart?.transactionId === event.transactionId,
  );
  if (byTransactionId) return byTransactionId;
  if (record.idTag !== '') return openOrders.find((order) => isTagOf(order, record.idTag));
  if (remoteStartId !== undefined) return undefined;
  const waiting = openOrders.filter((order) => mayBeStartOf(order, event, record, isFirst));
  return waiting.length === 1 ? waiting[0] : undefined;
}

/** Whether the event itself names an open order, by its remote start or its tag. */
export function namesOrder(
  orderCache: Pick<OrderCache, 'openOrdersAt'>,
  { chargePointId, event }: { readonly chargePointId: string; readonly event: TransactionEvent },
): boolean {
  return orderCache.openOrdersAt(chargePointId).some((order) => isNamedBy(order, event));
}

function isNamedBy(order: Order, { remoteStartId, idTag }: TransactionEvent): boolean {
  if (order.idTag === undefined) return false;
  const isStarted = remoteStartId !== undefined && remoteStartIdOf(order.idTag) === remoteStartId;
  return isStarted || (idTag !== undefined && isTagOf(order, idTag));
}

/** Whether an event without any identifier may belong to the start that an order awaits. */
function mayBeStartOf(
  { state, session, remoteStart, connector }: Order,
  event: TransactionEvent,
  record: TransactionRecord,
  isFirst: boolean,
): boolean {
  if (state !== 'starting' || session) return false;
  if (record.connectorId !== 0 && record.connectorId !== connector.connectorId) return false;
  if (event.triggerReason === 'RemoteStart') return true;
  if (event.eventType === 'ended') return event.stoppedReason === 'Timeout';
  const isRunning = event.chargingState === 'Charging' || (isFirst && event.eventType === 'updated');
  // Had another transaction been open, the station would have rejected the remote start.
  return isRunning && remoteStart?.answer === 'accepted';
}
