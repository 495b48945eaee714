/** A charger's clock only orders its own messages: correcting it during a session changes no bill. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide/decide.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Site } from '../../../../src/domain/model/network.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { Bill, Limit } from '../../../../src/domain/model/quote.js';
import { CONNECTOR, decisionContext, SITE } from '../../../property/domain-arbitraries.js';
import { AT, confirm, HOUR, MINUTE, SECOND } from '../sessions.js';

const BEGAN = AT + 30 * SECOND;
const TIMED: Site = {
  ...SITE,
  connector: {
    ...CONNECTOR,
    tariff: {
      id: 't',
      currency: 'INR',
      timeZone: 'Asia/Kolkata',
      pricePerKwh: 0,
      serviceFee: 0,
      taxes: [],
      elements: [{ priceComponents: [{ type: 'TIME', price: 60_000, stepSize: 1 }] }],
    },
  },
};

interface Story {
  /** How far the charger's clock is ahead of ours at the given time, ms. */
  readonly skew: (now: number) => number;
  readonly everyS?: number;
  /** The minute from which the register stands still. */
  readonly pausedFrom?: number;
  /** How late the start message arrives, ms. */
  readonly startLateMs?: number;
  /** The minutes whose messages arrive together at the end of this period. */
  readonly offline?: readonly [number, number];
}

/** Returns the bill for 40 minutes at 6 kW with a price per minute. */
function billOf({ skew, everyS = 60, pausedFrom = 40, startLateMs = 0, offline }: Story): Bill {
  let order: Order | undefined;
  const run = (command: OrderCommand, now: number): void => {
    const decision = decide(order, command, decisionContext(now));
    if ('refusal' in decision) throw new Error(decision.refusal.code);
    order = decision.order;
  };
  const limit: Limit = { kind: 'time', value: 7200 };
  run({ ...confirm(true, limit), site: TIMED } as OrderCommand, AT);
  const started = { transactionId: '7', startKey: 'k', connectorId: 1, meterStartWh: 1_000_000 };
  run({ type: 'record-start', ...started, at: BEGAN + skew(BEGAN) }, BEGAN + startLateMs);
  const registerAt = (taken: number): number =>
    1_000_000 + Math.round((Math.min(taken - BEGAN, pausedFrom * MINUTE) * 6000) / HOUR);
  for (let s = everyS; s < 2400; s += everyS) {
    const taken = BEGAN + s * SECOND;
    const [from, until] = offline ?? [Infinity, Infinity];
    const isKept = s >= from * 60 && s < until * 60;
    const now = isKept ? BEGAN + until * MINUTE : taken;
    if (offline && s === from * 60) run({ type: 'charger-disconnected' }, taken);
    if (isKept && s === from * 60) run({ type: 'charger-connected' }, now);
    const sample = { at: taken + skew(taken), registerWh: registerAt(taken) };
    run({ type: 'record-sample', samples: [sample], journalSeq: s }, now);
  }
  const end = BEGAN + 40 * MINUTE;
  run(
    { type: 'record-stop', meterStopWh: registerAt(end), at: end + skew(end), reason: 'Local', samples: [] },
    end + SECOND,
  );
  if (!order?.bill) throw new Error('no bill');
  return order.bill;
}

const right = billOf({ skew: () => 0 });
const correctedBy =
  (ms: number, minute = 15) =>
  (now: number) =>
    now >= BEGAN + minute * MINUTE ? ms : 0;

describe("a charger's clock", () => {
  it('that is right gives the bill of 40 minutes', () => {
    expect(right).toMatchObject({ total: 40_000, energyWh: 4000 });
  });

  it.each([
    ['back by 30 minutes', -30 * MINUTE],
    ['back by a minute', -MINUTE],
    ['back by 20 seconds', -20 * SECOND],
    ['ahead by 30 minutes', 30 * MINUTE],
    ['back by a day', -24 * HOUR],
    ['ahead by a year', 365 * 24 * HOUR],
  ])('set %s during a session does not change its bill', (_name, ms) => {
    for (const minute of [1, 15, 39]) {
      const { total } = billOf({ skew: correctedBy(ms, minute) });
      expect(Math.abs(total - right.total)).toBeLessThanOrEqual(50);
    }
  });

  it('that is always wrong does not change a bill', () => {
    for (const ms of [-HOUR, -40 * SECOND, HOUR, Date.UTC(1970, 0, 1) - AT]) {
      expect(Math.abs(billOf({ skew: () => ms }).total - right.total)).toBeLessThanOrEqual(50);
    }
  });

  it('that is wrong does not count the time before a start that arrived late', () => {
    for (const ms of [-24 * HOUR, HOUR]) {
      const { total } = billOf({ skew: () => ms, startLateMs: 20 * SECOND });
      expect(Math.abs(total - right.total)).toBeLessThanOrEqual(50);
    }
  });

  it('that stands still hides no more than the first interval', () => {
    for (const at of [BEGAN, 0]) {
      const { total } = billOf({ skew: (now) => at - now });
      expect(Math.abs(total - right.total)).toBeLessThanOrEqual(1050);
    }
    expect(billOf({ skew: (now) => BEGAN - now, everyS: 2 }).total).toBeGreaterThan(right.total - 200);
  });

  it('set back while the car pauses does not hide the time', () => {
    const paused = billOf({ skew: () => 0, pausedFrom: 10 });
    const { total } = billOf({ skew: correctedBy(-30 * MINUTE), pausedFrom: 10 });
    expect(Math.abs(total - paused.total)).toBeLessThanOrEqual(50);
  });

  it('still tells when late messages were written', () => {
    const { total } = billOf({ skew: () => 0, offline: [20, 30] });
    expect(Math.abs(total - right.total)).toBeLessThanOrEqual(50);
  });

  it('set right while the charger was away does not change a bill', () => {
    const { total } = billOf({ skew: correctedBy(-30 * MINUTE, 30), offline: [20, 30] });
    expect(Math.abs(total - right.total)).toBeLessThanOrEqual(1100);
  });
});
