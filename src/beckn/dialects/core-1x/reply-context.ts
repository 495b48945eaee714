/** What an answering context repeats. */
import type { Json } from '../../../domain/model/object.js';
import type { ReplyContext } from '../../protocol/dialect.js';
import type { WireContext } from '../../protocol/wire.js';
import { valueAt, readText } from '../../protocol/json-reading.js';
import { readPlace } from '../uei-charging/read-order.js';

/** Domain, version and location as the request said them, the dialect's own where it said none. */
export function buildReplyContext(
  context: WireContext,
  unsaid: { readonly domain: string; readonly version: string },
): ReplyContext {
  const location: Record<string, Json> = {
    ...readPlace('city', valueAt(context, 'location', 'city') ?? valueAt(context, 'city')),
    ...readPlace('country', valueAt(context, 'location', 'country') ?? valueAt(context, 'country')),
  };
  return {
    domain: readText(valueAt(context, 'domain')) ?? unsaid.domain,
    version: readText(valueAt(context, 'version')) ?? unsaid.version,
    ...(Object.keys(location).length > 0 && { location }),
  };
}
