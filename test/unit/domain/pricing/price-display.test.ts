/** Prices for a charger's display, formatted from integers. */
import { describe, expect, it } from 'vitest';
import { formatBill, formatFraction, pricesAt, formatPrices } from '../../../../src/domain/pricing/price-display.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Tariff } from '../../../../src/domain/model/tariff.js';

const NOON = Date.UTC(2026, 5, 1, 12);
const PLAIN: Tariff = { id: 't', currency: 'INR', pricePerKwh: 1015, serviceFee: 500, taxes: [] };
const GST = { name: 'GST', rateBps: 1800, on: ['energy', 'time'] } as const;
const at = (lastedMs = 0, energyWh = 0) => ({ at: NOON + lastedMs, energyWh, elapsedMs: lastedMs });

describe('prices', () => {
  it('of a plain tariff: energy, and the fees once; a tax where it is due, to its last fraction', () => {
    expect(pricesAt(PLAIN, at())).toEqual({ perKwh: 10_150_000, flat: 5_000_000 });
    const taxed = pricesAt({ ...PLAIN, platformFee: 100, taxes: [GST] }, at());
    expect(taxed).toEqual({ perKwh: 1015 * 11_800, flat: 6_000_000 });
    expect(formatPrices(PLAIN, taxed)).toBe('INR 11.977/kWh + INR 6.00 once, taxes included');
  });

  it('of a tariff with elements: those that are in force there', () => {
    const tariff: Tariff = {
      ...PLAIN,
      serviceFee: 0,
      taxes: [GST],
      elements: [
        {
          priceComponents: [{ type: 'ENERGY', price: 2000 }],
          restrictions: { minKwh: 10 },
        },
        {
          priceComponents: [
            { type: 'TIME', price: 600, vatBps: 200 },
            { type: 'PARKING_TIME', price: 900 },
            { type: 'FLAT', price: 50 },
          ],
          restrictions: { maxDuration: 3600 },
        },
      ],
    };
    expect(formatPrices(tariff, pricesAt(tariff, at()))).toBe(
      'INR 11.977/kWh + INR 7.20/h + INR 9.00/h while no energy flows + INR 0.50 once, taxes included',
    );
    expect(formatPrices(tariff, pricesAt(tariff, at(3_600_000, 10_000)))).toBe('INR 23.60/kWh, taxes included');
  });

  it.each([
    [0, 'INR', '0.00'],
    [1, 'INR', '0.000001'],
    [1_234_500, 'INR', '1.2345'],
    [10_000_000, 'INR', '10.00'],
    [350_000, 'JPY', '35'],
    [355_000, 'JPY', '35.5'],
    [10_000, 'KWD', '0.001'],
  ])('%d of %s is written %s', (amount, currency, text) => {
    expect(formatFraction(amount, currency)).toBe(text);
  });
});

describe('a bill', () => {
  it('is told with its energy and its lines, a discount among them', () => {
    const bill = {
      total: 4130,
      energyWh: 4050,
      lines: [
        { code: 'energy', title: 'Energy', amount: 4000 },
        { code: 'discount', title: 'Launch', amount: -500 },
        { code: 'tax', title: 'GST', amount: 630 },
      ],
    } as unknown as NonNullable<Order['bill']>;
    expect(formatBill({ bill, tariff: PLAIN })).toBe('INR 41.30 for 4.050 kWh: Energy 40.00, Launch -5.00, GST 6.30.');
  });
});
