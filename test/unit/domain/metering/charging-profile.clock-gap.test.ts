/** When a charging profile ends after a restart during which the host's clock may have been set ahead. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide/decide.js';
import { assumedFlow } from '../../../../src/domain/metering/assumed-flow.js';
import { profileEndAt } from '../../../../src/domain/metering/charging-profile.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { ActiveProfile, Session } from '../../../../src/domain/model/session.js';
import { decisionContext, POLICY } from '../../../property/domain-arbitraries.js';
import { AT, confirm, HOUR, MINUTE, SECOND, start } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;
/** The last reading before the restart. */
const READ = BEGAN + 6 * MINUTE;
/** How far the host's clock was set ahead. */
const STEP = 24 * HOUR;
/** When the first profile ends, which allows 60 kW for 10 kWh. */
const PROFILE_END = BEGAN + 599 * SECOND;

function run(order: Order | undefined, command: OrderCommand, now: number): Accepted {
  const decision = decide(order, command, { ...decisionContext(now), capabilities: { chargingRate: { unit: 'W' } } });
  if ('refusal' in decision) throw new Error(decision.refusal.code);
  return decision;
}

/** A reading that arrives at once. @unit `at` by the charger's clock, which is right; `stepMs` is what ours is ahead. */
function read(order: Order, at: number, [energyWh, powerW]: readonly [number, number], stepMs = 0): Order {
  const samples = [{ at, registerWh: 1_000_000 + energyWh, powerW }];
  return run(order, { type: 'record-sample', samples, namesTransaction: true, journalSeq: at }, at + stepMs).order;
}

/** An order whose charger accepted the first profile. */
function planned(): Order {
  const order = run(undefined, confirm(), AT).order;
  const reviewed = run(run(order, start(BEGAN), BEGAN).order, { type: 'timer-due' }, BEGAN + 2 * SECOND).order;
  return run(reviewed, { type: 'charging-profile-answered', answer: 'accepted' }, BEGAN + 3 * SECOND).order;
}

/** An order whose charger rejected the renewal of its profile. */
function rejected(): Order {
  const renewed = read(planned(), READ, [1000, 10_000]);
  expect(renewed.session?.chargingProfile?.status).toBe('requested');
  return run(renewed, { type: 'charging-profile-answered', answer: 'rejected' }, READ).order;
}

/** Restarts our process after `savedAt`; the charger reconnects 30 s later by its own clock. */
function restart(order: Order, savedAt = READ, stepMs = STEP): Order {
  const now = savedAt + 30 * SECOND + stepMs;
  const away = run(order, { type: 'charger-disconnected', restart: { savedAt } }, now).order;
  return run(away, { type: 'charger-connected' }, now).order;
}

const timerAt = (order: Order, now: number): Order => run(order, { type: 'timer-due' }, now).order;
const profileOf = ({ session }: Order): ActiveProfile | undefined => session?.chargingProfile;

function sessionOf({ session }: Order): Session {
  if (!session) throw new Error('no session');
  return session;
}

describe('a rejected renewal', () => {
  const paused = (): Order => read(restart(rejected()), READ + MINUTE, [1000, 0], STEP);

  it('does not end the session of a car that pauses before the previous profile ends', () => {
    expect(timerAt(paused(), READ + MINUTE + STEP).state).toBe('charging');
    expect(timerAt(paused(), PROFILE_END + MINUTE + STEP).state).toBe('charging');
  });

  it('ends the session if no power flows once the charger has counted the time of the previous profile', () => {
    const over = read(paused(), PROFILE_END + 5 * SECOND, [1000, 0], STEP);
    expect(timerAt(over, PROFILE_END + MINUTE + STEP).state).toBe('stopping');
  });

  it('ends the session if no power flows and the reading confirms the time of the host', () => {
    const late = READ + MINUTE + STEP;
    expect(timerAt(read(restart(rejected()), late, [1000, 0]), late).state).toBe('stopping');
  });

  it('leaves the previous profile known while power flows before its end', () => {
    const flowing = read(restart(rejected()), READ + MINUTE, [1200, 10_000], STEP);
    expect(profileOf(timerAt(flowing, READ + MINUTE + STEP))).toHaveProperty('previous');
  });
});

describe('an accepted profile', () => {
  /** A car that draws all the power that the profile allows, so nothing is gained by a renewal. */
  const full = (): Order => restart(read(planned(), READ, [6000, 60_000]));

  it('ends when the charger has counted its time', () => {
    const heard = read(full(), READ + 35 * SECOND, [6583, 60_000], STEP);
    expect(profileEndAt(sessionOf(heard))).toBe(PROFILE_END + STEP);
    expect(assumedFlow(heard, sessionOf(heard), POLICY).cutAt).toBe(PROFILE_END + STEP);
  });

  it('is not renewed because of the step', () => {
    const heard = read(full(), READ + 35 * SECOND, [6583, 60_000], STEP);
    expect(profileOf(heard)?.status).toBe('accepted');
    // Half of the profile's time has not passed, although a renewal would extend it.
    const early = BEGAN + 2 * MINUTE;
    const slow = restart(read(planned(), early, [333, 10_000]), early);
    const reported = read(slow, early + 35 * SECOND, [430, 10_000], STEP);
    expect(profileOf(reported)?.status).toBe('accepted');
  });

  it('bounds what may have flowed while the charger was away, whether or not the time has passed', () => {
    const unheard = full();
    const { absenceWh } = assumedFlow(unheard, sessionOf(unheard), POLICY);
    expect(absenceWh).toBe((60_000 * (PROFILE_END - READ)) / HOUR);
  });

  it('is renewed after a step as it would be without one', () => {
    const renewal = (stepMs: number): unknown => {
      const back = restart(read(planned(), READ, [6000, 60_000]), READ, stepMs);
      const nearEnd = PROFILE_END - 5 * SECOND;
      const { limitW, endsAt = 0 } = profileOf(read(back, nearEnd, [9850, 5000], stepMs)) ?? {};
      return { limitW, endsAt: endsAt - stepMs };
    };
    expect(renewal(0)).toMatchObject({ limitW: 12_000 });
    expect(renewal(STEP)).toEqual(renewal(0));
  });

  it('ends by the new time if it was set after the restart', () => {
    const now = READ + MINUTE + STEP;
    const renewed = read(restart(read(planned(), READ, [6000, 60_000])), READ + MINUTE, [6200, 10_000], STEP);
    const { session } = run(renewed, { type: 'charging-profile-answered', answer: 'accepted' }, now).order;
    expect(session).toMatchObject({ doubtfulGap: { ms: STEP }, chargingProfile: { from: now } });
    expect(session && profileEndAt(session)).toBe(session?.chargingProfile?.endsAt);
  });
});
