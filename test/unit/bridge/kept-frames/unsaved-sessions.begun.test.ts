/** A session that the store has, with readings that only the frame journal has. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createJournalOpener } from '../../../fakes/frame-journal.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
let orderId: string;
let transactionId: string;

beforeEach(async () => {
  harness = await createBridgeHarness(undefined, undefined, { openFrameJournal: createJournalOpener() });
  await harness.connect();
  orderId = (await harness.confirm({ wh: 3_000 })).id;
  await settle(10);
  transactionId = await harness.startTransaction(await harness.order(orderId), 100);
});
afterEach(() => harness.stop());

const stops = (): number => harness.commands.filter(({ type }) => type === 'remote-stop').length;
const registerOf = async (): Promise<number | undefined> => (await harness.order(orderId)).session?.meter.registerWh;

/** Sends a reading each minute. */
async function readings(...registersWh: readonly number[]): Promise<void> {
  for (const registerWh of registersWh) {
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh }], transactionId);
  }
}

/** Returns the delivered energy that a callback shows. */
function deliveredKWh(body: unknown): readonly number[] {
  const [, kWh] = /"Energy Delivered"},"value":"([\d.]+) kWh"/.exec(JSON.stringify(body)) ?? [];
  return kWh === undefined ? [] : [Number(kWh)];
}

/** Lets the store take other writes, but none of the kept messages. */
function holdBack(): void {
  harness.behaviour.diskFull = false;
  Object.assign(harness.store, { isHealthy: () => false });
}

async function release(): Promise<void> {
  harness.behaviour.diskFull = false;
  Object.assign(harness.store, { isHealthy: () => true });
  await harness.clock.advance(2_000);
  await settle(20);
}

it('an order that is saved or shown meanwhile has none of them, so that its energy never falls', async () => {
  await readings(200);
  harness.behaviour.diskFull = true;
  await readings(500, 800, 1_100, 1_400);
  holdBack();
  const status = { type: 'connector-status-changed', connectorId: 1, status: 'SuspendedEV' } as const;
  const at = harness.clock.now();
  await harness.sendEvent({ ...status, errorCode: 'NoError', at });
  await settle(10);
  expect(await harness.order(orderId)).toMatchObject({ state: 'suspended' });
  expect([await registerOf(), (await harness.store.order(orderId))?.session?.meter.registerWh]).toEqual([200, 200]);
  await release();
  expect(await registerOf()).toBe(1_400);
  const shown = harness.callbacks.flatMap(({ body }) => deliveredKWh(body));
  expect(shown.length).toBeGreaterThan(3);
  expect(shown).toEqual(shown.toSorted((a, b) => a - b));
});

it('they show that nothing has to be stopped before the limit', async () => {
  harness.behaviour.diskFull = true;
  await readings(200, 300, 400, 500, 600, 700, 800, 900);
  expect(stops()).toBe(0);
  await readings(1_200, 1_500, 1_800, 2_100, 2_400, 2_700, 3_000);
  expect(stops()).toBeGreaterThan(0);
});

it('they hold the limit although none follows, at the power that they show', async () => {
  harness.behaviour.diskFull = true;
  await readings(300, 400, 700, 1_000);
  expect(stops()).toBe(0);
  await harness.clock.advance(8 * 60_000);
  expect(stops()).toBeGreaterThan(0);
});

it('they hold a limit that the buyer app lowers meanwhile', async () => {
  await readings(200);
  harness.behaviour.diskFull = true;
  await readings(400);
  holdBack();
  const limit = { limit: { kind: 'energy', value: 2_000 } } as const;
  await harness.sendRequest({ type: 'update', orderId, limit }, 'update');
  expect((await harness.order(orderId)).caps.energyWh).toBe(2_000);
  harness.behaviour.diskFull = true;
  await readings(700, 1_000, 1_300, 1_600);
  expect(stops()).toBe(0);
  await readings(1_900, 2_100);
  expect(stops()).toBeGreaterThan(0);
});

it('they are followed further if the store fails again when they are about to reach it', async () => {
  harness.behaviour.diskFull = true;
  await readings(200, 300, 400, 500);
  Object.assign(harness.store, { isHealthy: () => true });
  await harness.bridge.keptFrames.replayAll();
  await readings(600, 700, 800, 900);
  expect(stops()).toBe(0);
  await release();
  expect(await registerOf()).toBe(900);
  expect(harness.bridge.keptFrames.count).toBe(0);
});

it('they count no more once they are in the store', async () => {
  harness.behaviour.diskFull = true;
  await readings(200, 300);
  await release();
  await readings(400, 500, 600, 700, 800, 900);
  expect(stops()).toBe(0);
});
