/** In every dialect, the catalogue and the errors state why a connector is out of sale. */
import { beforeAll, expect, it } from 'vitest';
import { DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { createCallbackRenderer } from '../../../../src/beckn/outbound/callback-renderer.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { CallbackContent } from '../../../../src/ports/callback-delivery.js';
import { AT, NETWORK, PEER, siteOf } from '../samples.js';

const REASON = 'Closed for road works.';

const REQUEST_CONTEXT = { domain: 'ev-charging:uei', version: '1.1.0' };

beforeAll(loadSodium);

const renderer = createCallbackRenderer({
  dialects: DIALECTS,
  subscriber: { bppId: 'cpo.example/bpp', bppUri: 'https://cpo.example/beckn' },
  peerSettings: () => PEER,
});

function render(dialect: string, action: 'on_search' | 'on_discover' | 'on_select', content: CallbackContent): string {
  return renderer.render({
    action,
    dialect,
    bapId: 'bap.example',
    network: 'main',
    bapUri: 'https://bap.example/beckn',
    replyContext: DIALECTS.find(({ name }) => name === dialect)?.replyContext(REQUEST_CONTEXT) ?? {},
    becknTransactionId: 'edea17fa-b5c4-48c9-86dd-1b80dda67d37',
    messageId: '4618752a-c502-4503-bd75-635622ea8aff',
    at: AT,
    content,
  });
}

it.each(DIALECTS.map(({ name, actions }) => [name, actions] as const))('%s', (dialect, actions) => {
  const search = actions.has('discover') ? 'on_discover' : 'on_search';
  const state = { status: 'Unavailable', errorCode: 'NoError', at: AT } as const;
  const hits = [{ site: siteOf(1), state, outOfSale: REASON }];
  expect(render(dialect, search, { type: 'catalogue', network: NETWORK, hits })).toContain(REASON);
  const plain = render(dialect, search, { type: 'catalogue', network: NETWORK, hits: [{ site: siteOf(1), state }] });
  expect(plain).not.toContain(REASON);
  const refusal = { code: 'out-of-sale', path: 'message.order.items', detail: REASON } as const;
  expect(render(dialect, 'on_select', { type: 'error', refusal, subject: { passthrough: {} } })).toContain(REASON);
});
