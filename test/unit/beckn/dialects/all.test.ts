/**
 * What every dialect renders or reads, each in its own fields: ends, times and ratings. Also the states of an order in
 * UBC before its confirm, the paths that LTS names, and discovery by place.
 */
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { ueiCharging } from '../../../../src/beckn/dialects/uei-charging/index.js';
import { lts } from '../../../../src/beckn/dialects/lts/index.js';
import { ubc } from '../../../../src/beckn/dialects/ubc/index.js';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import type { BecknDialect } from '../../../../src/beckn/protocol/dialect.js';
import type { CallbackAction } from '../../../../src/domain/model/effect.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { AT, chargingOrder, completedOrder, PEER, sampleOrder, SITE } from '../samples.js';

const subscriber = { bppId: 'bpp', bppUri: 'https://bpp.example' };
const rendered = (dialect: BecknDialect, action: CallbackAction, order: Order): string =>
  JSON.stringify(
    dialect.render({ action, at: AT, content: { type: 'order', order, site: SITE }, subscriber, bapId: 'bap' }, PEER),
  );

describe.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))('%s', (_name, dialect) => {
  it("says that the operator stopped a session, in its end's own code or sentence", () => {
    const outcome = { code: 'stopped-by-operator', text: 'Stopped by the operator.', at: AT } as const;
    const text = rendered(dialect, 'on_status', completedOrder({ outcome }));
    expect(text).toMatch(/stopped-by-operator|Stopped by the operator\./);
  });

  it('states no time of a charger whose clock is wrong', () => {
    const years = 5 * 365 * 86_400_000;
    for (const shift of [years, -years]) {
      const base = completedOrder();
      const { session } = base;
      if (!session?.end) throw new Error('the sample has changed');
      const shifted = {
        ...session,
        startedAt: session.startedAt + shift,
        meter: { ...session.meter, at: session.meter.at + shift },
        end: { ...session.end, at: session.end.at + shift },
      };
      const { end: _end, ...running } = shifted;
      for (const order of [{ ...base, session: shifted }, chargingOrder({ session: running })]) {
        const years = [...rendered(dialect, 'on_status', order).matchAll(/"(\d{4})-\d\d-\d\dT/g)].map(
          ([, year]) => year,
        );
        expect(new Set(years)).toEqual(new Set(years.length > 0 ? ['2026'] : []));
      }
    }
  });
});

it('the elapsed time of a session is that between its readings, whatever the clock of the charger says', () => {
  const order = chargingOrder();
  const { session } = order;
  if (!session) throw new Error('the sample has changed');
  const day = 86_400_000;
  const shifted = {
    ...session,
    startedAt: session.startedAt - day,
    meter: { ...session.meter, at: session.meter.at - day },
  };
  const elapsed = (each: Order): unknown =>
    /"time_elapsed".{0,80}?"value":"([\d.]+)"/.exec(rendered(ueiCharging, 'on_status', each))?.[1];
  expect(elapsed({ ...order, session: shifted })).toBe(elapsed(order));
});

describe('Unified Bharat e-Charge', () => {
  const statusOf = (order: Order, action: CallbackAction = 'on_init') => {
    const { message } = ubc.render(
      { action, at: AT, content: { type: 'order', order, site: SITE }, subscriber, bapId: 'bap' },
      PEER,
    );
    return [
      valueAt(message, 'order', 'beckn:orderStatus'),
      valueAt(message, 'order', 'beckn:payment', 'beckn:paymentStatus'),
    ];
  };
  const due = { type: 'PRE-ORDER', collectedBy: 'BPP', mode: 'charge', status: 'due', paid: 0 } as const;

  it('calls an order CREATED until it is paid, as published samples of on_init do', () => {
    expect(statusOf(sampleOrder({ initiated: true }))).toEqual(['CREATED', 'INITIATED']);
    expect(statusOf(sampleOrder({ initiated: true, payment: due }))).toEqual(['CREATED', 'INITIATED']);
  });

  it('calls it PENDING once it is paid and waits for its confirm', () => {
    const payment = { ...due, status: 'paid', paid: 12_420 } as const;
    expect(statusOf(sampleOrder({ initiated: true, payment }), 'on_status')).toEqual(['PENDING', 'COMPLETED']);
  });
});

describe('ratings of every dialect are on one scale, from 0 to 10', () => {
  const ubcValue = (rating: object): unknown => {
    const ratings = [{ 'beckn:id': 'o-1', ...rating }];
    return ubc.read('rating', {}, { ratings }, PEER);
  };
  const ltsValue = (range: object): unknown =>
    lts.read('rate', {}, { ratingInputs: [{ target: { id: 'o-1' }, range }] } as never, PEER);

  it.each([
    [5, undefined, undefined, 10],
    [4, undefined, undefined, 8],
    [0, undefined, undefined, 0],
    [3, 1, 5, 5],
    [1, 1, 5, 0],
    [80, 0, 100, 8],
    [7, 0, 10, 7],
  ])('%d of %s to %s', (value, worst, best, stored) => {
    const scale = (names: readonly [string, string, string]): object => ({
      [names[0]]: value,
      ...(worst !== undefined && { [names[1]]: worst }),
      ...(best !== undefined && { [names[2]]: best }),
    });
    const expected = { type: 'rating', ratings: [expect.objectContaining({ value: stored })] };
    const ubcNames = ['beckn:ratingValue', 'beckn:worstRating', 'beckn:bestRating'] as const;
    expect(ubcValue(scale(ubcNames))).toMatchObject(expected);
    expect(ltsValue(scale(['value', 'min', 'max']))).toMatchObject(expected);
  });

  it.each(['1,5', '1e0', ' 1', '+1', '١', 'one'])('a scale from %j is refused, not read as one from 0', (worst) => {
    const expected = {
      refusal: { code: 'rating-value-invalid', detail: expect.stringContaining('a number is written') },
    };
    expect(ubcValue({ 'beckn:ratingValue': 3, 'beckn:worstRating': worst })).toMatchObject(expected);
    expect(ltsValue({ value: 3, min: worst })).toMatchObject(expected);
    expect(ltsValue({ value: 3, max: worst })).toMatchObject(expected);
  });

  it('and a scale without a range is refused', () => {
    const refused = { refusal: { code: 'rating-value-invalid' } };
    expect(ltsValue({ value: 3, min: 3, max: 3 })).toMatchObject(refused);
    expect(ubcValue({ 'beckn:ratingValue': 3, 'beckn:worstRating': 3, 'beckn:bestRating': 3 })).toMatchObject(refused);
  });
});

describe('Beckn 2.0.0 LTS', () => {
  it.each([
    ['message.order.items[0].id', 'message.contract.commitments[0].resources'],
    ['message.order.id', 'message.contract.id'],
    ['message.order_id', 'message.contract.id'],
    ['message.order.provider.id', 'message.contract.commitments[0].offer'],
    ['message.order.billing', 'message.contract.participants'],
    ['message.order', 'message.contract'],
    ['message.order.something', 'message.contract'],
    ['message.orders', 'message.orders'],
    ['message.order.items_of_another', 'message.contract'],
  ])('names %s %s', (path, own) => {
    expect(lts.translateRefusal?.({ code: 'order-unknown', path })).toMatchObject({ path: own });
  });
});

describe('a discovery by place', () => {
  const spatial = (geometry: object, distanceMeters: unknown) => ({
    message: { intent: { spatial: [{ op: 'S_DWITHIN', geometry, distanceMeters }] } },
  });
  it.each([
    [{ type: 'Point', coordinates: [999, 999] }, 1000],
    [{ type: 'Point', coordinates: ['NaN', 12] }, 1000],
    [{ type: 'Point', coordinates: [77] }, 1000],
    [{ type: 'Point', coordinates: [77, 12] }, -1],
    [{ type: 'Point', coordinates: [77, 12] }, 'wide'],
    [{ type: 'Point', coordinates: [77, 12] }, undefined],
  ])('that cannot be read is refused: %o within %s', (geometry, distance) => {
    const refused = { refusal: { code: 'filter-unreadable' } };
    const { message } = spatial(geometry, distance);
    expect(lts.read('discover', {}, message as never, PEER)).toMatchObject(refused);
    expect(ubc.read('discover', {}, message.intent as never, PEER)).toMatchObject(refused);
  });
});
