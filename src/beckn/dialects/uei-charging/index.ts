/** The dialect of domain `uei:charging`, version 1.0.0, in both directions. */
import { buildReplyContext } from '../core-1x/reply-context.js';
import type { BecknDialect } from '../../protocol/dialect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, readList } from '../../protocol/json-reading.js';
import { actions, read } from './read.js';
import { render } from './render.js';
import { findGroup } from '../core-1x/tags.js';

const DOMAIN = 'uei:charging';
const VERSION = '1.0.0';

export const ueiCharging: BecknDialect = {
  name: 'uei-charging-1.0.0',
  family: 'uei-charging-1.0.0',
  actions,
  displayName: `${DOMAIN} ${VERSION}`,
  // No version at all is common and harmless; another version is another dialect.
  matches: (context) => valueAt(context, 'domain') === DOMAIN && (valueAt(context, 'version') ?? VERSION) === VERSION,
  resembles: (_context, message) => namesItemTree(message),
  read,
  replyContext: (context) => buildReplyContext(context, { domain: DOMAIN, version: VERSION }),
  render,
};

const ITEM_KINDS: ReadonlySet<string | undefined> = new Set(['charging-station', 'charge-point', 'connector']);

/** Items that say which of the three they are, or a charging option: nobody else has those. */
function namesItemTree(message: JsonObject): boolean {
  const order = valueAt(message, 'order');
  if (findGroup(valueAt(order, 'tags'), '', 'selected-charging-option')) return true;
  return readList(valueAt(order, 'items')).some((item) =>
    ITEM_KINDS.has(readCode(valueAt(item, 'descriptor', 'code'))),
  );
}
