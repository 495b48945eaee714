/** Power is derived from any two readings, with its uncertainty. */
import { describe, expect, it } from 'vitest';
import { foldSamples, openMeter } from '../../../../src/domain/metering/meter.js';
import type { Meter } from '../../../../src/domain/model/session.js';
import { AT, SECOND } from '../sessions.js';

const SESSION = { meterStartWh: 1000, startedAt: AT, startReceivedAt: AT };
const POWER_W = 60_000;

/** Returns a meter after `count` register readings at a steady power. */
function read(everyS: number, powerW: number, count: number, fields: object = {}): Meter {
  let meter = openMeter(1000, AT, AT, 0);
  for (let index = 1; index <= count; index += 1) {
    const at = AT + index * everyS * SECOND;
    const registerWh = 1000 + Math.floor((powerW * index * everyS) / 3600);
    meter = foldSamples(meter, [{ at, registerWh, ...fields }], SESSION, { maxPowerW: POWER_W, now: at });
  }
  return meter;
}

describe('the power of a charger that reports only its register', () => {
  it.each([5, 10, 15, 20, 25, 30, 60])('is known from readings every %i s', (everyS) => {
    const { powerW = 0 } = read(everyS, 22_000, 4);
    expect(Math.abs(powerW - 22_000)).toBeLessThan(22_000 * 0.06);
  });

  it('is the more certain, the longer the time between the readings', () => {
    const errorOf = (everyS: number) => read(everyS, 22_000, 6).powerErrorW ?? Infinity;
    expect(errorOf(60)).toBeLessThan(errorOf(10));
    expect(errorOf(10)).toBeLessThan(22_000 * 0.3);
  });

  it('falls to zero when the register stands still', () => {
    const flowing = read(10, 22_000, 4);
    const paused = [1, 2, 3].reduce<Meter>((meter, index) => {
      const at = flowing.at + index * 10 * SECOND;
      return foldSamples(meter, [{ at, registerWh: flowing.registerWh }], SESSION, { maxPowerW: POWER_W, now: at });
    }, flowing);
    expect(paused.powerW).toBe(0);
  });
});

describe('a reported power', () => {
  it('that the register contradicts by far is not believed', () => {
    expect(read(30, 22_000, 4, { powerW: 22 }).powerW).toBeGreaterThan(20_000);
  });

  it('that is impossible is not believed', () => {
    expect(read(30, 11_000, 4, { powerW: 11_000_000 }).powerW).toBeLessThan(12_000);
  });
});
