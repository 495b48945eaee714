/** Finds the connector that the item ids of a Beckn order refer to. */
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import type { Site } from '../../domain/model/network.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { ItemRefs } from '../../ports/buyer-requests.js';

/**
 * Finds the connector that all ids have in common. An unknown id is ignored if it is only a hint. Ids of a station, a
 * charge point and a connector may come in any order; the id of a station or charge point with a single connector is
 * enough.
 * @errors `item-unknown` for an id without a connector and if no id is left, `connector-ambiguous` if the ids have none
 *         or several in common, and `provider-unknown` if the connector is another provider's.
 */
export function findConnector(catalogue: CatalogueLookup, refs: ItemRefs): Site | Refusal {
  let candidates: readonly Site[] | undefined;
  for (const { id, path, hint } of refs.itemIds) {
    const sites = catalogue.sitesOfItem(id);
    if (hint && sites.length === 0) continue;
    if (sites.length === 0) return { code: 'item-unknown', path, detail: shown(id) };
    const common = candidates ? candidates.filter((site) => sites.includes(site)) : sites;
    if (common.length === 0)
      return { code: 'connector-ambiguous', path, detail: `${shown(id)} does not belong to the other items` };
    candidates = common;
  }
  const site = candidates?.[0];
  const path = refs.itemIds.at(-1)?.path ?? 'message.order.items';
  if (!site) return { code: 'item-unknown', path: 'message.order.items' };
  if (candidates && candidates.length > 1)
    return { code: 'connector-ambiguous', path, detail: `${candidates.length} connectors` };
  if (refs.providerId !== undefined && refs.providerId !== site.provider.id) {
    return { code: 'provider-unknown', path: 'message.order.provider.id', detail: shown(refs.providerId) };
  }
  return site;
}

function shown(id: string): string {
  return id === '' ? 'an id is 1 to 255 visible characters' : id.slice(0, 64);
}
