/** Time that passed while no process ran counts once the charger's readings confirm it. */
import { describe, expect, it } from 'vitest';
import { withClockGap, withConfirmedGap } from '../../../../src/domain/metering/clock-gap.js';
import type { MeterSample } from '../../../../src/domain/model/command.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Session } from '../../../../src/domain/model/session.js';
import { AT, HOUR, MINUTE, SECOND, orderAfter, confirm, run, sample, start, stopAt } from '../sessions.js';

const READ = AT + 10 * MINUTE;
/** A session whose last saved reading was taken at `READ`, by a charger whose clock is right. */
function session(): Session {
  const order = orderAfter([AT, confirm()], [AT + SECOND, start(AT + SECOND)], [READ, sample(500, READ)]);
  if (!order.session) throw new Error('no session');
  return order.session;
}
const restarted = (before: Session, savedAt: number, now: number): Session => withClockGap(before, { savedAt }, now);
const gapMs = ({ doubtfulGap }: Session): number => doubtfulGap?.ms ?? 0;
const confirmed = (before: Session, at: number, receivedAt: number): Session =>
  withConfirmedGap(before, [{ at, receivedAt, registerWh: 1 }], receivedAt);

describe('the gap of a restart', () => {
  it('begins with the last save or reading', () => {
    expect(gapMs(restarted(session(), READ + MINUTE, READ + HOUR))).toBe(59 * MINUTE);
    expect(gapMs(restarted(session(), AT, READ + HOUR))).toBe(HOUR);
  });

  it('is added to one that no reading has confirmed', () => {
    const first = restarted(session(), READ, READ + HOUR);
    expect(gapMs(restarted(first, READ + HOUR, READ + 3 * HOUR))).toBe(3 * HOUR);
    const small = restarted(first, READ + HOUR, READ + HOUR + MINUTE);
    expect(gapMs(small)).toBe(HOUR);
  });

  it('prolongs the wait for a charger that was offline before', () => {
    const offline = { ...session(), offlineSince: READ };
    expect(restarted(offline, READ, READ + HOUR).offlineSince).toBe(READ + HOUR);
  });
});

describe('a reading', () => {
  const afterHour = (): Session => restarted(session(), READ, READ + HOUR);

  it('that arrives after the restart confirms the time that the charger counted', () => {
    expect(gapMs(confirmed(afterHour(), READ + 20 * MINUTE, READ + HOUR))).toBe(40 * MINUTE);
    expect(gapMs(confirmed(afterHour(), READ + HOUR, READ + HOUR))).toBe(0);
  });

  it('that arrived before the restart confirms only the time until then', () => {
    expect(gapMs(confirmed(afterHour(), READ + 5 * MINUTE, READ + 5 * MINUTE))).toBe(55 * MINUTE);
  });

  it('confirms the time between two restarts, but neither of them', () => {
    const twice = restarted(afterHour(), READ + HOUR, READ + 2 * HOUR);
    // The charger counted only 10 of the first 60 minutes.
    expect(gapMs(confirmed(twice, READ + 10 * MINUTE, READ + HOUR))).toBe(110 * MINUTE);
  });

  it('of an order that an earlier release saved counts as one after the restart', () => {
    const { doubtfulGap, ...rest } = afterHour();
    const { restartedAt: _, ...older } = doubtfulGap ?? { ms: 0, chargerAt: 0, receivedAt: 0 };
    expect(gapMs(confirmed({ ...rest, doubtfulGap: older }, READ + HOUR, READ + HOUR))).toBe(0);
  });
});

describe("a step of the host's clock", () => {
  /** How far both clocks are ahead, and the outage across which the host's clock was set. */
  const STEP = 24 * HOUR;
  const AWAY = 28 * MINUTE;
  const BACK = READ + STEP + AWAY;
  const POWER_W = 30_000;
  const WH_A_MINUTE = POWER_W / 60;

  /** A reading at a true time, in minutes after `READ`, by a charger whose clock is ahead by so much. */
  const reading = (minutes: number, skewMs: number, energyWh: number, powerW?: number): MeterSample => ({
    at: READ + minutes * MINUTE + skewMs,
    registerWh: 1_000_000 + energyWh,
    ...(powerW !== undefined && { powerW }),
  });
  const flowing = (minutes: number, skewMs: number): MeterSample =>
    reading(minutes, skewMs, (minutes + 10) * WH_A_MINUTE, POWER_W);
  const paused = (minutes: number, skewMs: number): MeterSample => reading(minutes, skewMs, 500, 0);

  const read = (order: Order, one: MeterSample, now: number): Order =>
    run(order, { type: 'record-sample', samples: [one], journalSeq: now }, now).order;

  /** An order for 50 minutes, ten of which are over, after the restart and the return of the charger. */
  function returned(last: (minutes: number, skewMs: number) => MeterSample, backAt = BACK): Order {
    let order = orderAfter([AT, confirm(true, { kind: 'time', value: 3000 })], [AT + SECOND, start(AT + SECOND)]);
    for (const minutes of [-2, -1, 0]) order = read(order, last(minutes, 0), READ + minutes * MINUTE);
    order = run(order, { type: 'charger-disconnected', restart: { savedAt: READ } }, backAt).order;
    return run(order, { type: 'charger-connected' }, backAt).order;
  }
  const openMs = ({ session: after }: Order): number => after?.doubtfulGap?.ms ?? 0;

  it("is not confirmed by a charger's clock that was set by as much among its queued readings", () => {
    let order = returned(flowing);
    for (let minutes = 1; minutes <= 28; minutes += 1)
      order = read(order, flowing(minutes, minutes < 3 ? 0 : STEP), BACK + minutes * 100);
    expect(order.state).toBe('charging');
    expect(Math.abs(openMs(order) - STEP)).toBeLessThan(MINUTE);
  });

  it('is not confirmed by a charger that took over our time before its first reading', () => {
    const order = read(returned(flowing), flowing(28, STEP), BACK);
    expect(order.state).toBe('charging');
    expect(Math.abs(openMs(order) - STEP)).toBeLessThan(MINUTE);
  });

  it('is not confirmed by a charger that takes over our time after its first reading, although the car pauses', () => {
    let order = read(returned(paused), paused(28, 0), BACK);
    order = read(order, paused(29, STEP), BACK + MINUTE);
    expect(order.session?.stop).toBeUndefined();
    expect(Math.abs(openMs(order) - STEP)).toBeLessThan(MINUTE);
  });

  it('is not confirmed by the readings that follow in the same message, or at the same moment', () => {
    const order = read(returned(paused), paused(1, 0), BACK);
    const later = [paused(2, STEP), paused(3, STEP), paused(4, STEP)];
    const inOne = run(order, { type: 'record-sample', samples: later, journalSeq: 1 }, BACK).order;
    const inThree = later.reduce((before, one) => read(before, one, BACK), order);
    for (const after of [inOne, inThree]) expect(openMs(after)).toBeGreaterThan(STEP + 23 * MINUTE);
    const together = [paused(1, 0), ...later];
    const atOnce = run(returned(paused), { type: 'record-sample', samples: together, journalSeq: 1 }, BACK).order;
    expect(openMs(atOnce)).toBeGreaterThan(STEP + 23 * MINUTE);
  });

  it('is not confirmed by energy if the reported power is wrong', () => {
    const wrong = (minutes: number, skewMs: number): MeterSample => ({ ...flowing(minutes, skewMs), powerW: 300 });
    const order = read(returned(wrong, READ + HOUR + AWAY), wrong(28, 0), READ + HOUR + AWAY);
    expect(order.session?.meter.powerTrust).toBe('contradicted');
    const after = read(order, wrong(29, HOUR), READ + HOUR + AWAY + MINUTE);
    expect(Math.abs(openMs(after) - HOUR)).toBeLessThan(MINUTE);
  });

  it("keeps no reading from confirming a later outage, although the charger's clock was set", () => {
    let order = read(returned(paused), paused(28, 0), BACK);
    order = read(order, paused(38, STEP), BACK + 10 * MINUTE);
    const restart = { savedAt: BACK + 10 * MINUTE };
    order = run(order, { type: 'charger-disconnected', restart }, BACK + 20 * MINUTE).order;
    order = run(order, { type: 'charger-connected' }, BACK + 20 * MINUTE).order;
    expect(openMs(order)).toBe(STEP + 10 * MINUTE);
    expect(openMs(read(order, paused(48, STEP), BACK + 20 * MINUTE))).toBe(STEP);
  });

  it("ends the paid time when it is over, by a charger's clock that was set by as much", () => {
    let order = returned(flowing);
    for (const minutes of [1, 2]) order = read(order, flowing(minutes, 0), BACK + minutes * SECOND);
    for (let minutes = 28; minutes < 39; minutes += 1)
      order = read(order, flowing(minutes, STEP), BACK + (minutes - 28) * MINUTE);
    expect(order.session?.stop).toBeUndefined();
    order = read(order, flowing(40, STEP), BACK + 12 * MINUTE);
    expect(order.session?.stop?.reason).toBe('limit-time');
  });

  it('is not taken for the time of a reading, whose clock was set by as much or was set back', () => {
    for (const skewMs of [STEP, -STEP]) {
      const { session: after } = read(returned(flowing), flowing(28, skewMs), BACK);
      expect(after?.meter.takenAt).toBeLessThanOrEqual(READ + 29 * MINUTE);
    }
  });

  it('does not date back a reading that arrived before the restart', () => {
    const late: MeterSample = { ...flowing(5, 0), receivedAt: READ + 5 * MINUTE };
    expect(read(returned(flowing), late, BACK).session?.meter.takenAt).toBe(READ + 5 * MINUTE);
  });

  describe('is not suspected', () => {
    const HALF = READ + 30 * MINUTE;

    it('if the first reading after the outage shows energy for a part of it', () => {
      const order = read(returned(flowing, HALF), reading(30, 0, 20 * WH_A_MINUTE, POWER_W), HALF);
      expect(openMs(order)).toBe(0);
    });

    it('if a coarse register has not moved although energy flowed', () => {
      const coarse = (minutes: number): MeterSample => reading(minutes, 0, 1000, 1500);
      const order = returned(coarse, HALF);
      expect(order.session?.meter.resolutionWh).toBe(1000);
      expect(openMs(read(order, coarse(30), HALF))).toBe(0);
    });

    it('if the first reading after the outage shows that the car pauses', () => {
      expect(openMs(read(returned(paused, HALF), paused(30, 0), HALF))).toBe(0);
      expect(openMs(read(returned(flowing, HALF), reading(30, 0, 5000, 0), HALF))).toBe(0);
    });

    it('if the first reading after the outage has no register', () => {
      const { registerWh: _, ...power } = flowing(30, 0);
      expect(openMs(read(returned(flowing, HALF), power, HALF))).toBe(0);
    });

    it('if the readings between the first queued ones and the present are lost, and energy flowed meanwhile', () => {
      const queued = read(returned(flowing, HALF), flowing(1, 0), HALF);
      expect(openMs(read(queued, flowing(30, 0), HALF))).toBe(0);
    });

    it('if the readings before the queued stop are lost, and energy flowed until then', () => {
      const queued = read(returned(flowing, HALF), flowing(1, 0), HALF);
      const at = READ + 29 * MINUTE;
      const { order } = run(queued, stopAt(39 * WH_A_MINUTE, at, 'EVDisconnected'), HALF);
      expect(openMs(order)).toBeLessThan(2 * MINUTE);
    });

    it('if queued readings lie no further apart than a few minutes', () => {
      const stateOfCharge = (minutes: number): MeterSample => ({ at: READ + minutes * MINUTE, soc: 50 });
      let order = returned(stateOfCharge, HALF);
      for (let minutes = 5; minutes <= 30; minutes += 5) order = read(order, stateOfCharge(minutes), HALF);
      expect(openMs(order)).toBe(0);
    });

    it('if readings that were queued lie as far apart as usual', () => {
      let order = returned(paused, HALF);
      for (const minutes of [15, 30]) order = read(order, paused(minutes, 0), HALF);
      expect(openMs(order)).toBe(0);
    });
  });
});
