/** How long an amount lasts if a cheaper price of later time reduces the cost of a step that has begun. */
import { describe, expect, it } from 'vitest';
import { nextDeadline } from '../../../../src/domain/decide/timers.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Site } from '../../../../src/domain/model/network.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Limit } from '../../../../src/domain/model/quote.js';
import type { PriceComponent, Restrictions } from '../../../../src/domain/model/tariff.js';
import { authorisedSeconds } from '../../../../src/domain/pricing/authorised-until.js';
import { priceOfLimit } from '../../../../src/domain/pricing/pricing.js';
import { POLICY, SITE } from '../../../property/domain-arbitraries.js';
import { AT, confirm, HOUR, MINUTE, run, SECOND, start, status, stopAt } from '../sessions.js';

const POWER_W = 60_000;
const BEGAN = AT;

function siteOf(...elements: (readonly [PriceComponent, Restrictions?])[]): Site {
  const tariff = {
    ...{ id: 't', currency: 'INR', pricePerKwh: 0, serviceFee: 0, taxes: [], timeZone: 'UTC' },
    elements: elements.map(([component, restrictions]) => ({
      priceComponents: [component],
      ...(restrictions && { restrictions }),
    })),
  };
  return { ...SITE, connector: { ...SITE.connector, tariff } };
}

/** 100 minor units a minute until 10:20, then 10; whole hours are billed. The session begins at 10:00. */
const CHEAPER_SOON = siteOf(
  [
    { type: 'TIME', price: 6000, stepSize: 3600 },
    { startTime: '00:00', endTime: '10:20' },
  ],
  [{ type: 'TIME', price: 600, stepSize: 3600 }],
);

function confirmed(site: Site, limit: Limit): Order {
  return run(undefined, { ...confirm(true, limit), site } as OrderCommand, AT).order;
}

function begun(site: Site, limit: Limit): Order {
  return run(confirmed(site, limit), start(BEGAN), BEGAN).order;
}

function reading(ms: number, powerW = POWER_W): OrderCommand {
  const at = BEGAN + ms;
  const energyWh = Math.floor((powerW * ms) / HOUR);
  return { type: 'record-sample', samples: [{ at, registerWh: 1_000_000 + energyWh, powerW }], journalSeq: at };
}

/** Reads full power every half minute and handles all deadlines, until the order is stopping. */
function stopped(order: Order, powerW = POWER_W): { readonly ms: number; readonly reason: string | undefined } {
  for (let at = 30 * SECOND; at <= 24 * HOUR; at += 30 * SECOND) {
    for (let due = nextDeadline(order, POLICY); due !== undefined && due < BEGAN + at;) {
      order = run(order, { type: 'timer-due' }, due).order;
      if (order.state === 'stopping') return { ms: due - BEGAN, reason: order.session?.stop?.reason };
      const next = nextDeadline(order, POLICY);
      due = next === due ? undefined : next;
    }
    order = run(order, reading(at, powerW), BEGAN + at).order;
    if (order.state === 'stopping') return { ms: at, reason: order.session?.stop?.reason };
  }
  throw new Error('never stopped');
}

describe('an order whose begun step becomes cheaper', () => {
  const hour = { kind: 'time', value: 3600 } as const;

  it('by time lasts for its whole time', () => {
    const order = begun(CHEAPER_SOON, hour);
    expect(order.authorised).toBe(2400);
    expect(stopped(order)).toEqual({ ms: HOUR - POLICY.stopLatencyMs, reason: 'limit-time' });
  });

  it('by time gets a charging profile for its whole time', () => {
    expect(authorisedSeconds(confirmed(CHEAPER_SOON, hour), POWER_W, AT)).toBe(Infinity);
  });

  it('by energy lasts for its whole energy, and no longer than its amount if the car is slower', () => {
    const order = begun(CHEAPER_SOON, { kind: 'energy', value: 60_000 });
    expect(stopped(order)).toEqual({ ms: HOUR - POLICY.stopLatencyMs, reason: 'limit-energy' });
    const { ms, reason } = stopped(order, POWER_W / 2);
    expect(reason).toBe('limit-amount');
    expect(ms).toBeGreaterThan(HOUR - POLICY.stopLatencyMs - SECOND);
    expect(ms).toBeLessThanOrEqual(HOUR - POLICY.stopLatencyMs);
  });

  it('by amount lasts until the last time that the amount pays for', () => {
    const order = begun(CHEAPER_SOON, { kind: 'amount', value: 2400 });
    expect(order.quote.energyWh).toBe(60_000);
    const { ms, reason } = stopped(order);
    expect(reason).toBe('limit-amount');
    expect(ms).toBeGreaterThan(HOUR - POLICY.stopLatencyMs - SECOND);
    expect(ms).toBeLessThanOrEqual(HOUR - POLICY.stopLatencyMs);
  });

  it('goes on while the car pauses', () => {
    const order = run(begun(CHEAPER_SOON, hour), reading(5 * MINUTE), BEGAN + 5 * MINUTE).order;
    const at = BEGAN + 6 * MINUTE;
    const paused = run(order, status('SuspendedEV', at), at).order;
    expect(run(paused, { type: 'timer-due' }, at).order.state).toBe('suspended');
  });

  it('is billed no more than its amount if it ends before', () => {
    const ended = run(begun(CHEAPER_SOON, hour), stopAt(1000, BEGAN + MINUTE), BEGAN + MINUTE);
    expect(ended.order.bill).toMatchObject({ total: 2400, unbilled: 3600 });
  });

  it('by energy lasts for its whole energy if steps of energy become cheaper', () => {
    const site = siteOf(
      [{ type: 'ENERGY', price: 5000, stepSize: 60_000 }, { maxKwh: 20 }],
      [{ type: 'ENERGY', price: 500, stepSize: 60_000 }],
    );
    const order = begun(site, { kind: 'energy', value: 60_000 });
    expect(order.authorised).toBe(120_000);
    expect(stopped(order)).toEqual({ ms: HOUR - POLICY.stopLatencyMs, reason: 'limit-energy' });
  });
});

describe('the quote of an order whose begun step becomes cheaper', () => {
  it('by amount has all the energy that the amount pays for', () => {
    const site = siteOf(
      [
        { type: 'TIME', price: 6000, stepSize: 3600 },
        { startTime: '00:00', endTime: '10:50' },
      ],
      [{ type: 'TIME', price: 600, stepSize: 3600 }],
    );
    expect(priceOfLimit(site.connector, { kind: 'amount', value: 5100 }, {}, AT).energyWh).toBe(60_000);
    expect(priceOfLimit(site.connector, { kind: 'amount', value: 5099 }, {}, AT).energyWh).toBe(0);
  });

  it('by time is for the whole time, although the last second delivers less than 1 Wh', () => {
    const slow = { ...CHEAPER_SOON.connector, maxPowerW: 2200 };
    expect(priceOfLimit(slow, { kind: 'time', value: 3601 }, {}, AT).total).toBe(2000 + 1000);
  });
});

describe('an order whose later time is dearer', () => {
  const DEARER_SOON = siteOf(
    [
      { type: 'TIME', price: 600, stepSize: 3600 },
      { startTime: '00:00', endTime: '10:20' },
    ],
    [{ type: 'TIME', price: 6000, stepSize: 3600 }],
  );

  it('by amount ends before the step that it cannot pay', () => {
    const { ms, reason } = stopped(begun(DEARER_SOON, { kind: 'amount', value: 2000 }));
    expect(reason).toBe('limit-amount');
    expect(ms).toBeGreaterThan(20 * MINUTE - POLICY.stopLatencyMs - SECOND);
    expect(ms).toBeLessThanOrEqual(20 * MINUTE - POLICY.stopLatencyMs);
  });
});
