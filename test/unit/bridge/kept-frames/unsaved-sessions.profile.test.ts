/** The charging profile of a session whose readings only the frame journal has. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChargerCommand } from '../../../../src/ports/charger-commands.js';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createJournalOpener } from '../../../fakes/frame-journal.js';
import { settle } from '../../../fakes/manual-clock.js';

const SMART = { SupportedFeatureProfiles: 'Core,SmartCharging', ChargingScheduleAllowedChargingRateUnit: 'Power' };

let harness: BridgeHarness;
let transactionId: string;

beforeEach(async () => {
  harness = await createBridgeHarness(undefined, undefined, { openFrameJournal: createJournalOpener() });
  await harness.connect();
  harness.bridge.chargerEvents.configurationRead('CP1', SMART);
  await settle(10);
  const { id } = await harness.confirm({ wh: 3_000 });
  await settle(10);
  transactionId = await harness.startTransaction(await harness.order(id), 100);
  // At 60 kW, 3 kWh take three minutes: the profile of the start ends then.
  await readings(200);
  harness.behaviour.diskFull = true;
});
afterEach(() => harness.stop());

const sent = (type: ChargerCommand['type']): number => harness.commands.filter((one) => one.type === type).length;

/** Sends a reading each minute. */
async function readings(...registersWh: readonly number[]): Promise<void> {
  for (const registerWh of registersWh) {
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ registerWh }], transactionId);
    await settle(10);
  }
}

it('is renewed while energy remains, so that its end does not stop the session', async () => {
  const before = sent('set-charging-profile');
  await readings(300, 400, 500, 600, 700, 800, 900);
  expect(sent('set-charging-profile')).toBeGreaterThan(before + 1);
  expect(sent('remote-stop')).toBe(0);
});

it('stops the session at its end if the charger cannot get another', async () => {
  harness.behaviour.answer = (command) =>
    command.type === 'set-charging-profile'
      ? { kind: 'not-sent', reason: 'offline' }
      : { kind: 'answered', status: 'Accepted', payload: {} };
  await readings(300, 400, 500);
  expect(sent('remote-stop')).toBeGreaterThan(0);
});
