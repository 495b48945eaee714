/** The reading side of a dialect of core 1.x: a reader for each action, and the parts that its orders are read into. */
import type { BuyerRequest, ItemRefs, RequestedLimit, RequestedSlot } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import type { Json } from '../../../domain/model/object.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { BecknDialect } from '../../protocol/dialect.js';
import type { WireContext } from '../../protocol/wire.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt } from '../../protocol/json-reading.js';
import { META_READERS, readRating, readSupport } from './read-aftersales.js';
import { readIntent } from './read-search.js';

export type ReadResult = BuyerRequest | { readonly refusal: Refusal };
export type RequestReader = (message: JsonObject, peer: PeerSettings, context: WireContext) => ReadResult;

/** What all of them spell alike. */
const COMMON_READERS: readonly (readonly [string, RequestReader])[] = [
  [
    'search',
    (message, _peer, context) => ({ type: 'search', intent: readIntent(context, valueAt(message, 'intent')) }),
  ],
  ['support', readSupport],
  ['rating', readRating],
  ...META_READERS,
];

/** @param own A reader for each action that is the dialect's own. */
export function createRequestReader(
  own: readonly (readonly [string, RequestReader])[],
): Pick<BecknDialect, 'actions' | 'read'> {
  const readers = new Map([...COMMON_READERS, ...own]);
  return {
    actions: new Set(readers.keys()),
    read(action, context, message, peer) {
      const reader = readers.get(action);
      if (!reader) throw new TypeError(`no reader for ${action}`);
      return reader(message, peer, context);
    },
  };
}

export interface OrderParts {
  readonly items?: ItemRefs;
  readonly limit?: RequestedLimit;
  readonly slot?: RequestedSlot;
  readonly passthrough?: Json;
  readonly billing?: Json;
}

/** Those parts that were said. */
export function definedParts(said: { readonly [P in keyof OrderParts]: OrderParts[P] | undefined }): OrderParts {
  return Object.fromEntries(Object.entries(said).filter(([, part]) => part !== undefined));
}
