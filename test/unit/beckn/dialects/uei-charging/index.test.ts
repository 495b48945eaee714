import { describe, expect, it } from 'vitest';
import { ueiCharging } from '../../../../../src/beckn/dialects/uei-charging/index.js';
import { valueAt, readList } from '../../../../../src/beckn/protocol/json-reading.js';
import type { CallbackContent } from '../../../../../src/ports/callback-delivery.js';
import type { PeerSettings } from '../../../../../src/config/config.js';
import type { Order } from '../../../../../src/domain/model/order.js';
import type { CallbackAction } from '../../../../../src/domain/model/effect.js';
import seedAnswer from '../../../../wire/seed-003-on-status.json' with { type: 'json' };
import { AT, chargingOrder, completedOrder, NETWORK, PEER, sampleOrder, SITE, siteOf } from '../../samples.js';

function render(action: CallbackAction, content: CallbackContent, peer: Partial<PeerSettings> = {}) {
  return ueiCharging.render({ action, at: AT, content }, { ...PEER, ...peer });
}

function reported(action: CallbackAction, order: Order, peer: Partial<PeerSettings> = {}): unknown {
  return valueAt(render(action, { type: 'order', order, site: SITE }, peer), 'message', 'order');
}

/** Returns the values of one tag group by code. */
function values(thing: unknown, group: string): Record<string, unknown> {
  const found = readList(valueAt(thing, 'tags')).find((tag) => valueAt(tag, 'descriptor', 'code') === group);
  return Object.fromEntries(
    readList(valueAt(found, 'list')).map((entry) => [valueAt(entry, 'descriptor', 'code'), valueAt(entry, 'value')]),
  );
}

describe('on_search', () => {
  const state = { status: 'Available', errorCode: 'NoError', at: AT } as const;
  const hits = [
    { site: siteOf(1), state, distanceM: 1234 },
    { site: siteOf(2), state: { ...state, status: 'Faulted', errorCode: 'GroundFailure' } as const, distanceM: 1234 },
  ];
  const catalog = valueAt(render('on_search', { type: 'catalogue', network: NETWORK, hits }), 'message', 'catalog');
  const provider = readList(valueAt(catalog, 'providers'))[0];
  const items = readList(valueAt(provider, 'items'));

  it('is a tree of station, charge point and connectors', () => {
    expect(
      items.map((item) => [
        valueAt(item, 'id'),
        valueAt(item, 'parent_item_id'),
        readList(valueAt(item, 'category_ids'))[0],
      ]),
    ).toEqual([
      ['st-1', undefined, 'charging-station'],
      ['cp-7', 'st-1', 'charge-point'],
      ['cp-7-1', 'cp-7', 'connector'],
      ['cp-7-2', 'cp-7', 'connector'],
    ]);
    expect(valueAt(readList(valueAt(provider, 'locations'))[0], 'gps')).toBe('12.971600,77.594600');
  });

  it('says distance, price, options with their scales, power and live state', () => {
    expect(values(items[0], 'attributes')).toEqual({ distance: '1.2kms' });
    expect(JSON.stringify(items[1])).toContain('"₹10-18.5/kWh"');
    expect(values(items[1], 'available-charging-options')).toEqual({
      SoC: '100',
      Units: '30000',
      Amount: '500',
      Time: '7200',
    });
    const scales = readList(valueAt(readList(valueAt(items[1], 'tags'))[1], 'list')).map((entry) =>
      valueAt(entry, 'descriptor', 'short_desc'),
    );
    expect(scales).toEqual(['percent', 'Wh', 'INR', 's']);
    expect(JSON.stringify(items[2])).toContain('"60kW"');
    expect(values(items[3], 'connector-status')).toEqual({ status: 'Faulted', error: 'GroundFailure' });
  });

  it('spells options as the peer does', () => {
    const lower = render(
      'on_search',
      { type: 'catalogue', network: NETWORK, hits },
      { optionCase: 'lower', units: 'kWh', time: 'min' },
    );
    const item = readList(valueAt(readList(valueAt(lower, 'message', 'catalog', 'providers'))[0], 'items'))[1];
    expect(values(item, 'available-charging-options')).toEqual({ soc: '100', units: '30', amount: '500', time: '120' });
  });

  it('is empty, and short-lived, when nothing fits', () => {
    expect(render('on_search', { type: 'catalogue', network: NETWORK, hits: [] })).toEqual({
      message: {
        catalog: { descriptor: { name: 'Acme Charge' }, providers: [], exp: '2026-01-15T10:05:00.000Z', ttl: 'PT5M' },
      },
    });
  });
});

describe('before the order', () => {
  it('on_select quotes, its rows in order, the total last and not part of the sum', () => {
    const order = reported('on_select', sampleOrder({ passthrough: { option: { code: 'units', name: 'Units' } } }));
    expect(valueAt(order, 'quote')).toEqual({
      id: '0f1c2b1a-5f0d-4a58-9a39-6d1f6b6f9f10',
      price: { currency: 'INR', value: '124.20', estimated_value: '124.20' },
      breakup: [
        ['Estimated Charging Cost', 'energy-cost', '100.00'],
        ['GST', 'gst', '18.95'],
        ['Service Fee', 'service-charge', '5.25'],
        ['Total', 'total', '124.20'],
      ].map(([title, code, value]) => ({ title, item: { descriptor: { code } }, price: { currency: 'INR', value } })),
      ttl: 'PT15M',
    });
    expect(values(order, 'selected-charging-option')).toEqual({ units: '10000' });
    for (const absent of ['id', 'status', 'payments']) expect(order).not.toHaveProperty(absent);
    expect(valueAt(order, 'type')).toBe('DRAFT');
  });

  it('on_init asks for the payment and repeats the billing', () => {
    const order = reported('on_init', sampleOrder({ initiated: true, billing: { name: 'Asha' } }));
    expect(readList(valueAt(order, 'payments'))).toMatchObject([
      { type: 'PRE-ORDER', status: 'NOT-PAID', params: { amount: '124.20', currency: 'INR' } },
    ]);
    expect(valueAt(order, 'billing')).toEqual({ name: 'Asha' });
    expect(order).not.toHaveProperty('id');
  });

  it('on_confirm names the order, its payment, and a connector that prepares', () => {
    const { session: _none, ...rest } = chargingOrder({
      state: 'starting',
      connectorState: { status: 'Available', errorCode: 'NoError', at: AT },
    });
    const order = reported('on_confirm', rest);
    expect(order).toMatchObject({ id: 'EK8IJdNnatqx1yMIDzln', status: 'ACTIVE', type: 'DRAFT' });
    expect(readList(valueAt(order, 'payments'))).toMatchObject([
      { status: 'PAID', params: { amount: '124.20', transaction_id: 'pay-1' } },
    ]);
    expect(values(readList(valueAt(order, 'items'))[2], 'connector-status')).toEqual({
      status: 'Preparing',
      error: 'NoError',
    });
    expect(values(order, 'charging-session-details')).toEqual({});
  });
});

describe('on_status', () => {
  it('says of a session all that the published answer says', () => {
    const published = valueAt(seedAnswer.responses[0], 'message', 'order');
    const order = reported('on_status', chargingOrder());
    const details = values(order, 'charging-session-details');
    expect(Object.keys(details)).toEqual(Object.keys(values(published, 'charging-session-details')));
    expect(details).toEqual({
      time_elapsed: '236.07',
      energy_delivered: '1.63 kWh',
      current_soc: '47 %',
      initial_soc: '32 %',
      voltage: '382.08 V',
      current: '100.35 A',
      power: '33400.12 W',
      last_timestamp: '2026-01-15T10:04:01.070Z',
      last_calculated_cost: '₹ 16.3',
    });
    for (const key of Object.keys(published as object)) {
      if (key !== 'billing') expect(order).toHaveProperty(key);
    }
    expect(order).toMatchObject({ status: 'ACTIVE', type: 'DRAFT' });
  });

  it('is silent about what the meter has not said', () => {
    const running = chargingOrder();
    const { voltage: _v, current: _c, powerW: _p, soc: _s, socStart: _i, ...meter } = running.session!.meter;
    const order = reported('on_status', { ...running, session: { ...running.session!, meter } });
    expect(Object.keys(values(order, 'charging-session-details'))).toEqual([
      'time_elapsed',
      'energy_delivered',
      'last_timestamp',
      'last_calculated_cost',
    ]);
  });

  it('spans the refund from nothing to all that is paid while it runs', () => {
    // 1.63 kWh: 16.30 + 5.25, 18 % of it 3.88 → 25.43 of 124.20
    expect(readList(valueAt(reported('on_status', chargingOrder()), 'refund_terms'))).toMatchObject([
      { refund_amount: { minimum_value: '0.00', estimated_value: '98.77', maximum_value: '124.20' } },
    ]);
  });

  it('ends with the bill, and a refund that is paid minus billed, three times', () => {
    const order = reported('on_status', completedOrder());
    expect(order).toMatchObject({ status: 'COMPLETE', type: 'DEFAULT' });
    expect(valueAt(order, 'quote')).toMatchObject({
      price: { value: '25.43', estimated_value: '124.20' },
      breakup: [
        { title: 'Charging Cost', price: { value: '16.30' } },
        { title: 'GST', price: { value: '3.88' } },
        { title: 'Service Fee', price: { value: '5.25' } },
        { title: 'Total', price: { value: '25.43' } },
      ],
    });
    expect(readList(valueAt(order, 'refund_terms'))).toMatchObject([
      { refund_amount: { minimum_value: '98.77', estimated_value: '98.77', maximum_value: '98.77' } },
    ]);
    expect(values(order, 'order-outcome')).toEqual({
      code: 'stopped-by-buyer',
      reason: 'You stopped the session.',
      confidence: 'exact',
    });
    expect(values(order, 'charging-session-details')).toMatchObject({
      time_elapsed: '240.00',
      energy_delivered: '1.63 kWh',
    });
    expect(values(readList(valueAt(order, 'items'))[2], 'connector-status')).toEqual({
      status: 'Finishing',
      error: 'NoError',
    });
  });

  it('gives everything back when the start failed', () => {
    const { session: _none, ...failed } = chargingOrder({
      state: 'failed',
      outcome: { code: 'start-timeout', text: 'No start.', at: AT },
    });
    const order = reported('on_status', failed);
    expect(order).toMatchObject({ status: 'CANCELLED', type: 'DEFAULT' });
    expect(readList(valueAt(order, 'refund_terms'))).toMatchObject([
      { refund_amount: { minimum_value: '124.20', maximum_value: '124.20' } },
    ]);
  });

  it('flattens one sampled value for peers that want it', () => {
    const details = values(
      reported('on_status', chargingOrder(), { sessionDetails: 'sampled-value' }),
      'charging-session-details',
    );
    expect(details).toEqual({
      'time-elapsed': '236.07',
      context: 'Sample.Periodic',
      format: 'Raw',
      phase: '',
      measurand: 'soc',
      unit: 'percent',
      value: '47',
    });
  });

  it('forgets the spelling of an option that is not the limit any more', () => {
    const order = reported(
      'on_update',
      chargingOrder({
        passthrough: { option: { code: 'units', name: 'Units' } },
        limit: { kind: 'amount', value: 10_000 },
      }),
    );
    expect(values(order, 'selected-charging-option')).toEqual({ Amount: '100' });
  });

  it('names by id what has gone from the configuration', () => {
    const order = valueAt(render('on_status', { type: 'order', order: chargingOrder(), site: {} }), 'message', 'order');
    expect(valueAt(order, 'provider')).toEqual({ id: 'acme' });
    expect(readList(valueAt(order, 'items')).map((item) => valueAt(item, 'id'))).toEqual(['st-1', 'CP7', 'CP7-1']);
  });
});

describe('connector words', () => {
  it.each([
    ['starting', 'Available', 'Preparing'],
    ['starting', 'Faulted', 'Faulted'],
    ['charging', 'Preparing', 'Charging'],
    ['suspended', 'SuspendedEVSE', 'SuspendedEVSE'],
    ['suspended', 'Charging', 'SuspendedEV'],
    ['offline', 'Charging', 'Unavailable'],
    ['stopping', 'Available', 'Finishing'],
    ['completed', 'Charging', 'Finishing'],
    ['completed', 'Available', 'Available'],
  ] as const)('%s with %s says %s', (state, status, said) => {
    const order = reported(
      'on_status',
      chargingOrder({ state, connectorState: { status, errorCode: 'NoError', at: AT } }),
    );
    expect(values(readList(valueAt(order, 'items'))[2], 'connector-status')).toMatchObject({ status: said });
  });
});

describe('the small ones', () => {
  it('on_track, on_support, on_rating', () => {
    expect(
      render('on_track', { type: 'tracking', order: chargingOrder(), url: 'https://cpo.example/t/1', active: true }),
    ).toEqual({
      message: { tracking: { url: 'https://cpo.example/t/1', status: 'active' } },
    });
    expect(render('on_support', { type: 'support', refId: 'o-1', phone: '+91 80' })).toEqual({
      message: { support: { ref_id: 'o-1', phone: '+91 80' } },
    });
    expect(render('on_rating', { type: 'rating', formUrl: 'https://cpo.example/f' })).toEqual({
      message: { feedback_form: { form: { url: 'https://cpo.example/f' }, required: false } },
    });
    expect(render('on_rating', { type: 'rating' })).toEqual({ message: {} });
  });

  it('errors carry code, sentence and path; on_rating a message beside', () => {
    const content = {
      type: 'error',
      refusal: { code: 'item-unknown', path: 'message.order.items[2].id', detail: 'cp-9' },
    } as const;
    const error = {
      code: '30004',
      message: 'There is no connector with this id; search again. (cp-9)',
      paths: 'message.order.items[2].id',
    };
    expect(render('on_select', content)).toEqual({ error });
    expect(render('on_rating', content)).toEqual({ message: {}, error });
  });

  it('a cancellation says who', () => {
    const by = (code: 'cancelled-by-buyer' | 'cancelled-by-operator') =>
      valueAt(
        reported('on_cancel', sampleOrder({ state: 'cancelled', outcome: { code, text: 'x', at: AT } })),
        'cancellation',
        'cancelled_by',
      );
    expect(by('cancelled-by-buyer')).toBe('CONSUMER');
    expect(by('cancelled-by-operator')).toBe('PROVIDER');
  });
});
