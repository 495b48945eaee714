/** The `ev-charging` dialects: callbacks about generated orders match their schema, and no reader throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dentEvCharging } from '../../src/beckn/dialects/ev-charging/dent-ev-charging.js';
import { evChargingUei } from '../../src/beckn/dialects/ev-charging/ev-charging-uei.js';
import { valueAt, readList } from '../../src/beckn/protocol/json-reading.js';
import { ueiEvCharging } from '../../src/beckn/dialects/ev-charging/uei-ev-charging.js';
import { createCallbackRenderer } from '../../src/beckn/outbound/callback-renderer.js';
import type { CallbackAction } from '../../src/domain/model/effect.js';
import { AT, contextOf, PEER, SITE } from '../unit/beckn/samples.js';
import { asObject, orders, shaped, words } from './beckn-arbitraries.js';
import { runs } from './runs.js';

const DIALECTS = [evChargingUei, dentEvCharging, ueiEvCharging];
const ACTIONS: readonly CallbackAction[] = [
  'on_select',
  'on_init',
  'on_confirm',
  'on_status',
  'on_update',
  'on_cancel',
];

describe.each(DIALECTS)('$name', (dialect) => {
  const writer = createCallbackRenderer({
    dialects: [dialect],
    subscriber: { bppId: 'cpo.example/bpp', bppUri: 'https://cpo.example/beckn' },
    peerSettings: () => PEER,
  });

  it('renders callbacks that match their schema and whose breakup sums to the price', () => {
    let cancelled = 0;
    fc.assert(
      fc.property(
        orders,
        fc.constantFrom(...ACTIONS),
        fc.boolean(),
        anyPassthrough,
        (generated, action, placed, passthrough) => {
          const order = { ...generated, ...(passthrough && { passthrough }) };
          const text = writer.render({
            action,
            dialect: dialect.name,
            bapId: 'bap.example',
            network: 'main',
            bapUri: 'https://bap.example/beckn',
            replyContext: dialect.replyContext(contextOf('select', { domain: 'x', version: '1.1.0' })),
            becknTransactionId: 't-1',
            messageId: 'm-1',
            at: AT,
            content: { type: 'order', order, site: placed ? SITE : {} },
          });
          const quote = valueAt(JSON.parse(text), 'message', 'order', 'quote');
          if (quote === undefined) {
            expect(order.state).toBe('failed');
            return;
          }
          const amounts = readList(valueAt(quote, 'breakup')).map((amount) =>
            Number(valueAt(amount, 'price', 'value')),
          );
          const value = Number(valueAt(quote, 'price', 'value'));
          expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBeCloseTo(value, 3);
          if (value < 0) cancelled += 1;
        },
      ),
      { numRuns: runs(300), seed: 7 },
    );
    expect(cancelled).toBeGreaterThan(0);
  });

  it('reads or refuses JSON of unknown shape and never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...dialect.actions),
        fc.oneof(words, shaped),
        fc.oneof(words, shaped),
        (action, message, context) => {
          const request = dialect.read(action, asObject(context), asObject(message), PEER);
          expect('type' in request || 'refusal' in request).toBe(true);
          // A stored request must survive serialisation.
          expect(JSON.parse(JSON.stringify(request))).toEqual(request);
          dialect.replyContext(asObject(context));
          dialect.matches(asObject(context));
        },
      ),
      { numRuns: runs(400), seed: 7 },
    );
  });
});

/** The passthrough that the reader extracts from an arbitrary customer and payment. */
const anyPassthrough = fc
  .record({ name: fc.string({ unit: 'binary' }), phone: fc.string({ unit: 'binary' }), by: fc.string() })
  .map(({ name, phone, by }) => {
    const fulfillments = [{ customer: { person: { name }, contact: { phone } } }];
    const order = { fulfillments, payments: [{ collected_by: by }] };
    const read = evChargingUei.read('init', contextOf('init'), { order }, PEER);
    return 'passthrough' in read ? read.passthrough : undefined;
  });
