/** When a reading was taken, by our clock, if the charger's clock was set back during the session. */
import { describe, expect, it } from 'vitest';
import { finalEnergy, foldSamples, openMeter } from '../../../../src/domain/metering/meter.js';
import { readingTime } from '../../../../src/domain/metering/reading-time.js';
import type { Meter } from '../../../../src/domain/model/session.js';
import { AT, HOUR, MINUTE, SECOND } from '../sessions.js';

const POWER_W = 22_000;
const SESSION = { meterStartWh: 0, startedAt: AT, startReceivedAt: AT };
/** The clock is set back by so much after the third reading. */
const SET_BACK_MS = 90 * SECOND;

/** Returns the meter after these registers, read one minute apart, the first three before the clock is set back. */
function metered(registers: readonly number[], session: Parameters<typeof foldSamples>[2] = SESSION): Meter {
  return registers.reduce<Meter>(
    (meter, registerWh, index) => {
      const now = AT + (index + 1) * MINUTE;
      const at = index < 3 ? now : now - SET_BACK_MS;
      return foldSamples(meter, [{ at, registerWh }], session, { maxPowerW: POWER_W, now });
    },
    openMeter(SESSION.meterStartWh, AT, AT, 0),
  );
}

it("a reading that is older than the last one was taken when it arrived, because the charger's clock was set back", () => {
  const now = AT + 4 * MINUTE;
  expect(readingTime(metered([340, 680, 1020]), SESSION, { at: now - SET_BACK_MS, receivedAt: now })).toBe(now);
});

describe("a reading that is later than all others although the charger's clock was set back", () => {
  // The fourth has an earlier time than the third, so it may be an old one.
  const doubted = metered([340, 680, 1020, 0]);
  const now = AT + 5 * MINUTE;

  it('was taken when it arrived, if it follows an earlier one at the pace of the clock', () => {
    expect(readingTime(doubted, SESSION, { at: now - SET_BACK_MS, receivedAt: now })).toBe(now);
  });

  it('was taken by its own time if it does not, because it may have been queued', () => {
    const at = now - SET_BACK_MS + 10 * SECOND;
    expect(readingTime(doubted, SESSION, { at, receivedAt: now })).toBe(at);
  });

  it('was taken by its own time after a reconnect', () => {
    const at = now - SET_BACK_MS;
    expect(readingTime(doubted, { ...SESSION, resumedAt: AT + 3 * MINUTE }, { at, receivedAt: now })).toBe(at);
  });

  it('shows a reset if the register can have risen so far since the last reading', () => {
    const meter = metered([340, 680, 1020, 0, 340, 680]);
    expect(meter).toMatchObject({ resets: 1, energyWh: 1360 });
    const at = AT + 7 * MINUTE;
    const stop = { meterStopWh: 1020, at: at - SET_BACK_MS, receivedAt: at };
    expect(finalEnergy(meter, SESSION, POWER_W, stop)).toMatchObject({ energyWh: 1700, resetWh: 1020 });
  });
});

describe('after a reconnect', () => {
  const RECONNECT = AT + 4 * MINUTE + 30 * SECOND;
  const resumed = { ...SESSION, resumedAt: RECONNECT };
  /**
   * Returns the meter after readings at these times, by the charger's clock, and with these delays. The clock is set
   * back by an hour after the first two, of which the second is late: a part of the minute between them is lost.
   */
  function read(
    session: Parameters<typeof foldSamples>[2],
    ...readings: readonly (readonly [number, number])[]
  ): Meter {
    return readings.reduce<Meter>(
      (meter, [time, delayMs], index) => {
        const at = AT + time - (index < 2 ? 0 : HOUR);
        const sample = { at, registerWh: Math.floor(time / 200), receivedAt: AT + time + delayMs };
        return foldSamples(meter, [sample], session, { maxPowerW: POWER_W, now: sample.receivedAt });
      },
      openMeter(SESSION.meterStartWh, AT, AT, 0),
    );
  }
  const BEFORE = [
    [MINUTE, 0],
    [2 * MINUTE, 20 * SECOND],
    [3 * MINUTE, 0],
  ] as const;
  const before = { ...read(SESSION, ...BEFORE) };
  const next = (meter: Meter, time: number, delayMs = 0): Meter =>
    foldSamples(
      meter,
      [{ at: AT + time - HOUR, registerWh: Math.floor(time / 200), receivedAt: AT + time + delayMs }],
      resumed,
      {
        maxPowerW: POWER_W,
        now: AT + time + delayMs,
      },
    );

  it('a reading may have been queued until one is no later than those before', () => {
    expect(before.takenAt).toBe(AT + 2 * MINUTE + 40 * SECOND);
    const queued = next(before, 4 * MINUTE, 31 * SECOND);
    expect(queued.takenAt).toBe(AT + 3 * MINUTE + 40 * SECOND);
    const caughtUp = next(queued, 5 * MINUTE);
    expect(caughtUp.takenAt).toBe(AT + 4 * MINUTE + 40 * SECOND);
    expect(next(caughtUp, 6 * MINUTE).takenAt).toBe(AT + 6 * MINUTE);
  });

  it('readings that keep coming late may be queued, whatever their pace', () => {
    const queued = next(next(before, 4 * MINUTE, 40 * SECOND), 5 * MINUTE, 40 * SECOND);
    expect(next(queued, 6 * MINUTE, 40 * SECOND).takenAt).toBe(AT + 5 * MINUTE + 40 * SECOND);
  });

  it('readings may be queued again after another one', () => {
    const again = { ...resumed, resumedAt: AT + 7 * MINUTE };
    const caughtUp = next(next(before, 5 * MINUTE), 6 * MINUTE);
    const reading = (time: number, delayMs: number) => ({ at: AT + time - HOUR, receivedAt: AT + time + delayMs });
    expect(readingTime(caughtUp, again, reading(8 * MINUTE, 5 * SECOND))).toBe(AT + 8 * MINUTE);
    expect(readingTime(caughtUp, resumed, reading(8 * MINUTE, 5 * SECOND))).toBe(AT + 8 * MINUTE + 5 * SECOND);
  });
});
