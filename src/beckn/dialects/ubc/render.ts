/** Callbacks of Unified Bharat e-Charge. */
import type { CallbackContent } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import type { CallbackAction, EndCode, Order } from '../../../domain/model/order.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import { toWireError } from '../../protocol/nack-codes.js';
import type { JsonObject, Telling, Told, WireError } from '../../protocol/dialect.js';
import { defined, node } from '../core-2x/json-ld.js';
import { renderCatalogues } from './render-catalogue.js';
import { renderOrder, renderRefused } from './render-order.js';

export function render({ action, content, self, bapId }: Telling, _peer: PeerSettings): Told {
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
      const failure = failureOf(content.order);
      const order = renderOrder(content.order, content.site, { action, bppId });
      return { message: { order }, ...(failure && { error: failure }) };
    }
    case 'tracking':
      return {
        message: { order: renderOrder(content.order, content.site ?? {}, { action, bppId, track: content.url }) },
      };
    case 'support':
      return { message: { support: support(content) } };
    case 'meta':
      throw new TypeError('this dialect has no meta API');
    case 'rating':
      return {
        message: { received: true, ...(content.formUrl !== undefined && { feedbackForm: form(content.formUrl) }) },
      };
    case 'error':
      return renderError(action, content, bppId, bapId ?? bppId);
  }
}

const UNSERVED: ReadonlySet<EndCode> = new Set([
  'start-rejected',
  'start-timeout',
  'charger-offline',
  'charger-quarantined',
  'connector-taken',
  'connector-faulted',
]);

/** A charger that would not or could not begin. @source UBC: 40006 beside an order that is REJECTED */
export function failureOf({ state, outcome }: Order): WireError | undefined {
  if (state !== 'failed' || !outcome || !UNSERVED.has(outcome.code)) return undefined;
  return {
    code: '40006',
    message: 'The charger did not begin to charge.',
    details: { description: outcome.text },
  };
}

/** About the actions that make an order, what was asked for stands beside the error, as rejected. */
const ORDERING: ReadonlySet<CallbackAction> = new Set(['on_select', 'on_init', 'on_confirm']);

function renderError(
  action: CallbackAction,
  { refusal, about }: Extract<CallbackContent, { type: 'error' }>,
  bppId: string,
  bapId: string,
): Told {
  const error = errorOf(refusal);
  if (!about) return { error };
  if ('order' in about) {
    return { message: { order: renderOrder(about.order, about.site, { action, bppId, refused: true }) }, error };
  }
  return ORDERING.has(action) ? { message: { order: renderRefused(about.echo, bapId, bppId) }, error } : { error };
}

function errorOf(refusal: Refusal): WireError {
  const { code, message } = toWireError({ code: refusal.code });
  const details = defined({ description: refusal.detail, path: refusal.path && pathOf(refusal.path) });
  return { code, message, ...(Object.keys(details).length > 0 && { details }) };
}

/** Paths of the house into the first dialect's order, as this one spells them. */
const PATHS: readonly (readonly [string, string])[] = [
  ['message.order.items', 'message.order.beckn:orderItems'],
  ['message.order.tags', 'message.order.beckn:orderItems[0].beckn:quantity'],
  ['message.order.payments', 'message.order.beckn:payment'],
  ['message.order.fulfillments', 'message.order.beckn:orderAttributes.preferences'],
  ['message.order.id', 'message.order.beckn:id'],
  ['message.order_id', 'message.order.beckn:id'],
];

function pathOf(path: string): string {
  return PATHS.find(([ours]) => path.startsWith(ours))?.[1] ?? path;
}

function support(content: Extract<CallbackContent, { type: 'support' }>): JsonObject {
  const { name, phone, email, url } = content;
  const channels = [...(phone ? ['PHONE'] : []), ...(email ? ['EMAIL'] : []), ...(url ? ['WEB'] : [])];
  return node('core', 'beckn:SupportInfo', { name, phone, email, url, channels });
}

function form(url: string): JsonObject {
  return node('core', 'beckn:Form', { url, mime_type: 'text/html' });
}
