/** Over generated orders every callback keeps its schema; over arbitrary JSON no reader throws. */
import { ORDER_STATES as STATES } from '../fakes/order-states.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCallbackWriter } from '../../src/beckn/writer.js';
import { ueiCharging } from '../../src/beckn/dialects/uei-charging.js';
import { at, list } from '../../src/beckn/dialects/json-reading.js';
import type { JsonObject } from '../../src/beckn/dialects/dialect.js';
import type { CallbackContent } from '../../src/bridge/ports/buyers.js';
import type { PeerSettings } from '../../src/config/config.js';
import type { ConnectorStatus, Tariff } from '../../src/domain/network.js';
import type { CallbackAction, Limit, Order, Session } from '../../src/domain/order.js';
import { price } from '../../src/domain/tariff.js';
import { AT, contextOf, sampleOrder, SITE } from '../unit/beckn/samples.js';

const peers: fc.Arbitrary<PeerSettings> = fc.record({
  units: fc.constantFrom('Wh', 'kWh'),
  time: fc.constantFrom('s', 'min'),
  optionCase: fc.constantFrom('lower', 'capital'),
  sessionDetails: fc.constantFrom('rich', 'sampled-value'),
});

const CONNECTOR_STATES: readonly ConnectorStatus[] = [
  'Available',
  'Preparing',
  'Charging',
  'SuspendedEV',
  'Finishing',
  'Faulted',
];

const limits: fc.Arbitrary<Limit> = fc.record({
  kind: fc.constantFrom('energy', 'amount', 'time', 'soc'),
  value: fc.integer({ min: 1, max: 1_000_000 }),
});

const tariffs: fc.Arbitrary<Tariff> = fc.record({
  id: fc.constant('t'),
  currency: fc.constantFrom('INR', 'JPY', 'KWD'),
  pricePerKwh: fc.nat(5000),
  serviceFee: fc.nat(2000),
  taxes: fc.constantFrom([], [{ name: 'GST', rateBps: 1800, on: ['energy', 'service-fee'] as const }]),
});

const reading = fc.option(fc.double({ min: 0, max: 400_000, noNaN: true }), { nil: undefined });

const sessions: fc.Arbitrary<Session> = fc
  .record({
    energyWh: fc.nat(200_000),
    ms: fc.nat(90_000_000),
    ended: fc.boolean(),
    soc: reading,
    voltage: reading,
    current: reading,
    powerW: reading,
  })
  .map(({ energyWh, ms, ended, soc, voltage, current, powerW }) => ({
    transactionId: '1',
    startKey: 'k',
    meterStartWh: 0,
    startedAt: AT,
    startReceivedAt: AT,
    meter: {
      registerWh: energyWh,
      energyWh,
      at: AT + ms,
      receivedAt: AT + ms,
      relative: false,
      resets: 0,
      held: 0,
      journalSeq: 0,
      ...(soc !== undefined && { soc }),
      ...(voltage !== undefined && { voltage }),
      ...(current !== undefined && { current }),
      ...(powerW !== undefined && { powerW }),
    },
    ...(ended && { end: { meterStopWh: energyWh, at: AT + ms, receivedAt: AT + ms, reason: 'Local' } }),
  }));

/** What the reader made of any buyer's words, so that rendering is tested on what can really be there. */
const words = fc.json().map((text) => JSON.parse(text) as unknown);
const anyText = fc.string({ unit: 'binary', maxLength: 600 });

const orders: fc.Arbitrary<Order> = fc
  .record({
    state: fc.constantFrom(...STATES),
    status: fc.constantFrom(...CONNECTOR_STATES),
    limit: limits,
    tariff: tariffs,
    quotedWh: fc.nat(200_000),
    session: fc.option(sessions, { nil: undefined }),
    paid: fc.option(fc.nat(10_000_000), { nil: undefined }),
    billed: fc.boolean(),
    name: anyText,
    email: fc.oneof(fc.emailAddress(), anyText),
    method: anyText,
    spelling: anyText,
    time: fc.oneof(
      anyText,
      fc.constantFrom('2023-02-30T00:00:00Z', '9999-12-31T23:59:59-14:00', '2023-02-18T14:10:17'),
    ),
  })
  .map(({ state, status, limit, tariff, quotedWh, session, paid, billed, name, email, method, spelling, time }) => {
    const written = {
      billing: { name, email, organization: { contact: { email } }, city: name, time: { timestamp: time } },
      tags: [
        {
          descriptor: { code: 'selected-charging-option' },
          list: [{ descriptor: { code: spelling, name: spelling }, value: '3000' }],
        },
        {
          descriptor: { code: 'selected-payment-method' },
          list: [{ descriptor: { code: 'method', name }, value: method }],
        },
      ],
    };
    const read = ueiCharging.read(
      'init',
      contextOf('init'),
      { order: written },
      { units: 'Wh', time: 's', optionCase: 'lower', sessionDetails: 'rich' },
    );
    const bill = price(tariff, session?.meter.energyWh ?? 0);
    return sampleOrder({
      state,
      limit,
      tariff,
      quote: { ...price(tariff, quotedWh), id: '0f1c2b1a-5f0d-4a58-9a39-6d1f6b6f9f10', expiresAt: AT + quotedWh },
      connectorState: { status, errorCode: 'NoError', at: AT },
      ...('echo' in read && read.echo !== undefined && { echo: read.echo }),
      ...('billing' in read && read.billing !== undefined && { billing: read.billing }),
      ...(session && { session }),
      ...(paid !== undefined && { payment: { paid, method, reference: method } }),
      ...(billed && {
        bill: {
          ...bill,
          refund: Math.max(0, (paid ?? 0) - bill.total),
          deliveredWh: bill.energyWh,
          overshootWh: 0,
          confidence: 'exact' as const,
        },
      }),
      ...(state !== 'draft' && { outcome: { code: 'stopped-by-buyer' as const, text: 'Stopped.', at: AT } }),
    });
  });

const ORDER_ACTIONS: readonly CallbackAction[] = [
  'on_select',
  'on_init',
  'on_confirm',
  'on_status',
  'on_update',
  'on_cancel',
];

function writeWith(peer: PeerSettings, action: CallbackAction, content: CallbackContent): unknown {
  const writer = createCallbackWriter({
    dialects: [ueiCharging],
    self: { bppId: 'cpo.example/bpp', bppUri: 'https://cpo.example/beckn' },
    peer: () => peer,
  });
  const text = writer.write({
    action,
    dialect: ueiCharging.name,
    bapId: 'bap.example',
    bapUri: 'https://bap.example/beckn',
    conversation: ueiCharging.conversation(contextOf('select')),
    becknTransactionId: 't-1',
    messageId: 'm-1',
    at: AT,
    content,
  });
  return JSON.parse(text);
}

describe('every callback about every order', () => {
  it('keeps its schema, its arithmetic, and the order of its refund amounts', () => {
    fc.assert(
      fc.property(orders, peers, fc.constantFrom(...ORDER_ACTIONS), fc.boolean(), (order, peer, action, placed) => {
        const body = writeWith(peer, action, { type: 'order', order, site: placed ? SITE : {} });
        const said = at(body, 'message', 'order');
        const rows = list(at(said, 'quote', 'breakup')).map((row) => Number(at(row, 'price', 'value')));
        const total = rows.pop() ?? NaN;
        expect(total).toBeCloseTo(
          rows.reduce((sum, row) => sum + row, 0),
          3,
        );
        expect(Number(at(said, 'quote', 'price', 'value'))).toBe(total);
        const refund = at(list(at(said, 'refund_terms'))[0], 'refund_amount');
        const [least, likely, most] = ['minimum_value', 'estimated_value', 'maximum_value'].map((key) =>
          Number(at(refund, key)),
        );
        expect(least).toBeLessThanOrEqual(likely ?? NaN);
        expect(likely).toBeLessThanOrEqual(most ?? NaN);
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});

describe('a stranger’s JSON', () => {
  const shaped = fc.object({
    key: fc.constantFrom(
      'order',
      'items',
      'tags',
      'list',
      'descriptor',
      'code',
      'value',
      'id',
      'intent',
      'fulfillment',
      'stops',
      'location',
      'circle',
      'gps',
      'radius',
      'payments',
      'params',
      'amount',
      'status',
      'billing',
      'time',
      'timestamp',
      'ratings',
      'update_target',
      'order_id',
    ),
    values: [
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constantFrom('selected-charging-option', 'units', 'amount', 'PAID', '12.9,77.5', '30kW', null),
    ],
    withNullPrototype: false,
    maxDepth: 8,
  });
  const asObject = (value: unknown): JsonObject => {
    const plain: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
    return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? (plain as JsonObject) : {};
  };
  it('is read or refused, never thrown at', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ueiCharging.actions),
        fc.oneof(words, shaped),
        fc.oneof(words, shaped),
        peers,
        (action, message, context, peer) => {
          const request = ueiCharging.read(action, asObject(context), asObject(message), peer);
          expect('type' in request || 'refusal' in request).toBe(true);
          // what is kept to answer later must be able to be kept
          expect(JSON.parse(JSON.stringify(request))).toEqual(request);
          ueiCharging.conversation(asObject(context));
          ueiCharging.matches(asObject(context));
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });
});
