/** Renders the callbacks of Unified Bharat e-Charge. */
import type { CallbackContent } from '../../../ports/callback-delivery.js';
import type { PeerSettings } from '../../../config/config.js';
import type { EndCode, Order } from '../../../domain/model/order.js';
import type { CallbackAction } from '../../../domain/model/effect.js';
import type { CallbackInput, RenderedCallback } from '../../protocol/dialect.js';
import type { JsonObject, WireError } from '../../protocol/wire.js';
import { jsonLdNode } from '../core-2x/json-ld.js';
import { toDetailedError, type PathTranslations } from '../core-2x/wire-error.js';
import { renderCatalogues } from './render-catalogue.js';
import { renderOrder, renderRejectedOrder } from './render-order.js';

export function render({ action, content, subscriber, bapId }: CallbackInput, _peer: PeerSettings): RenderedCallback {
  if (!subscriber) throw new TypeError('this dialect requires the subscriber');
  const { bppId } = subscriber;
  switch (content.type) {
    case 'catalogue':
      return {
        message: {
          catalogs: renderCatalogues({ networkName: content.network.name, hits: content.hits }, subscriber),
        },
      };
    case 'order': {
      const failure = startFailureOf(content.order);
      const order = renderOrder(content.order, content.site, { action, bppId });
      return { message: { order }, ...(failure && { error: failure }) };
    }
    case 'tracking':
      return {
        message: { order: renderOrder(content.order, content.site ?? {}, { action, bppId, trackingUrl: content.url }) },
      };
    case 'support':
      return { message: { support: renderSupport(content) } };
    case 'meta':
      throw new TypeError('this dialect has no meta API');
    case 'rating':
      return {
        message: {
          received: true,
          ...(content.formUrl !== undefined && { feedbackForm: renderForm(content.formUrl) }),
        },
      };
    case 'error':
      return renderError(action, content, bppId, bapId ?? bppId);
  }
}

const START_FAILURES: ReadonlySet<EndCode> = new Set([
  'start-rejected',
  'start-timeout',
  'charger-offline',
  'charger-quarantined',
  'connector-taken',
  'connector-faulted',
]);

/**
 * Returns the error of a failed start; `undefined` for other orders.
 * @source UBC: code 40006 with an order whose status is REJECTED.
 */
export function startFailureOf({ state, outcome }: Order): WireError | undefined {
  if (state !== 'failed' || !outcome || !START_FAILURES.has(outcome.code)) return undefined;
  return {
    code: '40006',
    message: 'The charger did not start charging.',
    details: { description: outcome.text },
  };
}

/** If no order was created, errors in these callbacks include the order as requested, with the status REJECTED. */
const ORDER_ACTIONS: ReadonlySet<CallbackAction> = new Set(['on_select', 'on_init', 'on_confirm']);

function renderError(
  action: CallbackAction,
  { refusal, subject }: Extract<CallbackContent, { type: 'error' }>,
  bppId: string,
  bapId: string,
): RenderedCallback {
  const error = toDetailedError(refusal, PATH_TRANSLATIONS);
  if (!subject) return { error };
  if ('order' in subject) {
    return { message: { order: renderOrder(subject.order, subject.site, { action, bppId, rejected: true }) }, error };
  }
  return ORDER_ACTIONS.has(action)
    ? { message: { order: renderRejectedOrder(subject.passthrough, bapId, bppId) }, error }
    : { error };
}

const PATH_TRANSLATIONS: PathTranslations = [
  ['message.order.items', 'message.order.beckn:orderItems'],
  ['message.order.tags', 'message.order.beckn:orderItems[0].beckn:quantity'],
  ['message.order.payments', 'message.order.beckn:payment'],
  ['message.order.fulfillments', 'message.order.beckn:orderAttributes.preferences'],
  ['message.order.id', 'message.order.beckn:id'],
  ['message.order_id', 'message.order.beckn:id'],
];

function renderSupport(content: Extract<CallbackContent, { type: 'support' }>): JsonObject {
  const { name, phone, email, url } = content;
  const channels = [...(phone ? ['PHONE'] : []), ...(email ? ['EMAIL'] : []), ...(url ? ['WEB'] : [])];
  return jsonLdNode('core', 'beckn:SupportInfo', { name, phone, email, url, channels });
}

function renderForm(url: string): JsonObject {
  return jsonLdNode('core', 'beckn:Form', { url, mime_type: 'text/html' });
}
