/** Callbacks of `uei:charging` 1.0.0. */
import { toWireError } from '../../refusals.js';
import type { PeerSettings } from '../../../config/config.js';
import type { JsonObject, Telling, Told } from '../dialect.js';
import { renderCatalogue } from './render-catalogue.js';
import { renderOrder } from './render-order.js';

export function render({ action, at, content }: Telling, peer: PeerSettings): Told {
  switch (content.type) {
    case 'catalogue':
      return { message: renderCatalogue(content, at, peer) };
    case 'order':
      return { message: renderOrder(action, content.order, content.site, at, peer) };
    case 'tracking':
      return { message: { tracking: { url: content.url, status: content.active ? 'active' : 'inactive' } } };
    case 'support':
      return { message: { support: support(content) } };
    case 'rating':
      return {
        message:
          content.formUrl === undefined ? {} : { feedback_form: { form: { url: content.formUrl }, required: false } },
      };
    case 'error':
      // Core 1.x demands a message of on_rating even beside an error.
      return { ...(action === 'on_rating' && { message: {} }), error: toWireError(content.refusal) };
  }
}

function support(content: {
  readonly refId?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly url?: string;
}): JsonObject {
  return {
    ...(content.refId !== undefined && { ref_id: content.refId }),
    ...(content.phone !== undefined && { phone: content.phone }),
    ...(content.email !== undefined && { email: content.email }),
    ...(content.url !== undefined && { url: content.url }),
  };
}
