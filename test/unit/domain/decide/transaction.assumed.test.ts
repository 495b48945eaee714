/** A session that was only assumed to be the order's is replaced by the order's own; what was asked for still holds. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { asked, AT, confirm, MINUTE, orderAfter, run, sample, SECOND, start, stopAt } from '../sessions.js';

const assumed = { ...start(), isAssumed: true } as OrderCommand;
const own = { ...start(AT + 15 * MINUTE, 'own'), transactionId: '8' } as OrderCommand;
const before = (...more: readonly (readonly [number, OrderCommand])[]): Order =>
  orderAfter([AT, confirm()], [AT + 5 * SECOND, assumed], ...more);
const replacedAfter = (...more: readonly (readonly [number, OrderCommand])[]): Accepted =>
  run(before(...more), own, AT + 15 * MINUTE);
const kinds = ({ effects }: Accepted): string[] => effects.map(({ kind }) => kind);

describe('the own start of an order whose session was assumed', () => {
  it('opens its session, which charges', () => {
    const replaced = replacedAfter();
    expect(replaced).toMatchObject({ order: { state: 'charging', session: { transactionId: '8' } } });
    expect(replaced.order.session).not.toHaveProperty('stop');
    expect(kinds(replaced)).toEqual(['callback']);
  });

  it.each(['buyer', 'operator'] as const)('is stopped if the %s has asked for a stop', (reason) => {
    const stop: OrderCommand = { type: 'stop', reason, request: asked('stop'), reply: 'at-end' };
    const replaced = replacedAfter([AT + MINUTE, stop]);
    expect(replaced.order).toMatchObject({
      state: 'stopping',
      session: { transactionId: '8', stop: { reason, at: AT + 15 * MINUTE, attempts: 1 } },
    });
    expect(kinds(replaced)).toEqual(['remote-stop', 'callback']);
    const ended = run(replaced.order, stopAt(0, AT + 15 * MINUTE + SECOND), AT + 15 * MINUTE + SECOND);
    expect(ended.effects).toMatchObject([{ action: 'on_update', inReplyTo: 'stop' }, { class: 'terminal' }]);
  });

  const limitReached = [AT + 12 * MINUTE, sample(10_000, AT + 12 * MINUTE)] as const;

  it('goes on if only the readings of the other session had reached the limit', () => {
    expect(before(limitReached)).toMatchObject({ session: { stop: { reason: 'limit-energy' } } });
    expect(replacedAfter(limitReached)).toMatchObject({ order: { state: 'charging' } });
  });

  it('is stopped if the buyer asked while the other one was being stopped at the limit', () => {
    const stop: OrderCommand = { type: 'stop', reason: 'buyer', request: asked('stop'), reply: 'at-end' };
    const replaced = replacedAfter(limitReached, [AT + 13 * MINUTE, stop]);
    expect(replaced.order).toMatchObject({ state: 'stopping', session: { stop: { reason: 'buyer' } } });
  });
});
