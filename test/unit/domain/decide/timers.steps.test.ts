/**
 * Which orders a step of the host's clock would harm, so that they keep the clock by which their deadlines were set.
 */
import { describe, expect, it } from 'vitest';
import { movesWithTime, nextDeadline } from '../../../../src/domain/decide/timers.js';
import type { CallbackEffect } from '../../../../src/domain/model/effect.js';
import { ORDER_STATES, type Order } from '../../../../src/domain/model/order.js';
import type { Payment } from '../../../../src/domain/model/payment.js';
import { POLICY } from '../../../property/domain-arbitraries.js';
import { AT, HOUR, orderIn } from '../sessions.js';

const quiet = (order: Order): Order => ({ ...order, effects: [] });
const callback = (more: Pick<CallbackEffect, 'class'>): CallbackEffect => ({
  ...{ kind: 'callback', action: 'on_status', messageId: 'm', body: '{}', ...more },
  ...{ seq: 1, createdAt: AT, attempts: 1, dueAt: AT, giveUpAt: AT + HOUR },
});

describe.each(ORDER_STATES)('an order in state %s', (state) => {
  const order = quiet(orderIn(state));

  it('keeps the time exactly while it has a deadline', () => {
    expect(movesWithTime(order, POLICY)).toBe(nextDeadline(order, POLICY) !== undefined);
  });

  it('keeps the time while a callback is tried, unless that is the last one', () => {
    expect(movesWithTime({ ...order, effects: [callback({ class: 'answer' })] }, POLICY)).toBe(true);
    const last = { ...order, effects: [callback({ class: 'terminal' })] };
    expect(movesWithTime(last, POLICY)).toBe(movesWithTime(order, POLICY));
  });

  it('keeps the time while an answer is deferred', () => {
    const deferredCallback = { awaits: 'end', action: 'on_cancel', messageId: 'm', until: AT + HOUR } as const;
    expect(movesWithTime({ ...order, deferredCallback }, POLICY)).toBe(true);
  });
});

it('an inferred end keeps the time, since its stop is awaited until a deadline', () => {
  expect(movesWithTime(quiet(orderIn('provisional')), POLICY)).toBe(true);
});

it('a draft keeps the time while it holds its connector', () => {
  expect(movesWithTime({ ...orderIn('draft'), effects: [], connectorHeld: true }, POLICY)).toBe(true);
});

it('a booked slot follows the new time', () => {
  const slot = { from: AT + HOUR, until: AT + 2 * HOUR } as NonNullable<Order['slot']>;
  expect(movesWithTime({ ...quiet(orderIn('confirmed')), slot }, POLICY)).toBe(false);
  expect(movesWithTime({ ...quiet(orderIn('charging')), slot }, POLICY)).toBe(true);
});

it('a slot that has begun keeps the time while its charger is awaited', () => {
  const slot = { from: AT - HOUR, until: AT + HOUR, begun: true } as NonNullable<Order['slot']>;
  expect(movesWithTime({ ...quiet(orderIn('confirmed')), slot }, POLICY)).toBe(true);
});

it('the day by which a bill is to be paid follows the new time, and the wait for a payment does not', () => {
  const payment = { dueAt: AT + 24 * HOUR } as Payment;
  expect(movesWithTime({ ...quiet(orderIn('completed')), payment }, POLICY)).toBe(false);
  expect(movesWithTime({ ...quiet(orderIn('draft')), payment }, POLICY)).toBe(true);
  const awaitingLink = { until: AT + HOUR } as NonNullable<Payment['awaitingLink']>;
  expect(movesWithTime({ ...quiet(orderIn('completed')), payment: { ...payment, awaitingLink } }, POLICY)).toBe(true);
});
