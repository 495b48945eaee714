/** Renders the callbacks of Beckn 2.0.0 LTS, which requires a message with every error. */
import type { CallbackContent } from '../../../ports/callback-delivery.js';
import type { PeerSettings } from '../../../config/config.js';
import type { CallbackAction } from '../../../domain/model/effect.js';
import type { CallbackInput, RenderedCallback } from '../../protocol/dialect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { omitUndefined } from '../core-2x/json-ld.js';
import { startFailureOf } from '../ubc/render.js';
import { toDialectError, formatError } from './errors.js';
import { renderAttributes } from './json-ld.js';
import { renderCatalogues } from './render-catalogue.js';
import { renderContract, renderRejectedContract, renderTracking } from './render-contract.js';

export function render({ action, content, subscriber, bapId }: CallbackInput, peer: PeerSettings): RenderedCallback {
  if (!subscriber) throw new TypeError('this dialect requires the subscriber');
  const { bppId, bppUri } = subscriber;
  switch (content.type) {
    case 'catalogue':
      return { message: { catalogs: renderCatalogues(content.network.name, content.hits) } };
    case 'order': {
      const failure = startFailureOf(content.order);
      const contract = renderContract(content.order, content.site, action, bppId);
      return { message: { contract }, ...(failure && { error: formatError(failure, peer) }) };
    }
    case 'tracking': {
      const tracking = renderTracking(content.order, content.site ?? {}, content.url, content.active);
      return { message: { tracking } };
    }
    case 'support':
      return { message: { support: renderSupport(content) } };
    case 'meta':
      throw new TypeError('this dialect has no meta API');
    case 'rating':
      return { message: { ratings: content.passthrough ?? [] } };
    case 'error': {
      const { refusal, subject } = content;
      const error = toDialectError(refusal, peer);
      if (subject && 'order' in subject) {
        return { message: { contract: renderContract(subject.order, subject.site, action, bppId) }, error };
      }
      const messageWithoutContract = ERROR_MESSAGES_WITHOUT_CONTRACT[action];
      if (messageWithoutContract) return { message: messageWithoutContract(bppUri), error };
      return { message: { contract: renderRejectedContract(subject?.passthrough, bapId ?? bppId) }, error };
    }
  }
}

/** Messages that accompany the error of an action whose callback carries no contract. */
const ERROR_MESSAGES_WITHOUT_CONTRACT: { readonly [action in CallbackAction]?: (bppUri: string) => JsonObject } = {
  on_discover: () => ({ catalogs: [] }),
  on_track: (url) => ({ tracking: { status: 'INACTIVE', url } }),
  on_support: () => ({ support: {} }),
  on_rate: () => ({ ratings: [] }),
};

function renderSupport({ refId, name, phone, email, url }: Extract<CallbackContent, { type: 'support' }>): JsonObject {
  return omitUndefined({
    orderId: refId,
    descriptor: name === undefined ? undefined : { name },
    channels: [renderAttributes('SupportInfo', { name, telephone: phone, email, url })],
  });
}
