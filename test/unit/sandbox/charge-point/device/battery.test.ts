import { describe, expect, it } from 'vitest';
import { createBattery, taperFactor } from '../../../../../src/sandbox/charge-point/device/battery.js';

const dcOutlet = { powerType: 'DC', maxPowerW: 60_000 } as const;
const acOutlet = { powerType: 'AC', maxPowerW: 7_400 } as const;
const car = { capacityWh: 40_000, socPercent: 20, maxPowerW: 100_000 };

describe('a battery', () => {
  it('takes the lower of the maximum powers of car and connector', () => {
    expect(createBattery(car, dcOutlet).flow().powerW).toBe(60_000);
    expect(createBattery({ ...car, maxPowerW: 50_000 }, dcOutlet).flow().powerW).toBe(50_000);
  });

  it('keeps power, voltage and current consistent at every state of charge', () => {
    for (const outlet of [dcOutlet, acOutlet]) {
      for (let socPercent = 0; socPercent < 100; socPercent += 7) {
        const { powerW, voltageV, currentA } = createBattery({ ...car, socPercent }, outlet).flow();
        expect(voltageV * currentA).toBeCloseTo(powerW, 6);
        expect(voltageV).toBeGreaterThan(200);
      }
    }
  });

  it('tapers above 60 % on DC and near the top on AC, never rising and never stuck', () => {
    for (const type of ['AC', 'DC'] as const) {
      for (let soc = 0; soc < 100; soc += 1)
        expect(taperFactor(type, soc + 1)).toBeLessThanOrEqual(taperFactor(type, soc));
      expect(taperFactor(type, 99.99)).toBeGreaterThan(0.04);
      expect(taperFactor(type, 100)).toBe(0);
    }
    expect(taperFactor('DC', 60)).toBe(1);
    expect(taperFactor('DC', 80)).toBeCloseTo(0.5);
    expect(taperFactor('AC', 96)).toBe(1);
  });

  it('counts 6 kWh in six minutes at 60 kW', () => {
    const battery = createBattery(car, dcOutlet);
    expect(battery.advance(360_000)).toBeCloseTo(6_000, 3);
    expect(battery.soc()).toBeCloseTo(20 + (6_000 * 0.96) / 400, 3);
  });

  it('counts nothing more once it is full', () => {
    const battery = createBattery({ ...car, socPercent: 98 }, dcOutlet);
    const deliveredWh = battery.advance(3_600_000);
    expect(deliveredWh * 0.96).toBeCloseTo(800, 3);
    expect(battery.isFull()).toBe(true);
    expect(battery.soc()).toBe(100);
    expect(battery.advance(60_000)).toBe(0);
    expect(battery.flow()).toMatchObject({ powerW: 0, currentA: 0 });
  });
});
