/** An update changes only what its target names; which energy can be ordered; and who collects the payment. */
import { describe, expect, it } from 'vitest';
import { ueiEvCharging } from '../../../../../src/beckn/dialects/ev-charging/uei-ev-charging.js';
import { renderPaymentsWithCollector } from '../../../../../src/beckn/dialects/ev-charging/render-money.js';
import { PEER, sampleOrder } from '../../samples.js';

const read = (action: string, message: object): unknown => ueiEvCharging.read(action, {}, message as never, PEER);
const quantity = (value: string, unit?: string) => ({
  selected: { measure: { value, ...(unit !== undefined && { unit }) } },
});

describe('the energy of an order', () => {
  it.each([
    ['9000000', 'Wh'],
    ['500001', 'wh'],
    ['501', 'kWh'],
    ['501', 'kW'],
    ['501', undefined],
  ])('above 500 kWh is refused in every unit: %s %s', (value, unit) => {
    expect(read('select', { order: { items: [{ id: 'a', quantity: quantity(value, unit) }] } })).toMatchObject({
      limit: { refusal: { code: 'option-out-of-range' } },
    });
  });

  it('of 500 kWh is accepted in Wh', () => {
    expect(read('select', { order: { items: [{ id: 'a', quantity: quantity('500000', 'Wh') }] } })).toMatchObject({
      limit: { limit: { kind: 'energy', value: 500_000 } },
    });
  });
});

describe('an update', () => {
  const order = {
    id: 'o-1',
    items: [{ id: 'a', quantity: quantity('5', 'kWh') }],
    billing: { name: 'B' },
    fulfillments: [{ id: 'f', customer: { contact: { phone: '1' } } }],
    payments: [{ collected_by: 'BAP' }],
  };

  it.each([
    ['order.billing', { billing: { name: 'B' } }],
    ['order.items', { items: expect.anything() as unknown, limit: expect.anything() as unknown }],
    [
      'order.fulfillments[0].customer',
      {
        items: expect.anything() as unknown,
        limit: expect.anything() as unknown,
        passthrough: { customer: { contact: { phone: '1' } } },
      },
    ],
  ])('of %s changes that alone', (target, changes) => {
    expect(read('update', { update_target: target, order })).toEqual({ type: 'update', orderId: 'o-1', ...changes });
  });
});

describe('the collector of a payment', () => {
  const passthrough = { collectedBy: 'BAP' };
  const payment = { type: 'PRE-ORDER', collectedBy: 'BPP', mode: 'charge', status: 'due', paid: 0 } as const;

  it('is ours if we collect, whatever the buyer app wrote', () => {
    expect(renderPaymentsWithCollector(sampleOrder({ passthrough, payment }))).toMatchObject([{ collected_by: 'BPP' }]);
  });

  it('is what the buyer app wrote if we do not', () => {
    expect(renderPaymentsWithCollector(sampleOrder({ passthrough: { collectedBy: 'bap' } }))).toMatchObject([
      { collected_by: 'bap' },
    ]);
  });
});
