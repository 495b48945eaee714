/** Builds the keys of discrepancies, by which a later message finds or closes them again. */
import type { Order } from '../model/order.js';

/**
 * Returns the key of the discrepancy of a late or second start, by which it is closed again if no energy flowed. A
 * station may reuse a transaction id, but not for the same order.
 */
export function lateStartKey(chargePointId: string, transactionId: string, orderId: string): string {
  return joinKey(chargePointId, transactionId, orderId);
}

/**
 * Returns the key of an unmatched transaction's discrepancy. It includes the time of receipt, because a station may
 * reuse a transaction id. @unit Our time, epoch ms.
 */
export function unmatchedKey({
  chargePointId,
  transactionId,
  receivedAt,
}: {
  readonly chargePointId: string;
  readonly transactionId: string;
  readonly receivedAt: number;
}): string {
  return joinKey(chargePointId, transactionId, receivedAt);
}

/** Returns the key of an assumed start's discrepancy, by which it is closed again once a message names the order. */
export function assumedStartKey({ id, connector }: Pick<Order, 'id' | 'connector'>, transactionId: string): string {
  return lateStartKey(connector.chargePointId, transactionId, id);
}

/** Joins the parts of a key. No two lists of parts have the same key. */
export function joinKey(...parts: readonly (string | number | undefined)[]): string {
  return parts.map((part) => encodeURIComponent(`${part}`)).join('/');
}
