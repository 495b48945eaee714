/** Arbitrary realistic orders, peer settings and buyer app JSON for the dialects of core 1.x. */
import fc from 'fast-check';
import { ueiCharging } from '../../src/beckn/dialects/uei-charging/index.js';
import type { JsonObject } from '../../src/beckn/protocol/wire.js';
import type { PeerSettings } from '../../src/config/config.js';
import type { ConnectorStatus } from '../../src/domain/model/network.js';
import type { Tariff } from '../../src/domain/model/tariff.js';
import { ORDER_STATES as STATES, type Order } from '../../src/domain/model/order.js';
import type { Limit } from '../../src/domain/model/quote.js';
import type { Session } from '../../src/domain/model/session.js';
import { price } from '../../src/domain/pricing/pricing.js';
import { AT, contextOf, sampleOrder } from '../unit/beckn/samples.js';

export const peers: fc.Arbitrary<PeerSettings> = fc.record({
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
      rejectedReadings: 0,
      journalSeq: 0,
      ...(soc !== undefined && { soc }),
      ...(voltage !== undefined && { voltage }),
      ...(current !== undefined && { current }),
      ...(powerW !== undefined && { powerW }),
    },
    ...(ended && { end: { meterStopWh: energyWh, at: AT + ms, receivedAt: AT + ms, reason: 'Local' } }),
  }));

/**
 * Arbitrary JSON and text from a buyer app. Tests pass it through the reader first, so that rendering gets only values
 * that can occur.
 */
export const words = fc.json().map((text) => JSON.parse(text) as unknown);
const anyText = fc.string({ unit: 'binary', maxLength: 600 });

export const orders: fc.Arbitrary<Order> = fc
  .record({
    state: fc.constantFrom(...STATES),
    status: fc.constantFrom(...CONNECTOR_STATES),
    limit: limits,
    tariff: tariffs,
    quotedWh: fc.nat(200_000),
    session: fc.option(sessions, { nil: undefined }),
    paid: fc.option(fc.nat(10_000_000), { nil: undefined }),
    code: fc.constantFrom('stopped-by-buyer', 'charger-fault', 'cancelled-by-buyer', 'start-timeout'),
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
  .map(
    ({ state, status, limit, tariff, quotedWh, session, paid, code, billed, name, email, method, spelling, time }) => {
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
        ...('passthrough' in read && read.passthrough !== undefined && { passthrough: read.passthrough }),
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
        ...(state !== 'draft' && { outcome: { code, text: 'Stopped.', at: AT } }),
      });
    },
  );

/** JSON with the keys of a message in unexpected places. */
export const shaped = fc.object({
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
    'fulfillments',
    'state',
    'customer',
    'quantity',
    'selected',
    'measure',
    'providers',
  ),
  values: [
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom('selected-charging-option', 'units', 'amount', 'PAID', '12.9,77.5', '30kW', 'end-charging', null),
  ],
  withNullPrototype: false,
  maxDepth: 8,
});
export const asObject = (value: unknown): JsonObject => {
  const plain: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? (plain as JsonObject) : {};
};
