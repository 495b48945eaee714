import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../../src/domain/model/object.js';
import { ueiCharging } from '../../../../../src/beckn/dialects/uei-charging/index.js';
import type { JsonObject } from '../../../../../src/beckn/protocol/wire.js';
import type { PeerSettings } from '../../../../../src/config/config.js';
import seedUpdate from '../../../../wire/seed-003-update.json' with { type: 'json' };
import { contextOf, ITEMS, PEER, tags } from '../../samples.js';

function read(
  action: string,
  message: JsonObject,
  peer: Partial<PeerSettings> = {},
  context: JsonObject = contextOf(action),
) {
  return ueiCharging.read(action, context, message, { ...PEER, ...peer });
}

function limitOf(code: string, value: Json, peer: Partial<PeerSettings> = {}) {
  const order = { provider: { id: 'acme' }, items: ITEMS, tags: [tags('selected-charging-option', [code, value])] };
  const request = read('select', { order }, peer);
  return 'limit' in request ? request.limit : request;
}

describe('which messages are spoken', () => {
  it('is the domain with its version, or with none', () => {
    expect(ueiCharging.matches({ domain: 'uei:charging', version: '1.0.0' })).toBe(true);
    expect(ueiCharging.matches({ domain: 'uei:charging' })).toBe(true);
    expect(ueiCharging.matches({ domain: 'uei:charging', version: '1.1.0' })).toBe(false);
    expect(ueiCharging.matches({ domain: 'ev-charging:uei', version: '1.0.0' })).toBe(false);
  });
});

describe('the charging option', () => {
  it.each([
    ['units', '3000', {}, { kind: 'energy', value: 3000 }],
    ['Units', '3', { units: 'kWh' }, { kind: 'energy', value: 3000 }],
    ['UNITS', '3 kWh', {}, { kind: 'energy', value: 3000 }],
    ['units', '3000 Wh', { units: 'kWh' }, { kind: 'energy', value: 3000 }],
    ['Time', '1200', {}, { kind: 'time', value: 1200 }],
    ['time', '30', { time: 'min' }, { kind: 'time', value: 1800 }],
    ['time', '30 min', {}, { kind: 'time', value: 1800 }],
    ['SoC', '80 %', {}, { kind: 'soc', value: 80 }],
    ['soc', 80, {}, { kind: 'soc', value: 80 }],
  ] as const)('%s %s with %o', (code, value, peer, limit) => {
    expect(limitOf(code, value, peer)).toEqual({ limit });
  });

  const path = 'message.order.tags[0].list[0].value';
  it.each([
    ['100', { decimal: '100', path }],
    [99.5, { decimal: '99.5', path }],
    ['₹ 99.50', { decimal: '99.50', currency: 'INR', path }],
    ['Rs. 99', { decimal: '99', currency: 'INR', path }],
    ['99 rupees', { decimal: '99', currency: 'INR', path }],
    ['kwd 9.125', { decimal: '9.125', currency: 'KWD', path }],
    ['500 JPY', { decimal: '500', currency: 'JPY', path }],
  ])('amount %s is kept as it is written, with the currency beside it', (value, amount) => {
    expect(limitOf('amount', value, {})).toEqual({ amount });
  });

  it('takes the currency of an amount from its description, too', () => {
    const described = (value: string, short_desc: string) => {
      const list = [{ descriptor: { code: 'amount', short_desc }, value }];
      const group = { descriptor: { code: 'selected-charging-option' }, list };
      return read('select', { order: { items: ITEMS, tags: [group] } });
    };
    expect(described('5', 'KWD')).toMatchObject({ limit: { amount: { decimal: '5', currency: 'KWD' } } });
    expect(described('5', 'Max')).toHaveProperty('limit.amount', { decimal: '5', path });
    expect(described('5', 'kWh')).toMatchObject({ limit: { refusal: { detail: 'kWh is not a unit of amount' } } });
    expect(described('KWD 5', 'INR')).toMatchObject({
      limit: { refusal: { detail: 'the currency INR contradicts KWD' } },
    });
  });

  it.each([
    ['amount', '5 kWh', {}, 'kWh is not a unit of'],
    ['amount', 'JPY 5 INR', {}, 'INR contradicts JPY'],
    ['units', '200 min', {}, 'min is not a unit of'],
    ['units', '200 s', { units: 'kWh' }, 's is not a unit of'],
    ['time', '90 kWh', {}, 'kWh is not a unit of'],
    ['time', '90 Wh', { time: 'min' }, 'Wh is not a unit of'],
    ['units', '5', {}, 'Wh, 5 is below 100'],
    ['units', '3000', { units: 'kWh' }, 'kWh, 3000 is above 500'],
    ['time', '30', {}, 's, 30 is below 60'],
    ['soc', '120', {}, '120'],
    ['amount', '-5', {}, 'more than 0'],
    ['amount', '0', {}, 'more than 0'],
    ['amount', 'all', {}, 'not a number'],
  ] as const)('asks back instead of guessing: %s %s with %o', (code, value, peer, detail) => {
    expect(limitOf(code, value, peer)).toEqual({
      refusal: {
        code: 'option-out-of-range',
        path: 'message.order.tags[0].list[0].value',
        detail: expect.stringContaining(detail) as string,
      },
    });
  });

  it('must be exactly one', () => {
    const order = (...groups: readonly JsonObject[]) => ({ order: { items: ITEMS, tags: groups } });
    const two = read('select', order(tags('selected-charging-option', ['units', '3000'], ['time', '600'])));
    expect(two).toMatchObject({
      limit: {
        refusal: { code: 'option-missing', path: 'message.order.tags[0].list[1]', detail: '2 options are selected' },
      },
    });
    const inTwo = [['units', '3000'] as const, ['time', '600'] as const].map((option) =>
      tags('selected-charging-option', option),
    );
    expect(read('select', order(...inTwo))).toMatchObject({
      limit: {
        refusal: {
          code: 'option-missing',
          path: 'message.order.tags[1].list[0]',
          detail: '2 options are selected',
        },
      },
    });
    expect(read('select', order(tags('selected-charging-option')))).toMatchObject({
      limit: { refusal: { code: 'option-missing', path: 'message.order.tags[0].list' } },
    });
    expect(read('select', { order: { items: ITEMS } })).toMatchObject({
      limit: { refusal: { code: 'option-missing', path: 'message.order.tags' } },
    });
  });

  it('may be left to the draft after select', () => {
    expect(read('init', { order: { items: ITEMS } })).not.toHaveProperty('limit');
    expect(read('confirm', { order: {} })).toEqual({ type: 'confirm', payment: 'unstated' });
  });
});

describe('select, init, confirm', () => {
  it('reads items with their paths and keeps what must be said back', () => {
    const order = {
      provider: { id: 'acme' },
      items: ITEMS,
      tags: [
        tags('selected-charging-option', ['Amount', '100']),
        tags('selected-payment-method', ['method', 'WhatsApp Pay']),
        tags('user-info', ['phone', '+91\u00079']),
      ],
      billing: {
        name: '  Asha ',
        email: 'not an address',
        phone: '+91 98',
        city: { name: 'Bengaluru', code: 'std:080', extra: 1 },
        time: { timestamp: '2023-02-18T14:10:17' },
        unknown: true,
      },
    };
    expect(read('init', { order })).toEqual({
      type: 'init',
      items: {
        providerId: 'acme',
        itemIds: [
          { id: 'st-1', path: 'message.order.items[0].id' },
          { id: 'cp-7', path: 'message.order.items[1].id' },
          { id: 'cp-7-1', path: 'message.order.items[2].id' },
        ],
      },
      limit: { amount: { decimal: '100', path: 'message.order.tags[0].list[0].value' } },
      passthrough: {
        option: { code: 'Amount', name: 'Amount' },
        groups: [
          { code: 'selected-payment-method', entries: [{ code: 'method', name: 'method', value: 'WhatsApp Pay' }] },
          { code: 'user-info', entries: [{ code: 'phone', name: 'phone', value: '+91 9' }] },
        ],
      },
      billing: {
        name: 'Asha',
        phone: '+91 98',
        city: { name: 'Bengaluru', code: 'std:080' },
        time: { timestamp: '2023-02-18T14:10:17.000Z' },
      },
    });
  });

  it('bounds every text', () => {
    const read1 = read('init', { order: { billing: { name: 'x'.repeat(10_000) } } });
    expect('billing' in read1 && read1.billing).toEqual({ name: 'x'.repeat(500) });
  });

  it('refuses a select that names nothing', () => {
    expect(read('select', { order: { items: [{ id: '' }] } })).toMatchObject({
      refusal: { code: 'item-unknown', path: 'message.order.items' },
    });
  });

  const paid = (payment: JsonObject) =>
    read('confirm', { order: { tags: [tags('selected-payment-method', ['method', 'UPI'])], payments: [payment] } });

  it('reads a paid payment, its reference inside or outside params', () => {
    expect(
      paid({ status: 'PAID', params: { amount: '123.25', currency: 'INR', transaction_id: 't-1' } }),
    ).toMatchObject({
      payment: { paid: { decimal: '123.25', currency: 'INR' }, method: 'UPI', reference: 't-1' },
    });
    expect(paid({ status: 'PAID', transaction_id: 't-2', params: { amount: 100 } })).toMatchObject({
      payment: { paid: { decimal: '100' }, reference: 't-2' },
    });
  });

  it('reads the one paid payment, wherever it stands, and refuses two', () => {
    const [due, whole] = [{ status: 'NOT-PAID' }, { status: 'PAID', params: { amount: '100' } }];
    const confirm = (...payments: JsonObject[]) => read('confirm', { order: { payments } });
    const [byUs, byThem] = [
      { type: 'ON-FULFILLMENT', collected_by: 'BPP' },
      { type: 'PRE-ORDER', collected_by: 'BAP' },
    ];
    expect(confirm({ ...due, ...byUs }, { ...whole, ...byThem })).toMatchObject({
      payment: { paid: { decimal: '100' } },
      paymentPreference: { type: 'PRE-ORDER', collectedBy: 'BAP' },
    });
    expect(confirm(whole, due, whole)).toMatchObject({
      refusal: { code: 'payment-missing', path: 'message.order.payments[2]' },
    });
  });

  it('tells unpaid from unstated, and refuses PAID without an amount', () => {
    expect(paid({ status: 'NOT-PAID', params: { amount: '1' } })).toMatchObject({ payment: 'unpaid' });
    expect(paid({ params: { amount: '1' } })).toMatchObject({ payment: 'unstated' });
    expect(paid({ status: 'PAID' })).toMatchObject({
      refusal: { code: 'payment-missing', path: 'message.order.payments[0].params.amount' },
    });
  });
});

describe('cancel', () => {
  it.each(['stop-charging', 'Stop Charging', 'STOP_CHARGING', ' stop-charging '])('with %s stops', (code) => {
    expect(read('cancel', { order_id: 'o-1', descriptor: { code } })).toEqual({
      type: 'stop',
      reply: 'at-end',
      orderId: 'o-1',
    });
  });
  it('without it cancels', () => {
    expect(read('cancel', { order_id: 'o-1', cancellation_reason_id: '5' })).toEqual({
      type: 'cancel',
      orderId: 'o-1',
    });
  });
});

describe('update', () => {
  it('replays the published request', () => {
    const request = ueiCharging.read('update', seedUpdate.context, seedUpdate.message, PEER);
    expect(request).toMatchObject({
      type: 'update',
      orderId: 'EK8IJdNnatqx1yMIDzln',
      limit: { amount: { decimal: '100' } },
      items: { providerId: '5meTBsGQ70zZsWZN9Gk2' },
      passthrough: { option: { code: 'amount', name: 'Amount' } },
    });
  });

  const order = {
    id: 'o-1',
    items: ITEMS,
    tags: [tags('selected-charging-option', ['amount', '50'])],
    billing: { phone: '+91' },
  };

  it('takes only what is targeted', () => {
    const billing = read('update', {
      update_target: 'order.billing.phone,order.billing.organization.contact.phone',
      order,
    });
    expect(billing).toEqual({ type: 'update', orderId: 'o-1', billing: { phone: '+91' } });
    const items = read('update', { update_target: 'order.items[2]', order });
    expect(items).toMatchObject({ limit: { amount: { decimal: '50' } } });
    expect(items).not.toHaveProperty('billing');
  });

  it.each(['quote', 'order.', 'item,,billing', 'order.payments[0]', '__proto__', 'items;drop', ''])(
    'does not understand "%s"',
    (target) => {
      expect(read('update', { update_target: target, order })).toMatchObject({
        refusal: { code: 'update-target-unknown', path: 'message.update_target' },
      });
    },
  );
});

describe('status, track, support, rating', () => {
  it('reads them', () => {
    expect(read('status', { order_id: 'o-1' })).toEqual({ type: 'status', orderId: 'o-1' });
    expect(read('track', { order_id: 'o-1' })).toEqual({ type: 'track', orderId: 'o-1' });
    expect(read('support', { support: { ref_id: 'o-1' } })).toEqual({ type: 'support', refId: 'o-1' });
    expect(read('support', {})).toEqual({ type: 'support' });
    expect(read('rating', { ratings: [{ id: 'o-1', rating_category: 'Order', value: '8' }] })).toEqual({
      type: 'rating',
      ratings: [{ id: 'o-1', category: 'Order', value: 8 }],
    });
  });
  it('refuses a rating outside 0 to 10', () => {
    expect(read('rating', { ratings: [{ id: 'o-1', value: '11' }] })).toMatchObject({
      refusal: { code: 'rating-value-invalid', path: 'message.ratings[0].value' },
    });
  });
});

describe('search', () => {
  const intent = (value: JsonObject, context?: JsonObject) => {
    const request = read('search', { intent: value }, {}, context);
    return 'intent' in request ? request.intent : request;
  };
  const centre = { latitude: 12.9716, longitude: 77.5946 };

  it.each([
    [
      'stops',
      {
        fulfillment: {
          stops: [
            { location: { circle: { gps: '12.9716, 77.5946', radius: { type: 'CONSTANT', value: '5', unit: 'km' } } } },
          ],
        },
      },
    ],
    [
      'no unit',
      { fulfillment: { stops: [{ location: { circle: { gps: '12.9716,77.5946', radius: { value: '5' } } } }] } },
    ],
    ['location', { location: { circle: { gps: '12.9716,77.5946', radius: { value: 5000, unit: 'm' } } } }],
    ['a unit that is none', { location: { gps: '12.9716,77.5946', radius: { value: 5, unit: 'constructor' } } }],
    ['gps and radius', { location: { gps: '12.9716,77.5946', radius: '5 kms' } }],
    [
      'behind a place without a radius',
      {
        fulfillment: { start: { location: { gps: '13.1,77.6' } } },
        location: { circle: { gps: '12.9716,77.5946', radius: { value: '5', unit: 'km' } } },
      },
    ],
    ['0.9 end', { fulfillment: { end: { location: { gps: '12.9716,77.5946', radius: { value: '5', unit: 'KM' } } } } }],
  ])('finds the circle: %s', (_name, value) => {
    expect(intent(value)).toEqual({ circle: { ...centre, radiusM: 5000 }, position: centre });
  });

  it('takes a place without a radius only to measure from', () => {
    expect(intent({ fulfillment: { stops: [{ location: { gps: '12.9716,77.5946' } }] } })).toEqual({
      position: centre,
      cityCode: 'std:080',
    });
    expect(intent({ tags: [tags('user-info', ['coordinates', '12.9716,77.5946'])] })).toMatchObject({
      position: centre,
    });
  });

  it.each([
    ['99,999', '5'],
    ['999,999', '5'],
    ['NaN,NaN', '5'],
    ['12.9716', '5'],
    ['north of here', '5'],
    ['12.9716,77.5946', '-1'],
    ['12.9716,77.5946', '0'],
    ['12.9716,77.5946', 'NaN'],
    ['12.9716,77.5946', 'wide'],
  ])('refuses a place that it cannot read, instead of finding everything: %s within %s', (gps, radius) => {
    const refused = {
      refusal: {
        code: 'filter-unreadable',
        path: expect.stringMatching(/^message\.intent\./) as unknown,
        detail: expect.any(String) as unknown,
      },
    };
    expect(intent({ fulfillment: { stops: [{ location: { circle: { gps, radius } } }] } })).toEqual(refused);
    expect(intent({ fulfillment: { stops: [{ location: { circle: { gps, radius: { value: radius } } } }] } })).toEqual(
      refused,
    );
    expect(intent({ fulfillment: { end: { location: { gps, radius } } } })).toEqual(refused);
    expect(intent({ location: { gps, radius } })).toEqual(refused);
  });

  it('refuses coordinates in a tag that it cannot read', () => {
    expect(intent({ tags: [tags('user-info', ['coordinates', '999,999'])] })).toMatchObject({
      refusal: { code: 'filter-unreadable' },
    });
  });

  it('reads empty places as none', () => {
    expect(intent({ location: { gps: '', radius: null } })).toEqual({ cityCode: 'std:080' });
  });

  it.each([
    [{ available: { measure: { unit: 'kWH', value: '4.0' } } }, 4000],
    [{ selected: { measure: { unit: 'kWh', value: '4' } } }, 4000],
    [{ available: { measure: { unit: 'Wh', value: '4000' } } }, 4000],
    [{ available: { measure: { value: 4 } } }, 4000],
  ])('reads the energy that is wanted: %o', (quantity, minEnergyWh) => {
    expect(intent({ item: { descriptor: { code: 'energy' }, quantity } })).toMatchObject({ minEnergyWh });
  });

  it.each([
    [{ available: { measure: { unit: 'kWh', value: 'lots' } } }],
    [{ available: { measure: { unit: 'litres', value: '4' } } }],
    [{ available: { measure: { unit: 'kWh', value: '-4' } } }],
  ])('refuses an energy that it cannot read: %o', (quantity) => {
    expect(intent({ item: { quantity } })).toMatchObject({
      refusal: { code: 'filter-unreadable', path: 'message.intent.item.quantity.available.measure' },
    });
  });

  it('reads names, brands, connector types, power and items', () => {
    expect(
      intent({
        descriptor: { name: 'MG Road' },
        provider: { id: 'acme', descriptor: { name: 'Acme CPO' } },
        tags: [tags('connector-types', ['CCS2', ''], ['Type2', '']), tags('brands', ['Tata Power', ''])],
        fulfillment: {
          tags: [tags('specs', ['connector-type', 'GB_T'], ['charger-type', 'dc'], ['power-rating', '30kW'])],
        },
      }),
    ).toEqual({
      text: 'MG Road',
      providerIds: ['acme'],
      providerNames: ['Acme CPO', 'Tata Power'],
      connectorTypes: ['CCS2', 'Type2', 'GB_T'],
      powerType: 'DC',
      minPowerW: 30_000,
      cityCode: 'std:080',
    });
    expect(intent({ item: { descriptor: { code: 'ACME07' } } })).toEqual({ itemId: 'ACME07' });
    expect(intent({ item: { id: 'cp-7-1', descriptor: { code: 'connector' } } })).toEqual({ itemId: 'cp-7-1' });
    expect(intent({ item: { descriptor: { code: 'energy' } } })).toEqual({ cityCode: 'std:080' });
  });

  it('treats empty and unknown as no filter', () => {
    const anywhere = contextOf('search', { location: { city: { code: '*' } } });
    expect(intent({ descriptor: { name: '' }, tags: [], provider: { id: '' } }, anywhere)).toEqual({});
    expect(intent({ tags: [tags('moon-phase', ['full', 'yes'])] }, anywhere)).toEqual({});
  });
});

describe('a search for what is free, cheap and green', () => {
  const intentOf = (intent: JsonObject) => {
    const request = read('search', { intent });
    return 'intent' in request ? request.intent : request;
  };
  const from = '2026-01-15T10:00:00Z';
  const until = '2026-01-15T11:30:00Z';
  const window = { from: Date.parse(from), until: Date.parse(until) };
  const stop = (type: string, timestamp: string) => ({ type, time: { timestamp } });

  it.each([
    [{ category: { descriptor: { code: 'green-tariff' } } }, { categories: ['green-tariff'] }],
    [{ category: { id: 'connector' } }, {}],
    [{ item: { price: { maximum_value: '18.50' } } }, { maxPrice: { decimal: '18.50' } }],
    [{ item: { price: { maximum_value: '9', currency: 'KWD/kWh' } } }, { maxPrice: { decimal: '9', currency: 'KWD' } }],
    [
      { fulfillment: { tags: [tags('connector-specifications', ['availability', 'Available'])] } },
      { availableOnly: true },
    ],
    [{ fulfillment: { tags: [tags('connector-specifications', ['availability', 'Offline'])] } }, {}],
    [{ fulfillment: { stops: [stop('start', from), stop('end', until)] } }, { window }],
    [{ fulfillment: { stops: [{ type: 'start', time: { range: { start: from, end: until } } }] } }, { window }],
    [{ fulfillment: { stops: [stop('start', until), stop('finish', from)] } }, {}],
    [{ fulfillment: { stops: [stop('start', 'soon')] } }, {}],
  ])('%j', (intent, found) => {
    const { cityCode: _city, ...rest } = intentOf(intent) as { cityCode?: string };
    expect(rest).toEqual(found);
  });
});

describe('the conversation', () => {
  it('keeps what every answer repeats, in one shape', () => {
    expect(ueiCharging.replyContext(contextOf('select'))).toEqual({
      domain: 'uei:charging',
      version: '1.0.0',
      location: { city: { code: 'std:080', name: 'Bengaluru' }, country: { code: 'IND', name: 'India' } },
    });
    expect(ueiCharging.replyContext({ domain: 'uei:charging', city: 'std:080', country: 'IND' })).toEqual({
      domain: 'uei:charging',
      version: '1.0.0',
      location: { city: { name: 'std:080' }, country: { name: 'IND' } },
    });
  });
});
