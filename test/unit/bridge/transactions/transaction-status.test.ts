/**
 * A session without any sign of life: the bridge asks the charger as its OCPP version allows, and then ends the
 * session.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import type { ChargerCommand, CommandResult } from '../../../../src/ports/charger-commands.js';
import type { TransactionEvent } from '../../../../src/ports/charger-events.js';
import { isTerminal, type Order } from '../../../../src/domain/model/order.js';
import { type BridgeHarness, createBridgeHarness, POLICY } from '../../../fakes/bridge-harness.js';

const HOUR = 3_600_000;
let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const asked = (type: ChargerCommand['type']): ChargerCommand[] => harness.commands.filter((one) => one.type === type);

/** Lets hours pass and calls `each` every quarter of an hour. */
async function pass(hours: number, each: () => Promise<unknown> = async () => undefined): Promise<void> {
  for (let quarter = 0; quarter < hours * 4; quarter += 1) {
    await harness.clock.advance(HOUR / 4);
    await each();
  }
}

async function status(name: 'Available' | 'Charging' | 'SuspendedEV' | 'Finishing' | 'Unavailable'): Promise<void> {
  await harness.sendEvent({ type: 'connector-status-changed', connectorId: 1, status: name, errorCode: 'NoError' });
}

async function charge(wh = 60_000): Promise<{ order: Order; transactionId: string }> {
  const order = await harness.confirm({ wh });
  const transactionId = await harness.startTransaction(order, 1000);
  await status('Charging');
  await harness.clock.advance(60_000);
  await harness.sendSamples(1, [{ registerWh: 1500 }], transactionId);
  return { order, transactionId };
}

describe('a 1.6 session without a proof of life', () => {
  it('ends although idle readings without a transaction id go on after the connector became free', async () => {
    const { order } = await charge();
    await status('Available');
    await pass(3, () => harness.sendSamples(1, [{ registerWh: 1500 }]));
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
    expect(await harness.discrepancies()).toContain('end-inferred');
  });

  it('makes the charger report its connector, and goes on if a transaction is running there', async () => {
    const { order } = await charge();
    await status('SuspendedEV');
    harness.behaviour.answer = (command): CommandResult => {
      if (command.type === 'trigger-message' && command.requestedMessage === 'StatusNotification')
        void status('SuspendedEV');
      return { kind: 'answered', status: 'Accepted', payload: {} };
    };
    await pass(6, () => harness.sendSamples(1, [{ registerWh: 1500 }]));
    expect(asked('trigger-message')).toContainEqual(
      expect.objectContaining({ requestedMessage: 'StatusNotification', connectorId: 1 }),
    );
    expect(await harness.order(order.id)).toMatchObject({ state: 'suspended' });
  });

  it('ends over a restart that is longer than all waits', async () => {
    const { order } = await charge();
    await harness.clock.advance(1000);
    await harness.restart();
    await harness.clock.advance(POLICY.offlineMs + POLICY.finalMs + HOUR);
    await harness.restart();
    await harness.clock.advance(HOUR);
    expect(isTerminal(await harness.order(order.id))).toBe(true);
  });

  it('is stopped at its last deadline although the register rises for ever', async () => {
    const { order, transactionId } = await charge(90_000);
    let registerWh = 1500;
    await pass(30, () => harness.sendSamples(1, [{ registerWh: (registerWh += 10) }], transactionId));
    expect(asked('remote-stop').length).toBeGreaterThan(0);
    expect((await harness.order(order.id)).state).not.toBe('charging');
    await pass(24, () => harness.sendSamples(1, [{ registerWh: (registerWh += 10) }], transactionId));
    expect(isTerminal(await harness.order(order.id))).toBe(true);
  });
});

describe('a 2.x session without a proof of life', () => {
  const event = (eventType: TransactionEvent['eventType'], seqNo: number, more: Partial<TransactionEvent>) =>
    harness.sendEvent({
      type: 'transaction-event',
      eventType,
      transactionId: 'tx-A',
      triggerReason: 'MeterValuePeriodic',
      offline: false,
      samples: [],
      at: harness.clock.now(),
      raw: '[]',
      seqNo,
      ...more,
    });

  it('asks GetTransactionStatus, and ends if the station says that it is over', async () => {
    const order = await harness.confirm({ wh: 60_000 });
    await event('started', 0, {
      triggerReason: 'RemoteStart',
      connectorId: 1,
      idTag: order.idTag ?? '',
      remoteStartId: remoteStartIdOf(order.idTag ?? ''),
      chargingState: 'Charging',
      meterStartWh: 1000,
    });
    harness.behaviour.answer = (command): CommandResult =>
      command.type === 'get-transaction-status'
        ? { kind: 'answered', payload: {}, ongoing: false, messagesInQueue: false }
        : { kind: 'answered', status: 'Accepted', payload: {} };
    await pass(3);
    expect(asked('get-transaction-status')).not.toEqual([]);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed' });
  });

  it('is asked about when its stops are not obeyed', async () => {
    const order = await harness.confirm({ wh: 60_000 });
    await event('started', 0, {
      triggerReason: 'RemoteStart',
      connectorId: 1,
      idTag: order.idTag ?? '',
      remoteStartId: remoteStartIdOf(order.idTag ?? ''),
      chargingState: 'Charging',
      meterStartWh: 1000,
    });
    await harness.bridge.operatorCommands.stop(order.id);
    await harness.clock.advance(POLICY.stopRetryMs * (POLICY.stopAttempts + 12));
    expect(asked('get-transaction-status')).not.toEqual([]);
  });
});

describe('an order that a person closes', () => {
  it('ends by its last reading, and the charger is asked to stop', async () => {
    const { order, transactionId } = await charge();
    expect(await harness.bridge.operatorCommands.close(order.id, 'A. Person', 'charger removed')).toBeUndefined();
    expect(await harness.order(order.id)).toMatchObject({
      state: 'completed',
      bill: { energyWh: 500 },
      closedBy: { name: 'A. Person', reason: 'charger removed' },
    });
    expect(await harness.discrepancies()).toContain('closed-by-operator');
    expect(asked('remote-stop')).toEqual([{ type: 'remote-stop', transactionId }]);
  });
});
