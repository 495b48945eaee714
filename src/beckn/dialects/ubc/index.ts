/** Defines the dialect of Unified Bharat e-Charge: Beckn 2.0.0-rc1 in JSON-LD, domain `beckn.one:deg:ev-charging`. */
import type { Order } from '../../../domain/model/order.js';
import type { BecknDialect, ReplyContext } from '../../protocol/dialect.js';
import { valueAt, readText } from '../../protocol/json-reading.js';
import { ACTIONS, read } from './read.js';
import { render } from './render.js';
import { catalogueFilter } from './render-catalogue.js';

const UBC_DOMAIN = 'beckn.one:deg:ev-charging';
const UBC_VERSION = '2.0.0';

export const ubc: BecknDialect = {
  name: 'ubc-2.0.0',
  family: 'ubc-2.0.0',
  actions: ACTIONS,
  stopsBy: 'update',
  displayName: `${UBC_DOMAIN} ${UBC_VERSION}`,
  // Some guides write `…:ev-charging:*`, and release candidates append their name to the version.
  matches: (context) =>
    (readText(valueAt(context, 'domain')) ?? '').replace(/:\*$/, '') === UBC_DOMAIN &&
    (readText(valueAt(context, 'version')) ?? UBC_VERSION).startsWith(UBC_VERSION),
  read,
  replyContext,
  render,
  terminalAction,
  catalogueFilter,
};

function replyContext(): ReplyContext {
  return { domain: UBC_DOMAIN, version: UBC_VERSION };
}

/** Returns `on_update` for a completed or failed order, and `on_cancel` for a cancellation by anyone but the buyer. */
function terminalAction({ state, outcome }: Order): 'on_update' | 'on_cancel' | undefined {
  if (state === 'completed' || state === 'failed') return 'on_update';
  return outcome?.code === 'cancelled-by-buyer' ? undefined : 'on_cancel';
}
