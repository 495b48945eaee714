import { describe, expect, it } from 'vitest';
import { checkEvidence, printReceipt, type Evidence } from '../../../../src/sandbox/demo/receipt.js';
import { createTerminal } from '../../../../src/sandbox/runtime/terminal.js';

function order(cost: string, gst: string, fee: string, total: string, refund: string, status = 'COMPLETE') {
  return orderIn('INR', [cost, gst, fee, total, refund], status);
}

type Amounts = [cost: string, gst: string, fee: string, total: string, refund: string];

function orderIn(currency: string, [cost, gst, fee, total, refund]: Amounts, status = 'COMPLETE') {
  const price = (value: string) => ({ currency, value });
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
    refund_terms: [{ refund_amount: { currency, estimated_value: refund } }],
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

const failedChecks = (change: Partial<Evidence>) =>
  checkEvidence({ ...good, ...change })
    .filter((check) => !check.holds)
    .map((check) => check.text);

describe('the checks of the evidence', () => {
  it('all hold for a correct session', () => {
    expect(failedChecks({})).toEqual([]);
  });

  it.each<[string, Partial<Evidence>, RegExp]>([
    [
      'an order that is not complete',
      { order: order('90.00', '17.10', '5.00', '112.10', '11.80', 'CANCELLED') },
      /COMPLETE/,
    ],
    ['two reports of the end', { terminalCallbacks: 2 }, /Exactly one/],
    ['a callback that did not verify', { unverified: ['on_status: bad'] }, /registered key/],
    ['another tag', { startedTag: 'OTHER' }, /tag/],
    ['a cost that the meter does not confirm', { meterStopWh: 1_005_100 }, /metered energy times the price/],
    ['lines that do not add up', { order: order('90.00', '17.10', '6.00', '112.10', '11.80') }, /add up/],
    [
      'a bill above the payment',
      { paid: 11_000, order: order('90.00', '17.10', '5.00', '112.10', '0') },
      /not above the payment/,
    ],
    ['a refund that is not the unused part', { order: order('90.00', '17.10', '5.00', '112.10', '11.00') }, /refund/],
    ['a reported energy that fell', { reportedEnergies: [0, 300, 200] }, /never fell/],
  ])('fail for %s', (_, change, sentence) => {
    expect(failedChecks(change).join()).toMatch(sentence);
  });

  it('accept a charging cost that is capped at the ordered amount', () => {
    const capped = order('100.00', '18.90', '5.00', '123.90', '0.00');
    expect(failedChecks({ meterStopWh: 1_005_600, order: capped })).toEqual([]);
  });
});

describe('the receipt', () => {
  it('shows the arithmetic of each line, without colours outside a terminal', () => {
    let text = '';
    const terminal = createTerminal({ write: (more) => (text += more) }, {});
    printReceipt(terminal, good);
    expect(text).toMatch(/Delivered\s+= 5\.000 kWh/);
    expect(text).toMatch(/5\.000 kWh × ₹18\/kWh\s+₹90\.00/);
    expect(text).toMatch(/GST {2}18 % of 95\.00\s+₹17\.10/);
    expect(text).toMatch(/Refund {2}123\.90 − 112\.10\s+₹11\.80/);
    expect(text).not.toContain('\u001b');
  });

  it.each<[string, Amounts, Partial<Evidence>, RegExp[]]>([
    [
      'JPY',
      ['90', '17', '5', '112', '12'],
      { paid: 124, authorisedCost: 100 },
      [/GST {2}18 % of 95\s+¥17\n/, /Service Fee\s+¥5\n/, /Paid\s+¥124\n/, /Refund {2}124 − 112\s+¥12\n/],
    ],
    [
      'KWD',
      ['0.090', '0.017', '0.005', '0.112', '0.012'],
      { paid: 124, authorisedCost: 100 },
      [/GST {2}18 % of 0\.095\s+KWD 0\.017\n/, /Paid\s+KWD 0\.124\n/, /Refund {2}0\.124 − 0\.112\s+KWD 0\.012\n/],
    ],
  ])('has as many decimals as %s has', (currency, amounts, paid, lines) => {
    let text = '';
    const price = currency === 'JPY' ? '¥18/kWh' : 'KWD 0.018/kWh';
    const evidence = { ...good, ...paid, order: orderIn(currency, amounts), connector: { ...good.connector, price } };
    printReceipt(createTerminal({ write: (more) => (text += more) }, {}), evidence);
    for (const line of lines) expect(text).toMatch(line);
    expect(checkEvidence(evidence).filter(({ holds }) => !holds)).toEqual([]);
  });
});
