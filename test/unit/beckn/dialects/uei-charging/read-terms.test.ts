/** Offers, the buyer app's fee and the payment in this dialect, and the price lines of a quote. */
import { describe, expect, it } from 'vitest';
import { readOrderTerms } from '../../../../../src/beckn/dialects/uei-charging/read-terms.js';
import { renderPayments, renderQuote } from '../../../../../src/beckn/dialects/uei-charging/render-money.js';
import { toBuyerFinderFee } from '../../../../../src/bridge/buyers/stated-amounts.js';
import { valueAt, readList } from '../../../../../src/beckn/protocol/json-reading.js';
import { price } from '../../../../../src/domain/pricing/pricing.js';
import { sampleOrder, tags } from '../../samples.js';

describe('what an order says of its price', () => {
  it.each([
    [{ offers: [{ id: 'NEW' }] }, { offer: 'NEW' }],
    [
      {
        payments: [
          { '@ondc/org/buyer_app_finder_fee_type': 'percent', '@ondc/org/buyer_app_finder_fee_amount': '3.5' },
        ],
      },
      { buyerFinderFee: { kind: 'percent', value: 350 } },
    ],
    [
      {
        payments: [{ '@ondc/org/buyer_app_finder_fee_type': 'Amount', '@ondc/org/buyer_app_finder_fee_amount': '12' }],
      },
      {
        buyerFinderFee: {
          kind: 'amount',
          amount: { decimal: '12', path: 'message.order.payments[0].@ondc/org/buyer_app_finder_fee_amount' },
        },
      },
    ],
    [
      { payments: [{ tags: [tags('BUYER_FINDER_FEES', ['BUYER_FINDER_FEES_PERCENTAGE', '1'])] }] },
      { buyerFinderFee: { kind: 'percent', value: 100 } },
    ],
    [
      { tags: [tags('buyer-finder-fee', ['type', 'amount'], ['amount', '2.50'])] },
      { buyerFinderFee: { kind: 'amount', amount: { decimal: '2.50', path: 'message.order.tags[0].list[1].value' } } },
    ],
    [{ payments: [{ '@ondc/org/buyer_app_finder_fee_type': 'percent' }], offers: [{}] }, {}],
    [{}, {}],
  ])('%j', (order, terms) => {
    expect(readOrderTerms(order)).toEqual(terms);
  });
});

describe('the payment', () => {
  it.each([
    { kind: 'percent' as const, value: 350 },
    { kind: 'amount' as const, value: 1200 },
  ])('says the fee back as it can be read again: %j', (buyerFinderFee) => {
    const { buyerFinderFee: read } = readOrderTerms({ payments: renderPayments(sampleOrder({ buyerFinderFee })) });
    expect(read && toBuyerFinderFee(read, 'INR')).toEqual(buyerFinderFee);
    expect(renderPayments(sampleOrder())[0]).not.toHaveProperty('tags');
  });
});

describe('the rows of a quote', () => {
  it('have a title and a code each, whatever the tariff prices', () => {
    const tariff = { ...sampleOrder().tariff, platformFee: 100, minPrice: 50_000 };
    const terms = {
      offer: { code: 'o', title: 'Welcome', amount: 1000 },
      buyerFinderFee: { kind: 'amount' as const, value: 200 },
    };
    const order = sampleOrder();
    const quote = { ...order.quote, ...price(tariff, 10_000, terms) };
    const rows = readList(valueAt(renderQuote({ ...order, tariff, ...terms, quote }, 0), 'breakup'));
    const shown = rows.map((row) => [
      valueAt(row, 'title'),
      valueAt(row, 'item', 'descriptor', 'code'),
      valueAt(row, 'price', 'value'),
    ]);
    expect(shown).toMatchObject([
      ['Estimated Charging Cost', 'energy-cost', '100.00'],
      ['To Minimum Price', 'adjustment', '400.00'],
      ['Welcome', 'discount', '-10.00'],
      ['GST', 'gst', '89.15'],
      ['Service Fee', 'service-charge', '5.25'],
      ['Platform Fee', 'platform-fee', '1.00'],
      ['Buyer Finder Fee', 'buyer-finder-fee', '2.00'],
      ['Total', 'total', '587.40'],
    ]);
  });
});
