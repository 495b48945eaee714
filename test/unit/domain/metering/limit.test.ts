/** How a session is kept within its limit, and the fallback when one way fails. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide/decide.js';
import { nextDeadline } from '../../../../src/domain/decide/timers.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import { profileDueAt } from '../../../../src/domain/metering/charging-profile.js';
import { stationTransactionLimits } from '../../../../src/domain/metering/limit.js';
import {
  capabilitiesOf,
  addStopLatency,
  sampleIntervalS,
} from '../../../../src/domain/metering/charger-capabilities.js';
import { type ChargerCapabilities } from '../../../../src/domain/model/network.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Limit } from '../../../../src/domain/model/quote.js';
import { decisionContext, CONNECTOR, POLICY, SITE } from '../../../property/domain-arbitraries.js';
import { AT, confirm, HOUR, MINUTE, SECOND, start, status, stopAt } from '../sessions.js';

const PLANS: ChargerCapabilities = { chargingRate: { unit: 'W' } };
const BEGAN = AT + 5 * SECOND;

function run(
  order: Order | undefined,
  command: OrderCommand,
  now: number,
  means: ChargerCapabilities = PLANS,
): Accepted {
  const decision = decide(order, command, { ...decisionContext(now), capabilities: means });
  if ('refusal' in decision) throw new Error(decision.refusal.code);
  return decision;
}

function begun(means: ChargerCapabilities = PLANS, limit: Limit = { kind: 'energy', value: 10_000 }): Order {
  const starting = run(undefined, confirm(true, limit), AT, means).order;
  return run(starting, start(BEGAN), BEGAN, means).order;
}

function reading(energyWh: number, at: number, powerW = 50_000): OrderCommand {
  return { type: 'record-sample', samples: [{ at, registerWh: 1_000_000 + energyWh, powerW }], journalSeq: at };
}

function profileEffectOf(accepted: Accepted) {
  return accepted.effects.find((effect) => effect.kind === 'set-charging-profile');
}

const kinds = (accepted: Accepted): string[] => accepted.effects.map((effect) => effect.kind);
const answered = (answer: 'accepted' | 'rejected' | 'unknown' | 'not-sent'): OrderCommand => ({
  type: 'charging-profile-answered',
  answer,
});

/** Returns an order whose charger has accepted the first charging profile, with 60 kW and 10 kWh. */
function planned(): Order {
  const given = run(begun(), { type: 'timer-due' }, BEGAN + 2 * SECOND);
  return run(given.order, answered('accepted'), BEGAN + 3 * SECOND).order;
}

describe('a charging profile', () => {
  it('rides on the start, from its first second, where the charger takes one (TC_059)', () => {
    const effect = run(undefined, confirm(), AT).effects[0];
    expect(effect).toMatchObject({ kind: 'remote-start', profile: { limitW: 60_000, seconds: 600 } });
    expect(run(undefined, confirm(), AT, {}).effects[0]).not.toHaveProperty('profile');
  });

  it('does not cost the session when the charger refuses it with the start: it is asked once more without', () => {
    const starting = run(undefined, confirm(), AT).order;
    const again = run(starting, { type: 'start-answered', answer: 'rejected' }, AT + SECOND);
    expect(again.order.state).toBe('starting');
    expect(again.effects).toEqual([{ kind: 'remote-start', notAfter: starting.remoteStart!.deadline }]);
    const refused = run(again.order, { type: 'start-answered', answer: 'rejected' }, AT + 2 * SECOND);
    expect(refused.order).toMatchObject({ state: 'failed', outcome: { code: 'start-rejected' } });
  });

  it('is given for the transaction once the charger knows its number, by the clock of the charger (TC_057)', () => {
    const slow = run(run(undefined, confirm(), AT).order, start(BEGAN + HOUR), BEGAN).order;
    expect(nextDeadline(slow, POLICY)).toBe(BEGAN + 2 * SECOND);
    const now = BEGAN + 2 * SECOND;
    expect(profileEffectOf(run(slow, { type: 'timer-due' }, now))).toEqual({
      kind: 'set-charging-profile',
      profile: { limitW: 60_000, seconds: 597 },
      startsAt: now + HOUR,
      notAfter: now + 2 * SECOND,
    });
  });

  it('lets no more through than what is left at full power, and is renewed when half of it is used', () => {
    const order = planned();
    const early = run(order, reading(3000, BEGAN + 4 * MINUTE), BEGAN + 4 * MINUTE);
    expect(profileEffectOf(early)).toBeUndefined();
    const half = run(early.order, reading(4000, BEGAN + 6 * MINUTE), BEGAN + 6 * MINUTE);
    expect(profileEffectOf(half)?.profile).toEqual({ limitW: 60_000, seconds: 360 });
  });

  it('allows little more than what flows when the limit is near', () => {
    const near = run(planned(), reading(9000, BEGAN + 9 * MINUTE, 30_000), BEGAN + 9 * MINUTE);
    expect(profileEffectOf(near)?.profile).toEqual({ limitW: 33_000, seconds: 106 });
  });

  it('is not renewed from a reading of long ago', () => {
    const order = run(planned(), reading(1000, BEGAN + MINUTE), BEGAN + MINUTE).order;
    const late = run(order, { type: 'timer-due' }, BEGAN + 599 * SECOND);
    expect(late.order.session?.chargingProfile).toEqual(order.session?.chargingProfile);
  });

  it('ends the session when it has run out and nothing more can be granted', () => {
    const order = run(planned(), reading(9985, BEGAN + 598 * SECOND, 1000), BEGAN + 598 * SECOND).order;
    expect(run(order, { type: 'timer-due' }, BEGAN + 598 * SECOND).order.state).toBe('charging');
    const end = run({ ...order, state: 'suspended' }, { type: 'timer-due' }, BEGAN + 600 * SECOND);
    expect(end.order).toMatchObject({ state: 'stopping', session: { stop: { reason: 'limit-energy' } } });
  });

  it('gives the little that remains, once one that ran out has cut the power', () => {
    const now = BEGAN + 620 * SECOND;
    // 50 Wh last for 15 s at a fifth of the rated power.
    const profile = profileEffectOf(run(planned(), reading(9950, now, 0), now))?.profile;
    expect(profile).toEqual({ limitW: 12_000, seconds: 15 });
  });

  it('gives the time that was bought and no more', () => {
    const order = begun(PLANS, { kind: 'time', value: 600 });
    const profile = profileEffectOf(run(order, { type: 'timer-due' }, BEGAN + 2 * SECOND))?.profile;
    expect(profile?.seconds).toBe(597);
    const late = run(order, reading(1000, BEGAN + 580 * SECOND), BEGAN + 580 * SECOND);
    expect(profileEffectOf(late)?.profile.seconds).toBe(20);
  });

  it('is changed at once when the buyer changes the limit', () => {
    const update: OrderCommand = {
      type: 'update',
      request: { action: 'update', messageId: 'u', digest: 'd', at: AT },
      site: { ...siteOf(), connector: CONNECTOR },
      limit: { kind: 'energy', value: 5000 },
    };
    const now = BEGAN + MINUTE;
    const reported = run(planned(), reading(1000, now), now).order;
    const changed = run(reported, update, now).order;
    expect(nextDeadline(changed, POLICY)).toBe(now);
    expect(profileEffectOf(run(changed, { type: 'timer-due' }, now))?.profile.seconds).toBe(240);
  });

  it('that is refused is not tried again in this session, and one that was taken before it is taken back', () => {
    const first = run(begun(), { type: 'timer-due' }, BEGAN + 2 * SECOND).order;
    const refused = run(first, answered('rejected'), BEGAN + 3 * SECOND);
    expect(kinds(refused)).toEqual(['clear-charging-profile']);
    expect(profileEffectOf(run(refused.order, reading(9000, BEGAN + 9 * MINUTE), BEGAN + 9 * MINUTE))).toBeUndefined();
  });

  it('that is neither renewed nor given up ends the session when it has stopped the power', () => {
    const due = BEGAN + 6 * MINUTE;
    const half = run(planned(), reading(3000, due), due).order;
    const refused = run(half, answered('rejected'), due).order;
    const end = refused.session!.chargingProfile!.previous!.endsAt;
    const held = run(refused, reading(7000, end + 10 * SECOND, 0), end + 10 * SECOND).order;
    expect(run(held, { type: 'timer-due' }, end + 30 * SECOND).order.state).toBe('stopping');
    const goesOn = run(refused, reading(7000, end + 10 * SECOND, 40_000), end + 10 * SECOND).order;
    const after = run(goesOn, { type: 'timer-due' }, end + 30 * SECOND).order;
    expect(after).toMatchObject({ state: 'charging', session: { chargingProfile: { status: 'rejected' } } });
  });

  it('that stopped the power while the charger was away ends the session when a reading says so, however late', () => {
    const due = BEGAN + 6 * MINUTE;
    const half = run(planned(), reading(3000, due), due).order;
    const refused = run(half, answered('rejected'), due).order;
    const end = refused.session!.chargingProfile!.previous!.endsAt;
    const unheard = run(refused, { type: 'timer-due' }, end + 30 * SECOND).order;
    const late = run(unheard, reading(6000, end - SECOND), end + MINUTE).order;
    const reported = run(late, { type: 'timer-due' }, end + MINUTE).order;
    expect(reported.state).toBe('charging');
    const held = run(reported, reading(6000, end + 2 * MINUTE, 0), end + 2 * MINUTE).order;
    expect(nextDeadline(held, POLICY)).toBeLessThanOrEqual(end + 2 * MINUTE);
    expect(run(held, { type: 'timer-due' }, end + 2 * MINUTE).order.state).toBe('stopping');
  });

  it('that was given up after all is forgotten once power flows past its end', () => {
    const due = BEGAN + 6 * MINUTE;
    const half = run(planned(), reading(3000, due), due).order;
    const refused = run(half, answered('rejected'), due).order;
    const end = refused.session!.chargingProfile!.previous!.endsAt;
    const flowing = run(refused, reading(6000, end + MINUTE), end + MINUTE).order;
    const forgotten = run(flowing, { type: 'timer-due' }, end + MINUTE).order;
    expect(forgotten.session?.chargingProfile).not.toHaveProperty('previous');
    // If the car pauses later, the profile is not the cause.
    const paused = run(forgotten, reading(6000, end + 2 * MINUTE, 0), end + 2 * MINUTE).order;
    expect(run(paused, { type: 'timer-due' }, end + 3 * MINUTE).order.state).toBe('charging');
  });

  it('that did not arrive, or nobody knows, is given again; the one before it stands', () => {
    const first = run(begun(), { type: 'timer-due' }, BEGAN + 2 * SECOND).order;
    for (const answer of ['not-sent', 'unknown'] as const) {
      const now = BEGAN + 4 * SECOND;
      const lost = run(first, answered(answer), now).order;
      expect(lost.session?.chargingProfile?.status).toBe('accepted');
      expect(nextDeadline(lost, POLICY)).toBe(now + 10 * SECOND);
      expect(profileEffectOf(run(lost, { type: 'timer-due' }, now + 10 * SECOND))).toBeDefined();
    }
  });

  it('whose answer was lost on the way into the store is given again too', () => {
    const first = run(begun(), { type: 'timer-due' }, BEGAN + 2 * SECOND).order;
    const due = nextDeadline(first, POLICY)!;
    expect(due).toBe(BEGAN + 92 * SECOND);
    const lost = run(first, { type: 'timer-due' }, due).order;
    expect(profileEffectOf(run(lost, { type: 'timer-due' }, due + 10 * SECOND))).toBeDefined();
  });

  it('that cannot be sent after the one before it has ended is given again later, not at once', () => {
    const order = planned();
    const { endsAt } = order.session!.chargingProfile!;
    const paused = run(order, status('SuspendedEV', endsAt - 40 * SECOND), endsAt - 40 * SECOND).order;
    const read = run(paused, reading(3000, endsAt - 20 * SECOND, 0), endsAt - 20 * SECOND).order;
    const now = endsAt + 10 * SECOND;
    const lost = run(run(read, answered('not-sent'), endsAt).order, { type: 'timer-due' }, now);
    expect(profileEffectOf(lost)).toBeDefined();
    const unsent = run(lost.order, answered('not-sent'), now).order;
    expect(profileDueAt(unsent.session!)).toBe(now + 10 * SECOND);
    expect(profileEffectOf(run(unsent, { type: 'timer-due' }, now + 10 * SECOND))).toBeDefined();
    // In the end the power is off, whatever could be delivered.
    const late = { ...unsent, session: { ...unsent.session!, profileReviewAt: endsAt + 30 * SECOND } };
    expect(run(late, { type: 'timer-due' }, endsAt + 30 * SECOND).order.state).toBe('stopping');
  });

  it('never waits for the same moment twice', () => {
    // The limit is too small to be worth a profile.
    const tiny = begun(PLANS, { kind: 'energy', value: 10 });
    const due = nextDeadline(tiny, POLICY)!;
    expect(nextDeadline(run(tiny, { type: 'timer-due' }, due).order, POLICY)).toBeGreaterThan(due);
  });

  it('is taken out of the charger when the session is over (TC_067), and forgotten when the charger stays away', () => {
    const ended = run(planned(), stopAt(9000, BEGAN + 9 * MINUTE), BEGAN + 9 * MINUTE);
    expect(ended.effects).toContainEqual({ kind: 'clear-charging-profile', notAfter: BEGAN + 9 * MINUTE + HOUR });
    const owing: Order = {
      ...ended.order,
      effects: [{ kind: 'clear-charging-profile', seq: 9, createdAt: AT, attempts: 0, dueAt: AT, notAfter: AT + HOUR }],
    };
    expect(nextDeadline(owing, POLICY)).toBe(AT + HOUR);
    expect(run(owing, { type: 'timer-due' }, AT + HOUR).order.effects).toEqual([]);
  });
});

describe('after the charger was away', () => {
  const gone = (): Order => {
    const order = run(begun({}), reading(3000, BEGAN + 4 * MINUTE), BEGAN + 4 * MINUTE, {}).order;
    return run(order, { type: 'charger-disconnected' }, BEGAN + 5 * MINUTE, {}).order;
  };

  it('a reading is asked for at once, and the power of before does not end the session', () => {
    const back = run(gone(), { type: 'charger-connected' }, BEGAN + 3 * HOUR, {});
    expect(back).toMatchObject({ triggerMeterValues: true, order: { state: 'charging' } });
    expect(run(back.order, { type: 'timer-due' }, BEGAN + 3 * HOUR + SECOND, {}).order.state).toBe('charging');
  });

  it('the session ends all the same when no reading ever comes', () => {
    const back = run(gone(), { type: 'charger-connected' }, BEGAN + 3 * HOUR, {}).order;
    expect(run(back, { type: 'timer-due' }, BEGAN + 3 * HOUR + 9 * MINUTE, {}).order.state).toBe('stopping');
  });

  it('a reading beyond the limit ends it at once', () => {
    const back = run(gone(), { type: 'charger-connected' }, BEGAN + 3 * HOUR, {}).order;
    const reported = run(back, reading(12_000, BEGAN + 3 * HOUR + SECOND), BEGAN + 3 * HOUR + SECOND, {});
    expect(reported.order.session?.stop?.reason).toBe('limit-energy');
  });

  it('a profile that ran out meanwhile does not end the session before a reading was waited for', () => {
    const away = run(planned(), { type: 'charger-disconnected' }, BEGAN + MINUTE).order;
    const back = run(away, { type: 'charger-connected' }, BEGAN + 3 * HOUR).order;
    expect(run(back, { type: 'timer-due' }, BEGAN + 3 * HOUR + 20 * SECOND).order.state).toBe('charging');
    const reported = run(back, reading(5000, BEGAN + 3 * HOUR + 20 * SECOND), BEGAN + 3 * HOUR + 20 * SECOND);
    expect(profileEffectOf(reported)?.profile.seconds).toBe(300);
  });
});

describe('readings near the end', () => {
  it('are asked for every five seconds in the last two minutes', () => {
    const order = run(begun({}), reading(8000, BEGAN + 10 * MINUTE), BEGAN + 10 * MINUTE, {}).order;
    // 2 kWh take 144 s at 50 kW, minus the two seconds that a stop takes.
    const first = BEGAN + 10 * MINUTE + 22 * SECOND;
    expect(nextDeadline(order, POLICY)).toBe(first);
    const asked = run(order, { type: 'timer-due' }, first, {});
    expect(asked).toMatchObject({ triggerMeterValues: true, save: 'meter' });
    expect(nextDeadline(asked.order, POLICY)).toBe(first + 5 * SECOND);
  });
});

describe('limits that the station keeps itself (OCPP 2.1 E16)', () => {
  const keeps = (limit: Limit): ReturnType<typeof stationTransactionLimits> =>
    stationTransactionLimits(begun({ supportedLimits: ['energy', 'time', 'soc'] }, limit));

  it('are those that were bought', () => {
    expect(keeps({ kind: 'energy', value: 10_000 })).toEqual({ energyWh: 10_000 });
    expect(keeps({ kind: 'time', value: 600 })).toMatchObject({ timeS: 600 });
    expect(keeps({ kind: 'soc', value: 80 })).toMatchObject({ socPercent: 80 });
  });

  it('are only those that it says it can keep', () => {
    expect(stationTransactionLimits(begun({ supportedLimits: ['time'] }))).toBeUndefined();
    expect(stationTransactionLimits(begun({}))).toBeUndefined();
  });

  it('need no charging profile once it confirms them; not confirmed, one is given', () => {
    const means: ChargerCapabilities = { ...PLANS, supportedLimits: ['energy'] };
    const order = begun(means);
    const confirmed = run(
      order,
      { type: 'transaction-limits-set', limits: { energyWh: 100 } },
      BEGAN + SECOND,
      means,
    ).order;
    expect(profileEffectOf(run(confirmed, { type: 'timer-due' }, BEGAN + 10 * SECOND))).toBeUndefined();
    expect(
      run(confirmed, { type: 'transaction-limits-set', limits: { energyWh: 100 } }, BEGAN + SECOND, means).save,
    ).toBe('none');
    expect(profileEffectOf(run(order, { type: 'timer-due' }, BEGAN + 10 * SECOND))).toBeDefined();
  });

  it('do not leave the profile that rode on the start to end the session: it goes on being renewed', () => {
    const means: ChargerCapabilities = { ...PLANS, supportedLimits: ['energy'] };
    const order = run(
      begun(means),
      { type: 'transaction-limits-set', limits: { energyWh: 100 } },
      BEGAN + SECOND,
      means,
    ).order;
    const reported = run(order, reading(2500, BEGAN + 301 * SECOND, 30_000), BEGAN + 301 * SECOND, means);
    expect(profileEffectOf(reported)?.profile.seconds).toBe(450);
  });

  it('are set again when the buyer changes them', () => {
    const means: ChargerCapabilities = { supportedLimits: ['energy'] };
    const kept = run(
      begun(means),
      { type: 'transaction-limits-set', limits: { energyWh: 100 } },
      BEGAN + SECOND,
      means,
    ).order;
    const limit: Limit = { kind: 'energy', value: 5000 };
    const asked = { action: 'update', messageId: 'u', digest: 'u', at: BEGAN + MINUTE };
    const changed = run(kept, { type: 'update', request: asked, site: SITE, limit }, BEGAN + MINUTE, means).order;
    expect(changed.session).not.toHaveProperty('enforcedLimits');
    expect(stationTransactionLimits(changed)).toEqual({ energyWh: 5000 });
  });

  it('end the session when it says that one is reached', () => {
    const hit = run(begun(), { type: 'transaction-limit-reached', limit: 'energy' }, BEGAN + MINUTE);
    expect(hit.order).toMatchObject({ state: 'stopping', session: { stop: { reason: 'limit-energy' } } });
  });
});

describe('how long a stop takes', () => {
  const stopped = (retried = false): Accepted => {
    const stopping = run(begun(), { type: 'stop', reason: 'operator' }, BEGAN + MINUTE).order;
    const asked = retried ? run(stopping, { type: 'timer-due' }, BEGAN + MINUTE + 30 * SECOND).order : stopping;
    return run(asked, stopAt(500, BEGAN + MINUTE + 4 * SECOND), BEGAN + MINUTE + 6 * SECOND);
  };

  it('is learned by the clock of the charger, unless it had to be asked again', () => {
    expect(stopped().stopLatencyMs).toBe(4 * SECOND);
    expect(stopped(true).stopLatencyMs).toBeUndefined();
  });

  it('is the middle one of the last nine, never a minute, and no opinion before the third', () => {
    const learned = (list: readonly number[]) => capabilitiesOf({}, CONNECTOR, list).stopLatencyMs;
    expect(learned([3000, 4000])).toBeUndefined();
    expect(learned([3000, 29_000, 4000])).toBe(4000);
    expect(addStopLatency([1, 2, 3, 4, 5, 6, 7, 8, 9], 5000)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 5000]);
    expect(addStopLatency([1], 60_000)).toEqual([1]);
    expect(addStopLatency([1], -5)).toEqual([1]);
    expect(addStopLatency([], 1)).toEqual([500]);
  });

  it('moves the stop', () => {
    const due = (means: ChargerCapabilities) =>
      nextDeadline(run(begun(means), reading(9900, BEGAN + HOUR), BEGAN + HOUR).order, POLICY)!;
    expect(due({})).toBe(BEGAN + HOUR + 5 * SECOND);
    expect(due({ stopLatencyMs: 4000 })).toBe(BEGAN + HOUR + 3200);
  });
});

describe('what a configuration says', () => {
  const ac = { powerType: 'AC' as const, maxPowerW: 22_000 };
  const dc = { powerType: 'DC' as const, maxPowerW: 60_000 };
  const smart = { SupportedFeatureProfiles: 'Core, SmartCharging' };

  it.each([
    ['no smart charging', { SupportedFeatureProfiles: 'Core' }, dc, undefined],
    ['watts', { ...smart, ChargingScheduleAllowedChargingRateUnit: 'Current,Power' }, ac, { unit: 'W' }],
    [
      'amperes',
      { ...smart, ChargingScheduleAllowedChargingRateUnit: 'Current' },
      ac,
      { unit: 'A', phases: 3, voltage: 230 },
    ],
    ['amperes of direct current', { ...smart, ChargingScheduleAllowedChargingRateUnit: 'Current' }, dc, undefined],
    ['nothing, AC', smart, { ...ac, maxPowerW: 7400 }, { unit: 'A', phases: 1, voltage: 230 }],
    ['nothing, DC', smart, dc, { unit: 'W' }],
    ['nothing, AC as configured', smart, { ...ac, phases: 2, voltage: 120 }, { unit: 'A', phases: 2, voltage: 120 }],
    ['2.x', { 'SmartChargingCtrlr.Enabled': 'true', 'SmartChargingCtrlr.RateUnit': 'W,A' }, ac, { unit: 'W' }],
    ['2.x, switched off', { 'SmartChargingCtrlr.Enabled': 'false' }, dc, undefined],
  ])('%s', (_name, configuration, connector, rate) => {
    expect(capabilitiesOf(configuration as Record<string, string>, connector, []).chargingRate).toEqual(rate);
  });

  it('names the limits that a 2.1 station keeps', () => {
    const configuration = { 'TxCtrlr.SupportedLimits': 'maxEnergy,maxSoC,maxCost' };
    expect(capabilitiesOf(configuration, dc, []).supportedLimits).toEqual(['energy', 'soc']);
  });
});

it('a reading comes the oftener, the more power flows', () => {
  expect([7400, 22_000, 50_000, 150_000].map((powerW) => sampleIntervalS(powerW, 60))).toEqual([60, 20, 10, 10]);
  expect(sampleIntervalS(7400, 30)).toBe(30);
  expect(sampleIntervalS(0, 30)).toBe(30);
});

function siteOf() {
  const command = confirm();
  if (command.type !== 'confirm' || !command.site) throw new Error('no site');
  return command.site;
}
