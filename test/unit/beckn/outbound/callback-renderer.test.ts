import { describe, expect, it } from 'vitest';
import { ueiCharging } from '../../../../src/beckn/dialects/uei-charging/index.js';
import { createCallbackRenderer } from '../../../../src/beckn/outbound/callback-renderer.js';
import { RenderFault, type CallbackContent } from '../../../../src/ports/callback-delivery.js';
import type { CallbackAction } from '../../../../src/domain/model/effect.js';
import { AT, completedOrder, NETWORK, PEER, sampleOrder, SITE, siteOf } from '../samples.js';

const writer = createCallbackRenderer({
  dialects: [ueiCharging],
  subscriber: { bppId: 'cpo.example/bpp', bppUri: 'https://cpo.example/beckn' },
  peerSettings: () => PEER,
});

function write(action: CallbackAction, content: CallbackContent, dialect = 'uei-charging-1.0.0'): string {
  return writer.render({
    action,
    dialect,
    bapId: 'bap.example',
    network: 'main',
    bapUri: 'https://bap.example/beckn',
    replyContext: { domain: 'uei:charging', version: '1.0.0' },
    becknTransactionId: 'edea17fa-b5c4-48c9-86dd-1b80dda67d37',
    messageId: '4618752a-c502-4503-bd75-635622ea8aff',
    at: AT,
    content,
  });
}

describe('the writer', () => {
  const state = { status: 'Available', errorCode: 'NoError', at: AT } as const;
  const refusal = { code: 'connector-busy' } as const;
  it.each([
    ['on_search', { type: 'catalogue', network: NETWORK, hits: [{ site: siteOf(1), state, distanceM: 10 }] }],
    ['on_search', { type: 'catalogue', network: NETWORK, hits: [] }],
    ['on_select', { type: 'order', order: sampleOrder(), site: SITE }],
    ['on_init', { type: 'order', order: sampleOrder({ initiated: true, billing: { name: 'Asha' } }), site: SITE }],
    ['on_confirm', { type: 'order', order: sampleOrder({ state: 'starting' }), site: SITE }],
    ['on_status', { type: 'order', order: completedOrder(), site: SITE }],
    ['on_status', { type: 'order', order: sampleOrder(), site: SITE }],
    ['on_update', { type: 'order', order: completedOrder(), site: {} }],
    [
      'on_cancel',
      {
        type: 'order',
        order: sampleOrder({ state: 'cancelled', outcome: { code: 'cancelled-by-buyer', text: 'x', at: AT } }),
        site: SITE,
      },
    ],
    ['on_track', { type: 'tracking', order: completedOrder(), url: 'https://cpo.example/t', active: false }],
    ['on_support', { type: 'support', email: 'help@cpo.example' }],
    ['on_rating', { type: 'rating' }],
    ['on_rating', { type: 'error', refusal }],
    ['on_select', { type: 'error', refusal }],
    ['on_search', { type: 'error', refusal }],
  ] as const)('writes %s of %o as its schema wants it', (action, content) => {
    expect(JSON.parse(write(action, content))).toMatchObject({ context: { action, bpp_id: 'cpo.example/bpp' } });
  });

  it('holds back a message that would break its schema', () => {
    const broken = sampleOrder({ quote: { ...sampleOrder().quote, id: 'no uuid' } });
    expect(() => write('on_select', { type: 'order', order: broken, site: SITE })).toThrow(RenderFault);
    expect(() => write('on_select', { type: 'order', order: broken, site: SITE })).toThrow(/message\.order\.quote\.id/);
  });

  it('holds back a message that cannot be made at all', () => {
    const broken = sampleOrder({ createdAt: NaN });
    expect(() => write('on_status', { type: 'order', order: broken, site: SITE })).toThrow(RenderFault);
  });

  it('knows no dialect that is not there', () => {
    expect(() => write('on_rating', { type: 'rating' }, 'klingon')).toThrow(RenderFault);
  });
});
