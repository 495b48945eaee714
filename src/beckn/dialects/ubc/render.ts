/** Callbacks of Unified Bharat e-Charge. */
import type { CallbackContent } from '../../../ports/callback-delivery.js';
import type { PeerSettings } from '../../../config/config.js';
import type { EndCode, Order } from '../../../domain/model/order.js';
import type { CallbackAction } from '../../../domain/model/effect.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import { toWireError } from '../../protocol/nack-codes.js';
import type { CallbackInput, RenderedCallback } from '../../protocol/dialect.js';
import type { WireError } from '../../protocol/wire.js';
import type { JsonObject } from '../../protocol/wire.js';
import { omitUndefined, jsonLdNode } from '../core-2x/json-ld.js';
import { renderCatalogues } from './render-catalogue.js';
import { renderOrder, renderRejectedOrder } from './render-order.js';

export function render(
  { action, content, subscriber: self, bapId }: CallbackInput,
  _peer: PeerSettings,
): RenderedCallback {
  if (!self) throw new TypeError('a callback of this dialect names who tells it');
  const { bppId } = self;
  switch (content.type) {
    case 'catalogue':
      return {
        message: {
          catalogs: renderCatalogues({ networkName: content.network.name, hits: content.hits }, self),
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

/** A charger that would not or could not begin. @source UBC: 40006 beside an order that is REJECTED */
export function startFailureOf({ state, outcome }: Order): WireError | undefined {
  if (state !== 'failed' || !outcome || !START_FAILURES.has(outcome.code)) return undefined;
  return {
    code: '40006',
    message: 'The charger did not begin to charge.',
    details: { description: outcome.text },
  };
}

/** About the actions that make an order, what was asked for stands beside the error, as rejected. */
const ORDER_ACTIONS: ReadonlySet<CallbackAction> = new Set(['on_select', 'on_init', 'on_confirm']);

function renderError(
  action: CallbackAction,
  { refusal, subject: about }: Extract<CallbackContent, { type: 'error' }>,
  bppId: string,
  bapId: string,
): RenderedCallback {
  const error = toDialectError(refusal);
  if (!about) return { error };
  if ('order' in about) {
    return { message: { order: renderOrder(about.order, about.site, { action, bppId, rejected: true }) }, error };
  }
  return ORDER_ACTIONS.has(action)
    ? { message: { order: renderRejectedOrder(about.passthrough, bapId, bppId) }, error }
    : { error };
}

function toDialectError(refusal: Refusal): WireError {
  const { code, message } = toWireError({ code: refusal.code });
  const details = omitUndefined({ description: refusal.detail, path: refusal.path && translatePath(refusal.path) });
  return { code, message, ...(Object.keys(details).length > 0 && { details }) };
}

/** Paths of the house into the first dialect's order, as this one spells them. */
const PATH_TRANSLATIONS: readonly (readonly [string, string])[] = [
  ['message.order.items', 'message.order.beckn:orderItems'],
  ['message.order.tags', 'message.order.beckn:orderItems[0].beckn:quantity'],
  ['message.order.payments', 'message.order.beckn:payment'],
  ['message.order.fulfillments', 'message.order.beckn:orderAttributes.preferences'],
  ['message.order.id', 'message.order.beckn:id'],
  ['message.order_id', 'message.order.beckn:id'],
];

function translatePath(path: string): string {
  return PATH_TRANSLATIONS.find(([ours]) => path.startsWith(ours))?.[1] ?? path;
}

function renderSupport(content: Extract<CallbackContent, { type: 'support' }>): JsonObject {
  const { name, phone, email, url } = content;
  const channels = [...(phone ? ['PHONE'] : []), ...(email ? ['EMAIL'] : []), ...(url ? ['WEB'] : [])];
  return jsonLdNode('core', 'beckn:SupportInfo', { name, phone, email, url, channels });
}

function renderForm(url: string): JsonObject {
  return jsonLdNode('core', 'beckn:Form', { url, mime_type: 'text/html' });
}
