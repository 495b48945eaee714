/** How much energy a session can have received, if its start was stamped when it was sent. */
import { describe, expect, it } from 'vitest';
import { finalEnergy, foldSamples, openMeter, plausibleWh } from '../../../../src/domain/metering/meter.js';
import type { Meter } from '../../../../src/domain/model/session.js';
import { AT, confirm, MINUTE, orderAfter, run, SECOND, start, stopAt } from '../sessions.js';

const POWER_W = 60_000;
/** The start was requested ten minutes before the charger, back again, stamped and sent it. */
const SENT_AT = AT + 10 * MINUTE;
const SESSION = { meterStartWh: 1000, startedAt: SENT_AT, startReceivedAt: SENT_AT, requestedAt: AT };

/** Adds queued readings, each of which arrives at once. */
function queued(...readings: readonly (readonly [at: number, registerWh: number])[]): Meter {
  return readings.reduce<Meter>(
    (meter, [at, registerWh]) =>
      foldSamples(meter, [{ at, registerWh }], SESSION, { maxPowerW: POWER_W, now: SENT_AT + SECOND }),
    openMeter(SESSION.meterStartWh, SENT_AT, SENT_AT, 0),
  );
}

describe('a session whose start was stamped when it was sent', () => {
  it('may have begun at any time since its request, if a reading is older than the start', () => {
    const meter = queued([AT + MINUTE, 2000], [AT + 9 * MINUTE, 9000]);
    expect(meter).toMatchObject({ energyWh: 8000, rejectedReadings: 0, startStampedLate: true });
    expect(plausibleWh(SESSION, POWER_W, meter)).toBe(Math.floor((POWER_W * 1.2 * (10 * 60 + 2)) / 3600) + 1);
  });

  it('remains so for the readings and the stop after the start', () => {
    const stamped = queued([AT + 9 * MINUTE, 9000], [SENT_AT + SECOND, 9900]);
    expect(stamped).toMatchObject({ energyWh: 8900, rejectedReadings: 0 });
    const stop = { meterStopWh: 10_000, at: SENT_AT + 2 * SECOND, receivedAt: SENT_AT + 2 * SECOND };
    expect(finalEnergy(stamped, SESSION, POWER_W, stop)).toMatchObject({ energyWh: 9000, confidence: 'exact' });
  });

  it('is billed by start and stop, if only the stop is older than the start', () => {
    const stop = { meterStopWh: 7300, at: AT + 7 * MINUTE, receivedAt: SENT_AT };
    const final = { energyWh: 6300, registerWh: 7300, confidence: 'exact' };
    expect(finalEnergy(queued(), SESSION, POWER_W, stop)).toEqual(final);
  });

  it('has received no more than its connector can have delivered since the request', () => {
    expect(queued([AT + 9 * MINUTE, 14_000])).toMatchObject({ energyWh: 0, rejectedReadings: 1 });
    const stop = { meterStopWh: 14_000, at: AT + 9 * MINUTE, receivedAt: SENT_AT };
    const final = { energyWh: 0, confidence: 'disputed', implausibleWh: 13_000 };
    expect(finalEnergy(queued(), SESSION, POWER_W, stop)).toMatchObject(final);
  });

  it('is not told from another one by readings that lie behind the start', () => {
    expect(queued([AT + MINUTE, 900], [AT + 2 * MINUTE, 1000]).startStampedLate).toBeUndefined();
  });

  it('ends its order with a bill and no doubt about its meter', () => {
    const order = orderAfter([AT, confirm()], [SENT_AT, start(SENT_AT)]);
    const ended = run(order, stopAt(6300, AT + 7 * MINUTE), SENT_AT + SECOND);
    expect(ended.order).toMatchObject({ state: 'completed', bill: { energyWh: 6300, confidence: 'exact' } });
    expect(ended.discrepancies).toEqual([]);
  });
});

describe('a session whose messages are all later than its start', () => {
  it('has lasted no longer than the clock of the charger or ours shows', () => {
    const later = { at: SENT_AT + MINUTE, receivedAt: SENT_AT + MINUTE };
    expect(plausibleWh(SESSION, POWER_W, later)).toBe(Math.floor((POWER_W * 1.2 * 61) / 3600) + 1);
  });

  it('is none whose start was stamped late, although the clock of its charger stands still', () => {
    expect(queued([SENT_AT, 1000], [SENT_AT, 1010])).toMatchObject({ energyWh: 10 });
    expect(queued([SENT_AT, 1000], [SENT_AT, 1010]).startStampedLate).toBeUndefined();
  });
});
