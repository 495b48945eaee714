/**
 * The `uei:charging` dialect: callbacks about generated orders match their schema and sum to their price, and no reader
 * throws on arbitrary JSON.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCallbackRenderer } from '../../src/beckn/outbound/callback-renderer.js';
import { ueiCharging } from '../../src/beckn/dialects/uei-charging/index.js';
import { valueAt, readList } from '../../src/beckn/protocol/json-reading.js';
import type { CallbackContent } from '../../src/ports/callback-delivery.js';
import type { PeerSettings } from '../../src/config/config.js';
import type { CallbackAction } from '../../src/domain/model/effect.js';
import { AT, contextOf, SITE } from '../unit/beckn/samples.js';
import { asObject, orders, peers, shaped, words } from './beckn-arbitraries.js';
import { runs } from './runs.js';

const ORDER_ACTIONS: readonly CallbackAction[] = [
  'on_select',
  'on_init',
  'on_confirm',
  'on_status',
  'on_update',
  'on_cancel',
];

function writeWith(peer: PeerSettings, action: CallbackAction, content: CallbackContent): unknown {
  const writer = createCallbackRenderer({
    dialects: [ueiCharging],
    subscriber: { bppId: 'cpo.example/bpp', bppUri: 'https://cpo.example/beckn' },
    peerSettings: () => peer,
  });
  const text = writer.render({
    action,
    dialect: ueiCharging.name,
    bapId: 'bap.example',
    network: 'main',
    bapUri: 'https://bap.example/beckn',
    replyContext: ueiCharging.replyContext(contextOf('select')),
    becknTransactionId: 't-1',
    messageId: 'm-1',
    at: AT,
    content,
  });
  return JSON.parse(text);
}

describe('every callback', () => {
  it('matches its schema, sums correctly and orders its refund amounts', () => {
    fc.assert(
      fc.property(orders, peers, fc.constantFrom(...ORDER_ACTIONS), fc.boolean(), (order, peer, action, placed) => {
        const body = writeWith(peer, action, { type: 'order', order, site: placed ? SITE : {} });
        const said = valueAt(body, 'message', 'order');
        const rows = readList(valueAt(said, 'quote', 'breakup')).map((row) => Number(valueAt(row, 'price', 'value')));
        const total = rows.pop() ?? NaN;
        expect(total).toBeCloseTo(
          rows.reduce((sum, row) => sum + row, 0),
          3,
        );
        expect(Number(valueAt(said, 'quote', 'price', 'value'))).toBe(total);
        const refund = valueAt(readList(valueAt(said, 'refund_terms'))[0], 'refund_amount');
        const [least, likely, most] = ['minimum_value', 'estimated_value', 'maximum_value'].map((key) =>
          Number(valueAt(refund, key)),
        );
        expect(least).toBeLessThanOrEqual(likely ?? NaN);
        expect(likely).toBeLessThanOrEqual(most ?? NaN);
      }),
      { numRuns: runs(500), seed: 7 },
    );
  });
});

describe('JSON of unknown shape', () => {
  it('is read or refused and never causes an exception', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ueiCharging.actions),
        fc.oneof(words, shaped),
        fc.oneof(words, shaped),
        peers,
        (action, message, context, peer) => {
          const request = ueiCharging.read(action, asObject(context), asObject(message), peer);
          expect('type' in request || 'refusal' in request).toBe(true);
          // A stored request must survive serialisation.
          expect(JSON.parse(JSON.stringify(request))).toEqual(request);
          ueiCharging.replyContext(asObject(context));
          ueiCharging.matches(asObject(context));
        },
      ),
      { numRuns: runs(2000), seed: 7 },
    );
  });
});
