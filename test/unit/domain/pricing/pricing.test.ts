/** Worked examples of tariffs with elements, bills, sessions, offers and local time. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import { costSoFar } from '../../../../src/domain/billing/bill.js';
import { extendPeriods, openChargingPeriods } from '../../../../src/domain/pricing/charging-periods.js';
import { decide } from '../../../../src/domain/decide/decide.js';
import { localTime, nextLocalMinute } from '../../../../src/domain/pricing/local-time.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { chargingCostOf, price, priceOfLimit, priceWithin } from '../../../../src/domain/pricing/pricing.js';
import type { PriceComponent, Restrictions, Tariff } from '../../../../src/domain/model/tariff.js';
import { decisionContext, CONNECTOR, SITE } from '../../../property/domain-arbitraries.js';
import { AT, confirm, HOUR, MINUTE, SECOND, start } from '../sessions.js';

const PLAIN: Tariff = { id: 't', currency: 'INR', pricePerKwh: 0, serviceFee: 0, taxes: [] };

function tariffOf(...elements: (readonly [PriceComponent[], Restrictions?])[]): Tariff {
  return {
    ...PLAIN,
    timeZone: 'Asia/Kolkata',
    elements: elements.map(([priceComponents, restrictions]) => ({
      priceComponents,
      ...(restrictions && { restrictions }),
    })),
  };
}

/** Builds charging periods from pieces in minutes and Wh. A piece without energy is idle time. */
function courseOf(tariff: Tariff, ...pieces: (readonly [minutes: number, energyWh: number])[]) {
  return pieces.reduce(
    (course, [minutes, wh]) =>
      extendPeriods(tariff, course, {
        at: course.until + minutes * MINUTE,
        energyWh: course.energyWh + wh,
        idle: wh === 0,
      }),
    openChargingPeriods(AT),
  );
}

describe('step sizes', () => {
  // @source OCPI 2.2.1 §11.4.3: 5 minutes for charging and for parking
  const five = tariffOf([
    [
      { type: 'TIME', price: 6000, stepSize: 300 },
      { type: 'PARKING_TIME', price: 3000, stepSize: 300 },
    ],
  ]);

  it('round the charging time up when nothing was parked', () => {
    expect(chargingCostOf(five, courseOf(five, [21, 7000]))).toBe(25 * 100);
  });

  it('round the parking alone up when something was', () => {
    expect(chargingCostOf(five, courseOf(five, [21, 7000], [7, 0]))).toBe(21 * 100 + 10 * 50);
  });

  it('are taken once, from the component that was the last to count', () => {
    const steps = tariffOf(
      [[{ type: 'ENERGY', price: 1000, stepSize: 100 }], { maxKwh: 1 }],
      [[{ type: 'ENERGY', price: 2000, stepSize: 500 }]],
    );
    // 1.2 kWh become 1.5: the last half kWh at the second price.
    expect(chargingCostOf(steps, courseOf(steps, [10, 1200]))).toBe(1000 + 1000);
    expect(chargingCostOf(steps, courseOf(steps, [10, 820]))).toBe(900);
  });
});

describe('the first element that holds', () => {
  it('prices its kind alone: energy by the hour of the day, the flat price once', () => {
    // AT is 15:30 in Kolkata.
    const tariff = tariffOf(
      [[{ type: 'ENERGY', price: 2000 }], { startTime: '16:00', endTime: '17:00' }],
      [
        [
          { type: 'ENERGY', price: 1000 },
          { type: 'FLAT', price: 77 },
        ],
      ],
    );
    const lines = price(tariff, courseOf(tariff, [120, 12_000])).lines.map(({ code, amount }) => [code, amount]);
    expect(Object.fromEntries(lines)).toMatchObject({ energy: 6 * 2000 + 6 * 1000, flat: 77 });
  });

  it('leaves energy at the plain price, and all else free, where none holds', () => {
    const tariff = { ...tariffOf([[{ type: 'TIME', price: 6000 }], { dayOfWeek: ['SUNDAY'] }]), pricePerKwh: 500 };
    expect(chargingCostOf(tariff, courseOf(tariff, [60, 2000]))).toBe(1000);
  });
});

describe('a bill', () => {
  it('shows a tax in its parts, to the last minor unit', () => {
    const gst = { name: 'GST', rateBps: 1800, on: ['energy'] as const, split: ['CGST', 'SGST'] };
    const { lines, total } = price({ ...PLAIN, pricePerKwh: 1005, taxes: [gst] }, 1000);
    expect(lines.filter(({ code }) => code === 'tax')).toEqual([
      { code: 'tax', title: 'CGST', amount: 91 },
      { code: 'tax', title: 'SGST', amount: 90 },
    ]);
    expect(total).toBe(1005 + 181);
  });

  it('takes a discount before the tax, and the buyer finder fee of the price of the energy alone', () => {
    const tariff: Tariff = {
      ...PLAIN,
      pricePerKwh: 1000,
      serviceFee: 100,
      platformFee: 50,
      taxes: [{ name: 'GST', rateBps: 1000, on: ['energy'] }],
    };
    const terms = {
      offer: { code: 'TEN', title: 'Ten percent', percentBps: 1000 },
      buyerFinderFee: { kind: 'percent' as const, value: 200 },
    };
    expect(price(tariff, 10_000, terms).lines.map(({ code, amount }) => [code, amount])).toEqual([
      ['energy', 10_000],
      ['discount', -1000],
      ['tax', 900],
      ['service-fee', 100],
      ['platform-fee', 50],
      ['buyer-finder-fee', 200],
    ]);
  });

  it('takes a finder fee of 2.5 percent of 2.5 kWh at 45 as 2.81, as published samples do', () => {
    const tariff: Tariff = { ...PLAIN, pricePerKwh: 4500, serviceFee: 1000, taxes: [] };
    const terms = {
      offer: { code: 'O', title: 'Offer discount', amount: 1500 },
      buyerFinderFee: { kind: 'percent' as const, value: 250 },
    };
    expect(price(tariff, 2500, terms).lines).toContainEqual({
      code: 'buyer-finder-fee',
      title: 'Buyer Finder Fee',
      amount: 281,
    });
  });

  it('takes no finder fee of energy that is not billed, so that the bill stays within what was authorised', () => {
    const tariff: Tariff = { ...PLAIN, pricePerKwh: 1000, serviceFee: 0, taxes: [] };
    const terms = { buyerFinderFee: { kind: 'percent' as const, value: 10_000 } };
    const { breakup } = priceWithin(tariff, 100_000, terms, 5000);
    expect(breakup.total).toBeLessThanOrEqual(5000);
    expect(breakup.lines).toContainEqual(expect.objectContaining({ code: 'buyer-finder-fee', amount: 2500 }));
  });

  it('taxes a component by its own rate', () => {
    const tariff = tariffOf([[{ type: 'ENERGY', price: 1000, vatBps: 1900 }]]);
    expect(price(tariff, courseOf(tariff, [10, 2000])).lines.find(({ code }) => code === 'tax')).toEqual({
      code: 'tax',
      title: 'VAT 19 %',
      amount: 380,
    });
  });

  it('keeps to the least and the most price', () => {
    const bounded: Tariff = { ...PLAIN, pricePerKwh: 1000, minPrice: 500, maxPrice: 3000 };
    const adjusted = (wh: number) => price(bounded, wh).lines.find(({ code }) => code === 'adjustment')?.amount;
    expect([price(bounded, 100).total, price(bounded, 2000).total, price(bounded, 9000).total]).toEqual([
      500, 2000, 3000,
    ]);
    expect([adjusted(100), adjusted(2000), adjusted(9000)]).toEqual([400, undefined, -6000]);
    expect(price(bounded, 0).total).toBe(0);
  });

  it('is quoted by time for a session at full power', () => {
    const tariff = tariffOf([[{ type: 'TIME', price: 6000 }]]);
    const quote = priceOfLimit({ ...CONNECTOR, tariff }, { kind: 'time', value: 1800 }, {}, AT);
    expect(quote.total).toBe(3000);
  });
});

describe('a session', () => {
  const tariff = tariffOf([
    [
      { type: 'ENERGY', price: 1000 },
      { type: 'TIME', price: 600 },
      { type: 'PARKING_TIME', price: 6000 },
    ],
  ]);
  const site = { ...SITE, connector: { ...CONNECTOR, tariff } };
  const begun = AT + 5 * SECOND;

  const first = { ...confirm(true, { kind: 'energy', value: 20_000 }), site } as OrderCommand;

  function orderAfter(...steps: readonly (readonly [number, OrderCommand])[]): Order {
    return played([[AT, first], [begun, start()], ...steps]);
  }

  function played(steps: readonly (readonly [number, OrderCommand])[]): Order {
    let order: Order | undefined;
    for (const [at, command] of steps) {
      const decision = decide(order, command, decisionContext(at));
      if ('refusal' in decision) throw new Error(decision.refusal.code);
      order = decision.order;
    }
    return order!;
  }
  const reads = (minute: number, wh: number, powerW?: number): readonly [number, OrderCommand] => {
    const at = begun + minute * MINUTE;
    const sample = { at, registerWh: 1_000_000 + wh, ...(powerW !== undefined && { powerW }) };
    return [at, { type: 'record-sample', samples: [sample], journalSeq: minute }];
  };
  const ends = (minute: number, wh: number): readonly [number, OrderCommand] => {
    const at = begun + minute * MINUTE;
    return [at, { type: 'record-stop', meterStopWh: 1_000_000 + wh, at, reason: 'Local', samples: [] }];
  };
  const amounts = (order: Order) => {
    const found = Object.fromEntries(order.bill!.lines.map(({ code, amount }) => [code, amount]));
    return [found['energy'], found['time'], found['parking']];
  };

  it('pays for time while energy flows, and for parking while none does', () => {
    const order = orderAfter(
      reads(5, 5000, 60_000),
      reads(8, 8000, 60_000),
      reads(9, 8000, 0),
      reads(12, 8000, 0),
      ends(13, 8000),
    );
    // The last minute does not count as a pause: the register may stand still for that long while the car charges.
    expect(amounts(order)).toEqual([8000, 90, 400]);
  });

  it('does not take a coarse register for a pause, but a long standstill', () => {
    const coarse = [reads(1, 0), reads(2, 0), reads(3, 500), reads(4, 500), reads(5, 500), reads(6, 1000)];
    expect(amounts(orderAfter(...coarse, ends(6, 1000)))).toEqual([1000, 60, 0]);
    // A register in whole kWh stands still for as long as a slow car needs for one kWh.
    const whole = [1, 3, 5, 7].map((minute) => reads(minute, 0));
    expect(amounts(orderAfter(...whole, reads(9, 1000), ends(9, 1000)))).toEqual([1000, 90, 0]);
    const stood = [reads(1, 500), ...[2, 3, 4, 5, 6, 7].map((minute) => reads(minute, 500)), reads(8, 1000)];
    expect(amounts(orderAfter(...stood, ends(8, 1000)))).toEqual([1000, 20, 600]);
  });

  it('stops when parking has used up what was authorised, and bills no more', () => {
    const full = reads(10, 5000, 0);
    const parked = orderAfter(reads(9, 5000, 60_000), full);
    const left = parked.authorised - costSoFar(parked)!.amountMinor;
    const lasts = Math.floor((left / 6000) * HOUR);
    const wakes = full[0] + lasts - 60 * SECOND;
    const at = (when: number): Order => {
      // A charger that sends readings is not silent, so the bridge assumes no more than they show.
      const taken = when - 10 * SECOND;
      const samples = [{ at: taken, registerWh: 1_005_000, powerW: 0 }];
      const heard = decide(parked, { type: 'record-sample', samples, journalSeq: 99 }, decisionContext(taken));
      if ('refusal' in heard) throw new Error('refused');
      const decision = decide(heard.order, { type: 'timer-due' }, decisionContext(when));
      if ('refusal' in decision) throw new Error('refused');
      return decision.order;
    };
    expect(at(wakes).state).not.toBe('stopping');
    expect(at(full[0] + lasts)).toMatchObject({ state: 'stopping', session: { stop: { reason: 'limit-amount' } } });
    const order = orderAfter(reads(9, 5000, 60_000), full, reads(600, 5000, 0), ends(700, 5000));
    expect(order.bill!.total).toBe(parked.authorised);
    expect(order.bill!.unbilled).toBeGreaterThan(0);
  });

  it('keeps its account through a restart: the readings again make the same bill', () => {
    const reported = [reads(5, 5000), reads(6, 5200), reads(30, 5200), reads(31, 6200)];
    const whole = orderAfter(...reported, ends(40, 8000));
    const half = orderAfter(...reported.slice(0, 2));
    const saved = JSON.parse(JSON.stringify(half)) as Order;
    let order = saved;
    const samples = reported
      .slice(2)
      .flatMap(([receivedAt, command]) =>
        command.type === 'record-sample' ? command.samples.map((sample) => ({ ...sample, receivedAt })) : [],
      );
    const back = begun + 35 * MINUTE;
    for (const [at, command] of [[back, { type: 'record-sample', samples, journalSeq: 99 }], ends(40, 8000)] as const) {
      const decision = decide(order, command, decisionContext(at));
      if ('refusal' in decision) throw new Error('refused');
      order = decision.order;
    }
    expect(order.bill).toEqual(whole.bill);
  });

  it('is timed by a charger whose clock is wrong, and told the hour by ours', () => {
    const wrong = 5 * HOUR;
    const skewed = ([at, command]: readonly [number, OrderCommand]): readonly [number, OrderCommand] => {
      if (command.type === 'record-sample')
        return [at, { ...command, samples: command.samples.map((each) => ({ ...each, at: each.at + wrong })) }];
      return [at, 'at' in command ? { ...command, at: command.at + wrong } : command];
    };
    const reported = [[AT, first], [begun, start()], reads(5, 5000, 60_000), reads(9, 5000, 0), ends(9, 5000)] as const;
    const bills = [reported, reported.map(skewed)].map((steps) => played(steps).session!.meter.chargingPeriods);
    expect(bills[0]).toMatchObject({ from: begun, until: begun + 9 * MINUTE });
    expect(bills[1]).toEqual(bills[0]);
  });

  it('costs a plain tariff no account at all', () => {
    let order: Order | undefined;
    const steps = [[AT, confirm()], [begun, start()], reads(5, 5000)] as const;
    for (const [at, command] of steps) {
      const decision = decide(order, command, decisionContext(at));
      if ('refusal' in decision) throw new Error('refused');
      order = decision.order;
    }
    expect(order!.session!.meter.chargingPeriods).toBeUndefined();
  });
});

describe('the offer of an order', () => {
  const offers = [
    { code: 'OLD', title: 'Old', amount: 1, until: AT },
    { code: 'ALL', title: 'For all', amount: 100, open: true as const },
    { code: 'CLUB', title: 'Club', percentBps: 5000, until: AT + 20 * MINUTE },
  ];
  const site = { ...SITE, connector: { ...CONNECTOR, tariff: { ...CONNECTOR.tariff, offers } } };
  const asks = (type: 'select' | 'confirm', terms: object, now: number, order?: Order) =>
    decide(order, { ...confirm(), type, site, terms } as OrderCommand, decisionContext(now));

  it('is the one that is named, else the open one; another is refused', () => {
    expect(asks('select', {}, AT)).toMatchObject({ order: { offer: { code: 'ALL' } } });
    expect(asks('select', { offer: 'CLUB' }, AT)).toMatchObject({ order: { offer: { code: 'CLUB' } } });
    expect(asks('select', { offer: 'OLD' }, AT)).toMatchObject({ refusal: { code: 'offer-unknown', detail: 'OLD' } });
    expect(asks('select', { buyerFinderFee: { kind: 'percent', value: -1 } }, AT)).toMatchObject({
      refusal: { code: 'fee-invalid' },
    });
  });

  it('stands as long as its quote does, and is asked for again after it', () => {
    const selected = asks('select', { offer: 'CLUB', buyerFinderFee: { kind: 'amount', value: 5 } }, AT + 19 * MINUTE);
    if ('refusal' in selected) throw new Error('refused');
    const confirmed = asks('confirm', {}, AT + 21 * MINUTE, selected.order);
    expect(confirmed).toMatchObject({
      order: { offer: { code: 'CLUB' }, buyerFinderFee: { value: 5 }, quote: { total: selected.order.quote.total } },
    });
    const later = asks('select', {}, selected.order.quote.expiresAt, selected.order);
    expect(later).toMatchObject({ order: { offer: { code: 'ALL' }, buyerFinderFee: { value: 5 } } });
  });
});

describe('local time', () => {
  it('is the zone’s, on the day that its clock is set', () => {
    const midnight = Date.UTC(2026, 2, 28, 23);
    expect(localTime('Europe/Berlin', midnight)).toMatchObject({ weekday: 0, ms: 0 });
    // The clock jumps from 02:00 to 03:00: it never shows 02:30, and shows 04:00 three hours after midnight.
    expect(nextLocalMinute('Europe/Berlin', midnight, [240])).toBe(midnight + 2 * HOUR);
    expect(nextLocalMinute('Europe/Berlin', midnight + 2 * HOUR, [240])).toBe(midnight + 3 * HOUR);
    expect(nextLocalMinute('Asia/Kolkata', AT, [0, 930, 931])).toBe(AT + MINUTE);
    expect(() => localTime('Nowhere/Else', AT)).toThrow(RangeError);
  });
});
