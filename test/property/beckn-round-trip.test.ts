/** Every dialect of core 1.x reads an order that it rendered as the same order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../src/beckn/dialects/all.js';
import type { BecknDialect } from '../../src/beckn/protocol/dialect.js';
import type { JsonObject } from '../../src/beckn/protocol/wire.js';
import { valueAt, isObject } from '../../src/beckn/protocol/json-reading.js';
import type { PeerSettings } from '../../src/config/config.js';
import { Catalogue } from '../../src/domain/locations/catalogue.js';
import type { Limit } from '../../src/domain/model/quote.js';
import { findConnector } from '../../src/bridge/buyers/find-connector.js';
import { inMinorUnits } from './stated-money.js';
import { AT, contextOf, NETWORK, PEER, sampleOrder, siteOf } from '../unit/beckn/samples.js';

const CATALOGUE = new Catalogue(NETWORK);
const name = fc.stringMatching(/^[A-Z][a-z]{1,20}$/);
const phone = fc.stringMatching(/^\+91-[0-9]{10}$/);

const energy = fc.integer({ min: 100, max: 500_000 }).map((value): Limit => ({ kind: 'energy', value }));
/** Readers infer a unit from the size of the number, so each unit gets plausible values. */
const limits = fc.oneof(
  energy,
  fc.integer({ min: 1, max: 10_000_000 }).map((value): Limit => ({ kind: 'amount', value })),
  fc.integer({ min: 1, max: 24 * 60 }).map((minutes): Limit => ({ kind: 'time', value: 60 * minutes })),
  fc.integer({ min: 1, max: 100 }).map((value): Limit => ({ kind: 'soc', value })),
);
const slots = fc.option(
  fc.record({ in: fc.integer({ min: 1, max: 9_999 }), minutes: fc.integer({ min: 1, max: 600 }) }),
  { nil: undefined },
);
const peers: fc.Arbitrary<PeerSettings> = fc.record({
  units: fc.constantFrom('Wh', 'kWh'),
  time: fc.constantFrom('s', 'min'),
  optionCase: fc.constantFrom('lower', 'capital'),
  sessionDetails: fc.constantFrom('rich', 'sampled-value'),
});

/** Sends a callback's order back, as buyer apps do with an order that they received. */
function sentBack(dialect: BecknDialect, order: Parameters<typeof sampleOrder>[0], connector: 1 | 2, peer = PEER) {
  const site = siteOf(connector);
  const whole = sampleOrder({ ...order, connector: { ...sampleOrder().connector, connectorId: connector } });
  const callback = dialect.render(
    { action: 'on_confirm', at: AT, content: { type: 'order', order: whole, site } },
    peer,
  );
  const message: JsonObject = {
    order: isObject(valueAt(callback.message, 'order')) ? (valueAt(callback.message, 'order') as JsonObject) : {},
  };
  return dialect.read('confirm', contextOf('confirm'), message, peer);
}

// The dialects of Beckn 2.0 have their own tests, because they state the buyer and the energy elsewhere.
describe.each(DIALECTS.filter(({ family }) => family !== 'ubc-2.0.0' && family !== 'lts-2.0.0'))(
  '$name: canonical → dialect → canonical',
  (dialect) => {
    const trees = dialect.family === 'uei-charging-1.0.0';
    it('preserves connector, limit, slot, payment and contacts', () => {
      fc.assert(
        fc.property(
          fc.record({
            connector: fc.constantFrom<1 | 2>(1, 2),
            currency: fc.constantFrom('INR', 'JPY', 'KWD'),
            limit: trees ? limits : energy,
            slot: slots,
            paid: fc.nat(10_000_000),
            reference: fc.stringMatching(/^[a-z0-9-]{1,30}$/),
            billing: fc.record({ name, phone }),
            customer: fc.record({ person: fc.record({ name }), contact: fc.record({ phone }) }),
            collectedBy: fc.constantFrom('BAP', 'bap', 'BPP', 'bpp'),
          }),
          peers,
          (wish, peer) => {
            const from = AT + (wish.slot?.in ?? 0) * 60_000;
            const slot = wish.slot && { from, until: from + wish.slot.minutes * 60_000 };
            const echo = { customer: wish.customer, collectedBy: wish.collectedBy };
            const { limit, billing, paid, reference, currency } = wish;
            const order = {
              state: 'confirmed' as const,
              limit,
              billing,
              tariff: { ...sampleOrder().tariff, currency },
              quote: { ...sampleOrder().quote, currency },
              payment: { paid, reference },
              ...(slot && { slot }),
              ...(!trees && { passthrough: echo }),
            };
            const read = sentBack(dialect, order, wish.connector, peer);
            expect(inMinorUnits(read, currency)).toMatchObject({
              type: 'confirm',
              limit: { limit },
              billing,
              payment: { paid, reference },
              ...(slot && { slot: { slot } }),
              ...(!trees && { passthrough: echo }),
            });
            if (!('items' in read) || !read.items) throw new Error('no items');
            expect(findConnector(CATALOGUE, read.items)).toBe(
              CATALOGUE.site({ chargePointId: 'CP7', connectorId: wish.connector }),
            );
          },
        ),
        { numRuns: 200, seed: 11 },
      );
    });
  },
);
