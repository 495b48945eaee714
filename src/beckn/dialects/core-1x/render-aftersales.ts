/** Renders callbacks that all core 1.x dialects write alike, such as support, rating and errors. */
import type { MetaSubject } from '../../../ports/buyer-requests.js';
import type { CallbackContent } from '../../../ports/callback-delivery.js';
import type { CallbackAction } from '../../../domain/model/effect.js';
import { toWireError } from '../../protocol/nack-codes.js';
import type { RenderedCallback } from '../../protocol/dialect.js';
import type { JsonObject } from '../../protocol/wire.js';

/** Reasons that a buyer app can offer its users. A cancel with another reason, or with no reason, is accepted too. */
const CANCELLATION_REASONS: readonly { readonly id: string; readonly name: string }[] = [
  { id: '1', name: 'The driver does not need to charge any more' },
  { id: '2', name: 'The driver will be late' },
  { id: '3', name: 'The charger cannot be reached or is blocked' },
  { id: '4', name: 'The charger does not work' },
  { id: '5', name: 'Another charger was chosen' },
  { id: '6', name: 'Another reason' },
];

/** @source Core 1.x `Rating.rating_category`. `Agent` is left out, because this platform has no agents. */
const RATING_CATEGORIES = ['Item', 'Order', 'Fulfillment', 'Provider', 'Support'] as const;

export function renderAfterSales(
  action: CallbackAction,
  content: Exclude<CallbackContent, { type: 'order' | 'catalogue' }>,
): RenderedCallback {
  switch (content.type) {
    case 'tracking':
      return { message: { tracking: { url: content.url, status: content.active ? 'active' : 'inactive' } } };
    case 'support':
      return { message: { support: renderSupport(content) } };
    case 'rating':
      return {
        message:
          content.formUrl === undefined ? {} : { feedback_form: { form: { url: content.formUrl }, required: false } },
      };
    case 'meta':
      return { message: renderMeta(content.subject) };
    case 'error':
      // Core 1.x requires a message in on_rating even with an error.
      return { ...(action === 'on_rating' && { message: {} }), error: toWireError(content.refusal) };
  }
}

function renderMeta(subject: MetaSubject): JsonObject {
  if (subject === 'rating-categories') return { rating_categories: RATING_CATEGORIES };
  return { cancellation_reasons: CANCELLATION_REASONS.map(({ id, name }) => ({ id, descriptor: { name } })) };
}

function renderSupport(content: Extract<CallbackContent, { type: 'support' }>): JsonObject {
  return {
    ...(content.refId !== undefined && { ref_id: content.refId }),
    ...(content.phone !== undefined && { phone: content.phone }),
    ...(content.email !== undefined && { email: content.email }),
    ...(content.url !== undefined && { url: content.url }),
  };
}
