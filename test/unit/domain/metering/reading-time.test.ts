/** When a reading was taken, by our clock, if the charger's clock was set back during the session. */
import { describe, expect, it } from 'vitest';
import { finalEnergy, foldSamples, openMeter } from '../../../../src/domain/metering/meter.js';
import { readingTime } from '../../../../src/domain/metering/reading-time.js';
import type { Meter } from '../../../../src/domain/model/session.js';
import { AT, MINUTE, SECOND } from '../sessions.js';

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
