/** Discrepancies at a stop: without a register, or with one that readings and reported power contradict. */
import { describe, expect, it } from 'vitest';
import type { MeterSample, OrderCommand } from '../../../../src/domain/model/command.js';
import type { Accepted } from '../../../../src/domain/model/decision.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { AT, confirm, HOUR, MINUTE, orderAfter, run, SECOND, start, status } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;
const REGISTER = 1_000_000;
const charging = (): Order =>
  orderAfter(
    [AT, confirm(true, { kind: 'energy', value: 60_000 })],
    [BEGAN, start(BEGAN)],
    [BEGAN, status('Charging')],
  );

const stop = (at: number, energyWh?: number, reason = 'Local'): OrderCommand => ({
  type: 'record-stop',
  at,
  reason,
  samples: [],
  ...(energyWh !== undefined && { meterStopWh: REGISTER + energyWh }),
});

/**
 * Plays a session with one reading per minute and a stop half a minute after the last one. Returns the last decision.
 */
function ended(readings: readonly Omit<MeterSample, 'at'>[], stopWh?: number): Accepted {
  let order = charging();
  readings.forEach((reading, index) => {
    const at = BEGAN + (index + 1) * MINUTE;
    order = run(order, { type: 'record-sample', samples: [{ at, ...reading }], journalSeq: at }, at).order;
  });
  const end = BEGAN + readings.length * MINUTE + MINUTE / 2;
  return run(order, stop(end, stopWh), end);
}
const register = (energyWh: number, powerW?: number) => ({
  registerWh: REGISTER + energyWh,
  ...(powerW !== undefined && { powerW }),
});
const found = ({ discrepancies }: Accepted) => discrepancies.map(({ kind, amount }) => [kind, amount]);

describe('a register that shows more than the reported power', () => {
  /** Minutes of 7 kW at this connector while the register also counts 11 kW elsewhere. */
  const whole = (minutes: number, powerW = 7000) =>
    Array.from({ length: minutes }, (_, minute) => register(300 * (minute + 1), powerW));

  it('is a discrepancy of what the power does not explain, whether the stop has a register or not', () => {
    expect(found(ended(whole(20), 6000))).toEqual([['meter-mismatch', -3483]]);
    expect(found(ended(whole(20)))).toContainEqual(['meter-mismatch', -3483]);
  });

  it('is none within a quarter or 500 Wh, or if the charger does not measure its power', () => {
    expect(found(ended(whole(20, 14_500), 6000))).toEqual([]);
    expect(found(ended(whole(3), 900))).toEqual([]);
    expect(found(ended(whole(20, 7), 6000))).toEqual([]);
  });

  it('is none where power rose after one reading and fell before the next', () => {
    const pulses = [17, 617, 634, 1234, 1251, 1851].map((wh, minute) => register(wh, minute % 2 ? 1000 : 36_000));
    expect(found(ended(pulses, 1851))).toEqual([]);
  });

  it('is one although the power was reported too high before', () => {
    const high = Array.from({ length: 60 }, (_, minute) => register(117 * (minute + 1), 10_000));
    const beyond = Array.from({ length: 40 }, (_, minute) => register(7020 + 300 * (minute + 1), 7000));
    expect(found(ended([...high, ...beyond], 19_020))).toEqual([['meter-mismatch', -7282]]);
  });

  it('is none for a register in steps of 1 kWh', () => {
    const stepped = Array.from({ length: 60 }, (_, minute) => register(Math.floor((minute * 117) / 1000) * 1000, 7000));
    expect(found(ended(stepped, 7000))).toEqual([]);
  });

  it('is none for energy of an outage', () => {
    let order = charging();
    for (const [minute, wh] of [
      [1, 17],
      [2, 34],
      [62, 7034],
      [63, 7051],
    ] as const) {
      const at = BEGAN + minute * MINUTE;
      order = run(order, { type: 'record-sample', samples: [{ at, ...register(wh, 1000) }], journalSeq: at }, at).order;
    }
    const end = BEGAN + 64 * MINUTE;
    expect(found(run(order, stop(end, 7068), end))).toEqual([]);
  });
});

describe('a stop without a register', () => {
  it('is a discrepancy of what rated power may have delivered, if no reading came', () => {
    expect(found(run(charging(), stop(BEGAN + 4 * MINUTE), BEGAN + 4 * MINUTE))).toEqual([['meter-missing', 4000]]);
  });

  it('is a discrepancy of what may have flowed since the last reading', () => {
    expect(found(ended([register(600, 36_000), register(1200, 36_000)]))).toEqual([['meter-missing', 300]]);
  });

  it('is none where the last reading shows that nothing flowed any more', () => {
    expect(found(ended([register(600, 36_000), register(600, 0)]))).toEqual([]);
  });

  it('is none where the connector was suspended', () => {
    const suspended = run(charging(), status('SuspendedEV'), BEGAN + SECOND).order;
    expect(found(run(suspended, stop(BEGAN + HOUR), BEGAN + HOUR))).toEqual([]);
  });

  it('is told by a negative one too', () => {
    const end = BEGAN + 4 * MINUTE;
    expect(found(run(charging(), { ...stop(end), meterStopWh: -1 } as OrderCommand, end))).toEqual([
      ['meter-missing', 4000],
    ]);
  });
});

describe('a stop whose register is far above the last reading', () => {
  const idle = Array.from({ length: 30 }, () => register(2000, 0));

  it('is billed, and a discrepancy of what cannot have flowed since then', () => {
    const decision = ended([register(1000), register(2000), ...idle], 20_000);
    expect(decision.order.bill).toMatchObject({ energyWh: 20_000 });
    expect(found(decision)).toEqual([['meter-mismatch', -18_000]]);
  });

  it('is none as long as the readings may only be two minutes old', () => {
    expect(found(ended([register(1000), register(1000, 0)], 3000))).toEqual([]);
  });

  it('is none if no reading had a register', () => {
    expect(found(ended([{ soc: 10 }, { soc: 12 }, { soc: 14 }], 3000))).toEqual([]);
  });
});

describe('a register that stands still while power is reported', () => {
  it('is billed, and a discrepancy of the power that it does not show', () => {
    const stuck = Array.from({ length: 20 }, (_, index) => register(Math.min(1000 * (index + 1), 3000), 60_000));
    const decision = ended(stuck, 3000);
    expect(decision.order.bill).toMatchObject({ energyWh: 3000 });
    expect(found(decision)).toEqual([['meter-mismatch', 17_000]]);
  });

  it('is a discrepancy for a small session without any register too', () => {
    const weak = Array.from({ length: 10 }, () => ({ powerW: 2400 }));
    expect(found(ended(weak, 0))).toEqual([['meter-mismatch', 400]]);
  });

  it('is none for one reading of power when the car stops at once', () => {
    expect(found(ended([register(0, 0), register(0, 60_000)], 200))).toEqual([]);
  });

  it('is none if the stop shows the energy', () => {
    const late = Array.from({ length: 10 }, () => register(0, 60_000));
    expect(found(ended(late, 9800))).toEqual([]);
  });
});

describe('a stop that says that no cable was plugged in', () => {
  it('keeps the discrepancy of a register that contradicts it', () => {
    const end = BEGAN + MINUTE;
    const impossible = run(charging(), stop(end, 900_000, 'Timeout'), end);
    expect(impossible.order).toMatchObject({ state: 'completed', bill: { total: 0 } });
    expect(found(impossible)).toEqual([['meter-implausible', 900_000]]);
    expect(run(charging(), stop(end, 0, 'Timeout'), end).order).toMatchObject({ state: 'failed' });
  });
});

describe('a late reading of a session whose register was reset and whose end was inferred', () => {
  /** Ends a session by its last reading. Its register fell from 1000 Wh above its start to zero. */
  function inferred(): Order {
    let order = charging();
    [REGISTER + 500, REGISTER + 1000, 0, 200, 400].forEach((registerWh, index) => {
      const at = BEGAN + (index + 1) * MINUTE;
      order = run(order, { type: 'record-sample', samples: [{ at, registerWh }], journalSeq: at }, at).order;
    });
    const at = BEGAN + 6 * MINUTE;
    order = run(order, { type: 'transaction-superseded', meterStartWh: 400, at }, at).order;
    return run(order, { type: 'timer-due' }, at + 48 * HOUR).order;
  }

  const late = (at: number, registerWh: number): OrderCommand => ({
    type: 'record-sample',
    samples: [{ at, registerWh }],
    journalSeq: 99,
    namesTransaction: true,
    isStillOpen: true,
  });

  it('shows no more than the bill if it is older than the reset', () => {
    const order = inferred();
    expect(order.bill).toMatchObject({ deliveredWh: 1400 });
    expect(found(run(order, late(BEGAN + 90 * SECOND, REGISTER + 900), AT + 49 * HOUR))).toEqual([]);
  });

  it('shows that the transaction went on if it is newer than the end', () => {
    const order = inferred();
    const after = run(order, late(AT + 49 * HOUR, 700), AT + 49 * HOUR);
    expect(found(after)).toEqual([['meter-mismatch', 300]]);
  });
});
