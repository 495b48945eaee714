import { describe, expect, it } from 'vitest';
import { readConnectors, parseHundredths } from '../../../../src/sandbox/buyer-app/catalogue-reading.js';
import { checkEvidence, printReceipt, type Evidence } from '../../../../src/sandbox/demo/receipt.js';
import { createTerminal } from '../../../../src/sandbox/runtime/terminal.js';

const price = (value: string) => ({ currency: 'INR', value });

function order(cost: string, gst: string, fee: string, total: string, refund: string, status = 'COMPLETE') {
  return {
    status,
    quote: {
      price: price(total),
      breakup: [
        { title: 'Charging Cost', price: price(cost) },
        { title: 'GST', price: price(gst) },
        { title: 'Service Fee', price: price(fee) },
        { title: 'Total', price: price(total) },
      ],
    },
    refund_terms: [{ refund_amount: { currency: 'INR', estimated_value: refund } }],
  };
}

const good: Evidence = {
  connector: {
    providerId: 'acme',
    providerName: 'Acme',
    stationId: 'st-1',
    stationName: 'Hub',
    chargePointId: 'cp-7',
    chargePointName: 'Bay 1',
    connectorId: 'cp-7-1',
    standard: 'CCS2',
    status: 'Available',
    price: '₹18/kWh',
    power: '60kW',
  },
  orderId: 'O1',
  // 5,000 Wh at ₹18 are ₹90; GST on 95.
  order: order('90.00', '17.10', '5.00', '112.10', '11.80'),
  paid: 12_390,
  authorisedCost: 10_000,
  meterStartWh: 1_000_000,
  meterStopWh: 1_005_000,
  requestedTag: 'TAG',
  startedTag: 'TAG',
  terminalCallbacks: 1,
  reportedEnergies: [0, 200, 500],
  unverified: [],
};

const broken = (change: Partial<Evidence>) =>
  checkEvidence({ ...good, ...change })
    .filter((check) => !check.holds)
    .map((check) => check.text);

describe('the judge', () => {
  it('has nothing against a good journey', () => {
    expect(broken({})).toEqual([]);
  });

  it.each<[string, Partial<Evidence>, RegExp]>([
    ['an order not complete', { order: order('90.00', '17.10', '5.00', '112.10', '11.80', 'CANCELLED') }, /COMPLETE/],
    ['two endings', { terminalCallbacks: 2 }, /exactly one/],
    ['a callback not believed', { unverified: ['on_status: bad'] }, /signature/],
    ['another tag', { startedTag: 'OTHER' }, /tag/],
    ['a meter that says otherwise', { meterStopWh: 1_005_100 }, /meter times the price/],
    ['lines that do not sum', { order: order('90.00', '17.10', '6.00', '112.10', '11.80') }, /sum/],
    [
      'a bill above the payment',
      { paid: 11_000, order: order('90.00', '17.10', '5.00', '112.10', '0') },
      /above what was paid/,
    ],
    ['a refund that is not the rest', { order: order('90.00', '17.10', '5.00', '112.10', '11.00') }, /refund/],
    ['energy that fell', { reportedEnergies: [0, 300, 200] }, /never falling/],
  ])('names %s', (_, change, sentence) => {
    expect(broken(change).join()).toMatch(sentence);
  });

  it('caps the charging cost at what was ordered', () => {
    const capped = order('100.00', '18.90', '5.00', '123.90', '0.00');
    expect(broken({ meterStopWh: 1_005_600, order: capped })).toEqual([]);
  });
});

describe('the receipt', () => {
  it('can be followed line by line, without colours outside a terminal', () => {
    let text = '';
    const screen = createTerminal({ write: (more) => (text += more) }, {});
    printReceipt(screen, good);
    expect(text).toMatch(/Delivered\s+= 5\.000 kWh/);
    expect(text).toMatch(/5\.000 kWh × ₹18\/kWh\s+₹ 90\.00/);
    expect(text).toMatch(/GST {2}18 % of 95\.00\s+₹ 17\.10/);
    expect(text).toMatch(/Refund {2}123\.90 − 112\.10\s+₹ 11\.80/);
    expect(text).not.toContain('\u001b');
  });
});

describe('reading a provider', () => {
  it('finds the numbers in their texts', () => {
    expect(['₹ 16.3', '₹18/kWh', '1.63 kWh', 'none'].map(parseHundredths)).toEqual([1_630, 1_800, 163, undefined]);
  });

  it('walks the tree of items from the connector up', () => {
    const catalogue = {
      providers: [
        {
          id: 'acme',
          descriptor: { name: 'Acme' },
          items: [
            { id: 'st-1', category_ids: ['charging-station'], descriptor: { name: 'Hub' } },
            { id: 'cp-7', parent_item_id: 'st-1', category_ids: ['charge-point'], descriptor: { name: 'Bay 1' } },
            { id: 'cp-7-1', parent_item_id: 'cp-7', category_ids: ['connector'], descriptor: { code: 'CCS2' } },
          ],
        },
      ],
    };
    expect(readConnectors(catalogue)).toMatchObject([
      { providerId: 'acme', stationName: 'Hub', chargePointId: 'cp-7', connectorId: 'cp-7-1', standard: 'CCS2' },
    ]);
    expect(readConnectors(undefined)).toEqual([]);
  });
});
