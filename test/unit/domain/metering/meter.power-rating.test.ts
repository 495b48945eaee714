/** If readings repeatedly contradict the rated power, the fault lies in the network file and not in the meter. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide/decide.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import { decisionContext } from '../../../property/domain-arbitraries.js';
import { AT, confirm, MINUTE, SECOND, start } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;

function at(maxPowerW: number) {
  let current: Accepted | undefined;
  const discrepancies: string[] = [];
  const run = (command: OrderCommand, now: number): Accepted => {
    const decision = decide(current?.order, command, { ...decisionContext(now), maxPowerW });
    if ('refusal' in decision) throw new Error(decision.refusal.code);
    discrepancies.push(...decision.discrepancies.map(({ kind }) => kind));
    current = decision;
    return decision;
  };
  run(confirm(true, { kind: 'energy', value: 300 }), AT);
  run(start(BEGAN), BEGAN);
  return { run, discrepancies };
}
const reading = (energyWh: number, now: number): OrderCommand => ({
  type: 'record-sample',
  samples: [{ at: now, registerWh: 1_000_000 + energyWh }],
  journalSeq: now,
});

describe.each([7, 200, 6600])('a rated power of %i W at a charger of 36 kW', (maxPowerW) => {
  it('does not keep a limit from being held', () => {
    const { run } = at(maxPowerW);
    let stoppedAt = Infinity;
    for (let wh = 50; wh <= 1000; wh += 50) {
      const { order } = run(reading(wh, BEGAN + wh * 100), BEGAN + wh * 100);
      if (order.state === 'stopping') stoppedAt = Math.min(stoppedAt, wh);
    }
    expect(stoppedAt).toBeLessThanOrEqual(300);
  });

  it('is reported once, and the readings are billed', () => {
    const { run, discrepancies } = at(maxPowerW);
    for (let wh = 50; wh <= 250; wh += 50) run(reading(wh, BEGAN + wh * 100), BEGAN + wh * 100);
    const end = BEGAN + 28 * SECOND;
    const stop: OrderCommand = { type: 'record-stop', meterStopWh: 1_000_280, at: end, reason: 'Local', samples: [] };
    expect(run(stop, end).order.bill).toMatchObject({ energyWh: 280, confidence: 'exact' });
    expect(discrepancies.filter((kind) => kind === 'power-rating-contradicted')).toHaveLength(1);
    expect(discrepancies).not.toContain('meter-implausible');
  });
});

describe('a rated power', () => {
  it('is contradicted by two readings and the stop, so that a short session is billed', () => {
    const { run, discrepancies } = at(6600);
    for (const wh of [50, 100]) run(reading(wh, BEGAN + wh * 100), BEGAN + wh * 100);
    const end = BEGAN + 15 * SECOND;
    const stop: OrderCommand = { type: 'record-stop', meterStopWh: 1_000_150, at: end, reason: 'Local', samples: [] };
    expect(run(stop, end).order.bill).toMatchObject({ energyWh: 150, confidence: 'exact' });
    expect(discrepancies).toEqual(['power-rating-contradicted']);
  });

  it('is contradicted by readings that count from the beginning of the session', () => {
    const { run, discrepancies } = at(22_000);
    const relative = (energyWh: number): OrderCommand => {
      const now = BEGAN + energyWh * 100;
      return { type: 'record-sample', samples: [{ at: now, registerWh: energyWh }], journalSeq: now };
    };
    const slow = [5, 10].map((wh) => ({ wh, now: BEGAN + wh * 400 }));
    for (const { wh, now } of slow)
      run({ type: 'record-sample', samples: [{ at: now, registerWh: wh }], journalSeq: now }, now);
    for (let wh = 100; wh <= 250; wh += 50) run(relative(wh), BEGAN + wh * 100);
    const end = BEGAN + 28 * SECOND;
    const stop: OrderCommand = { type: 'record-stop', meterStopWh: 1_000_280, at: end, reason: 'Local', samples: [] };
    expect(run(stop, end).order.bill).toMatchObject({ energyWh: 280, confidence: 'exact' });
    expect(discrepancies).toEqual(['power-rating-contradicted']);
  });

  it('is contradicted by such readings from the first one', () => {
    const { run, discrepancies } = at(22_000);
    for (const seconds of [20, 25, 30, 35]) {
      const now = BEGAN + seconds * SECOND;
      run({ type: 'record-sample', samples: [{ at: now, registerWh: seconds * 8 }], journalSeq: now }, now);
    }
    const end = BEGAN + 40 * SECOND;
    const stop: OrderCommand = { type: 'record-stop', meterStopWh: 320, at: end, reason: 'Local', samples: [] };
    expect(run(stop, end).order.bill).toMatchObject({ energyWh: 300, deliveredWh: 320 });
    expect(discrepancies).toContain('power-rating-contradicted');
  });

  it('is contradicted by such readings, although at that power none can follow the other', () => {
    const { run, discrepancies } = at(12_000);
    const readings = [20, 25, 30, 35].map((seconds) => ({
      now: BEGAN + seconds * SECOND,
      registerWh: seconds * 10 - 140,
    }));
    const orders = readings.map(({ now, registerWh }) => {
      const samples = [{ at: now, registerWh }];
      return run({ type: 'record-sample', samples, journalSeq: now }, now).order;
    });
    expect(orders[2]?.session?.meter).toMatchObject({ relative: true, energyWh: 160 });
    expect(orders.at(-1)?.session?.meter).toMatchObject({ relative: true, resets: 0, energyWh: 210 });
    expect(discrepancies).toEqual(['power-rating-contradicted']);
  });

  it('is contradicted by two such readings and the stop', () => {
    const { run, discrepancies } = at(22_000);
    for (const [wh, seconds] of [
      [5, 2],
      [10, 4],
      [100, 10],
      [150, 15],
    ] as const) {
      const now = BEGAN + seconds * SECOND;
      run({ type: 'record-sample', samples: [{ at: now, registerWh: wh }], journalSeq: now }, now);
    }
    const end = BEGAN + 20 * SECOND;
    const stop: OrderCommand = { type: 'record-stop', meterStopWh: 1_000_200, at: end, reason: 'Local', samples: [] };
    expect(run(stop, end).order.bill).toMatchObject({ energyWh: 200, confidence: 'exact' });
    expect(discrepancies).toEqual(['power-rating-contradicted']);
  });

  it('is not doubted for one reading', () => {
    const { run, discrepancies } = at(6600);
    run(reading(500, BEGAN + 10 * SECOND), BEGAN + 10 * SECOND);
    run(reading(30, BEGAN + 20 * SECOND), BEGAN + 20 * SECOND);
    run(reading(45, BEGAN + 30 * SECOND), BEGAN + 30 * SECOND);
    expect(discrepancies).toEqual([]);
  });

  it('is not doubted for Wh that are called kWh', () => {
    const { run, discrepancies } = at(7400);
    for (let minute = 1; minute <= 4; minute += 1) {
      run(reading(minute * 4 * 1000, BEGAN + minute * MINUTE), BEGAN + minute * MINUTE);
    }
    expect(discrepancies).not.toContain('power-rating-contradicted');
  });
});
