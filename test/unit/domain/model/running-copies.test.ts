import { describe, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import { clear, copyMeter, copyOrder, copySession } from '../../../../src/domain/model/running-copies.js';
import type { Session } from '../../../../src/domain/model/session.js';
import { orderIn } from '../sessions.js';

const STATES = ['charging', 'suspended', 'offline', 'stopping', 'provisional', 'completed'] as const;

function running(state: (typeof STATES)[number]): Order & { readonly session: Session } {
  const order = orderIn(state);
  if (!order.session) throw new Error(`an order that is ${state} has no session`);
  return { ...order, session: order.session };
}

const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(STATES)('a copy of an order that is %s', (state) => {
  const order = running(state);
  const { session } = order;

  it('is stored like the original', () => {
    expect(stored(copyOrder(order, order.state, session))).toStrictEqual(stored(order));
    expect(stored(copySession(session, session.meter, 7))).toStrictEqual(stored({ ...session, proveAliveBy: 7 }));
    expect(stored(copyMeter(session.meter))).toStrictEqual(stored(session.meter));
  });

  it('has the properties of every other copy, in the same order', () => {
    const other = running('charging');
    expect(Object.keys(copyMeter(session.meter))).toEqual(Object.keys(copyMeter(other.session.meter)));
    expect(Object.keys(copySession(session, session.meter, 7))).toEqual(
      Object.keys(copySession(other.session, other.session.meter, 7)),
    );
    expect(Object.keys(copyOrder(order, state, session))).toEqual(
      Object.keys(copyOrder(other, 'charging', other.session)),
    );
  });
});

it('takes the new state, session, meter and time from its arguments', () => {
  const order = running('charging');
  const meter = { ...order.session.meter, energyWh: 4_321 };
  const session = copySession(order.session, meter, 7);
  expect([session.meter, session.proveAliveBy]).toEqual([meter, 7]);
  expect(copyOrder(order, 'stopping', session)).toMatchObject({ state: 'stopping', session: { proveAliveBy: 7 } });
});

it('removes a property of a meter without changing its shape', () => {
  const { meter } = running('charging').session;
  const copy = copyMeter({ ...meter, takenBackWh: 5 });
  const before = Object.keys(copy);
  clear(copy, 'takenBackWh');
  expect(copy.takenBackWh).toBeUndefined();
  expect(Object.keys(copy)).toEqual(before);
  expect(stored(copy)).toStrictEqual(stored(meter));
});
