/**
 * Orders under tariffs with elements and step sizes, whose cost may fall while a session goes on: what was ordered is
 * not cut short for its amount, and no bill exceeds that amount.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/domain/decide/decide.js';
import { nextDeadline } from '../../src/domain/decide/timers.js';
import type { OrderCommand } from '../../src/domain/model/command.js';
import type { Order } from '../../src/domain/model/order.js';
import type { Limit } from '../../src/domain/model/quote.js';
import { chargingCostOf, energyOfLimit } from '../../src/domain/pricing/pricing.js';
import { asked, confirm, HOUR, MINUTE, run, start, stopAt } from '../unit/domain/sessions.js';
import { CONNECTOR, decisionContext, POLICY, SITE } from './domain-arbitraries.js';
import { runs } from './runs.js';
import { anElementTariff, chargingPeriodsOf, EVENING } from './tariff-arbitraries.js';

const POWER_W = CONNECTOR.maxPowerW;

const aSteppedTariff = fc
  .record({
    energy: fc.constantFrom(1, 500, 10_000),
    time: fc.constantFrom(1, 900, 3600),
    parking: fc.constantFrom(1, 900),
  })
  .chain(anElementTariff);

const aDrawn = fc.record({
  tariff: aSteppedTariff,
  /** When the session begins, from 20:00 on. @unit ms */
  later: fc.integer({ min: 0, max: 12 * HOUR }),
  sampleMs: fc.constantFrom(MINUTE, 5 * MINUTE),
});
type Drawn = typeof aDrawn extends fc.Arbitrary<infer T> ? T : never;

function placeOf({ tariff, later }: Drawn) {
  return { at: EVENING + later, site: { ...SITE, connector: { ...CONNECTOR, tariff } } };
}

function begun(drawn: Drawn, limit: Limit): Order {
  const { at, site } = placeOf(drawn);
  const confirmed = run(undefined, { ...confirm(true, limit), site } as OrderCommand, at).order;
  return run(confirmed, start(at), at).order;
}

/** Reads a car of constant power and handles all deadlines, until the stop is requested or `untilMs` is over. */
function driven(order: Order, { sampleMs }: Drawn, powerW: number, untilMs = 5 * HOUR) {
  const began = order.session!.startReceivedAt;
  const energyAt = (ms: number): number => Math.floor((powerW * ms) / HOUR);
  let ms = 0;
  for (let due = nextDeadline(order, POLICY), read = sampleMs; order.state !== 'stopping';) {
    ms = Math.min(read, Math.max(ms, (due ?? Infinity) - began), untilMs);
    const sample = { at: began + ms, registerWh: 1_000_000 + energyAt(ms), powerW };
    const command: OrderCommand =
      ms === read ? { type: 'record-sample', samples: [sample], journalSeq: ms } : { type: 'timer-due' };
    if (ms === read) read += sampleMs;
    order = run(order, command, began + ms).order;
    if (ms >= untilMs) break;
    const next = nextDeadline(order, POLICY);
    due = next === due ? undefined : next;
  }
  const at = began + ms + (order.state === 'stopping' ? POLICY.stopLatencyMs : 0);
  const ended = run(order, stopAt(energyAt(at - began), at), at).order;
  return { stoppedMs: ms, bill: ended.bill!, authorised: ended.authorised };
}

describe('an order under a tariff with steps', () => {
  it('lasts for its whole time at full power, whatever its cost is meanwhile, and is billed as quoted at most', () => {
    fc.assert(
      fc.property(aDrawn, fc.integer({ min: 60, max: 7200 }), (drawn, seconds) => {
        const { stoppedMs, bill, authorised } = driven(begun(drawn, { kind: 'time', value: seconds }), drawn, POWER_W);
        expect(stoppedMs).toBeGreaterThanOrEqual(seconds * 1000 - POLICY.stopLatencyMs - 100);
        expect(bill.total).toBeLessThanOrEqual(authorised);
      }),
      { numRuns: runs(300) },
    );
  });

  it('lasts for its whole energy at full power', () => {
    fc.assert(
      fc.property(aDrawn, fc.integer({ min: 1000, max: 60_000 }), (drawn, value) => {
        const { stoppedMs, bill, authorised } = driven(begun(drawn, { kind: 'energy', value }), drawn, POWER_W);
        expect(stoppedMs).toBeGreaterThanOrEqual((value * HOUR) / POWER_W - POLICY.stopLatencyMs - 100);
        expect(bill.total).toBeLessThanOrEqual(authorised);
      }),
      { numRuns: runs(300) },
    );
  });

  it('is never billed above its amount, at any power and whenever it ends', () => {
    const aLimit = fc.oneof(
      fc.record({ kind: fc.constant('time' as const), value: fc.integer({ min: 60, max: 7200 }) }),
      fc.record({ kind: fc.constant('energy' as const), value: fc.integer({ min: 1000, max: 60_000 }) }),
      fc.record({ kind: fc.constant('amount' as const), value: fc.integer({ min: 1, max: 30_000 }) }),
    );
    fc.assert(
      fc.property(
        aDrawn,
        aLimit,
        fc.integer({ min: 0, max: POWER_W }),
        fc.integer({ min: 1000, max: 2 * HOUR }),
        (drawn, limit, powerW, untilMs) => {
          const { at, site } = placeOf(drawn);
          fc.pre(energyOfLimit(site.connector, limit, at) > 0);
          const { bill, authorised } = driven(begun(drawn, limit), drawn, powerW, untilMs);
          expect(bill.total).toBeLessThanOrEqual(authorised);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('is never billed above an amount to which it was lowered, fees and all', () => {
    const seconds = { kind: 'time', value: 3600 } as const;
    fc.assert(
      fc.property(aDrawn, fc.integer({ min: 1, max: 5000 }), (drawn, value) => {
        const { at, site } = placeOf(drawn);
        const confirmed = run(undefined, { ...confirm(true, seconds), site } as OrderCommand, at).order;
        const update = { type: 'update', request: asked('u'), site, limit: { kind: 'amount', value } } as const;
        const lowered = decide(confirmed, update, decisionContext(at));
        if ('refusal' in lowered) {
          expect(lowered.refusal.detail).toContain('buys no energy');
          return;
        }
        const { bill } = driven(run(lowered.order, start(at), at).order, drawn, POWER_W);
        expect(bill.total).toBeLessThanOrEqual(Math.min(lowered.order.quote.total, lowered.order.authorised));
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('the energy of an amount', () => {
  it('is all that a session at full power delivers for it', () => {
    fc.assert(
      fc.property(aSteppedTariff, fc.integer({ min: 1, max: 4 * 3600 }), (tariff, s) => {
        // 10 Wh a second at 36 kW.
        const connector = { ...CONNECTOR, tariff, maxPowerW: 36_000 };
        const value = chargingCostOf(tariff, chargingPeriodsOf(tariff, [{ s, whPerS: 10 }]));
        expect(energyOfLimit(connector, { kind: 'amount', value }, EVENING)).toBeGreaterThanOrEqual(10 * s);
      }),
      { numRuns: runs(1000) },
    );
  });
});
