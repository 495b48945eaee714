/**
 * Sessions of a car with varying power on a virtual clock. The core stops them at their limit, with or without
 * charging profiles and with or without a connection.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runSession } from '../../bench/session-model.mjs';
import { decide } from '../../src/domain/decide/decide.js';
import { nextDeadline } from '../../src/domain/decide/timers.js';
import { capabilitiesOf } from '../../src/domain/metering/charger-capabilities.js';
import { CONNECTOR, POLICY, SITE } from './domain-arbitraries.js';
import { runs } from './runs.js';

const aSession = fc.record({
  seed: fc.nat(),
  maxPowerW: fc.constantFrom(7400, 22_000, 50_000),
  sampleS: fc.constantFrom(10, 30, 60),
  latencyMs: fc.integer({ min: 1000, max: 5000 }),
  /** The ordered energy as a share of an hour at full power. */
  share: fc.double({ min: 0.1, max: 0.5, noNaN: true }),
});
type Drawn = typeof aSession extends fc.Arbitrary<infer T> ? T : never;

const WITH_PROFILES = { SupportedFeatureProfiles: 'Core,SmartCharging' };

function run(drawn: Drawn, configuration: { readonly [key: string]: string }, disconnectMs?: number) {
  const { maxPowerW, share, latencyMs } = drawn;
  const connector = { ...CONNECTOR, maxPowerW, options: { energy: 1_000_000 } };
  const site = { ...SITE, connector };
  const limit = { kind: 'energy' as const, value: Math.round(maxPowerW * share) };
  const known = [latencyMs, latencyMs, latencyMs];
  const capabilities = capabilitiesOf(configuration, connector, known);
  const core = { decide, nextDeadline, policy: POLICY, site, limit, paid: 1_000_000_000 };
  return runSession(core, { ...drawn, capabilities, ...(disconnectMs !== undefined && { disconnectMs }) });
}

const SEED = 20_261_125;
const SESSIONS = { numRuns: runs(100), seed: SEED };

const aReportingCharger = fc.record({
  reportsPower: fc.boolean(),
  answersTrigger: fc.boolean(),
  wholeSeconds: fc.boolean(),
  latencyMs: fc.integer({ min: 1000, max: 3000 }),
});

/** Runs a session at a charger with these habits. The bridge does not know its stop latency yet. */
function runReported(drawn: Drawn, habits: object, configuration: { readonly [key: string]: string } = {}) {
  const { maxPowerW, share } = drawn;
  const connector = { ...CONNECTOR, maxPowerW, options: { energy: 1_000_000 } };
  const limit = { kind: 'energy' as const, value: Math.round(maxPowerW * share) };
  const core = { decide, nextDeadline, policy: POLICY, site: { ...SITE, connector }, limit, paid: 1_000_000_000 };
  const capabilities = capabilitiesOf(configuration, connector, []);
  return { limitWh: limit.value, ...runSession(core, { ...drawn, capabilities, ...habits }) };
}

describe('an energy limit', () => {
  it('is met within seconds by a timely stop, and never exceeded by the bill', () => {
    fc.assert(
      fc.property(aSession, (drawn) => {
        const ended = run(drawn, {});
        expect(ended.state).toBe('completed');
        expect(ended.billedWh).toBeLessThanOrEqual(Math.round(drawn.maxPowerW * drawn.share));
        // The bound is six seconds at full power: the stop may be a second early or late, and the power may have
        // changed since the reading.
        expect(Math.abs(ended.overshootWh)).toBeLessThan((drawn.maxPowerW * 6) / 3600);
      }),
      SESSIONS,
    );
  });

  it('is exceeded by less than a second of power when the charger supports charging profiles', () => {
    fc.assert(
      fc.property(aSession, (drawn) => {
        const ended = run(drawn, WITH_PROFILES);
        expect(ended.state).toBe('completed');
        expect(ended.overshootWh).toBeLessThan(drawn.maxPowerW / 3600);
        expect(ended.overshootWh).toBeGreaterThan((-drawn.maxPowerW * 12) / 3600);
      }),
      SESSIONS,
    );
  });

  it('holds after a permanent connection loss at any moment when the charger supports charging profiles', () => {
    fc.assert(
      fc.property(aSession, fc.integer({ min: 1, max: 3000 }), (drawn, cutS) => {
        expect(run(drawn, WITH_PROFILES, cutS * 1000).overshootWh).toBeLessThan(drawn.maxPowerW / 3600);
      }),
      { numRuns: runs(300), seed: SEED },
    );
  });

  it('is held, and billed by the meter within what was authorised, whatever a charger reports', () => {
    fc.assert(
      fc.property(aSession, aReportingCharger, fc.boolean(), (drawn, habits, withProfiles) => {
        const ended = runReported(drawn, habits, withProfiles ? WITH_PROFILES : {});
        expect(ended.state).toBe('completed');
        expect(ended.billedWh).toBeLessThanOrEqual(Math.min(ended.limitWh, ended.deliveredWh));
        expect(ended.bill!.total).toBeLessThanOrEqual(ended.authorised);
        // Without readings on request, a change of power may stay unseen for one interval.
        const unseenS = habits.answersTrigger ? 6 : 6 + drawn.sampleS / 2;
        expect(ended.overshootWh).toBeLessThan((drawn.maxPowerW * unseenS) / 3600);
      }),
      { numRuns: runs(300), seed: SEED },
    );
  });

  it('is held for a charger that falls silent at any moment, and never exceeded by more than the stop takes', () => {
    fc.assert(
      fc.property(aSession, aReportingCharger, fc.integer({ min: 0, max: 1800 }), (drawn, habits, silentS) => {
        const ended = runReported(drawn, { ...habits, silentMs: silentS * 1000 });
        expect(ended.state).toBe('completed');
        expect(ended.billedWh).toBeLessThanOrEqual(Math.min(ended.limitWh, ended.deliveredWh));
        // The last power is trusted for two and a half of the charger's usual intervals.
        const trustedS = Math.min(150, Math.max(15, drawn.sampleS * 2.5));
        expect(ended.overshootWh).toBeLessThan((drawn.maxPowerW * (6 + trustedS)) / 3600);
      }),
      { numRuns: runs(300), seed: SEED },
    );
  });
});
