import { describe, expect, it } from 'vitest';
import { OrderTimers } from '../../../../src/bridge/orders/order-timers.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const DAY = 24 * 3_600_000;

function setUp() {
  const clock = createManualClock(0);
  const rung: [string, number][] = [];
  const alarms = new OrderTimers(clock);
  alarms.onDue((orderId) => void rung.push([orderId, clock.now()]));
  return { clock, rung, alarms };
}

describe('the alarms', () => {
  it('ring once, at their time', async () => {
    const { clock, rung, alarms } = setUp();
    alarms.set('a', 500);
    alarms.set('b', 200);
    await clock.advance(2000);
    expect(rung).toEqual([
      ['b', 200],
      ['a', 500],
    ]);
  });

  it('ring at the last time that was set, earlier or later', async () => {
    const { clock, rung, alarms } = setUp();
    alarms.set('earlier', 500);
    alarms.set('earlier', 300);
    alarms.set('later', 500);
    alarms.set('later', 900);
    alarms.set('back', 500);
    alarms.set('back', 900);
    alarms.set('back', 600);
    await clock.advance(2000);
    expect(rung).toEqual([
      ['earlier', 300],
      ['back', 600],
      ['later', 900],
    ]);
  });

  it('keep one timer for an order, however often its time moves', () => {
    const { clock, alarms } = setUp();
    for (const at of [500, 501, 502, 400, 700]) alarms.set('a', at);
    expect(clock.pending()).toBe(1);
  });

  it('are cleared by no time at all, and by a stop', async () => {
    const { clock, rung, alarms } = setUp();
    alarms.set('a', 500);
    alarms.set('a', 600);
    alarms.set('a', undefined);
    alarms.set('b', 500);
    alarms.stop();
    alarms.set('c', 500);
    await clock.advance(2000);
    expect(rung).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  it('reach a time that no single timer does', async () => {
    const { clock, rung, alarms } = setUp();
    alarms.set('a', 3 * DAY);
    await clock.advance(4 * DAY);
    expect(rung).toEqual([['a', 3 * DAY]]);
  });
});
