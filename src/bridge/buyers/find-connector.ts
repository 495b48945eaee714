/** From the item ids of a Beckn order to one connector. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Site } from '../../domain/model/network.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { ItemRefs } from '../../ports/buyer-requests.js';

/**
 * Each id narrows the choice (a station, a charge point, a connector, in any order); one connector must be left.
 * A charge point or station with a single connector needs no more.
 */
export function findConnector(catalogue: Catalogue, refs: ItemRefs): Site | Refusal {
  let left: readonly Site[] | undefined;
  for (const { id, path, hint } of refs.itemIds) {
    const named = catalogue.sitesOfItem(id);
    if (hint && named.length === 0) continue;
    if (named.length === 0) return { code: 'item-unknown', path, detail: id.slice(0, 64) };
    const both = left ? left.filter((site) => named.includes(site)) : named;
    if (both.length === 0)
      return { code: 'item-unknown', path, detail: `${id.slice(0, 64)} does not belong to the other items` };
    left = both;
  }
  const site = left?.[0];
  const path = refs.itemIds.at(-1)?.path ?? 'message.order.items';
  if (!site) return { code: 'item-unknown', path: 'message.order.items' };
  if (left && left.length > 1) return { code: 'item-unknown', path, detail: 'name one connector' };
  if (refs.providerId !== undefined && refs.providerId !== site.provider.id) {
    return { code: 'provider-unknown', path: 'message.order.provider.id', detail: refs.providerId.slice(0, 64) };
  }
  return site;
}
