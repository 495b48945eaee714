/** Time that passed while no process ran counts once the charger's readings confirm it. */
import { describe, expect, it } from 'vitest';
import { withClockGap, withConfirmedGap } from '../../../../src/domain/metering/clock-gap.js';
import type { Session } from '../../../../src/domain/model/session.js';
import { AT, HOUR, MINUTE, SECOND, orderAfter, confirm, sample, start } from '../sessions.js';

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
