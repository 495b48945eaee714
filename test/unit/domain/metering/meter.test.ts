/** Which readings count, which are only recorded, and how certain the billed energy is. */
import { describe, expect, it } from 'vitest';
import { deliveredWh, finalEnergy, foldSamples, openMeter } from '../../../../src/domain/metering/meter.js';
import type { MeterSample } from '../../../../src/domain/model/command.js';
import type { Meter } from '../../../../src/domain/model/session.js';
import { AT, confirm, MINUTE, run, SECOND, start, stopAt, orderAfter } from '../sessions.js';

const SESSION = { meterStartWh: 1000, startedAt: AT, startReceivedAt: AT };
const POWER_W = 60_000;

function reported(...samples: readonly Partial<MeterSample>[]): Meter {
  return samples.reduce<Meter>(
    (meter, sample, index) => {
      const at = AT + (index + 1) * MINUTE;
      return foldSamples(meter, [{ at, ...sample }], SESSION, { maxPowerW: POWER_W, now: at });
    },
    openMeter(SESSION.meterStartWh, AT, AT, 0),
  );
}

describe('intervals (Energy.Active.Import.Interval)', () => {
  it('are summed where there is no register', () => {
    expect(reported({ intervalWh: 100 }, { intervalWh: 150 }).energyWh).toBe(250);
  });

  it('are not counted beside a register', () => {
    expect(reported({ registerWh: 1100, intervalWh: 100 }, { intervalWh: 900 }).energyWh).toBe(100);
  });

  it('are replaced by the register once it is told, and are told twice for nothing', () => {
    expect(reported({ intervalWh: 100 }, { registerWh: 1300 }, { intervalWh: 50 }).energyWh).toBe(300);
    const twice = reported({ intervalWh: 100 });
    expect(
      foldSamples(twice, [{ at: twice.at, intervalWh: 100 }], SESSION, { maxPowerW: POWER_W, now: twice.at }).energyWh,
    ).toBe(100);
  });

  it('that no connector can deliver are rejected', () => {
    expect(reported({ intervalWh: 50_000 })).toMatchObject({ energyWh: 0, rejectedReadings: 1 });
  });
});

describe('a register that counts in other units', () => {
  // 30 kW for five minutes are 2500 Wh, but this meter reports 2.5.
  const small = (): Meter =>
    reported(...[1, 1, 2, 2, 3].map((risen) => ({ registerWh: 1000 + risen, powerW: 30_000 })));

  it('kWh that are called Wh: the limit is held by what the power says', () => {
    expect(small().energyWh).toBe(3);
    expect(deliveredWh(small())).toBe(2500);
  });

  it('kWh that are called Wh: disputed, billed at the little that was told, and shown to a person', () => {
    const stop = { meterStopWh: 1003, at: AT + 6 * MINUTE, receivedAt: AT + 6 * MINUTE };
    expect(finalEnergy(small(), SESSION, POWER_W, stop)).toMatchObject({
      energyWh: 3,
      confidence: 'disputed',
      alternativeWh: 2500,
    });
  });

  it('only the readings: the transaction itself is right, and exact', () => {
    const stop = { meterStopWh: 3500, at: AT + 6 * MINUTE, receivedAt: AT + 6 * MINUTE };
    expect(finalEnergy(small(), SESSION, POWER_W, stop)).toMatchObject({ energyWh: 2500, confidence: 'exact' });
  });

  it('is not suspected for a long silence, nor for a little energy', () => {
    const silent = reported({ registerWh: 1001, powerW: 30_000 });
    const later = AT + 10 * 3_600_000;
    expect(
      deliveredWh(
        foldSamples(silent, [{ at: later, registerWh: 1010, powerW: 100 }], SESSION, {
          maxPowerW: POWER_W,
          now: later,
        }),
      ),
    ).toBe(10);
  });

  it('Wh that are called kWh: rejected, disputed, with a discrepancy that says what a thousandth would be', () => {
    const began = AT + 5 * SECOND;
    const running = orderAfter([AT, confirm()], [began, start(began)]);
    const ended = run(running, stopAt(2_000_000, began + 5 * MINUTE), began + 5 * MINUTE);
    expect(ended.order.bill).toMatchObject({ energyWh: 0, confidence: 'disputed' });
    expect(ended.discrepancies).toMatchObject([{ kind: 'meter-implausible', amount: 2_000_000 }]);
    expect(ended.discrepancies[0]?.detail).toContain('a thousandth would be 2000 Wh');
  });
});

describe('confidence', () => {
  const stop = (meterStopWh?: number) => ({ meterStopWh, at: AT + 6 * MINUTE, receivedAt: AT + 6 * MINUTE });
  const sampled = (): Meter => reported({ registerWh: 1500 }, { registerWh: 2000 });

  it.each<[string, Meter, number | undefined, string, number]>([
    ['start and stop told it', sampled(), 2100, 'exact', 1100],
    ['the stop does not know', sampled(), -1, 'sampled', 1000],
    ['the stop says nothing', sampled(), undefined, 'sampled', 1000],
    ['no reading and no stop', openMeter(1000, AT, AT, 0), undefined, 'estimated', 0],
    ['more than can be', sampled(), 500_000, 'disputed', 1000],
    [
      'the register started over',
      reported({ registerWh: 1500 }, { registerWh: 20 }, { registerWh: 120 }),
      150,
      'sampled',
      630,
    ],
    ['a fifth above the rating is believed', sampled(), 1000 + 7000, 'exact', 7000],
  ])('%s', (_name, meter, meterStopWh, confidence, energyWh) => {
    expect(finalEnergy(meter, SESSION, POWER_W, stop(meterStopWh))).toMatchObject({ confidence, energyWh });
  });
});
