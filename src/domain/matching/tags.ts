/** Classifies the tag of a message by the order that it belongs to. */
import { idTagKey, isActive, type Order } from '../model/order.js';

/**
 * `order`: an order that may still charge. `ended-order`: one whose end is known or suspected. `vouched`: an operator
 * requested a start with this tag. `unknown`: any other card.
 */
export type TagClass = 'order' | 'ended-order' | 'vouched' | 'unknown';

/** The most characters that chargers append to a tag when they send it back. */
const MAX_APPENDED = 2;

/**
 * Checks whether a tag from a charger is that of the order. Case does not matter, and up to two characters may be
 * appended: an order's tag is random, so no other tag begins with it.
 * @source OCPP 1.6 §7.28, CiString20Type
 */
export function isTagOf({ idTag }: Pick<Order, 'idTag'>, presented: string): boolean {
  if (idTag === undefined) return false;
  const appended = presented.length - idTag.length;
  return appended <= MAX_APPENDED && idTagKey(presented).startsWith(idTagKey(idTag));
}

/** Classifies a tag from a charger. @param order The order of this charge point that the tag belongs to, if any. */
export function classifyTag(order: Pick<Order, 'state'> | undefined, isVouched: boolean): TagClass {
  if (order) return isActive(order) ? 'order' : 'ended-order';
  return isVouched ? 'vouched' : 'unknown';
}
