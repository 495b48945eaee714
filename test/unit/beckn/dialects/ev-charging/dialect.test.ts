/** The `ev-charging` dialects: lenient reading, and rendering of the order in each state. */
import { describe, expect, it } from 'vitest';
import { evChargingUei } from '../../../../../src/beckn/dialects/ev-charging/ev-charging-uei.js';
import { valueAt, readList } from '../../../../../src/beckn/protocol/json-reading.js';
import { ueiEvCharging } from '../../../../../src/beckn/dialects/ev-charging/uei-ev-charging.js';
import type { BecknDialect } from '../../../../../src/beckn/protocol/dialect.js';
import type { JsonObject } from '../../../../../src/beckn/protocol/wire.js';
import type { PeerSettings } from '../../../../../src/config/config.js';
import type { Order } from '../../../../../src/domain/model/order.js';
import type { Json } from '../../../../../src/domain/model/object.js';
import type { CallbackAction } from '../../../../../src/domain/model/effect.js';
import { AT, chargingOrder, completedOrder, contextOf, PEER, sampleOrder, SITE } from '../../samples.js';

const read = (action: string, message: JsonObject, peer: Partial<PeerSettings> = {}) =>
  evChargingUei.read(action, contextOf(action), message, { ...PEER, ...peer });
const energy = (value: Json, unit?: Json): JsonObject => ({
  provider: { id: 'acme' },
  items: [{ id: 'cp-7-1', quantity: { selected: { measure: { value, ...(unit !== undefined && { unit }) } } } }],
});
const state = (code: string, name?: string): JsonObject => ({
  fulfillments: [{ id: 'cp-7', state: { descriptor: name === undefined ? { code } : { name } } }],
});

describe('energy', () => {
  it.each([
    ['4', 'kWh', 4000],
    ['4.0', 'kWH', 4000],
    [4, undefined, 4000],
    ['2500', 'Wh', 2500],
    ['4 kWh', null, 4000],
    ['3', 'kW', 3000],
  ])('of %s %s is %i Wh', (value, unit, wh) => {
    expect(read('select', { order: energy(value, unit) })).toMatchObject({
      limit: { limit: { kind: 'energy', value: wh } },
    });
  });

  it.each([
    ['3000', 'kWh'],
    ['0', 'kWh'],
    ['-1', 'kWh'],
    ['much', 'kWh'],
    ['100', 'INR'],
  ])('of %s %s is asked back', (value, unit) => {
    expect(read('select', { order: energy(value, unit) })).toMatchObject({
      limit: { refusal: { code: 'option-out-of-range', path: 'message.order.items[0].quantity.selected.measure' } },
    });
  });

  it('that is not named is as much as the connector sells, when it is selected; later it stays', () => {
    const order = { items: [{ id: 'cp-7-1' }] };
    expect(read('select', { order })).toMatchObject({ limit: { maximum: 'energy' } });
    expect(read('init', { order })).not.toHaveProperty('limit');
    expect(read('select', { order: energy('', 'kWh') })).toMatchObject({ limit: { maximum: 'energy' } });
  });
});

describe('an order', () => {
  it('is read with the slips that published collections spread, and without what is null or empty', () => {
    const order = {
      providers: { id: 'acme' },
      items: [
        { id: 'cp-7-1', descriptor: { code: 'energy' } },
        { id: 'wash', descriptor: { code: 'add-on-item' } },
      ],
      fulfillments: [
        { id: 'cp-7', customer: null, stops: [{ type: 'start', time: { timestamp: '' } }, { type: 'end' }] },
      ],
      billing: { email: '', number: '+91-9000000002', name: null },
      payments: [
        { status: 'PAID', collected_by: 'bpp', params: { amount: '40', currency: 'INR', transaction_id: 'p' } },
      ],
      quote: null,
    };
    expect(read('confirm', { order })).toEqual({
      type: 'confirm',
      items: {
        providerId: 'acme',
        itemIds: [
          { id: 'cp-7-1', path: 'message.order.items[0].id' },
          { id: 'cp-7', path: 'message.order.fulfillments[0].id', hint: true },
        ],
      },
      passthrough: { collectedBy: 'bpp' },
      billing: { phone: '+91-9000000002' },
      payment: {
        paid: { decimal: '40', currency: 'INR', path: 'message.order.payments[0].params.amount' },
        reference: 'p',
      },
      startsBy: 'buyer',
    });
    expect(read('select', { order: { ...order, providers: [{ id: 'acme' }] } })).toMatchObject({
      items: { providerId: 'acme' },
    });
    const due = { status: 'NOT-PAID', collected_by: 'bap' };
    expect(read('confirm', { order: { ...order, payments: [due, ...order.payments] } })).toMatchObject({
      passthrough: { collectedBy: 'bpp' },
    });
  });

  it('names no item: nothing is selected', () => {
    expect(read('select', { order: { items: null } })).toMatchObject({ refusal: { code: 'item-unknown' } });
  });
});

describe('an update', () => {
  const TARGET = 'order.fulfillments[0].state';
  it.each(['start-charging', 'start-chargin', 'Start Charging', 'charging-start', 'CHARGING_IN_PROGRESS'])(
    'starts: %s',
    (code) => {
      expect(read('update', { update_target: TARGET, order: state(code) })).toEqual({ type: 'start' });
      expect(read('update', { update_target: TARGET, order: state('', code) })).toEqual({ type: 'start' });
    },
  );

  it.each(['end-charging', 'end-chargin', 'stop-charging', 'CHARGING_COMPLETED'])('stops: %s', (code) => {
    const order = { id: 'o-1', ...state(code) };
    expect(read('update', { update_target: TARGET, order })).toEqual({
      type: 'stop',
      reply: 'at-end',
      orderId: 'o-1',
    });
  });

  it('starts and stops even where its target says nothing', () => {
    expect(read('update', { update_target: null, order: state('end-charging') })).toMatchObject({ type: 'stop' });
    expect(read('update', { order: state('start-charging') })).toMatchObject({ type: 'start' });
  });

  it('starts nothing where a state is only sent back beside what is changed', () => {
    const order = { ...state('CHARGING_IN_PROGRESS'), billing: { phone: '+91-9000000003' } };
    expect(read('update', { update_target: 'order.billing', order })).toEqual({
      type: 'update',
      billing: { phone: '+91-9000000003' },
    });
  });

  it.each([
    [{ update_target: TARGET, order: state('fly') }],
    [{ update_target: 'order.quote', order: {} }],
    [{ order: {} }],
  ])('that is not understood is refused: %j', (message) => {
    expect(read('update', message)).toMatchObject({ refusal: { code: 'update-target-unknown' } });
  });
});

describe('a cancel', () => {
  it('keeps its reason', () => {
    const message = { order_id: 'o-1', cancellation_reason_id: 5, descriptor: { short_desc: 'too slow' } };
    expect(read('cancel', message)).toEqual({
      type: 'cancel',
      orderId: 'o-1',
      reason: { id: '5', text: 'too slow' },
    });
    expect(read('cancel', { order_id: '' })).toEqual({ type: 'cancel' });
  });

  it('may say that it is a stop', () => {
    expect(read('cancel', { order_id: 'o-1', descriptor: { code: 'stop-charging' } })).toEqual({
      type: 'stop',
      reply: 'at-end',
      orderId: 'o-1',
    });
  });
});

function reported(dialect: BecknDialect, order: Order, action: CallbackAction = 'on_status') {
  return dialect.render({ action, at: AT, content: { type: 'order', order, site: SITE } }, PEER);
}

describe('an order is told', () => {
  const broken = completedOrder({
    outcome: { code: 'charger-fault', text: 'The emergency stop was pressed.', at: AT },
  });
  const failed = sampleOrder({
    state: 'failed',
    payment: { paid: 12_420 },
    outcome: { code: 'start-timeout', text: 'Nothing was plugged in.', at: AT },
  });
  it.each<[string, Order, string | undefined, string | undefined, string | undefined]>([
    ['quoted', sampleOrder(), undefined, undefined, 'ACTIVE'],
    ['initiated', sampleOrder({ initiated: true }), 'order-initiated', undefined, 'ACTIVE'],
    [
      'confirmed',
      sampleOrder({ state: 'confirmed', awaitsBuyerStart: true }),
      'payment-completed',
      'SLOT_BOOKED',
      'ACTIVE',
    ],
    [
      'asked to start, its charger away',
      sampleOrder({ state: 'confirmed' }),
      'start-charging',
      'SLOT_BOOKED',
      'ACTIVE',
    ],
    ['starting', sampleOrder({ state: 'starting' }), 'start-charging', 'SLOT_BOOKED', 'ACTIVE'],
    ['charging', chargingOrder(), 'charging-started', 'CHARGING_IN_PROGRESS', 'ACTIVE'],
    ['suspended', chargingOrder({ state: 'suspended' }), 'charging-started', 'CHARGING_IN_PROGRESS', 'ACTIVE'],
    ['offline', chargingOrder({ state: 'offline' }), 'charging-started', 'CHARGING_IN_PROGRESS', 'ACTIVE'],
    [
      'faulted',
      chargingOrder({ connectorState: { status: 'Faulted', errorCode: 'GroundFailure', at: AT } }),
      'charger-error',
      'CHARGING_IN_PROGRESS',
      'ACTIVE',
    ],
    ['stopping', chargingOrder({ state: 'stopping' }), 'end-charging', 'CHARGING_IN_PROGRESS', 'ACTIVE'],
    ['provisional', chargingOrder({ state: 'provisional' }), 'end-charging', 'CHARGING_IN_PROGRESS', 'ACTIVE'],
    ['completed', completedOrder(), 'charging-ended', 'CHARGING_COMPLETED', 'COMPLETE'],
    ['broken off', broken, 'charger-error', 'CANCELLED', 'CANCELLED'],
    [
      'cancelled',
      sampleOrder({ state: 'cancelled', payment: { paid: 1 } }),
      'order-cancelled',
      'CANCELLED',
      'CANCELLED',
    ],
    ['failed', failed, 'charger-error', 'CANCELLED', 'CANCELLED'],
  ])('%s', (_what, order, code, slotCode, status) => {
    const [guide, slots] = [evChargingUei, ueiEvCharging].map((dialect) =>
      valueAt(reported(dialect, order).message, 'order'),
    );
    const stateOf = (said: unknown) =>
      valueAt(readList(valueAt(said, 'fulfillments'))[0], 'state', 'descriptor', 'code');
    expect([stateOf(guide), stateOf(slots), valueAt(guide, 'status')]).toEqual([code, slotCode, status]);
  });

  it('with what is given back below zero, once it was cancelled or broken off', () => {
    const quoteOf = (order: Order) =>
      valueAt(reported(evChargingUei, order).message, 'order', 'quote', 'price', 'value');
    expect(quoteOf(failed)).toBe('-124.20');
    expect(quoteOf(broken)).toBe(`-${((12_420 - (broken.bill?.total ?? 0)) / 100).toFixed(2)}`);
    expect(quoteOf(completedOrder())).toBe(((broken.bill?.total ?? 0) / 100).toFixed(2));
    expect(quoteOf(sampleOrder({ state: 'cancelled' }))).toBe('0.00');
  });

  it('as an error where its update was a start that will not come', () => {
    expect(reported(evChargingUei, failed, 'on_update')).toMatchObject({ error: { code: '40006' } });
    expect(reported(evChargingUei, failed, 'on_cancel')).toHaveProperty('message');
  });

  it('with every line of its price, the unknown ones by their own names', () => {
    const lines = [
      { code: 'energy', title: 'Charging Cost', amount: 100 },
      { code: 'tax', title: 'GST', amount: 18 },
      { code: 'tax', title: 'Green Cess', amount: 2 },
      { code: 'parking-fee', title: 'Parking', amount: 30 },
    ] as unknown as Order['quote']['lines'];
    const order = sampleOrder({ quote: { ...sampleOrder().quote, lines, total: 150 } });
    const rows = readList(valueAt(reported(evChargingUei, order, 'on_select').message, 'order', 'quote', 'breakup'));
    expect(rows.map((row) => [valueAt(row, 'title'), valueAt(row, 'item', 'descriptor', 'code')])).toEqual([
      ['charging session cost', 'energy-cost'],
      ['gst', 'gst'],
      ['green cess', 'green-cess'],
      ['parking', 'parking-fee'],
    ]);
  });
});
