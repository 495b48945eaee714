/** The host's clock was set back while no process ran, so that our time fell behind. */
import { describe, expect, it } from 'vitest';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { AT, confirm, HOUR, MINUTE, orderAfter, run, sample, SECOND, start, stopAt } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;
/** More than half of the rated power, Wh a minute. */
const WH = 700;

function running(): Order {
  return orderAfter(
    [AT, confirm(true, { kind: 'energy', value: 60_000 })],
    [BEGAN, start(BEGAN)],
    [BEGAN + 10 * MINUTE, sample(10 * WH, BEGAN + 10 * MINUTE)],
  );
}

describe("a host's clock that was set back during an outage", () => {
  /** Our time when the process is back after an outage of an hour: it continues from the last reading. */
  const BACK = BEGAN + 10 * MINUTE;
  const restarted = (order: Order): Accepted =>
    run(order, { type: 'charger-disconnected', restart: { savedAt: BACK, setBackMs: 23 * HOUR } }, BACK);
  const at = (minutes: number): number => BACK + HOUR + minutes * MINUTE;

  it('takes no energy from the bill that the clock of the charger leaves time for', () => {
    let { order } = restarted(running());
    order = run(order, { type: 'charger-connected' }, BACK).order;
    for (const minutes of [1, 2])
      order = run(order, sample((70 + minutes) * WH, at(minutes)), BACK + minutes * MINUTE).order;
    expect(order.session?.meter).toMatchObject({ energyWh: 72 * WH, rejectedReadings: 0 });
    const end = run(order, stopAt(73 * WH, at(3)), BACK + 3 * MINUTE);
    expect(end.order.bill).toMatchObject({ energyWh: 73 * WH, confidence: 'exact' });
    expect(end.discrepancies).toEqual([]);
  });

  it('explains no more energy than that', () => {
    const { order } = restarted(running());
    const end = run(order, stopAt(200 * WH, at(3)), BACK + 3 * MINUTE);
    expect(end.order.bill).toMatchObject({ energyWh: 10 * WH, confidence: 'disputed' });
  });

  it('explains none if the clock of the charger did not run on', () => {
    const { order } = restarted(running());
    const end = run(order, stopAt(73 * WH, BACK + 3 * MINUTE), BACK + 3 * MINUTE);
    expect(end.order.bill).toMatchObject({ energyWh: 10 * WH, confidence: 'disputed' });
  });

  it('takes none from a session whose queued start and readings arrive only afterwards', () => {
    const back = AT + SECOND;
    let order = orderAfter([AT, confirm(true, { kind: 'energy', value: 60_000 })]);
    order = run(order, { type: 'charger-disconnected', restart: { savedAt: AT, setBackMs: 23 * HOUR } }, back).order;
    order = run(order, start(BEGAN), back + SECOND).order;
    for (const minutes of [10, 20])
      order = run(order, sample(minutes * WH, BEGAN + minutes * MINUTE), back + 2 * SECOND).order;
    expect(order.session?.meter).toMatchObject({ energyWh: 20 * WH, rejectedReadings: 0 });
  });

  it('is remembered from the first of several restarts, and reported although the charger is away', () => {
    let { order } = restarted(running());
    order = run(order, sample(71 * WH, at(1)), BACK + MINUTE).order;
    order = restarted(order).order;
    expect(order.session?.missedTime).toEqual({ chargerAt: BACK, receivedAt: BACK });
    const timed = orderAfter([AT, confirm(true, { kind: 'time', value: 3600 })], [BEGAN, start(BEGAN)]);
    expect(restarted(restarted(timed).order).discrepancies.map(({ kind }) => kind)).toEqual(['clock-stepped']);
  });
});

describe('time of a restart that nothing confirms', () => {
  const BACK = BEGAN + 10 * MINUTE + 24 * HOUR;

  it('is not counted for readings that are replayed', () => {
    const timed = orderAfter([AT, confirm(true, { kind: 'time', value: 3600 })], [BEGAN, start(BEGAN)]);
    const receivedAt = BEGAN + MINUTE;
    const samples = [{ at: receivedAt, registerWh: 1_000_100, receivedAt }];
    const replayed: OrderCommand = { type: 'record-sample', samples, journalSeq: 1 };
    expect(run(timed, replayed, BACK).order.state).toBe('charging');
  });
});
