/** Defines the dialect of domain `uei:charging`, version 1.0.0. */
import type { PeerSettings } from '../../../config/config.js';
import { renderAfterSales } from '../core-1x/render-aftersales.js';
import { buildReplyContext } from '../core-1x/reply-context.js';
import { findGroup } from '../core-1x/tags.js';
import type { BecknDialect, CallbackInput, RenderedCallback } from '../../protocol/dialect.js';
import { valueAt, readCode, readList } from '../../protocol/json-reading.js';
import type { JsonObject } from '../../protocol/wire.js';
import { actions, read } from './read.js';
import { renderCatalogue } from './render-catalogue.js';
import { renderOrder } from './render-order.js';

const DOMAIN = 'uei:charging';
const VERSION = '1.0.0';

export const ueiCharging: BecknDialect = {
  name: 'uei-charging-1.0.0',
  family: 'uei-charging-1.0.0',
  actions,
  stopsBy: 'cancel',
  displayName: `${DOMAIN} ${VERSION}`,
  // A missing version is common and harmless; another version is another dialect.
  matches: (context) => valueAt(context, 'domain') === DOMAIN && (valueAt(context, 'version') ?? VERSION) === VERSION,
  resembles: (_context, message) => hasItemTree(message),
  read,
  replyContext: (context) => buildReplyContext(context, { domain: DOMAIN, version: VERSION }),
  render,
};

const ITEM_KINDS: ReadonlySet<string | undefined> = new Set(['charging-station', 'charge-point', 'connector']);

/** Recognises this dialect by the kind of an item or by a selected charging option, which no other dialect has. */
function hasItemTree(message: JsonObject): boolean {
  const order = valueAt(message, 'order');
  if (findGroup(valueAt(order, 'tags'), '', 'selected-charging-option')) return true;
  return readList(valueAt(order, 'items')).some((item) =>
    ITEM_KINDS.has(readCode(valueAt(item, 'descriptor', 'code'))),
  );
}

function render({ action, at, content }: CallbackInput, peer: PeerSettings): RenderedCallback {
  if (content.type === 'catalogue') return { message: renderCatalogue(content, at, peer) };
  if (content.type === 'order') return { message: renderOrder(content.order, content.site, { action, at, peer }) };
  return renderAfterSales(action, content);
}
