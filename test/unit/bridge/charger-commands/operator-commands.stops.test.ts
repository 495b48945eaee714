/** A stop command sent by an operator ends the session as an operator's stop, for the buyer and in every list. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { ChargerCommandSender, CommandResult } from '../../../../src/ports/charger-commands.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
let order: Order;
let transactionId: string;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
  order = await harness.confirm();
  transactionId = await harness.startTransaction(order, 1000);
});
afterEach(() => harness.stop());

async function sendStop(status: 'Accepted' | 'Rejected', stopped: unknown = Number(transactionId)): Promise<void> {
  harness.behaviour.answer = () => ({ kind: 'answered', status, payload: { status } });
  await harness.bridge.operatorCommands.send({
    chargePointId: 'CP1',
    action: 'RemoteStopTransaction',
    payload: { transactionId: stopped as number },
    expiresAfterMs: 30_000,
    timeoutMs: 30_000,
  });
}

it('says so while it stops, at its end, and to the buyer app', async () => {
  await sendStop('Accepted');
  expect(await harness.order(order.id)).toMatchObject({ state: 'stopping', session: { stop: { reason: 'operator' } } });
  await harness.sendEvent({
    type: 'transaction-stopped',
    transactionId,
    meterStopWh: 1000,
    at: harness.clock.now(),
    reason: 'Remote',
    samples: [],
    raw: '{}',
  });
  expect(await harness.order(order.id)).toMatchObject({
    state: 'completed',
    outcome: { code: 'stopped-by-operator', text: 'Stopped by the operator.' },
  });
  expect(JSON.stringify(harness.callbacks.at(-1))).toContain('stopped-by-operator');
});

it('changes nothing if the charger refuses it, or if it names another transaction', async () => {
  await sendStop('Rejected');
  await sendStop('Accepted', 987);
  expect((await harness.order(order.id)).state).toBe('charging');
});

it('says so, too, if the charger accepts the stop after its time to answer', async () => {
  const { commandSender, answerLate } = createLateSender();
  await harness.stop();
  harness = await createBridgeHarness(undefined, () => ({ calls: commandSender, readMeter: () => [] }));
  await harness.connect();
  order = await harness.confirm();
  transactionId = await harness.startTransaction(order, 1000);
  await sendStop('Accepted');
  expect((await harness.order(order.id)).state).toBe('charging');
  answerLate({ kind: 'answered', status: 'Accepted', payload: { status: 'Accepted' } });
  expect(await harness.order(order.id)).toMatchObject({ state: 'stopping', session: { stop: { reason: 'operator' } } });
  const [entry] = await harness.store.listLogEntries({ chargePointId: 'CP1', kind: 'command', limit: 1 });
  expect(entry?.detail).toMatchObject({ state: 'answered', status: 'Accepted' });
});

/** Sends commands to a charger that answers an operator's ones late. */
function createLateSender() {
  let onLateAnswer: ((answer: CommandResult) => void) | undefined;
  const commandSender: ChargerCommandSender = {
    isOnline: () => true,
    sendCommand: (_id, command, options) => {
      if (command.type !== 'action') return Promise.resolve({ kind: 'answered', status: 'Accepted', payload: {} });
      onLateAnswer = options?.onLateAnswer;
      return Promise.resolve({ kind: 'unknown', reason: 'timeout' });
    },
  };
  return { commandSender, answerLate: (answer: CommandResult) => onLateAnswer?.(answer) };
}

it('says so, too, if no message of the charger ever reports the end', async () => {
  await harness.bridge.operatorCommands.stop(order.id);
  await harness.disconnect();
  await harness.clock.advance(10 * 24 * 3_600_000);
  const { outcome } = await harness.order(order.id);
  expect(outcome?.code).toBe('end-inferred');
  expect(outcome?.text).toMatch(/^Stopped by the operator\. The charger did not report the end/);
});
