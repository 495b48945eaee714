/** A limit is reached at its deadline, not a moment later: otherwise the deadline would stay due. */
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../../src/domain/decide/timers.js';
import { withClockGap } from '../../../../src/domain/metering/clock-gap.js';
import { limitDueAt, limitReached } from '../../../../src/domain/metering/limit.js';
import type { Limit } from '../../../../src/domain/model/quote.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Session } from '../../../../src/domain/model/session.js';
import { POLICY } from '../../../property/domain-arbitraries.js';
import { AT, confirm, HOUR, MINUTE, orderAfter, run, SECOND, start } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;

function running(limit: Limit, change: (session: Session) => Session): Order & { readonly session: Session } {
  const order = orderAfter([AT, confirm(true, limit)], [BEGAN, start(BEGAN)]);
  if (!order.session) throw new Error('no session');
  return { ...order, session: change(order.session) };
}

/** 82 of 349 Wh are read. The next 15 s at 58,508 W and 1393 ms at 60 kW are the other 267 Wh exactly. */
const inFractions = running({ kind: 'energy', value: 349 }, (session) => ({
  ...session,
  meter: { ...session.meter, energyWh: 82, powerW: 56_726, powerErrorW: 1782, intervalMs: 5204, knownAt: BEGAN },
}));
/** An hour passed by the host's clock while no process ran. No reading has come yet, and the car draws nothing. */
const doubted = running({ kind: 'time', value: 1800 }, (session) =>
  withClockGap({ ...session, ratedPowerW: 0 }, { savedAt: BEGAN + MINUTE }, BEGAN + MINUTE + HOUR),
);

describe('a limit is reached at its deadline', () => {
  it.each([
    ['when the energy up to it has a fraction of a watt-hour', inFractions, 'limit-energy'],
    ['when no reading has confirmed the time of an outage yet', doubted, 'limit-time'],
  ] as const)('%s', (_title, order, reason) => {
    const due = limitDueAt(order, order.session, POLICY) ?? Infinity;
    expect(limitReached(order, order.session, due - 1, POLICY)).toBeUndefined();
    expect(limitReached(order, order.session, due, POLICY)).toBe(reason);
  });

  it('so a timer that is due at it stops the session', () => {
    const due = nextDeadline(
      { ...inFractions, session: { ...inFractions.session, meterTriggeredAt: BEGAN + 12 * SECOND } },
      POLICY,
    )!;
    expect(due).toBe(BEGAN + 15 * SECOND + 1393 - POLICY.stopLatencyMs);
    expect(run(inFractions, { type: 'timer-due' }, due).order.state).toBe('stopping');
  });

  it('which is that of the reading that shows it, although the charging profile had ended before', () => {
    const order = running({ kind: 'energy', value: 349 }, (session) => ({
      ...session,
      meter: { ...session.meter, energyWh: 349, knownAt: BEGAN + MINUTE },
      chargingProfile: { status: 'accepted', limitW: 60_000, from: BEGAN, endsAt: BEGAN + 30 * SECOND, capWh: 349 },
    }));
    expect(limitDueAt(order, order.session, POLICY)).toBe(BEGAN + MINUTE);
    expect(limitReached(order, order.session, BEGAN + MINUTE, POLICY)).toBe('limit-energy');
  });
});
