/** A slot that has already begun when it is requested is not a booking, but its repeat is still recognised. */
import { expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Slot } from '../../../../src/domain/model/reservation.js';
import { decide } from '../../../../src/domain/decide/decide.js';
import { decisionContext, SITE } from '../../../property/domain-arbitraries.js';
import { asked, AT, confirm, HOUR, MINUTE, run } from '../sessions.js';

const limit = { kind: 'energy', value: 10_000 } as const;
const select = (slot: Slot): OrderCommand => ({ type: 'select', request: asked('select'), site: SITE, limit, slot });
const confirms = (slot: Slot): OrderCommand => ({ ...confirm(), slot, reservationId: 1 }) as OrderCommand;

it('is confirmed, and a repeat of the confirm is told the same', () => {
  const slot = { from: AT, until: AT + HOUR };
  const draft = run(undefined, select(slot), AT).order;
  const order = run(draft, confirms(slot), AT).order;
  expect(order.state).toBe('starting');

  const again = run(order, confirms(slot), AT + MINUTE);

  expect(again.order.state).toBe('starting');
  expect(again.effects).toMatchObject([{ kind: 'callback', action: 'on_confirm' }]);
});

it('is another order when it is another time', () => {
  const order = run(undefined, confirms({ from: AT, until: AT + HOUR }), AT).order;
  const later = confirms({ from: AT + 3 * HOUR, until: AT + 4 * HOUR });
  expect(decide(order, later, decisionContext(AT + MINUTE))).toMatchObject({ refusal: { code: 'transaction-in-use' } });
});
