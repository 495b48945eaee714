/**
 * Durations come from a clock that is unaffected by steps of the host's time. A step while no process ran is noticed at
 * the restart.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { SteadyClock } from '../../../src/bridge/steady-clock.js';
import { type BridgeHarness, createBridgeHarness } from '../../fakes/bridge-harness.js';
import { createEventLog, type EventLog } from '../../fakes/event-log.js';
import { createManualClock, type ManualClock } from '../../fakes/manual-clock.js';

const DAY = 86_400_000;
const MINUTE = 60_000;
let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

/** Starts an order for one hour, which then charges for ten minutes. */
async function paidHour(): Promise<{ id: string; transactionId: string }> {
  await harness.connect();
  const order = await harness.confirm({ limit: { kind: 'time', value: 3600 } });
  const transactionId = await harness.startTransaction(order, 1000);
  await charge(10, transactionId);
  return { id: order.id, transactionId };
}

/** Charges at 6 kW with one reading per minute. The charger's clock is always right. */
let registerWh = 1000;
let chargerMs = 0;
async function charge(minutes: number, transactionId: string): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await harness.clock.advance(MINUTE);
    registerWh += 100;
    chargerMs += MINUTE;
    await harness.sendSamples(1, [{ at: began + chargerMs, registerWh }], transactionId);
  }
}
let began = 0;

/** Reconnects the charger, which reports at once. */
async function comeBack(transactionId: string): Promise<void> {
  await harness.connect();
  await harness.sendSamples(1, [{ at: began + chargerMs, registerWh }], transactionId);
}
beforeEach(() => {
  registerWh = 1000;
  chargerMs = 0;
  began = harness.clock.now();
});

describe.each([
  ['ahead', DAY],
  ['back', -DAY],
])("a step of the host's clock by a day %s", (_name, ms) => {
  it('does not shorten a paid hour, and does not prolong it', async () => {
    const { id, transactionId } = await paidHour();
    harness.clock.step(ms);
    await charge(48, transactionId);
    expect((await harness.order(id)).state).toBe('charging');
    await charge(3, transactionId);
    expect((await harness.order(id)).state).toBe('stopping');
  });

  it('holds no bill back', async () => {
    const { transactionId } = await paidHour();
    harness.clock.step(ms);
    await harness.sendEvent({
      type: 'transaction-stopped',
      transactionId,
      meterStopWh: 2000,
      at: began + chargerMs,
      reason: 'Local',
      samples: [],
      raw: '{}',
    });
    const before = harness.callbacks.length;
    await harness.clock.advance(2000);
    expect(harness.callbacks.length).toBeGreaterThanOrEqual(Math.max(1, before));
    expect(JSON.stringify(harness.callbacks.at(-1)?.body)).toContain('COMPLETE');
  });

  it('is noticed', async () => {
    const { transactionId } = await paidHour();
    harness.clock.step(ms);
    await charge(1, transactionId);
    expect(harness.events.of('clock.stepped')).toHaveLength(1);
  });

  it('does not move the end of an order whose stop is awaited', async () => {
    const { id, transactionId } = await paidHour();
    await harness.sendEvent({
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'CARD1',
      meterStartWh: registerWh,
      at: began + chargerMs,
      raw: '{}',
    });
    const { session, state } = await harness.order(id);
    expect([state, session?.transactionId]).toEqual(['provisional', transactionId]);
    const waitMs = (session?.finalAt ?? 0) - harness.clock.now();
    harness.clock.step(ms);
    await harness.clock.advance(waitMs - MINUTE);
    expect((await harness.order(id)).state).toBe('provisional');
    await harness.clock.advance(2 * MINUTE);
    expect((await harness.order(id)).state).toBe('completed');
  });

  it('is followed once no session is running', async () => {
    const { transactionId } = await paidHour();
    harness.clock.step(ms);
    const end = { type: 'transaction-stopped', meterStopWh: 2000, reason: 'Local', samples: [], raw: '{}' } as const;
    await harness.sendEvent({ ...end, transactionId, at: began + chargerMs });
    await harness.clock.advance(10 * MINUTE);
    const next = await harness.confirm({ transaction: 'tx-2' });
    expect(Math.abs(next.createdAt - harness.clock.now())).toBeLessThan(MINUTE);
  });
});

describe('a step across a restart', () => {
  it('back by a day is noticed, shortens no paid time and is a discrepancy of the order that it may cost', async () => {
    const { id, transactionId } = await paidHour();
    harness.clock.step(-DAY);
    await harness.restart();
    await comeBack(transactionId);
    expect(await harness.discrepancies()).toContain('clock-stepped');
    await charge(48, transactionId);
    expect((await harness.order(id)).state).toBe('charging');
    await charge(3, transactionId);
    expect((await harness.order(id)).state).toBe('stopping');
  });

  it('ahead by a day does not shorten a paid time, and is a discrepancy', async () => {
    const { id, transactionId } = await paidHour();
    harness.clock.step(DAY);
    await harness.restart();
    await comeBack(transactionId);
    await charge(40, transactionId);
    expect((await harness.order(id)).state).toBe('charging');
    await charge(12, transactionId);
    expect((await harness.order(id)).state).toBe('stopping');
    const end = {
      type: 'transaction-stopped',
      meterStopWh: registerWh,
      reason: 'Remote',
      samples: [],
      raw: '{}',
    } as const;
    await harness.sendEvent({ ...end, transactionId, at: began + chargerMs });
    expect(await harness.discrepancies()).toContain('clock-stepped');
  });

  /** Stops a minute before the paid hour ends, not earlier. @param minutes How long the charger has charged. */
  async function expectPaidHour(id: string, transactionId: string, minutes: number): Promise<void> {
    await charge(57 - minutes, transactionId);
    expect((await harness.order(id)).state).toBe('charging');
    await charge(4, transactionId);
    expect((await harness.order(id)).state).toBe('stopping');
  }

  it('ahead by a day stops nothing although the last reading is only in the journal', async () => {
    const { id, transactionId } = await paidHour();
    await harness.clock.advance(5000);
    await harness.sendSamples(1, [{ at: began + chargerMs + 5000, registerWh: registerWh + 8 }], transactionId);
    harness.clock.step(DAY);
    await harness.restart();
    expect((await harness.order(id)).state).toBe('offline');
    await comeBack(transactionId);
    await expectPaidHour(id, transactionId, 10);
  });

  it('ahead by a day ends nothing while the charger is offline', async () => {
    const { id, transactionId } = await paidHour();
    await harness.disconnect();
    await harness.clock.advance(MINUTE);
    harness.clock.step(DAY);
    await harness.restart();
    await harness.clock.advance(MINUTE);
    expect((await harness.order(id)).state).toBe('offline');
    chargerMs += 2 * MINUTE;
    await comeBack(transactionId);
    await expectPaidHour(id, transactionId, 12);
  });

  it('ahead by a day, twice without a reading between, does not shorten a paid time', async () => {
    const { id, transactionId } = await paidHour();
    for (let times = 0; times < 2; times += 1) {
      harness.clock.step(DAY);
      await harness.restart();
    }
    await comeBack(transactionId);
    await expectPaidHour(id, transactionId, 10);
  });

  it('ahead by a day while the charger is away shortens no paid time either', async () => {
    const { id, transactionId } = await paidHour();
    await harness.restart();
    harness.clock.step(DAY);
    await harness.restart();
    await comeBack(transactionId);
    await charge(40, transactionId);
    expect((await harness.order(id)).state).toBe('charging');
  });

  it('of nothing but the time that passed is no discrepancy', async () => {
    const { id, transactionId } = await paidHour();
    await harness.clock.advance(5 * MINUTE);
    chargerMs += 5 * MINUTE;
    await harness.restart();
    await comeBack(transactionId);
    await charge(20, transactionId);
    expect((await harness.order(id)).state).toBe('charging');
    expect(await harness.discrepancies()).not.toContain('clock-stepped');
  });
});

describe('the clock itself', () => {
  let host: ManualClock;
  let events: EventLog;
  let clock: SteadyClock;
  let isBusy: boolean;
  beforeEach(() => {
    host = createManualClock();
    events = createEventLog();
    clock = new SteadyClock(host, events);
    isBusy = true;
    clock.setDependents({ isBusy: () => isBusy, timeChanged: () => undefined });
  });
  const HOUR = 60 * MINUTE;
  const steps = (): unknown[] => events.of('clock.stepped').map(({ ms, direction }) => [ms, direction]);

  async function step(ms: number): Promise<void> {
    host.step(ms);
    clock.now();
    await host.advance(5_000);
    clock.now();
  }

  it.each([0, 5, -5])(
    'reports a step and the step back, which differ by %i ms, and follows the host again',
    async (ms) => {
      await step(HOUR);
      await step(ms - HOUR);
      expect(steps()).toEqual([
        [HOUR, 'ahead'],
        [ms - HOUR, 'back'],
      ]);
      expect(clock.now()).toBe(host.now());
      await step(500);
      expect(clock.now()).toBe(host.now());
      expect(steps()).toHaveLength(2);
    },
  );

  it('follows small corrections while a step has not taken effect, and reports each step by its own size', async () => {
    await step(HOUR);
    await step(500);
    expect(host.now() - clock.now()).toBe(HOUR);
    await step(HOUR);
    expect(steps()).toEqual([
      [HOUR, 'ahead'],
      [HOUR, 'ahead'],
    ]);
    isBusy = false;
    await host.advance(5_000);
    expect(clock.now()).toBe(host.now());
    expect(steps()).toHaveLength(2);
  });

  it('reports no more than what it finds when it continues twice', async () => {
    const savedAt = clock.now();
    host.step(-HOUR);
    clock = new SteadyClock(host, events);
    clock.setDependents({ isBusy: () => isBusy, timeChanged: () => undefined });
    expect(clock.continueFrom(savedAt)).toBe(HOUR);
    expect(clock.continueFrom(savedAt + MINUTE)).toBe(MINUTE);
    await host.advance(5_000);
    expect(clock.now()).toBe(savedAt + MINUTE + 5_000);
    expect(steps()).toEqual([
      [-HOUR, 'back'],
      [-MINUTE, 'back'],
    ]);
  });
});
