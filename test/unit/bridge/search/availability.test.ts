/**
 * Current availability and its observers: chargers that connect, report and disconnect, and orders that take and
 * release a connector.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { subtractSlots } from '../../../../src/bridge/search/availability.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
let heard: string[];
beforeEach(async () => {
  harness = await createBridgeHarness();
  heard = [];
  harness.bridge.availability.onChange((chargePointId) => heard.push(chargePointId));
});
afterEach(() => harness.stop());

const free = (): number[] =>
  harness.bridge.availability.hits(new Set(['CP1'])).map((hit) => hit.freeSlots?.length ?? 0);
const since = (): string[] => [...new Set(heard.splice(0))];

describe('offers', () => {
  it('a charger that is away has no free time; its coming and going is told', async () => {
    expect(free()).toEqual([0, 0]);
    await harness.connect();
    expect([free(), since()]).toEqual([[1, 1], ['CP1']]);
    await harness.disconnect();
    expect([free(), since()]).toEqual([[0, 0], ['CP1']]);
  });

  it('an order takes its connector for as long as it is expected to, and gives it back', async () => {
    await harness.connect();
    since();
    const order = await harness.confirm();
    expect(since()).toEqual(['CP1']);
    const [first] = harness.bridge.availability.hits(new Set(['CP1']));
    // 10 kWh at 60 kW take ten minutes.
    expect((first?.freeSlots?.[0]?.from ?? 0) - harness.clock.now()).toBeGreaterThanOrEqual(10 * 60_000);
    await harness.bridge.operatorCommands.cancel(order.id);
    expect(since()).toEqual(['CP1']);
    expect(harness.bridge.availability.hits(new Set(['CP1']))[0]?.freeSlots?.[0]?.from).toBe(harness.clock.now());
  });

  it('a connector in strange use is free at no time that anybody knows', async () => {
    await harness.connect();
    since();
    await harness.sendEvent({
      type: 'connector-status-changed',
      connectorId: 2,
      status: 'Charging',
      errorCode: 'NoError',
    });
    expect([free(), since()]).toEqual([[1, 0], ['CP1']]);
  });
});

describe('what is left of a time', () => {
  const whole = { from: 0, until: 100 };
  it.each([
    [[], [whole]],
    [[{ from: -5, until: 10 }], [{ from: 10, until: 100 }]],
    [
      [
        { from: 50, until: 60 },
        { from: 20, until: 30 },
      ],
      [
        { from: 0, until: 20 },
        { from: 30, until: 50 },
        { from: 60, until: 100 },
      ],
    ],
    [[{ from: 90, until: 120 }], [{ from: 0, until: 90 }]],
    [[{ from: 150, until: 160 }], [whole]],
    [[{ from: 0, until: 100 }], []],
  ])('%j leaves %j', (taken, left) => {
    expect(subtractSlots(whole, taken)).toEqual(left);
  });
});
