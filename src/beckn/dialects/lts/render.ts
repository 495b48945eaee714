/** Callbacks of Beckn 2.0.0 LTS: a message stands beside every error, because the specification demands one. */
import type { CallbackContent } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import type { CallbackAction } from '../../../domain/model/order.js';
import type { JsonObject, Telling, Told } from '../../protocol/dialect.js';
import { defined } from '../core-2x/json-ld.js';
import { failureOf } from '../ubc/render.js';
import { errorOf, named } from './errors.js';
import { bag } from './json-ld.js';
import { renderCatalogues } from './render-catalogue.js';
import { renderContract, renderRefused, renderTracking } from './render-contract.js';

export function render({ action, content, self, bapId }: Telling, peer: PeerSettings): Told {
  if (!self) throw new TypeError('a callback of this dialect names who tells it');
  const { bppId, bppUri } = self;
  switch (content.type) {
    case 'catalogue':
      return { message: { catalogs: renderCatalogues(content.network.name, content.hits) } };
    case 'order': {
      const failure = failureOf(content.order);
      const contract = renderContract(content.order, content.site, action, bppId);
      return { message: { contract }, ...(failure && { error: named(failure, peer) }) };
    }
    case 'tracking': {
      const tracking = renderTracking(content.order, content.site ?? {}, content.url, content.active);
      return { message: { tracking } };
    }
    case 'support':
      return { message: { support: support(content) } };
    case 'meta':
      throw new TypeError('this dialect has no meta API');
    case 'rating':
      return { message: { ratings: content.echo ?? [] } };
    case 'error': {
      const { refusal, about } = content;
      const error = errorOf(refusal, peer);
      const order = about && 'order' in about ? about : undefined;
      if (order) return { message: { contract: renderContract(order.order, order.site, action, bppId) }, error };
      const echo = about && 'echo' in about ? about.echo : undefined;
      const contract = (): JsonObject => renderRefused(echo, bapId ?? bppId);
      return { message: (WITHOUT_CONTRACT[action] ?? (() => ({ contract: contract() })))(bppUri), error };
    }
  }
}

/** What stands beside an error where no contract could. */
const WITHOUT_CONTRACT: { readonly [action in CallbackAction]?: (bppUri: string) => JsonObject } = {
  on_discover: () => ({ catalogs: [] }),
  on_track: (url) => ({ tracking: { status: 'INACTIVE', url } }),
  on_support: () => ({ support: {} }),
  on_rate: () => ({ ratings: [] }),
};

function support({ refId, name, phone, email, url }: Extract<CallbackContent, { type: 'support' }>): JsonObject {
  return defined({
    orderId: refId,
    descriptor: name === undefined ? undefined : { name },
    channels: [bag('SupportInfo', { name, telephone: phone, email, url })],
  });
}
