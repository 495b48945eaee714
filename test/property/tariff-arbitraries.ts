/** Tariffs with elements, and sessions as uniform pieces of charging and parking. */
import fc from 'fast-check';
import { extendPeriods, openChargingPeriods } from '../../src/domain/pricing/charging-periods.js';
import { type ChargingPeriods } from '../../src/domain/model/session.js';
import type { DayOfWeek, PriceComponent, Restrictions, Tariff, TariffElement } from '../../src/domain/model/tariff.js';

/** Thursday, 20:00 in Kolkata, epoch ms. */
export const EVENING = Date.UTC(2026, 0, 15, 14, 30);

const DAYS: readonly DayOfWeek[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const aTime = fc
  .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.constantFrom(0, 15, 30, 59) })
  .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });

const some = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

type Loose<T> = { [K in keyof T]?: T[K] | undefined };

const someRestrictions: fc.Arbitrary<Restrictions> = fc
  .record<Loose<Restrictions>>({
    startTime: maybe(aTime),
    endTime: maybe(aTime),
    startDate: maybe(fc.constantFrom('2026-01-15', '2026-01-16')),
    endDate: maybe(fc.constantFrom('2026-01-16', '2026-01-17')),
    dayOfWeek: maybe(fc.subarray([...DAYS], { minLength: 3 })),
    minKwh: maybe(fc.integer({ min: 1, max: 5 })),
    maxKwh: maybe(fc.integer({ min: 5, max: 12 })),
    minDuration: maybe(fc.constantFrom(600, 1800, 3600)),
    maxDuration: maybe(fc.constantFrom(3600, 5400, 7200)),
  })
  .map((found) => some(found) as Restrictions);

export interface Steps {
  readonly energy: number;
  readonly time: number;
  readonly parking: number;
}

function aComponent(steps: Steps): fc.Arbitrary<PriceComponent> {
  const price = fc.integer({ min: 0, max: 5000 });
  return fc.oneof(
    fc.record({ type: fc.constant('ENERGY' as const), price, stepSize: fc.constant(steps.energy) }),
    fc.record({ type: fc.constant('TIME' as const), price, stepSize: fc.constant(steps.time) }),
    fc.record({ type: fc.constant('PARKING_TIME' as const), price, stepSize: fc.constant(steps.parking) }),
    fc.record({ type: fc.constant('FLAT' as const), price }),
  );
}

const byType = { selector: ({ type }: PriceComponent) => type, minLength: 1, maxLength: 3 };

const someElements = (steps: Steps): fc.Arbitrary<readonly TariffElement[]> =>
  fc.array(
    fc.record(
      { priceComponents: fc.uniqueArray(aComponent(steps), byType), restrictions: someRestrictions },
      { requiredKeys: ['priceComponents'] },
    ),
    { minLength: 1, maxLength: 4 },
  );

/** The price lines on which the tax is levied: all of them, so that a bound on the total does not depend on their mix. */
const TAXED = ['energy', 'time', 'parking', 'flat', 'service-fee', 'platform-fee', 'buyer-finder-fee'] as const;

/**
 * A tariff with one step size per component type, so that the start of parking never corrects a rounded charging time.
 */
export function anElementTariff(steps: Steps = { energy: 1, time: 1, parking: 1 }): fc.Arbitrary<Tariff> {
  return fc
    .record({
      pricePerKwh: fc.integer({ min: 0, max: 3000 }),
      serviceFee: fc.integer({ min: 0, max: 1000 }),
      platformFee: maybe(fc.integer({ min: 0, max: 1000 })),
      rateBps: fc.integer({ min: 0, max: 3000 }),
      split: fc.boolean(),
      elements: someElements(steps),
      minPrice: maybe(fc.integer({ min: 0, max: 2000 })),
      maxPrice: maybe(fc.integer({ min: 2000, max: 30_000 })),
    })
    .map(({ rateBps, split, ...rest }) => {
      const gst = { name: 'GST', rateBps, on: TAXED, ...(split && { split: ['CGST', 'SGST'] }) };
      return some({ id: 't', currency: 'INR', timeZone: 'Asia/Kolkata', taxes: [gst], ...rest }) as Tariff;
    });
}

/** A uniform piece of a session: seconds, and Wh per second. Parking has 0 Wh per second. */
export interface Piece {
  readonly s: number;
  readonly whPerS: number;
}

export const somePieces: fc.Arbitrary<readonly Piece[]> = fc.array(
  fc.record({ s: fc.integer({ min: 1, max: 3000 }), whPerS: fc.constantFrom(0, 0, 1, 2, 4, 5, 10) }),
  { minLength: 1, maxLength: 5 },
);

export function chargingPeriodsOf(tariff: Tariff, pieces: readonly Piece[], from = EVENING): ChargingPeriods {
  return pieces.reduce(
    (periods, { s, whPerS }) =>
      extendPeriods(tariff, periods, {
        at: periods.until + s * 1000,
        energyWh: periods.energyWh + s * whPerS,
        idle: whPerS === 0,
      }),
    openChargingPeriods(from),
  );
}
