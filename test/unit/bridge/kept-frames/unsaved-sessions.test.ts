/**
 * A session whose start only the frame journal has, at a charger that never learned its transaction id: it sends 0 or
 * -1.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createJournalOpener } from '../../../fakes/frame-journal.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
let order: { readonly id: string; readonly idTag: string };

beforeEach(async () => {
  harness = await createBridgeHarness(undefined, undefined, { openFrameJournal: createJournalOpener() });
  await harness.connect();
  const { id, idTag = '' } = await harness.confirm({ wh: 3_000 });
  await settle(10);
  order = { id, idTag };
  harness.behaviour.diskFull = true;
  const start = { type: 'transaction-started', connectorId: 1, idTag, meterStartWh: 100, raw: 'start' } as const;
  await harness.sendEvent({ ...start, at: harness.clock.now() });
});
afterEach(() => harness.stop());

const stops = (): number => harness.commands.filter(({ type }) => type === 'remote-stop').length;

describe.each(['0', '-1', undefined])('with the transaction id %s', (transactionId) => {
  it('its readings hold its limit, and show that nothing has to be stopped before', async () => {
    for (let minute = 1; minute <= 6; minute += 1) {
      await harness.clock.advance(60_000);
      await harness.sendSamples(1, [{ registerWh: 100 + minute * 100 }], transactionId);
    }
    expect(stops()).toBe(0);
    await harness.clock.advance(110_000);
    await harness.sendSamples(1, [{ registerWh: 2_400 }], transactionId);
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh: 3_150 }], transactionId);
    expect(stops()).toBeGreaterThan(0);
  });
});

it.each(['0', '-1'])('its stop with the id %s and its tag ends it, and nothing more is sent', async (transactionId) => {
  await harness.clock.advance(60_000);
  const stop = { type: 'transaction-stopped', transactionId, idTag: order.idTag, meterStopWh: 600 } as const;
  await harness.sendEvent({ ...stop, at: harness.clock.now(), reason: 'Local', samples: [], raw: 'stop' });
  await harness.clock.advance(6 * 60_000);
  expect(stops()).toBe(0);
  harness.behaviour.diskFull = false;
  await harness.clock.advance(2_000);
  await settle(20);
  expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
});

it('a stop with an unknown card does not end it', async () => {
  await harness.clock.advance(60_000);
  const stop = { type: 'transaction-stopped', transactionId: '-1', idTag: 'CARD', meterStopWh: 600 } as const;
  await harness.sendEvent({ ...stop, at: harness.clock.now(), reason: 'Local', samples: [], raw: 'stop' });
  await harness.clock.advance(6 * 60_000);
  expect(stops()).toBeGreaterThan(0);
});
