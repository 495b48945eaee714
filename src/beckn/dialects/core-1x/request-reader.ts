/** Builds the reader of a core 1.x dialect from one reader per action, and defines the parts of an order. */
import type { ItemRefs, RequestedLimit, RequestedSlot } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import type { Json } from '../../../domain/model/object.js';
import type { BecknDialect, ReadResult } from '../../protocol/dialect.js';
import type { WireContext } from '../../protocol/wire.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt } from '../../protocol/json-reading.js';
import { META_READERS, readRating, readSupport } from './read-aftersales.js';
import { checkFilters } from './read-filters.js';
import { readIntent } from './read-search.js';

export type RequestReader = (message: JsonObject, peer: PeerSettings, context: WireContext) => ReadResult;

/** Readers that all core 1.x dialects share. */
const COMMON_READERS: readonly (readonly [string, RequestReader])[] = [
  [
    'search',
    (message, _peer, context) => {
      const intent = valueAt(message, 'intent');
      const refusal = checkFilters(intent);
      return refusal ? { refusal } : { type: 'search', intent: readIntent(context, intent) };
    },
  ],
  ['support', readSupport],
  ['rating', readRating],
  ...META_READERS,
];

/** @param own Readers for the dialect's own actions; they take precedence over the common ones. */
export function createRequestReader(
  own: readonly (readonly [string, RequestReader])[],
): Pick<BecknDialect, 'actions' | 'read'> {
  const readers = new Map([...COMMON_READERS, ...own]);
  return {
    actions: new Set(readers.keys()),
    read(action, context, message, peer) {
      const reader = readers.get(action);
      if (!reader) throw new TypeError(`there is no reader for ${action}`);
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

/** Drops undefined parts. */
export function definedParts(parts: { readonly [P in keyof OrderParts]-?: OrderParts[P] | undefined }): OrderParts {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}
