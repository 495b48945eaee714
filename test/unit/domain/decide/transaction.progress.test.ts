/** Updates pushed during a session: by time, by energy, at the buyer app's rates, and for every fault and its end. */
import { describe, expect, it } from 'vitest';
import type { EffectDraft } from '../../../../src/domain/model/decision.js';
import type { Order, BuyerApp } from '../../../../src/domain/model/order.js';
import { AT, MINUTE, orderIn, run, sample, SECOND, status } from '../sessions.js';

/** Returns a charging order. The policy's default rates are one minute and 1000 Wh. */
function charging(rates: Pick<BuyerApp, 'progressMs' | 'progressWh'> = {}): Order {
  const order = orderIn('charging');
  const { session } = order;
  if (!session) throw new Error('no session runs');
  return {
    ...order,
    customer: { ...order.customer, ...rates },
    session: { ...session, progressSentAt: AT + MINUTE, progressSentWh: 500 },
  };
}

const classes = (effects: readonly EffectDraft[]): string[] =>
  effects.flatMap((effect) => (effect.kind === 'callback' ? [effect.class] : []));
const after = (order: Order, ms: number, energyWh: number): string[] =>
  classes(run(order, sample(energyWh, AT + MINUTE + ms), AT + MINUTE + ms).effects);

describe('progress', () => {
  it('is told by time and by energy, as the policy has it', () => {
    expect(after(charging(), MINUTE - 1, 600)).toEqual([]);
    expect(after(charging(), MINUTE, 600)).toEqual(['progress']);
    expect(after(charging(), 50 * SECOND, 1499)).toEqual([]);
    expect(after(charging(), 50 * SECOND, 1500)).toEqual(['progress']);
  });

  it('is told at the rates of its own buyer app', () => {
    const rates = { progressMs: 10 * SECOND, progressWh: 100 };
    expect(after(charging(rates), 9 * SECOND, 599)).toEqual([]);
    expect(after(charging(rates), 10 * SECOND, 510)).toEqual(['progress']);
    expect(after(charging(rates), 9 * SECOND, 600)).toEqual(['progress']);
  });

  it('is not told for a reason whose rate is 0', () => {
    expect(after(charging({ progressMs: 0 }), 10 * MINUTE, 600)).toEqual([]);
    expect(after(charging({ progressMs: 0 }), MINUTE, 1500)).toEqual(['progress']);
    expect(after(charging({ progressMs: 0, progressWh: 0 }), 10 * MINUTE, 4000)).toEqual([]);
  });

  it('is told when the cable is plugged in, and when the car pauses', () => {
    const starting = orderIn('starting');
    expect(classes(run(starting, status('Preparing'), AT + 2 * SECOND).effects)).toEqual(['progress']);
    expect(classes(run(charging(), status('SuspendedEV'), AT + 2 * MINUTE).effects)).toEqual(['progress']);
  });

  it.each(['Charging', 'SuspendedEVSE'] as const)('of a fault and of its end (%s) is never dropped', (word) => {
    const faulted = run(charging(), status('Faulted'), AT + 2 * MINUTE);
    expect(classes(faulted.effects)).toEqual(['state']);
    const well = run(faulted.order, status(word), AT + 3 * MINUTE);
    expect(classes(well.effects)).toEqual(['state']);
  });

  it('of a fault that ends while it is being stopped is told too', () => {
    const faulted = run(orderIn('stopping'), status('Faulted'), AT + 2 * MINUTE);
    expect(classes(run(faulted.order, status('Charging'), AT + 3 * MINUTE).effects)).toEqual(['state']);
    expect(classes(run(orderIn('stopping'), status('SuspendedEV'), AT + 3 * MINUTE).effects)).toEqual([]);
  });
});
