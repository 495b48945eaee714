/** Builds the context fields that core 1.x callbacks repeat from the request. */
import type { Json } from '../../../domain/model/object.js';
import type { ReplyContext } from '../../protocol/dialect.js';
import type { WireContext } from '../../protocol/wire.js';
import { valueAt, readText } from '../../protocol/json-reading.js';
import { readPlace } from './read-billing.js';

/** Takes domain, version and location from the request; the defaults replace a missing domain or version. */
export function buildReplyContext(
  context: WireContext,
  defaults: { readonly domain: string; readonly version: string },
): ReplyContext {
  const location: Record<string, Json> = {
    ...readPlace('city', valueAt(context, 'location', 'city') ?? valueAt(context, 'city')),
    ...readPlace('country', valueAt(context, 'location', 'country') ?? valueAt(context, 'country')),
  };
  return {
    domain: readText(valueAt(context, 'domain')) ?? defaults.domain,
    version: readText(valueAt(context, 'version')) ?? defaults.version,
    ...(Object.keys(location).length > 0 && { location }),
  };
}
