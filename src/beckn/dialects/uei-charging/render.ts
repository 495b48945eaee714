/** Callbacks of `uei:charging` 1.0.0. */
import type { PeerSettings } from '../../../config/config.js';
import type { CallbackInput, RenderedCallback } from '../../protocol/dialect.js';
import { renderAfterSales } from '../core-1x/render-aftersales.js';
import { renderCatalogue } from './render-catalogue.js';
import { renderOrder } from './render-order.js';

export function render({ action, at, content }: CallbackInput, peer: PeerSettings): RenderedCallback {
  if (content.type === 'catalogue') return { message: renderCatalogue(content, at, peer) };
  if (content.type === 'order') return { message: renderOrder(action, content.order, content.site, at, peer) };
  return renderAfterSales(action, content);
}
