/** The counted energy, compared with an oracle that knows the delivered energy. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finalEnergy, foldSamples, openMeter, plausibleWh } from '../../src/domain/metering/meter.js';
import type { Meter } from '../../src/domain/model/session.js';

const AT = Date.UTC(2026, 0, 15);
const POWER_W = 60_000;
const SAMPLE_MS = 60_000;
/** The highest energy between two samples, Wh. */
const MOST_WH = 1000;

interface ReportedSample {
  readonly at: number;
  readonly registerWh: number;
}

/** The first register and the energy between samples, Wh. */
const aSession = fc.record({
  start: fc.integer({ min: 10_000, max: 9_000_000 }),
  flows: fc.array(fc.integer({ min: 20, max: MOST_WH }), { minLength: 3, maxLength: 30 }),
});

function fold(start: number, samples: readonly ReportedSample[]): Meter {
  const session = { meterStartWh: start, startedAt: AT, startReceivedAt: AT };
  return samples.reduce<Meter>(
    (meter, sample) => foldSamples(meter, [sample], session, { maxPowerW: POWER_W, now: sample.at }),
    openMeter(start, AT, AT, 0),
  );
}

const session = (start: number) => ({ meterStartWh: start, startedAt: AT, startReceivedAt: AT });

function reported(start: number, flows: readonly number[]): ReportedSample[] {
  let registerWh = start;
  return flows.map((flow, index) => ({ at: AT + (index + 1) * SAMPLE_MS, registerWh: (registerWh += flow) }));
}

const total = (flows: readonly number[]): number => flows.reduce((sum, flow) => sum + flow, 0);

/** A session whose register begins at zero, and again at zero after a reset, from where it does not get as far. */
const aRestart = fc
  .record({
    before: fc.array(fc.integer({ min: 300, max: MOST_WH }), { minLength: 2, maxLength: 6 }),
    after: fc.array(fc.integer({ min: 20, max: 50 }), { minLength: 4, maxLength: 10 }),
  })
  .map(({ before, after }) => {
    const restarted = reported(0, [0, ...after]).map(({ at, registerWh }) => ({
      at: at + before.length * SAMPLE_MS,
      registerWh,
    }));
    const samples = [...reported(0, before), ...restarted].map((one) => ({ ...one, receivedAt: one.at }));
    return { samples, resetAt: before.length, flowedWh: total([...before, ...after]) };
  });

/** Returns the energy of a session whose charger has reconnected. @unit `at` in charger time, `receivedAt` in ours. */
function foldResumed(samples: readonly (ReportedSample & { readonly receivedAt: number })[]): number {
  const resumed = { ...session(0), resumedAt: AT };
  return samples.reduce<Meter>(
    (meter, sample) => foldSamples(meter, [sample], resumed, { maxPowerW: POWER_W, now: sample.receivedAt }),
    openMeter(0, AT, AT, 0),
  ).energyWh;
}

describe('the meter', () => {
  it('counts exactly the delivered energy while the register only rises', () => {
    fc.assert(
      fc.property(aSession, ({ start, flows }) => {
        const samples = reported(start, flows);
        const meter = fold(start, samples);
        expect(meter.energyWh).toBe(total(flows));
        const last = samples.at(-1)!;
        const stop = { meterStopWh: last.registerWh + 7, at: last.at + 1000, receivedAt: last.at + 1000 };
        const end = finalEnergy(meter, session(start), POWER_W, stop);
        expect(end).toMatchObject({ energyWh: total(flows) + 7, confidence: 'exact' });
      }),
    );
  });

  it('loses only unobserved energy when the register resets, and counts nothing twice', () => {
    fc.assert(
      fc.property(aSession, fc.nat(100), ({ start, flows }, where) => {
        const at = 1 + (where % (flows.length - 1));
        const samples = reported(start, flows);
        const lost = samples[at - 1]!.registerWh;
        const restarted = samples.map((one, index) =>
          index < at ? one : { ...one, registerWh: one.registerWh - lost },
        );
        // Energy before the first sample after a reset has no earlier reading to compare with.
        expect(fold(start, restarted).energyWh).toBe(total(flows) - flows[at]!);
      }),
    );
  });

  it('counts no less if the charger reconnects and its clock is set back to before the session as well', () => {
    const aBack = fc.constantFrom(3_600_000, 86_400_000);
    fc.assert(
      fc.property(aRestart, fc.nat(100), aBack, ({ samples, resetAt, flowedWh }, where, backMs) => {
        const backAt = resetAt + 2 + (where % (samples.length - resetAt - 3));
        const arrivals = samples.map((one, index) => ({ ...one, at: one.at - (index < backAt ? 0 : backMs) }));
        expect(foldResumed(arrivals)).toBe(flowedWh);
      }),
    );
  });

  it('counts no more if the charger reconnects and sends old readings again, at whatever pace', () => {
    fc.assert(
      fc.property(aRestart, fc.constantFrom(0, 1000, 20_000, SAMPLE_MS, 300_000), ({ samples, flowedWh }, paceMs) => {
        const from = samples.at(-1)!.receivedAt;
        const again = samples.map((one, index) => ({ ...one, receivedAt: from + (index + 1) * paceMs }));
        expect(foldResumed([...samples, ...again])).toBe(flowedWh);
      }),
    );
  });

  it('counts a low register that resets from its first zero, although its first Wh may look like kWh', () => {
    const lowStart = fc.integer({ min: 2500, max: 9000 });
    const flowsOf = (min: number, max: number, minLength: number, maxLength: number) =>
      fc.array(fc.integer({ min, max }), { minLength, maxLength });
    fc.assert(
      fc.property(
        lowStart,
        flowsOf(300, 1000, 1, 3),
        flowsOf(1, 20, 0, 4),
        flowsOf(100, 900, 2, 2),
        (start, ...parts) => {
          const [before, slow, fast] = parts;
          const first = reported(start, before);
          const zeroAt = first.at(-1)!.at + SAMPLE_MS;
          const restarted = reported(0, [0, ...slow, ...fast]).map((one) => ({ ...one, at: one.at - AT + zeroAt }));
          expect(fold(start, [...first, ...restarted]).energyWh).toBe(total([...before, ...slow, ...fast]));
        },
      ),
    );
  });

  it('counts a session-relative meter like an absolute one', () => {
    fc.assert(
      fc.property(aSession, ({ start, flows }) => {
        fc.pre(total(flows) < start / 2 && flows[0]! * 2 < start);
        const samples = reported(start, flows).map((one) => ({ ...one, registerWh: one.registerWh - start }));
        expect(fold(start, samples).energyWh).toBe(total(flows));
      }),
    );
  });

  it('ignores repeated and late samples', () => {
    fc.assert(
      fc.property(aSession, fc.array(fc.nat(100), { maxLength: 10 }), ({ start, flows }, repeats) => {
        const samples = reported(start, flows);
        const repeated = [...samples];
        for (const repeat of repeats) {
          const index = repeat % samples.length;
          repeated.splice(repeated.indexOf(samples[index]!) + 1 + (repeat % 3), 0, samples[index]!);
        }
        expect(fold(start, repeated).energyWh).toBe(total(flows));
      }),
    );
  });

  it('never falls and never counts implausible energy, whatever is reported', () => {
    const anything = fc.array(
      fc.record({ at: fc.integer({ min: AT - 86_400_000, max: AT + 86_400_000 }), registerWh: fc.nat(10_000_000) }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(
        fc.nat(5_000_000),
        anything,
        fc.integer({ min: -5, max: 10_000_000 }),
        (start, samples, meterStopWh) => {
          let meter = openMeter(start, AT, AT, 0);
          for (const [index, sample] of samples.entries()) {
            const receivedAt = AT + index * SAMPLE_MS;
            const next = foldSamples(meter, [sample], session(start), { maxPowerW: POWER_W, now: receivedAt });
            expect(next.energyWh).toBeGreaterThanOrEqual(meter.energyWh);
            expect(next.energyWh).toBeLessThanOrEqual(
              Math.max(meter.energyWh, plausibleWh(session(start), POWER_W, { at: sample.at, receivedAt })),
            );
            meter = next;
          }
          const stop = { meterStopWh, at: AT + 3_600_000, receivedAt: AT + 3_600_000 };
          const end = finalEnergy(meter, session(start), POWER_W, stop);
          expect(end.energyWh).toBeGreaterThanOrEqual(0);
          const most = plausibleWh(session(start), POWER_W, { ...stop, at: Math.max(stop.at, meter.at) });
          expect(end.energyWh).toBeLessThanOrEqual(Math.max(most, meter.energyWh));
        },
      ),
    );
  });

  it('treats a fall within the jitter as noise', () => {
    const meter = fold(1000, [
      { at: AT + SAMPLE_MS, registerWh: 1500 },
      { at: AT + 2 * SAMPLE_MS, registerWh: 1491 },
      { at: AT + 3 * SAMPLE_MS, registerWh: 1600 },
    ]);
    expect(meter).toMatchObject({ energyWh: 600, resets: 0 });
  });
});
