/** Finds the energy that an order states in its items. */
import type { RequestedLimit } from '../../ports/buyer-requests.js';

/** The energy that one item states. */
export interface StatedEnergy {
  /** Absent if the item has no readable id. */
  readonly itemId?: string | undefined;
  readonly path: string;
  readonly limit: RequestedLimit;
}

/**
 * Returns the energy of an order, whichever of its items states it; `undefined` if none does. A station and its
 * connector may both state the same energy.
 * @errors The first refusal of an item; `option-out-of-range` if items state different energies, or if one item is
 *         listed twice with an energy. An order is a single session, so part of the energy would otherwise be left out
 *         silently.
 */
export function readOneEnergy(stated: readonly StatedEnergy[]): RequestedLimit | undefined {
  const refused = stated.find(({ limit }) => 'refusal' in limit);
  if (refused) return refused.limit;
  const other = stated.find((one, index) => index > 0 && !isRepeatable(one, stated.slice(0, index)));
  if (!other) return stated[0]?.limit;
  const detail = `${stated.length} items state an energy; an order is one session with one energy`;
  return { refusal: { code: 'option-out-of-range', path: other.path, detail } };
}

function isRepeatable({ itemId, limit }: StatedEnergy, earlier: readonly StatedEnergy[]): boolean {
  const text = JSON.stringify(limit);
  return earlier.every((one) => one.itemId !== itemId && JSON.stringify(one.limit) === text);
}
