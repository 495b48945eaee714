/** A charger that connects and disconnects does not keep a booked order open for ever. */
import { expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import { isTerminal, type Order } from '../../../../src/domain/model/order.js';
import { POLICY } from '../../../property/domain-arbitraries.js';
import { AT, confirm, HOUR, MINUTE, run, SECOND } from '../sessions.js';

it('fails when no start could be sent by the end of the grace, however often it came back', () => {
  const slot = { from: AT + HOUR, until: AT + 2 * HOUR };
  let order: Order = run(undefined, { ...confirm(), slot, reservationId: 1 } as OrderCommand, AT).order;
  let now = slot.from;
  order = run(order, { type: 'timer-due' }, now).order;
  const latest = slot.from + POLICY.slotGraceMs + POLICY.pendingMs + 2 * POLICY.startTimeoutMs;
  for (; now < latest && !isTerminal(order); now += MINUTE / 2) {
    order = run(order, { type: 'start-answered', answer: 'not-sent' }, now).order;
    order = run(order, { type: 'charger-connected' }, now + SECOND).order;
  }
  expect(order).toMatchObject({ state: 'failed', outcome: { code: 'charger-offline' } });
});
