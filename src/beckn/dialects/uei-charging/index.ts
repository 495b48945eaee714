/** The dialect of domain `uei:charging`, version 1.0.0, in both directions. */
import { conversationOf } from '../core-1x/reply-context.js';
import type { BecknDialect, JsonObject } from '../../protocol/dialect.js';
import { at, codeOf, list } from '../../protocol/json-reading.js';
import { actions, read } from './read.js';
import { render } from './render.js';
import { findGroup } from '../core-1x/tags.js';

const DOMAIN = 'uei:charging';
const VERSION = '1.0.0';

export const ueiCharging: BecknDialect = {
  name: 'uei-charging-1.0.0',
  family: 'uei-charging-1.0.0',
  actions,
  speaks: `${DOMAIN} ${VERSION}`,
  // No version at all is common and harmless; another version is another dialect.
  matches: (context) => at(context, 'domain') === DOMAIN && (at(context, 'version') ?? VERSION) === VERSION,
  resembles: (_context, message) => namesTree(message),
  read,
  conversation: (context) => conversationOf(context, { domain: DOMAIN, version: VERSION }),
  render,
};

const KINDS: ReadonlySet<string | undefined> = new Set(['charging-station', 'charge-point', 'connector']);

/** Items that say which of the three they are, or a charging option: nobody else has those. */
function namesTree(message: JsonObject): boolean {
  const order = at(message, 'order');
  if (findGroup(at(order, 'tags'), '', 'selected-charging-option')) return true;
  return list(at(order, 'items')).some((item) => KINDS.has(codeOf(at(item, 'descriptor', 'code'))));
}
