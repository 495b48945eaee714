/** Judges by the time of a charger's message whether it is old, and whether the charger's clock was set. */
import type { Order } from '../model/order.js';

/** After a message older than this, ms, later ones may follow from the charger's queue. */
const HISTORIC_AFTER_MS = 300_000;
/** No charger keeps a message this long, ms. An older time shows that the charger's clock was not set. */
const IMPOSSIBLE_AFTER_MS = 30 * 86_400_000;

/** Checks whether this time can come from a charger whose clock was set. @unit Epoch ms. */
export function isPossibleTime(at: number, now: number): boolean {
  return now - at < IMPOSSIBLE_AFTER_MS;
}

/**
 * Checks whether a message reports something long past. An impossible time does not count: it shows only that the
 * charger's clock was not set.
 * @param order The order whose tag the message carries. A time well before the order is impossible.
 * @unit  Epoch ms; `at` by the charger's clock.
 */
export function isHistoric(at: number, now: number, order?: Pick<Order, 'createdAt'>): boolean {
  const ageMs = now - at;
  const isPossible = isPossibleTime(at, now) && at >= (order?.createdAt ?? -Infinity) - HISTORIC_AFTER_MS;
  return ageMs >= HISTORIC_AFTER_MS && isPossible;
}
