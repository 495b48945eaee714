/** Renders the callbacks of the `ev-charging` dialects. */
import type { PeerSettings } from '../../../config/config.js';
import { toWireError } from '../../protocol/nack-codes.js';
import type { CallbackInput, RenderedCallback } from '../../protocol/dialect.js';
import { renderAfterSales } from '../core-1x/render-aftersales.js';
import { renderCatalogue } from './render-catalogue.js';
import { renderOrder } from './render-order.js';
import type { Spelling } from './spelling.js';

export function createRenderer(spelling: Spelling): (callback: CallbackInput, peer: PeerSettings) => RenderedCallback {
  return ({ action, at, content }) => {
    if (content.type === 'catalogue') return { message: renderCatalogue(content, at, spelling) };
    if (content.type !== 'order') return renderAfterSales(action, content);
    const { order, site } = content;
    if (action === 'on_update' && order.state === 'failed') {
      // The only on_update of a failed order reports that its start failed.
      const detail = order.outcome && { detail: order.outcome.code };
      return { error: toWireError({ code: 'start-failed', path: 'message.order.fulfillments[0].state', ...detail }) };
    }
    return { message: renderOrder(order, site, { action, at, spelling }) };
  };
}
