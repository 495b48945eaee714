/** A RemoteStart does not leave once a message in the frame journal reports the transaction. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CommandResult, SendCommandOptions } from '../../../../src/ports/charger-commands.js';
import { createBridgeHarness, NETWORK, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createJournalOpener } from '../../../fakes/frame-journal.js';
import { settle } from '../../../fakes/manual-clock.js';

/** A RemoteStart that waits behind another command of its charge point. */
interface WaitingStart {
  readonly options: SendCommandOptions;
  readonly end: (result: CommandResult) => void;
}

let harness: BridgeHarness;
let waiting: WaitingStart[];
beforeEach(async () => {
  waiting = [];
  const calls = {
    isOnline: () => true,
    sendCommand: (_id: string, _command: unknown, options: SendCommandOptions = {}): Promise<CommandResult> =>
      new Promise((end) => waiting.push({ options, end })),
  };
  harness = await createBridgeHarness(NETWORK, () => ({ calls, readMeter: () => [] }), {
    openFrameJournal: createJournalOpener(),
  });
  await harness.connect();
});
afterEach(() => harness.stop());

/** Confirms an order, and keeps its start in the journal while the RemoteStart waits to be sent. */
async function keepStart(): Promise<{ readonly id: string; readonly remoteStart: WaitingStart }> {
  const { id, idTag = '' } = await harness.confirm({ wh: 3_000 });
  await settle(10);
  const [remoteStart] = waiting;
  if (!remoteStart) throw new Error('no RemoteStart');
  expect(remoteStart.options.stillWanted?.()).toBe(true);
  harness.behaviour.diskFull = true;
  const at = harness.clock.now();
  const raw = `start ${idTag}`;
  const event = { type: 'transaction-started', connectorId: 1, idTag, meterStartWh: 100, at, raw } as const;
  expect(await harness.sendEvent(event)).toMatchObject({ status: 'Accepted' });
  expect(harness.bridge.keptFrames.count).toBe(1);
  return { id, remoteStart };
}

it('is not wanted any more when its transaction has begun, although the store does not know it yet', async () => {
  const { remoteStart } = await keepStart();
  expect(remoteStart.options.stillWanted?.()).toBe(false);
  harness.behaviour.diskFull = false;
  await harness.clock.advance(2_000);
  await settle(20);
  expect(harness.bridge.keptFrames.count).toBe(0);
  expect(remoteStart.options.stillWanted?.()).toBe(false);
});

it('a rejection does not end the order whose transaction waits for the store', async () => {
  const { id, remoteStart } = await keepStart();
  harness.behaviour.diskFull = false;
  remoteStart.end({ kind: 'answered', status: 'Rejected', payload: {} });
  await settle(20);
  expect((await harness.order(id)).state).toBe('starting');
  await harness.clock.advance(2_000);
  await settle(20);
  expect(await harness.order(id)).toMatchObject({ state: 'charging', effects: [] });
  expect(await harness.discrepancies()).toEqual([]);
});
