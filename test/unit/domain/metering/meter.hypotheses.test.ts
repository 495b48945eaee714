/**
 * A single reading is only a hypothesis. That a register is relative, was reset or has another unit is concluded only
 * from several agreeing readings, and later ones can refute it.
 */
import { describe, expect, it } from 'vitest';
import { deliveredWh, finalEnergy, foldSamples, openMeter } from '../../../../src/domain/metering/meter.js';
import type { Meter } from '../../../../src/domain/model/session.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import { AT, confirm, HOUR, MINUTE, orderAfter, run, SECOND, start, stopAt } from '../sessions.js';

const POWER_W = 60_000;
const BEGAN = AT + 5 * SECOND;

/** Returns the meter after these registers, read one minute apart. */
function metered(
  meterStartWh: number,
  registers: readonly number[],
  powerW?: number,
  { requestedAt = AT } = {},
): Meter {
  const session = { meterStartWh, startedAt: AT, startReceivedAt: AT, requestedAt };
  return registers.reduce<Meter>(
    (meter, registerWh, index) => {
      const at = AT + (index + 1) * MINUTE;
      const sample = { at, registerWh, ...(powerW !== undefined && { powerW }) };
      return foldSamples(meter, [sample], session, { maxPowerW: POWER_W, now: at });
    },
    openMeter(meterStartWh, AT, AT, 0),
  );
}

function final(meterStartWh: number, registers: readonly number[], meterStopWh?: number) {
  const session = { meterStartWh, startedAt: AT, startReceivedAt: AT };
  const at = AT + (registers.length + 1) * MINUTE;
  return finalEnergy(metered(meterStartWh, registers), session, POWER_W, { meterStopWh, at, receivedAt: at });
}

/** Ends a session that began at 1,000,000 Wh and had these registers one minute apart. */
function ended(registers: readonly number[], meterStopWh?: number): Accepted {
  const steps = registers.map((registerWh, index) => {
    const at = BEGAN + (index + 1) * MINUTE;
    return [at, { type: 'record-sample', samples: [{ at, registerWh }], journalSeq: index + 1 }] as const;
  });
  const running = orderAfter([AT, confirm()], [BEGAN, start(BEGAN)], ...steps);
  const at = BEGAN + (registers.length + 1) * MINUTE;
  const stop = { type: 'record-stop', at, reason: 'Local', samples: [] } as const;
  return run(running, meterStopWh === undefined ? stop : { ...stop, meterStopWh }, at);
}

const kindsOf = ({ discrepancies }: Accepted): string[] => discrepancies.map(({ kind }) => kind);

describe('a single zero reading at the start', () => {
  it('does not make a meter relative for good', () => {
    expect(metered(9000, [0, 9250, 9500])).toMatchObject({ energyWh: 500, relative: false });
    expect(final(9000, [0, 9250, 9500]).energyWh).toBe(500);
  });

  it('neither hides energy nor adds it when the end agrees with the start', () => {
    expect(final(1_000_000, [0], 1_000_700)).toMatchObject({ energyWh: 700, confidence: 'exact' });
    expect(final(24_000, [0, 24_500, 25_000], 25_100)).toMatchObject({ energyWh: 1100, confidence: 'exact' });
  });

  it('is repeated while the meter boots, and still does not make it relative', () => {
    expect(metered(9000, [0, 0, 0, 9100, 9600]).energyWh).toBe(600);
  });
});

describe('a meter that counts from the beginning of the session', () => {
  it('is believed once readings agree', () => {
    expect(metered(1_000_000, [0, 200, 600]).energyWh).toBe(600);
  });

  it('is corrected by a stop below its last reading, but not by one below others too', () => {
    const registers = [300, 600, 900, 1200, 1900];
    const corrected = { energyWh: 1500, confidence: 'sampled', assumedWh: 1500, disagreementWh: 400 };
    expect(final(100_000, registers, 1500)).toEqual({ ...corrected, registerWh: 101_500 });
    expect(final(100_000, registers, 5)).toMatchObject({ energyWh: 1900, resetWh: 5 });
    expect(final(100_000, [200, 600], 5)).toMatchObject({ energyWh: 600, resetWh: 5 });
  });

  it('is believed from the first reading although the start register is hardly higher', () => {
    expect(metered(93, [36, 72])).toMatchObject({ relative: true, resets: 0, energyWh: 72 });
    expect(final(93, [36, 72, 108, 950], 1038)).toMatchObject({ energyWh: 945, confidence: 'exact' });
  });

  it('is believed although its first reading is zero and the next is near the start register', () => {
    const session = { meterStartWh: 800, startedAt: AT, startReceivedAt: AT };
    const readings = [
      [60, 0],
      [65, 522],
      [70, 564],
    ] as const;
    const meter = readings.reduce(
      (before, [seconds, registerWh]) => {
        const at = AT + seconds * SECOND;
        return foldSamples(before, [{ at, registerWh }], session, { maxPowerW: POWER_W, now: at });
      },
      openMeter(800, AT, AT, 0),
    );
    expect(meter).toMatchObject({ relative: true, resets: 0, energyWh: 564 });
  });

  it('is billed by start and stop if its first reading is hardly below the start register', () => {
    expect(final(341, [175, 250, 330, 505], 846)).toMatchObject({ energyWh: 505, confidence: 'exact' });
    expect(final(341, [175, 250, 330, 505], 600)).toMatchObject({ energyWh: 425, confidence: 'sampled' });
  });

  it('is believed from the first reading although the start was stamped when it was sent', () => {
    const session = { meterStartWh: 1_000_000, startedAt: AT, startReceivedAt: AT, requestedAt: AT - MINUTE };
    const meter = [60, 65, 120].reduce(
      (before, seconds) => {
        const sample = { at: AT + seconds * SECOND, registerWh: 11 * (60 + seconds), powerW: 40_000 };
        return foldSamples(before, [sample], session, { maxPowerW: POWER_W, now: sample.at });
      },
      openMeter(1_000_000, AT, AT, 0),
    );
    expect(meter).toMatchObject({ relative: true, resets: 0, energyWh: 1980 });
  });

  it.each([
    [2790, 'reaches the start register'],
    [2700, 'passes it'],
  ])('is believed although its third reading, from %d Wh, %s', (meterStartWh) => {
    const session = { meterStartWh, startedAt: AT, startReceivedAt: AT, requestedAt: AT - 2 * MINUTE };
    const ratedTooLow = { maxPowerW: POWER_W / 2 };
    const meter = [930, 1860, 2790].reduce(
      (before, registerWh, index) => {
        const at = AT + (index + 1) * MINUTE;
        return foldSamples(before, [{ at, registerWh }], session, { ...ratedTooLow, now: at });
      },
      openMeter(meterStartWh, AT, AT, 0),
    );
    expect(meter).toMatchObject({ relative: true, resets: 0, energyWh: 2790 });
  });

  it('is taken back when the register counts on from the start after all', () => {
    expect(final(1_000_000, [100, 200, 1_000_900, 1_001_300], 1_001_400)).toMatchObject({ energyWh: 1400 });
  });

  it('whose end is relative too leaves a discrepancy, because the money rests on an assumption', () => {
    const end = ended([200, 600], 800);
    expect(end.order.bill).toMatchObject({ energyWh: 800, confidence: 'sampled' });
    expect(kindsOf(end)).toEqual(['meter-assumed']);
  });

  it('and begins again is billed up to its end, which counts from there, with discrepancies', () => {
    const end = ended([200, 600, 0, 100, 300], 400);
    expect(end.order.bill).toMatchObject({ energyWh: 1000, confidence: 'sampled' });
    expect(kindsOf(end)).toEqual(['meter-reset', 'meter-assumed']);
  });

  it('whose end is absolute needs no discrepancy', () => {
    const end = ended([200, 600], 1_000_800);
    expect(end.order.bill).toMatchObject({ energyWh: 800, confidence: 'exact' });
    expect(kindsOf(end)).toEqual([]);
  });
});

describe('a register that falls', () => {
  it('in one reading alone changes nothing', () => {
    expect(metered(1_000_000, [1_000_500, 0, 1_001_000, 1_001_500])).toMatchObject({ energyWh: 1500, resets: 0 });
  });

  it('and counts on from there is a reset, with a discrepancy', () => {
    const end = ended([1_000_500, 1_001_000, 20, 140, 300], 380);
    expect(end.order.bill).toMatchObject({ energyWh: 1360, confidence: 'sampled' });
    expect(kindsOf(end)).toEqual(['meter-reset']);
  });

  it('and counts on from there is a reset although our clock was set back, so that queued readings arrive at once', () => {
    const session = { meterStartWh: 0, startedAt: AT, startReceivedAt: AT, resumedAt: AT + 4 * MINUTE };
    const before = metered(0, [600, 1200, 1800, 2400]);
    const after = [0, 600, 1200].reduce<Meter>((meter, registerWh, index) => {
      const at = AT + (5 + index) * MINUTE;
      return foldSamples(meter, [{ at, registerWh }], session, {
        maxPowerW: POWER_W,
        now: AT + 4 * MINUTE + index * 100,
      });
    }, before);
    expect(after).toMatchObject({ resets: 1, energyWh: 3600 });
  });

  it('and is read again from before the fall is not counted twice', () => {
    const session = { meterStartWh: 0, startedAt: AT, startReceivedAt: AT };
    const registers = [400, 800, 1200, 0, 200, 400];
    const before = metered(0, registers);
    const samples = registers.map((registerWh, index) => ({ at: AT + (index + 1) * MINUTE, registerWh }));
    const again = foldSamples(before, samples, session, { maxPowerW: POWER_W, now: AT + 7 * MINUTE });
    expect([before.energyWh, again.energyWh, again.resets]).toEqual([1600, 1600, 1]);
  });

  it('shortly before the end is a reset, with a discrepancy', () => {
    const end = ended([1_000_500, 1_001_000, 20], 140);
    expect(end.order.bill).toMatchObject({ energyWh: 1120, confidence: 'sampled' });
    expect(kindsOf(end)).toEqual(['meter-reset']);
  });

  it('to a zero at which it stays until the end is billed by the readings before, also if it began at zero', () => {
    expect(final(0, [400, 800, 1200, 0, 0], 0)).toMatchObject({ energyWh: 1200, confidence: 'sampled', resetWh: 0 });
    expect(final(0, [400, 800, 1200, 0], 300)).toMatchObject({ energyWh: 1500, confidence: 'sampled', resetWh: 300 });
  });

  it('is a reset from its first reading on, although its first Wh may be kWh of a low register', () => {
    expect(metered(35, [393, 0, 1, 30, 58])).toMatchObject({ energyWh: 416, resets: 1 });
    expect(final(35, [393, 0, 1], 30)).toMatchObject({ energyWh: 388, confidence: 'sampled', resetWh: 30 });
    expect(final(35, [393, 1], 30)).toMatchObject({ energyWh: 387, confidence: 'sampled', resetWh: 30 });
    expect(final(0, [190, 393, 0, 1], 30)).toMatchObject({ energyWh: 423, confidence: 'sampled', resetWh: 30 });
  });

  it('and looks like kWh was not reset if the end is out of its reach, continues the old count, or is in kWh too', () => {
    expect(final(5000, [6000, 7000, 7], 1500)).toMatchObject({ energyWh: 2000, resetWh: 1500 });
    expect(final(35, [393, 1], 390)).toMatchObject({ energyWh: 355, confidence: 'exact' });
    expect(final(5000, [6000, 7000, 7], 8)).toMatchObject({ energyWh: 2000, alternativeWh: 3000 });
  });

  it('is a reset although its second low reading is above the last but one before it', () => {
    expect(metered(0, [90, 190, 300, 0, 210, 290, 390])).toMatchObject({ energyWh: 690, resets: 1 });
  });

  it('is not counted from a single low reading that it cannot have risen from', () => {
    expect(metered(9000, [9500, 9, 4500, 4600])).toMatchObject({ energyWh: 600, resets: 1 });
  });

  it('and comes back to its old count was no reset', () => {
    const end = ended([1_000_500, 20, 140, 1_001_400], 1_001_500);
    expect(end.order.bill).toMatchObject({ energyWh: 1500, confidence: 'exact' });
    expect(kindsOf(end)).toEqual([]);
  });

  it('in one reading that was too high bills no more than the end says', () => {
    expect(final(1_000_000, [1_000_500, 1_001_400, 1_000_700, 1_000_800], 1_000_900).energyWh).toBe(900);
  });
});

describe('an energy that a reading showed and later ones took back', () => {
  const registers = [1_000_500, 1_001_400, 1_000_700, 1_000_800];

  it('leaves a discrepancy, because the register may have begun again', () => {
    const end = ended(registers, 1_000_900);
    expect(end.order.bill).toMatchObject({ energyWh: 900, confidence: 'exact' });
    expect(end.discrepancies).toMatchObject([{ kind: 'meter-mismatch', amount: 500 }]);
  });

  it('leaves one without a stop register, too', () => {
    const end = ended(registers);
    expect(end.order.bill).toMatchObject({ energyWh: 800 });
    expect(end.discrepancies).toContainEqual(expect.objectContaining({ kind: 'meter-mismatch', amount: 600 }));
  });

  it('leaves none once the register has passed it', () => {
    expect(kindsOf(ended([...registers, 1_001_390], 1_001_395))).toEqual([]);
  });

  it('leaves one although the register has passed it, if more than one reading showed it', () => {
    const end = ended([1_000_500, 1_001_000, 1_001_500, 1_000_600, 1_000_700, 1_001_600], 1_001_700);
    expect(end.order.bill).toMatchObject({ energyWh: 1700, confidence: 'exact' });
    expect(end.discrepancies).toMatchObject([{ kind: 'meter-mismatch', amount: 800 }]);
  });

  it('leaves one although the register counted more once it was reset, also if it is reset twice', () => {
    const end = ended([...registers, 0, 400, 800, 0, 400, 800], 900);
    expect(end.order.bill).toMatchObject({ energyWh: 2500, confidence: 'sampled' });
    expect(end.discrepancies).toMatchObject([{ kind: 'meter-reset' }, { kind: 'meter-mismatch', amount: 600 }]);
  });

  it('does not make a late end above all readings a number of kWh', () => {
    const session = { meterStartWh: 0, startedAt: AT, startReceivedAt: AT };
    const meter = metered(0, [1100, 2200, 3300, 4400, 2600, 2700, 4500]);
    const stop = { meterStopWh: 4600, at: AT + 70 * HOUR, receivedAt: AT + 70 * HOUR };
    const end = finalEnergy(meter, session, POWER_W, stop);
    expect(end).toMatchObject({ energyWh: 4600, confidence: 'exact', disagreementWh: 1700 });
    expect(end.suggestedQuirk).toBeUndefined();
  });

  it('leaves none if the register returns to what they showed', () => {
    const shown = [1_001_100, 1_002_200, 1_003_300, 1_000_600, 1_000_700, 1_006_600, 1_007_700];
    const end = ended(shown, 1_008_800);
    expect(end.order.bill).toMatchObject({ energyWh: 8800, confidence: 'exact' });
    expect(kindsOf(end)).toEqual([]);
  });
});

describe('an end register below what is known', () => {
  it('without samples and below the start is disputed, with a discrepancy', () => {
    const end = ended([], 400);
    expect(end.order.bill).toMatchObject({ energyWh: 0, confidence: 'disputed' });
    expect(end.discrepancies).toMatchObject([{ kind: 'meter-reset', amount: 400 }]);
  });

  it('below the start, after samples, is billed by the samples, with a discrepancy', () => {
    const end = ended([1_000_500, 1_001_000], 700);
    expect(end.order.bill).toMatchObject({ energyWh: 1000, confidence: 'sampled' });
    expect(kindsOf(end)).toEqual(['meter-reset']);
  });

  it('below the samples is billed, with a discrepancy, however little is missing', () => {
    const end = ended([1_000_500, 1_001_000], 1_000_960);
    expect(end.order.bill).toMatchObject({ energyWh: 960 });
    expect(end.discrepancies).toMatchObject([{ kind: 'meter-mismatch', amount: 40 }]);
    expect(kindsOf(ended([1_000_500, 1_001_000], 1_000_995))).toEqual([]);
  });
});

it('bills what a register showed before it was reset to its zero start, if a reading and the end agree', () => {
  const reset = { energyWh: 1800, confidence: 'sampled', resetWh: 0 };
  expect(final(0, [900, 1800, 0, 0, 0], 0)).toMatchObject(reset);
  expect(final(0, [900, 1800, 0], 0)).toMatchObject(reset);
});

describe('readings that arrive a day late', () => {
  const session = { meterStartWh: 0, startedAt: AT, startReceivedAt: AT };
  const received = AT + 24 * 60 * MINUTE;
  const late = [4900, 5000, 0, 101, 202].map((registerWh, index) => ({ at: AT + (index + 5) * MINUTE, registerWh }));
  const meter = foldSamples(openMeter(0, AT, AT, 0), late, session, { maxPowerW: POWER_W, now: received });

  it('of a register that fell are a reset, because no kWh of the old register can have flowed between them', () => {
    expect(meter).toMatchObject({ energyWh: 5202, resets: 1 });
    expect(meter.suspectedScale).toBeUndefined();
  });

  it('do not make the late end of a reset register a number of kWh', () => {
    const counted = foldSamples(openMeter(9000, AT, AT, 0), [{ at: AT + MINUTE, registerWh: 9500 }], session, {
      maxPowerW: POWER_W,
      now: received,
    });
    const stop = { meterStopWh: 100, at: AT + 3 * MINUTE, receivedAt: received };
    const end = finalEnergy(counted, { ...session, meterStartWh: 9000 }, POWER_W, stop);
    expect(end).toMatchObject({ energyWh: 500, confidence: 'sampled', resetWh: 100 });
    expect(end.suggestedQuirk).toBeUndefined();
  });
});

describe('a quirk that readings point to', () => {
  it('is suggested for an end in kWh without its unit, which is billed by the last reading', () => {
    const end = ended([1_000_500, 1_001_000], 1001);
    expect(end.order.bill).toMatchObject({ energyWh: 1000, confidence: 'sampled' });
    expect(end.discrepancies).toMatchObject([{ kind: 'meter-scale' }]);
    expect(end.suggestedQuirk).toMatchObject({ quirk: 'kwh-without-unit-at-end' });
  });

  it('is suggested for an end in whole kWh below the start, which claims no negative energy', () => {
    expect(final(1_000_496, [], 1000)).toMatchObject({ energyWh: 0, alternativeWh: 0 });
  });

  it('is suggested for such an end of a register that began at or near zero', () => {
    const inKwh = { confidence: 'sampled', suggestedQuirk: { quirk: 'kwh-without-unit-at-end' } };
    expect(final(0, [900, 1800, 2600], 2)).toMatchObject({ energyWh: 2600, alternativeWh: 2000, ...inKwh });
    expect(final(1, [900, 1800, 2600], 2)).toMatchObject({ energyWh: 2599, ...inKwh });
    expect(final(0, [900, 1800, 2600], 2500)).toMatchObject({ energyWh: 2500, disagreementWh: 100 });
  });

  it('is not suggested by an end of zero, which shows no unit; it may be less than 1 kWh, so the readings count', () => {
    const end = final(0, [200, 468], 0);
    expect(end).toMatchObject({ energyWh: 468, confidence: 'sampled', resetWh: 0 });
    expect(end).not.toHaveProperty('suggestedQuirk');
    expect(end).not.toHaveProperty('alternativeWh');
    expect(final(1, [200, 468], 0)).toEqual({ ...end, energyWh: 467 });
    expect(final(0, [900, 1800, 2600], 0)).toMatchObject({ energyWh: 0, disagreementWh: 2600 });
    expect(final(0, [8], 0)).toMatchObject({ energyWh: 0, confidence: 'exact' });
    expect(final(0, [], 0)).toMatchObject({ energyWh: 0, confidence: 'exact' });
  });

  it('is reported without the energy of a whole number of kWh that is only less exact than the readings', () => {
    const [exact] = ended([1_000_500, 1_000_900], 1000).discrepancies;
    expect(exact?.detail).toContain('900 Wh were billed; see the quirk kwh-without-unit-at-end.');
    const [more] = ended([1_000_500, 1_000_900], 1002).discrepancies;
    expect(more?.detail).toContain('900 Wh were billed, not 2000; see the quirk kwh-without-unit-at-end.');
  });

  it('is suggested for samples of Wh that are called kWh, which are not billed', () => {
    const end = ended([1_000_500_000, 1_001_000_000, 1_001_400_000], 1_001_600);
    expect(end.order.bill).toMatchObject({ energyWh: 1600, confidence: 'exact' });
    expect(end.suggestedQuirk).toMatchObject({ quirk: 'wh-labelled-kwh' });
  });

  it('is suggested for samples of kWh that are called Wh, which make no meter relative', () => {
    const end = ended([1000, 1001, 1001, 1002], 1_002_100);
    expect(end.order.bill).toMatchObject({ energyWh: 2100, confidence: 'exact' });
    expect(end.suggestedQuirk).toMatchObject({ quirk: 'kwh-labelled-wh' });
    expect(ended([1000, 1001, 1002]).order.bill?.energyWh).toBe(0);
  });

  it('is not suggested for a session without doubt', () => {
    expect(ended([1_000_500, 1_001_000], 1_001_200).suggestedQuirk).toBeUndefined();
    expect(
      run(orderAfter([AT, confirm()], [BEGAN, start(BEGAN)]), stopAt(700, BEGAN + MINUTE), BEGAN + MINUTE),
    ).not.toHaveProperty('suggestedQuirk');
  });
});

describe('a start register of zero on a meter that counts absolutely', () => {
  const registers = [1_000_800, 1_001_600, 1_002_400];

  it('loses no more than the first interval', () => {
    expect(metered(0, registers)).toMatchObject({ energyWh: 1600, resets: 1 });
    expect(final(0, registers, 1_003_000)).toMatchObject({ energyWh: 2200, resetWh: 1_003_000 });
  });

  it('counts for limits where its steps of 1 kWh could also be Wh that are called kWh', () => {
    expect(deliveredWh(metered(0, [1_000_000, 1_001_000, 1_002_000]))).toBeGreaterThanOrEqual(2000);
  });

  it('is billed by what its steps of 1 kWh show, with a discrepancy and without a quirk', () => {
    const stepped = [1_000_000, 1_000_000, 1_001_000, 1_001_000, 1_002_000];
    const end = final(0, stepped, 1_003_000);
    expect(end).toMatchObject({ energyWh: 3000, confidence: 'sampled', resetWh: 1_003_000 });
    expect(end).not.toHaveProperty('suggestedQuirk');
    expect(final(0, stepped).energyWh).toBe(2000);
    expect(deliveredWh(metered(0, [2_000_000, 2_000_000, 2_001_000]))).toBe(1000);
  });

  it('bills no earlier energy of a new meter, whose register could be reached within the session', () => {
    const low = Array.from({ length: 30 }, (_, minute) => 3210 + 300 * (minute + 1));
    expect(final(0, low, 12_300)).toMatchObject({ energyWh: 8790, confidence: 'sampled', resetWh: 12_300 });
    expect(final(0, low)).toMatchObject({ energyWh: 8700, resetWh: 12_210 });
    expect(deliveredWh(metered(0, low))).toBe(8700);
  });

  it('is not concluded from readings that may be energy since the request', () => {
    const readings = Array.from({ length: 10 }, (_, minute) => 2450 + 1000 * minute);
    const requested = { requestedAt: AT - 10 * MINUTE };
    expect(metered(0, readings, undefined, requested)).toMatchObject({ energyWh: 11_450, resets: 0 });
    expect(metered(0, [2500, 5000, 7500, 10_000])).toMatchObject({ energyWh: 10_000, resets: 0 });
  });

  it('is not concluded once the register has counted from zero', () => {
    expect(metered(0, [100, 200, 5000, 5100, 600])).toMatchObject({ energyWh: 600, resets: 0 });
  });

  it('is not concluded of samples of Wh that are called kWh', () => {
    expect(metered(0, [300_000, 600_000, 900_000])).toMatchObject({ suspectedScale: 'wh-labelled-kwh', energyWh: 0 });
  });
});

describe('a register in whole kWh that rises faster than the rated power', () => {
  it('counts for limits, because it need not be Wh that are called kWh', () => {
    expect(deliveredWh(metered(100_000, [103_000, 105_000, 108_000]))).toBeGreaterThanOrEqual(5000);
  });

  it('is a contradiction of the rated power too if only some of its readings are whole', () => {
    const meter = metered(100_000, [102_500, 105_000, 107_500, 110_000]);
    expect(meter).toMatchObject({ energyWh: 10_000, observedPowerW: 150_000 });
  });
});

it('a reset soon after readings above the rated power were believed is not taken for a correction', () => {
  const believed = [1500, 3000, 4500];
  expect(metered(0, believed)).toMatchObject({ energyWh: 4500, resets: 0 });
  expect(metered(0, [...believed, 0, 1000, 2000])).toMatchObject({ energyWh: 6500, resets: 1 });
});

it('a reset in messages that arrive a day late is not taken for kWh', () => {
  const session = { meterStartWh: 0, startedAt: AT, startReceivedAt: AT };
  const meter = [500, 1000, 0, 200, 600].reduce<Meter>(
    (before, registerWh, index) => {
      const at = AT + (index + 1) * MINUTE;
      return foldSamples(before, [{ at, registerWh }], session, { maxPowerW: POWER_W, now: AT + 24 * HOUR + index });
    },
    openMeter(0, AT, AT, 0),
  );
  expect(meter).toMatchObject({ energyWh: 1600, resets: 1 });
  expect(meter.suspectedScale).toBeUndefined();
});

it('a reset is recognised although its first Wh look like kWh, and no time seems to have passed since', () => {
  const begun = { meterStartWh: 0, startedAt: AT, startReceivedAt: AT, resumedAt: AT };
  // Once readings confirm the time in doubt, the reading before it seems to be from the future.
  const unconfirmed = { ...begun, doubtfulGap: { ms: HOUR, chargerAt: AT, receivedAt: AT, restartedAt: AT } };
  const meter = [1500, 3000, 0, 3, 341, 682].reduce<Meter>(
    (before, registerWh, index) => {
      const at = AT + (index + 1) * MINUTE;
      const context = { maxPowerW: POWER_W, now: at + HOUR };
      return foldSamples(before, [{ at, registerWh }], index < 2 ? unconfirmed : begun, context);
    },
    openMeter(0, AT, AT, 0),
  );
  expect(meter).toMatchObject({ energyWh: 3682, resets: 1 });
});

describe('a wrong reading that later ones correct', () => {
  const CORRECTED = [...Array.from({ length: 5 }, () => 100_000), 105_000, 101_000, 101_200, 101_400];

  it('is not billed by a stop after a reset either, and the stop says so', () => {
    const registers = [...CORRECTED, 60, 160, 260];
    const billedWh = final(100_000, registers).energyWh;
    expect(billedWh).toBe(1600);
    expect(final(100_000, registers, 360)).toMatchObject({ energyWh: billedWh + 100, disagreementWh: 3600 });
  });

  it('is not billed after a supposed reset that is withdrawn', () => {
    expect(final(100_000, [...CORRECTED, 60, 560, 1060, 102_400, 102_600])).toMatchObject({ energyWh: 2600 });
  });
});
