import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideHalfUp, formatMinor, parseMinor } from '../../src/domain/model/money.js';
import { capsForLimit } from '../../src/domain/metering/limit.js';
import { energyForCost, energyForTotal, energyOfLimit, price, priceOfLimit } from '../../src/domain/pricing/pricing.js';
import { aLimit, aTariff, CONNECTOR } from './domain-arbitraries.js';

const anEnergy = fc.integer({ min: 0, max: 2_000_000 });

describe('a price', () => {
  it('is the sum of its lines, in whole minor units, none of them negative', () => {
    fc.assert(
      fc.property(aTariff, anEnergy, (tariff, energyWh) => {
        const { total, lines } = price(tariff, energyWh);
        expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBe(total);
        for (const { amount } of lines) expect(Number.isInteger(amount) && amount >= 0).toBe(true);
        if (energyWh === 0) expect(total).toBe(0);
      }),
    );
  });

  it('rises with the energy', () => {
    fc.assert(
      fc.property(aTariff, anEnergy, fc.nat(5000), (tariff, energyWh, more) => {
        expect(price(tariff, energyWh + more).total).toBeGreaterThanOrEqual(price(tariff, energyWh).total);
      }),
    );
  });

  it('buys exactly the energy that it pays for', () => {
    fc.assert(
      fc.property(aTariff, fc.integer({ min: 0, max: 500_000 }), (tariff, total) => {
        fc.pre(tariff.pricePerKwh > 0);
        const energyWh = energyForTotal(tariff, total);
        expect(price(tariff, energyWh).total).toBeLessThanOrEqual(total);
        expect(price(tariff, energyWh + 1).total).toBeGreaterThan(total);
      }),
    );
  });

  it('of an energy buys at least that energy', () => {
    fc.assert(
      fc.property(aTariff, anEnergy, (tariff, energyWh) => {
        fc.pre(tariff.pricePerKwh > 0);
        expect(energyForTotal(tariff, price(tariff, energyWh).total)).toBeGreaterThanOrEqual(energyWh);
        expect(energyForCost(tariff, divideHalfUp(energyWh * tariff.pricePerKwh, 1000) + 1)).toBeGreaterThanOrEqual(
          energyWh,
        );
      }),
    );
  });

  it('of a limit covers all energy within the limit', () => {
    fc.assert(
      fc.property(aTariff, aLimit, (tariff, limit) => {
        const connector = { ...CONNECTOR, tariff };
        const { total } = priceOfLimit(connector, limit);
        const { energyWh } = capsForLimit(connector, limit, total);
        expect(price(tariff, energyWh).total).toBeLessThanOrEqual(total);
        if (limit.kind === 'energy') expect(energyWh).toBe(limit.value);
        if (limit.kind === 'amount') expect(energyWh).toBeLessThanOrEqual(energyOfLimit(connector, limit));
      }),
    );
  });
});

describe('money as text', () => {
  it('is parsed to the same amount', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), fc.constantFrom('INR', 'JPY', 'KWD'), (amount, currency) => {
        expect(parseMinor(formatMinor(amount, currency), currency)).toBe(amount);
      }),
    );
  });

  it('is divided to the nearest unit, with halves rounded up', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), fc.integer({ min: 1, max: 100_000 }), (a, b) => {
        const quotient = divideHalfUp(a, b);
        expect(2 * (quotient * b - a)).toBeLessThanOrEqual(b);
        expect(2 * (a - quotient * b)).toBeLessThan(b);
      }),
    );
  });
});
