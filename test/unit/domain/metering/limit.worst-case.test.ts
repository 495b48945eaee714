/** A limit always holds: without credible readings, rated power is assumed. */
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../../src/domain/decide/timers.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { POLICY } from '../../../property/domain-arbitraries.js';
import { AT, confirm, HOUR, MINUTE, orderAfter, run, SECOND, start, status } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;
/** An order for 300 Wh, which last for 18 s at 60 kW. */
const small = (): Order => orderAfter([AT, confirm(true, { kind: 'energy', value: 300 })], [BEGAN, start(BEGAN)]);
const large = (): Order => orderAfter([AT, confirm()], [BEGAN, start(BEGAN)]);

/**
 * Handles deadlines without any message until `end` or until the order is stopping. Returns the order, the number of
 * requested readings and the time of the last deadline.
 */
function silentUntil(order: Order, end: number): { order: Order; requested: number; at: number } {
  let requested = 0;
  let at = BEGAN;
  for (let steps = 0; steps < 5000; steps += 1) {
    const due = nextDeadline(order, POLICY);
    if (due === undefined || due > end || order.state === 'stopping') return { order, requested, at };
    at = Math.max(at, due);
    const decision = run(order, { type: 'timer-due' }, at);
    if (decision.triggerMeterValues) requested += 1;
    order = decision.order;
  }
  throw new Error('the timer never rests');
}

const reading = (at: number, fields: object): OrderCommand => ({
  type: 'record-sample',
  samples: [{ at, ...fields }],
  journalSeq: at,
});

describe('a charger that is silent', () => {
  it('is asked for a reading, and stopped before rated power can have exceeded the order', () => {
    const { order, requested, at } = silentUntil(small(), BEGAN + HOUR);
    expect(order).toMatchObject({ state: 'stopping', session: { stop: { reason: 'limit-energy' } } });
    expect(requested).toBeGreaterThan(0);
    expect(at).toBeLessThanOrEqual(BEGAN + 18 * SECOND);
    expect(at).toBeGreaterThan(BEGAN + 12 * SECOND);
  });

  it('is stopped after rated power × time for a large order too', () => {
    const { order, at } = silentUntil(large(), BEGAN + HOUR);
    expect(order.state).toBe('stopping');
    expect(at).toBeLessThanOrEqual(BEGAN + 10 * MINUTE);
    expect(at).toBeGreaterThan(BEGAN + 9 * MINUTE);
  });

  it('is stopped although it goes on reporting its voltage', () => {
    let order = small();
    for (let at = BEGAN + 2 * SECOND; at < BEGAN + 20 * SECOND && order.state === 'charging'; at += 2 * SECOND) {
      order = run(order, reading(at, { voltage: 400 }), at).order;
    }
    expect(order.state).toBe('stopping');
  });

  it('is stopped although it reports impossible registers', () => {
    let order = small();
    for (let at = BEGAN + 5 * SECOND, step = 1; at < BEGAN + 30 * SECOND; at += 5 * SECOND, step += 1) {
      order = run(order, reading(at, { registerWh: step % 2 === 0 ? 5 : 900_000_000 + step }), at).order;
    }
    expect(order.state).toBe('stopping');
  });

  it('after readings is assumed to draw rated power, once it has been silent for a while', () => {
    const at = BEGAN + 2 * MINUTE;
    const first = run(large(), reading(BEGAN + MINUTE, { registerWh: 1_000_100 }), BEGAN + MINUTE).order;
    const known = run(first, reading(at, { registerWh: 1_000_200 }), at).order;
    const stopped = silentUntil(known, BEGAN + HOUR);
    expect(stopped.order.state).toBe('stopping');
    // The bridge assumes 6 kW for at most two minutes, then 60 kW.
    expect(stopped.at).toBeLessThanOrEqual(at + 12 * MINUTE);
  });

  it('is stopped when only its power is known, by that power', () => {
    let order = small();
    for (let at = BEGAN + 5 * SECOND; at < BEGAN + 60 * SECOND && order.state === 'charging'; at += 5 * SECOND) {
      order = run(order, reading(at, { powerW: 30_000 }), at).order;
      expect(at).toBeLessThan(BEGAN + 40 * SECOND);
    }
    expect(order.state).toBe('stopping');
  });

  it('is stopped although its register stands still while it reports power', () => {
    let order = small();
    for (let at = BEGAN + 5 * SECOND; at < BEGAN + 60 * SECOND && order.state === 'charging'; at += 5 * SECOND) {
      order = run(order, reading(at, { registerWh: 1_000_000, powerW: 30_000 }), at).order;
    }
    expect(order.state).toBe('stopping');
  });

  it('but has said that the car pauses is left alone', () => {
    const paused = run(large(), status('SuspendedEV'), BEGAN + SECOND).order;
    expect(silentUntil(paused, BEGAN + HOUR).order.state).toBe('suspended');
  });
});

describe('a provisional session whose charger returns', () => {
  const away = (): Order => {
    const began = AT + 5 * SECOND;
    const charging = orderAfter(
      [AT, confirm()],
      [began, start(began)],
      [AT + MINUTE, reading(AT + MINUTE, { registerWh: 1_000_050 })],
      [AT + 2 * MINUTE, { type: 'charger-disconnected' }],
    );
    const provisional = run(charging, { type: 'timer-due' }, AT + 5 * HOUR).order;
    expect(provisional.state).toBe('provisional');
    return run(provisional, { type: 'charger-connected' }, AT + 6 * HOUR).order;
  };
  const OLD = AT + 3 * MINUTE;
  const BACK = AT + 6 * HOUR;

  it('is not stopped because of a reading that was queued while it was away', () => {
    const { order } = run(away(), reading(OLD, { registerWh: 1_000_150 }), BACK + SECOND);
    expect(order.session?.stop).toBeUndefined();
  });

  it('is stopped if its readings still do not show the present energy a while later', () => {
    const { order } = run(away(), reading(OLD, { registerWh: 1_000_150 }), BACK + 5 * MINUTE);
    expect(order.session?.stop?.reason).toBe('limit-energy');
  });
});
