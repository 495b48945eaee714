/** What an answering context repeats. */
import type { Json } from '../../../domain/model/order.js';
import type { Conversation, WireContext } from '../../protocol/dialect.js';
import { at, text } from '../../protocol/json-reading.js';
import { place } from '../uei-charging/read-order.js';

/** Domain, version and location as the request said them, the dialect's own where it said none. */
export function conversationOf(
  context: WireContext,
  unsaid: { readonly domain: string; readonly version: string },
): Conversation {
  const location: Record<string, Json> = {
    ...place('city', at(context, 'location', 'city') ?? at(context, 'city')),
    ...place('country', at(context, 'location', 'country') ?? at(context, 'country')),
  };
  return {
    domain: text(at(context, 'domain')) ?? unsaid.domain,
    version: text(at(context, 'version')) ?? unsaid.version,
    ...(Object.keys(location).length > 0 && { location }),
  };
}
