/** A RemoteStart that is answered only after its time limit, before and after the bridge stops. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import type { CommandResult } from '../../../../src/ports/charger-commands.js';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const ACCEPTED: CommandResult = { kind: 'answered', status: 'Accepted', payload: {} };

let harness: BridgeHarness;
let order: Order;
let answerLate: (answer: CommandResult) => void;
beforeEach(async () => {
  const calls = {
    isOnline: () => true,
    sendCommand: (_id: string, _command: object, options?: { onLateAnswer?: typeof answerLate }) => {
      answerLate = options?.onLateAnswer ?? answerLate;
      return Promise.resolve({ kind: 'unknown', reason: 'timeout' } as const);
    },
  };
  harness = await createBridgeHarness(undefined, () => ({ calls, readMeter: () => [] }));
  await harness.connect();
  order = await harness.confirm();
});
afterEach(() => harness.stop());

it('a late answer is settled', async () => {
  expect(await harness.order(order.id)).toMatchObject({ state: 'starting', remoteStart: { answer: 'unknown' } });
  answerLate(ACCEPTED);
  await settle(20);
  expect((await harness.order(order.id)).remoteStart?.answer).toBe('accepted');
});

it('an answer after the stop changes nothing, and the next process waits for the start', async () => {
  await harness.bridge.stop();
  answerLate(ACCEPTED);
  await settle(20);
  expect(harness.events.of('start.answered')).toHaveLength(1);
  await harness.restart();
  expect(await harness.order(order.id)).toMatchObject({ state: 'starting', remoteStart: { answer: 'unknown' } });
});
