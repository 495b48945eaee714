/** Builds the keys of the discrepancies that a start opens, by which a later message closes them again. */
import type { Order } from '../model/order.js';

/**
 * Returns the key of a late start's discrepancy, by which it is closed again if no energy flowed. A station may reuse a
 * transaction id, but not for the same order.
 */
export function lateStartKey(chargePointId: string, transactionId: string, orderId: string): string {
  return [chargePointId, transactionId, orderId].map(encodeURIComponent).join('/');
}

/** Returns the key of an assumed start's discrepancy, by which it is closed again once a message names the order. */
export function assumedStartKey({ id, connector }: Pick<Order, 'id' | 'connector'>, transactionId: string): string {
  return lateStartKey(connector.chargePointId, transactionId, id);
}
