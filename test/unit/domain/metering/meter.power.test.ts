/**
 * Power is derived from two readings, with its uncertainty. Reported power counts unless the register contradicts it.
 */
import { describe, expect, it } from 'vitest';
import { deliveredWh, foldSamples, openMeter } from '../../../../src/domain/metering/meter.js';
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

describe('a reported power without a register', () => {
  /** Reads samples that contain only power, after samples with power and a register. */
  function readAlone(alone: readonly number[], before: readonly { registerWh: number; powerW: number }[] = []): Meter {
    const samples = [...before, ...alone.map((powerW) => ({ powerW }))];
    return samples.reduce<Meter>(
      (meter, fields, index) => {
        const at = AT + (index + 1) * 30 * SECOND;
        return foldSamples(meter, [{ at, ...fields }], SESSION, { maxPowerW: POWER_W, now: at });
      },
      openMeter(1000, AT, AT, 0),
    );
  }
  const both = (wh: number, powerW: number) => ({ registerWh: 1001 + wh, powerW });

  it('is not known before energy can have flowed at it', () => {
    const { knownAt, powerW, powerErrorW } = readAlone([0, 22, 999]);
    expect([knownAt, powerW, powerErrorW]).toEqual([undefined, 999, undefined]);
    expect(readAlone([0, 22, 1000])).toMatchObject({ powerW: 1000, powerErrorW: 0, knownAt: AT + 90 * SECOND });
  });

  it('is known as zero once the charger has measured more', () => {
    expect(readAlone([22_000, 0, 0])).toMatchObject({ powerW: 0, knownAt: AT + 90 * SECOND });
  });

  it('is known as zero once a register has stood still beside it', () => {
    expect(readAlone([0, 0], [both(0, 0), both(0, 0)])).toMatchObject({ powerW: 0, knownAt: AT + 120 * SECOND });
  });

  it.each([0, 22, 1500])('of %i W is not known after a register that contradicted it', (powerW) => {
    const { knownAt } = readAlone([powerW, powerW], [both(0, powerW), both(180, powerW), both(360, powerW)]);
    expect(knownAt).toBe(AT + 90 * SECOND);
  });

  it('is measured by a connector of little power, too', () => {
    const at = AT + 30 * SECOND;
    const fold = (powerW: number) =>
      foldSamples(openMeter(0, AT, AT, 0), [{ at, powerW }], SESSION, { maxPowerW: 3300, now: at }).knownAt;
    expect([fold(329), fold(330)]).toEqual([undefined, at]);
  });

  it('adds up to what flowed, however often it is reported', () => {
    let meter = openMeter(1000, AT, AT, 0);
    for (let at = AT; at <= AT + 3600 * SECOND; at += 2 * SECOND)
      meter = foldSamples(meter, [{ at, powerW: 1500 }], SESSION, { maxPowerW: POWER_W, now: at });
    expect(deliveredWh(meter)).toBe(1500);
  });
});
