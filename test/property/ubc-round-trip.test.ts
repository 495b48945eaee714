/** Unified Bharat e-Charge: a rendered order is read back as the same order. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ubc } from '../../src/beckn/dialects/ubc/index.js';
import { isObject } from '../../src/beckn/protocol/json-reading.js';
import { findConnector } from '../../src/bridge/buyers/find-connector.js';
import { Catalogue } from '../../src/domain/locations/catalogue.js';
import type { CallbackAction } from '../../src/domain/model/effect.js';
import { price } from '../../src/domain/pricing/pricing.js';
import { toMajor } from '../../src/beckn/dialects/core-2x/figures.js';
import { inMinorUnits } from './stated-money.js';
import { AT, numbered, PEER, sampleOrder } from '../unit/beckn/samples.js';

const catalogue = new Catalogue(numbered());
const SELF = { bppId: 'bpp', bppUri: 'https://bpp.example' };

const slots = fc.option(
  fc.record({ in: fc.integer({ min: 1, max: 9_999 }), minutes: fc.integer({ min: 1, max: 600 }) }),
  { nil: undefined },
);

it('Unified Bharat e-Charge preserves connector, energy, slot, fee and payment from order to dialect and back', () => {
  const wishes = fc.record({
    connectorId: fc.constantFrom(1, 2),
    currency: fc.constantFrom('INR', 'JPY', 'KWD'),
    energyWh: fc.integer({ min: 100, max: 60_000 }),
    slot: slots,
    paid: fc.nat(10_000_000),
    reference: fc.stringMatching(/^[a-z0-9-]{1,30}$/),
    fee: fc.record({ kind: fc.constantFrom('percent' as const, 'amount' as const), value: fc.nat(5000) }),
  });
  fc.assert(
    fc.property(wishes, ({ connectorId, currency, energyWh, slot: slotOffset, paid, reference, fee }) => {
      const site = catalogue.site({ chargePointId: 'CP7', connectorId });
      if (!site) throw new Error('the sample network has changed');
      const from = AT + (slotOffset?.in ?? 0) * 60_000;
      const slot = slotOffset && { from, until: from + slotOffset.minutes * 60_000 };
      const tariff = { ...site.connector.tariff, currency };
      const order = sampleOrder({
        state: 'confirmed',
        limit: { kind: 'energy', value: energyWh },
        tariff,
        quote: { ...sampleOrder().quote, ...price(tariff, energyWh) },
        payment: { paid, reference },
        connector: { ...sampleOrder().connector, connectorId },
        buyerFinderFee: fee,
        passthrough: {
          finderFee: {
            feeType: fee.kind === 'percent' ? 'PERCENTAGE' : 'AMOUNT',
            feeValue: fee.kind === 'percent' ? fee.value / 100 : toMajor(fee.value, currency),
          },
        },
        ...(slot && { slot }),
      });
      const content = { type: 'order', order, site } as const;
      const sentBack = (callbackAction: CallbackAction, action: string) => {
        const { message } = ubc.render(
          { action: callbackAction, at: AT, content, subscriber: SELF, bapId: 'bap.example' },
          PEER,
        );
        if (!isObject(message)) throw new Error('no message was rendered');
        return ubc.read(action, { domain: 'beckn.one:deg:ev-charging', version: '2.0.0' }, message, PEER);
      };
      // Init agrees on preferences and fee; confirm states the payment.
      expect(inMinorUnits(sentBack('on_init', 'init'), currency)).toMatchObject({
        limit: { limit: { kind: 'energy', value: energyWh } },
        buyerFinderFee: fee,
        ...(slot && { slot: { slot } }),
      });
      const read = sentBack('on_confirm', 'confirm');
      expect(inMinorUnits(read, currency)).toMatchObject({
        type: 'confirm',
        startsBy: 'buyer',
        limit: { limit: { kind: 'energy', value: energyWh } },
        payment: { paid, reference },
      });
      if (!('items' in read) || !read.items) throw new Error('no items');
      expect(findConnector(catalogue, read.items)).toBe(site);
    }),
    { numRuns: 300, seed: 11 },
  );
});
