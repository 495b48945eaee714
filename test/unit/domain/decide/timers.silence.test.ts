/** A session whose charger is online but sends no readings. */
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../../src/domain/decide/timers.js';
import { POLICY } from '../../../property/domain-arbitraries.js';
import { AT, confirm, MINUTE, run, sample, SECOND, start, orderAfter } from '../sessions.js';

const began = AT + 5 * SECOND;
const charging = () => orderAfter([AT, confirm()], [began, start(began)]);

describe('a session without readings', () => {
  it('always has a moment at which it is looked at again', () => {
    expect(nextDeadline(charging(), POLICY)).toBe(began + 2 * MINUTE);
  });

  it('is asked for one, and again as long as none comes', () => {
    const first = run(charging(), { type: 'timer-due' }, began + 2 * MINUTE);
    expect(first.triggerMeterValues).toBe(true);
    expect(first.order.state).toBe('charging');
    expect(run(first.order, { type: 'timer-due' }, began + 3 * MINUTE).triggerMeterValues).toBeUndefined();
    expect(run(first.order, { type: 'timer-due' }, began + 4 * MINUTE).triggerMeterValues).toBe(true);
  });

  it('is left alone while they come', () => {
    const reported = run(charging(), sample(10, began + MINUTE), began + MINUTE).order;
    expect(run(reported, { type: 'timer-due' }, began + 2 * MINUTE).triggerMeterValues).toBeUndefined();
  });
});
