/**
 * The cost of a session under a tariff with elements, compared with an oracle that prices every second separately, and
 * the orders under such a tariff, which stay within their limits.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runSession } from '../../bench/session-model.mjs';
import { capEnergy } from '../../src/domain/pricing/charging-periods.js';
import { decide } from '../../src/domain/decide/decide.js';
import { nextDeadline } from '../../src/domain/decide/timers.js';
import { capsForLimit } from '../../src/domain/metering/limit.js';
import { capabilitiesOf } from '../../src/domain/metering/charger-capabilities.js';
import {
  chargingCostOf,
  energyForTotal,
  energyOfLimit,
  price,
  priceOfLimit,
  priceWithin,
} from '../../src/domain/pricing/pricing.js';
import type { ComponentType, Restrictions, Tariff } from '../../src/domain/model/tariff.js';
import type { QuoteTerms } from '../../src/domain/model/quote.js';
import { aLimit, CONNECTOR, POLICY, SITE } from './domain-arbitraries.js';
import { runs } from './runs.js';
import { anElementTariff, chargingPeriodsOf, EVENING, type Piece, somePieces } from './tariff-arbitraries.js';

const someTerms: fc.Arbitrary<QuoteTerms> = fc.record(
  {
    offer: fc.oneof(
      fc.record({
        code: fc.constant('o'),
        title: fc.constant('Offer'),
        percentBps: fc.integer({ min: 1, max: 10_000 }),
      }),
      fc.record({ code: fc.constant('o'), title: fc.constant('Offer'), amount: fc.integer({ min: 1, max: 5000 }) }),
    ),
    buyerFinderFee: fc.record({
      kind: fc.constantFrom('percent' as const, 'amount' as const),
      value: fc.integer({ min: 0, max: 1000 }),
    }),
  },
  { requiredKeys: [] },
);

const STEPPED = { energy: 500, time: 1, parking: 900 };

/** Returns the price of the element that applies to a component type at a given second, by the calendar of `Intl`. */
function pricedBy(tariff: Tariff, type: ComponentType, at: number, wh: number, lastedS: number): number | undefined {
  const parts = Object.fromEntries(
    calendar.formatToParts(at).map(({ type: part, value }) => [part, value] as const),
  ) as Record<string, string>;
  const [clock, date] = [`${parts['hour']}:${parts['minute']}`, `${parts['year']}-${parts['month']}-${parts['day']}`];
  const holds = (r: Restrictions): boolean => {
    const begin = r.startTime ?? '00:00';
    const end = r.endTime ?? '24:00';
    const timely = begin < end ? clock >= begin && clock < end : clock >= begin || clock < end;
    return (
      timely &&
      (r.startDate ?? '') <= date &&
      date < (r.endDate ?? '9999') &&
      (!r.dayOfWeek || r.dayOfWeek.some((day) => day === parts['weekday']?.toUpperCase())) &&
      wh >= (r.minKwh ?? 0) * 1000 &&
      wh < (r.maxKwh ?? Infinity) * 1000 &&
      lastedS >= (r.minDuration ?? 0) &&
      lastedS < (r.maxDuration ?? Infinity)
    );
  };
  for (const { priceComponents, restrictions } of tariff.elements ?? []) {
    const found = priceComponents.find((component) => component.type === type);
    if (found && holds(restrictions ?? {})) return found.price;
  }
  return undefined;
}

const calendar = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Kolkata',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  weekday: 'long',
});

/** Prices a session second by second. This is exact only if energy and steps change at whole seconds. */
function costBySecond(tariff: Tariff, pieces: readonly Piece[]): number {
  let [lasted, wh, energy, time, parking] = [0, 0, 0, 0, 0];
  let flat: number | undefined;
  for (const { s, whPerS } of pieces) {
    for (let second = 0; second < s; second++) {
      const at = EVENING + lasted * 1000;
      const by = (type: ComponentType): number | undefined => pricedBy(tariff, type, at, wh, lasted);
      energy += whPerS * (by('ENERGY') ?? tariff.pricePerKwh);
      if (whPerS > 0) time += by('TIME') ?? 0;
      else parking += by('PARKING_TIME') ?? 0;
      flat ??= by('FLAT');
      lasted += 1;
      wh += whPerS;
    }
  }
  return (
    Math.floor(energy / 1000 + 0.5) + Math.floor(time / 3600 + 0.5) + Math.floor(parking / 3600 + 0.5) + (flat ?? 0)
  );
}

describe('a session by a tariff with elements', () => {
  it('costs what the oracle computes second by second', () => {
    const shorter = somePieces.map((pieces) => pieces.map((piece) => ({ ...piece, s: Math.ceil(piece.s / 2) })));
    fc.assert(
      fc.property(anElementTariff(), shorter, (tariff, pieces) => {
        expect(chargingCostOf(tariff, chargingPeriodsOf(tariff, pieces))).toBe(costBySecond(tariff, pieces));
      }),
      { numRuns: runs(60) },
    );
  });

  it('costs whole minor units that sum to the total, and costs nothing without delivery', () => {
    fc.assert(
      fc.property(anElementTariff(STEPPED), somePieces, someTerms, (tariff, pieces, terms) => {
        const course = chargingPeriodsOf(tariff, pieces);
        const { total, lines, energyWh } = price(tariff, course, terms);
        expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(total);
        for (const { code, amount } of lines) {
          expect(Number.isSafeInteger(amount)).toBe(true);
          if (code !== 'discount' && code !== 'adjustment') expect(amount).toBeGreaterThanOrEqual(0);
        }
        expect(total).toBeGreaterThanOrEqual(0);
        if (energyWh === 0) expect(total).toBe(0);
      }),
    );
  });

  it('never costs less when it continues', () => {
    fc.assert(
      fc.property(anElementTariff(STEPPED), somePieces, somePieces, someTerms, (tariff, pieces, more, terms) => {
        const before = price(tariff, chargingPeriodsOf(tariff, pieces), terms).total;
        expect(price(tariff, chargingPeriodsOf(tariff, [...pieces, ...more]), terms).total).toBeGreaterThanOrEqual(
          before,
        );
      }),
      { numRuns: runs(300) },
    );
  });

  it('costs the same however often the meter is read', () => {
    const split = ({ s, whPerS }: Piece): Piece[] => Array.from({ length: s }, () => ({ s: 1, whPerS }));
    fc.assert(
      fc.property(anElementTariff(STEPPED), somePieces, (tariff, pieces) => {
        expect(chargingPeriodsOf(tariff, pieces.flatMap(split))).toEqual(chargingPeriodsOf(tariff, pieces));
      }),
      { numRuns: runs(40) },
    );
  });

  it('costs the same in two sessions as in one when no component is charged per session', () => {
    const additive = anElementTariff().map((tariff): Tariff => {
      const elements = (tariff.elements ?? []).map(({ priceComponents, restrictions = {} }) => {
        const { minKwh, maxKwh, minDuration, maxDuration, ...timely } = restrictions;
        expect([minKwh, maxKwh, minDuration, maxDuration]).toHaveLength(4);
        // These prices leave no fraction of a minor unit, so that nothing is rounded twice.
        const components = priceComponents.map((each) => ({ ...each, price: each.price * 3600 }));
        return { priceComponents: components.filter(({ type }) => type !== 'FLAT'), restrictions: timely };
      });
      return {
        id: 't',
        currency: 'INR',
        timeZone: 'Asia/Kolkata',
        pricePerKwh: 2000,
        serviceFee: 0,
        taxes: [],
        elements,
      };
    });
    const kilo = somePieces.map((pieces) => pieces.map(({ s, whPerS }) => ({ s, whPerS: whPerS * 1000 })));
    fc.assert(
      fc.property(additive, kilo, kilo, (tariff, first, then) => {
        const one = chargingPeriodsOf(tariff, first);
        const two = chargingPeriodsOf(tariff, then, one.until);
        const whole = chargingPeriodsOf(tariff, [...first, ...then]);
        const cost = (...courses: (typeof one)[]): number =>
          courses.reduce((sum, course) => sum + chargingCostOf(tariff, course), 0);
        expect(cost(one, two)).toBe(cost(whole));
      }),
    );
  });

  it('is capped at an authorised amount that covers the fees, and states the part that it does not bill', () => {
    fc.assert(
      fc.property(
        anElementTariff(STEPPED),
        somePieces,
        someTerms,
        fc.nat(50_000),
        (tariff, pieces, terms, authorised) => {
          const course = chargingPeriodsOf(tariff, pieces);
          const { breakup, unbilled } = priceWithin(tariff, course, terms, authorised);
          const full = price(tariff, course, terms).total;
          expect(breakup.total + unbilled).toBe(full);
          expect(breakup.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(breakup.total);
          if (full <= authorised) expect(unbilled).toBe(0);
          // The fees of the operator alone may exceed this; no quote can be that small.
          else if (authorised >= 10_000) expect(breakup.total).toBeLessThanOrEqual(authorised);
        },
      ),
    );
  });

  it('never limits the energy of a session that the authorised amount covers', () => {
    fc.assert(
      fc.property(anElementTariff(), somePieces, someTerms, (tariff, pieces, terms) => {
        const course = chargingPeriodsOf(tariff, pieces);
        const { total } = price(tariff, course, terms);
        expect(energyForTotal(tariff, total, terms)).toBeGreaterThanOrEqual(course.energyWh);
      }),
    );
  });

  it('grows with the changes of its tariff, not with its readings, and removes corrected energy from its end', () => {
    fc.assert(
      fc.property(anElementTariff(), somePieces, fc.nat(20_000), (tariff, pieces, less) => {
        const course = chargingPeriodsOf(tariff, pieces);
        // A session lasts at most five hours and crosses a few bounds of time, energy and duration.
        expect(course.periods.length).toBeLessThan(30);
        const cut = capEnergy(course, less);
        expect(cut.periods.reduce((sum, { energyWh }) => sum + energyWh, 0)).toBe(Math.min(less, course.energyWh));
        expect(cut.until).toBe(course.until);
      }),
    );
  });
});

describe('an order by a tariff with elements', () => {
  const aDrawn = fc.record({
    seed: fc.nat(),
    maxPowerW: fc.constantFrom(7400, 22_000, 50_000),
    sampleS: fc.constantFrom(10, 30, 60),
    latencyMs: fc.integer({ min: 1000, max: 5000 }),
  });
  /** When the sessions of `runSession` begin. */
  const SESSION_BEGIN = Date.UTC(2026, 0, 15);
  type Drawn = typeof aDrawn extends fc.Arbitrary<infer T> ? T : never;

  function run(
    tariff: Tariff,
    drawn: Drawn,
    value: number,
    kind: 'energy' | 'amount',
    plans: boolean,
    disconnectMs?: number,
  ) {
    const { maxPowerW, latencyMs } = drawn;
    const connector = { ...CONNECTOR, tariff, maxPowerW, options: { energy: 1_000_000, amount: 1_000_000 } };
    const core = {
      decide,
      nextDeadline,
      policy: POLICY,
      site: { ...SITE, connector },
      limit: { kind, value },
      paid: 1e9,
    };
    const configuration: Record<string, string> = plans ? { SupportedFeatureProfiles: 'Core,SmartCharging' } : {};
    const capabilities = capabilitiesOf(configuration, connector, [latencyMs, latencyMs, latencyMs]);
    return runSession(core, { ...drawn, capabilities, ...(disconnectMs !== undefined && { disconnectMs }) });
  }

  // Every second must have a price; otherwise an amount would last for ever.
  const costly = anElementTariff().map((tariff): Tariff => {
    const { maxPrice: _most, minPrice: _least, ...rest } = tariff;
    const always = {
      priceComponents: [
        { type: 'ENERGY', price: 1500 },
        { type: 'TIME', price: 3000 },
      ] as const,
    };
    const elements = (tariff.elements ?? []).map(({ priceComponents, ...when }) => ({
      ...when,
      priceComponents: priceComponents.map((each) => ({ ...each, price: each.price + 500 })),
    }));
    return { ...rest, elements: [...elements, always] };
  });

  it('ends by itself within the authorised amount, and overshoots by seconds, not minutes', () => {
    fc.assert(
      fc.property(
        costly,
        aDrawn,
        fc.integer({ min: 500, max: 20_000 }),
        fc.boolean(),
        (tariff, drawn, value, plans) => {
          // Less than a flat price buys nothing and is refused.
          const connector = { ...CONNECTOR, tariff, maxPowerW: drawn.maxPowerW };
          fc.pre(energyOfLimit(connector, { kind: 'amount', value }, SESSION_BEGIN) > 0);
          const { bill, state, authorised } = run(tariff, drawn, value, 'amount', plans);
          expect(state).toBe('completed');
          expect(bill!.total).toBeLessThanOrEqual(authorised);
          // The bound is twelve seconds at the highest price of such a tariff with tax, plus a flat price that applies late.
          const [perKwh, perHour] = [5500, 5500];
          const dearest = (drawn.maxPowerW * 12 * perKwh) / 3_600_000 + (12 * perHour) / 3600;
          expect(bill!.unbilled ?? 0).toBeLessThanOrEqual(dearest * 1.3 + 5500 * 1.3);
        },
      ),
      { numRuns: runs(60), seed: 20_261_125 },
    );
  });

  it('meets an energy limit to the Wh, and refunds what a slower car did not use', () => {
    fc.assert(
      fc.property(costly, aDrawn, fc.integer({ min: 500, max: 10_000 }), (tariff, drawn, value) => {
        const { bill, authorised } = run(tariff, drawn, value, 'energy', false);
        expect(bill!.energyWh).toBeLessThanOrEqual(value);
        expect(bill!.total).toBeLessThanOrEqual(authorised);
        expect(bill!.total + bill!.refund).toBe(1e9);
      }),
      { numRuns: runs(60), seed: 20_261_125 },
    );
  });

  it('stays within the paid amount after a lost connection when the charger supports charging profiles', () => {
    const plain: Tariff = {
      id: 't',
      currency: 'INR',
      pricePerKwh: 1500,
      serviceFee: 0,
      taxes: [],
      elements: [{ priceComponents: [{ type: 'TIME', price: 6000 }] }],
    };
    fc.assert(
      fc.property(
        aDrawn,
        fc.integer({ min: 2000, max: 20_000 }),
        fc.integer({ min: 1, max: 3000 }),
        (drawn, value, cutS) => {
          const { authorised, deliveredWh, flowedMs } = run(plain, drawn, value, 'amount', true, cutS * 1000);
          const used = (deliveredWh * 1500) / 1000 + (flowedMs * 6000) / 3_600_000;
          // The bound is one second at full power.
          expect(used - authorised).toBeLessThan((drawn.maxPowerW * 1500) / 3_600_000 + 6000 / 3600 + 1);
        },
      ),
      { numRuns: runs(60), seed: 20_261_125 },
    );
  });

  it('is quoted for a session at full power, to the last minor unit of an amount', () => {
    fc.assert(
      fc.property(anElementTariff(STEPPED), aLimit, someTerms, (tariff, limit, terms) => {
        const connector = { ...CONNECTOR, tariff };
        const quote = priceOfLimit(connector, limit, terms, EVENING);
        expect(quote.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(quote.total);
        const charging = quote.lines.filter(({ code }) => ['energy', 'time', 'parking', 'flat'].includes(code));
        if (limit.kind === 'amount') expect(charging.reduce((sum, { amount }) => sum + amount, 0)).toBe(limit.value);
        const { energyWh } = capsForLimit(connector, limit, quote.total, terms);
        if (limit.kind === 'energy') expect(energyWh).toBe(limit.value);
      }),
    );
  });
});
