/** Sessions whose start carried no register: what they count from, and what is billed. */
import { describe, expect, it } from 'vitest';
import type { MeterSample, OrderCommand } from '../../../../src/domain/model/command.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { AT, confirm, MINUTE, orderAfter, run, SECOND } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;
const STOPPED = BEGAN + 9 * MINUTE;

/** Returns the order after a start without a register and these readings, one per minute. */
function metered(...readings: readonly Omit<MeterSample, 'at'>[]): Order {
  const unread: OrderCommand = {
    type: 'record-start',
    transactionId: '7',
    startKey: 'first',
    connectorId: 1,
    at: BEGAN,
  };
  const steps = readings.map((reading, index) => {
    const at = BEGAN + (index + 1) * MINUTE;
    return [at, { type: 'record-sample', samples: [{ at, ...reading }], journalSeq: index + 1 }] as const;
  });
  return orderAfter([AT, confirm()], [BEGAN, unread], ...steps);
}

const stopped = (order: Order, meterStopWh?: number): Accepted => {
  const stop = { type: 'record-stop', at: STOPPED, reason: 'Local', samples: [] } as const;
  return run(order, meterStopWh === undefined ? stop : { ...stop, meterStopWh }, STOPPED);
};
const missing = ({ discrepancies }: Accepted) => discrepancies.find(({ kind }) => kind === 'meter-missing');

describe('a session without a start register whose readings are only intervals', () => {
  const order = metered({ intervalWh: 500 }, { intervalWh: 500 }, { intervalWh: 500 });
  const close: OrderCommand = { type: 'close', by: 'Ada', reason: 'no stop' };

  it.each([
    ['a stop', stopped(order), 'sampled'],
    ['a stop with a register', stopped(order, 2000), 'sampled'],
    ['an operator', run(order, close, STOPPED), 'estimated'],
  ])('is billed for them however it ends, and says so: %s', (_title, ended, confidence) => {
    expect(ended.order.bill).toMatchObject({ energyWh: 1500, confidence });
    expect(missing(ended)?.detail).toMatch(/only the 1500 Wh of its intervals were billed/);
  });

  it('is billed for nothing without any reading, and says so', () => {
    for (const ended of [stopped(metered(), 700), run(metered(), close, STOPPED)]) {
      expect(ended.order.bill).toMatchObject({ energyWh: 0, confidence: 'disputed' });
      expect(missing(ended)?.detail).toMatch(/nothing was billed/);
    }
  });
});

describe('the first register of a session without a start register', () => {
  it('continues the intervals before it, and what they showed besides', () => {
    const order = metered({ intervalWh: 500, soc: 20 }, { registerWh: 50_000, soc: 30 });
    expect(order.session).toMatchObject({ baseline: 'sampled', meter: { energyWh: 500, socStart: 20, soc: 30 } });
    expect(stopped(order, 50_400).order.bill).toMatchObject({ energyWh: 900, confidence: 'sampled' });
  });

  it('is where it counts from if nothing came before', () => {
    expect(stopped(metered({ registerWh: 50_000 }), 50_400).order.bill).toMatchObject({ energyWh: 400 });
  });

  it('does not lower what intervals have shown', () => {
    const order = metered({ intervalWh: 500 }, { registerWh: 450 });
    expect(order.session).toMatchObject({ meterStartWh: 0, meter: { energyWh: 500 } });
  });
});
