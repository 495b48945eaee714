/** A station reuses the id of a transaction that seems to be over but has no reported end. The new start is lost. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { TransactionEvent } from '../../../../src/ports/charger-events.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { SESSION_POLICY } from '../../../fakes/session-policy.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  const policy = { ...SESSION_POLICY, offlineMs: HOUR };
  harness = await createBridgeHarness(undefined, undefined, { policy });
  await harness.connect('CP1', { version: '2.0.1' });
});
afterEach(() => harness.stop());

async function event(eventType: TransactionEvent['eventType'], seqNo: number, more: Partial<TransactionEvent> = {}) {
  await harness.sendEvent({
    ...{ type: 'transaction-event', eventType, transactionId: '1', triggerReason: 'MeterValuePeriodic', seqNo },
    ...{ offline: false, samples: [], at: harness.clock.now(), raw: '[]', connectorId: 1 },
    ...more,
  });
}

const reading = (registerWh: number) => ({ samples: [{ at: harness.clock.now(), registerWh }] });
const named = (order: Order): Partial<TransactionEvent> => ({
  ...{ triggerReason: 'RemoteStart', idTag: order.idTag ?? '', remoteStartId: remoteStartIdOf(order.idTag ?? '') },
  chargingState: 'Charging',
});
const stranger = { triggerReason: 'Authorized', idTag: 'A-CARD', chargingState: 'Charging' } as const;

/** Charges an order from 1,000 to 3,000 Wh in transaction 1. Three of its events arrive. */
async function charging(): Promise<Order> {
  const order = await harness.confirm({ transaction: 'tx-1' });
  await event('started', 0, { ...named(order), meterStartWh: 1000 });
  await harness.clock.advance(10 * MINUTE);
  await event('updated', 1, reading(2000));
  await event('updated', 2, reading(3000));
  return order;
}

/** Charges a second order in another transaction 1, whose start is lost. Returns the energy that it is billed, Wh. */
async function nextOrder(): Promise<number | undefined> {
  await harness.clock.advance(MINUTE);
  const status = {
    type: 'connector-status-changed',
    connectorId: 1,
    status: 'Available',
    errorCode: 'NoError',
  } as const;
  await harness.sendEvent(status);
  const second = await harness.confirm({ transaction: 'tx-2', bapId: 'other', wh: 60_000 });
  await event('updated', 1, { ...named(second), ...reading(5000) });
  await harness.clock.advance(10 * MINUTE);
  await event('ended', 2, { ...reading(7000), meterStopWh: 7000, stoppedReason: 'Local' });
  return (await harness.order(second.id)).bill?.energyWh;
}

describe('an id that is used again', () => {
  it('belongs to the next order if the station was away until the first session was provisional', async () => {
    const first = await charging();
    await harness.disconnect();
    await harness.clock.advance(2 * HOUR);
    expect(await harness.order(first.id)).toMatchObject({ state: 'provisional' });
    expect((await harness.order(first.id)).session?.endSuspectedSince).toBeUndefined();
    await harness.connect('CP1', { version: '2.0.1', boots: false });
    expect(await nextOrder()).toBe(2000);
  });

  it('belongs to the next order if a person has closed the first one', async () => {
    const first = await charging();
    await harness.bridge.operatorCommands.close(first.id, 'anna', 'the charger is broken');
    expect((await harness.order(first.id)).session?.endSuspectedSince).toBeUndefined();
    expect(await nextOrder()).toBe(2000);
    expect(await harness.order(first.id)).toMatchObject({ bill: { energyWh: 2000 } });
  });

  it('belongs to the next order if another transaction has closed the first one, which was a stranger’s', async () => {
    await event('started', 0, { ...stranger, meterStartWh: 1000 });
    await event('updated', 1, reading(2000));
    await event('updated', 2, reading(3000));
    await event('started', 0, { ...stranger, transactionId: '2', meterStartWh: 4000 });
    await event('ended', 1, { transactionId: '2', meterStopWh: 4500, ...reading(4500) });
    expect(await nextOrder()).toBe(2000);
  });
});

it('has the end of a transaction that another one had closed', async () => {
  await event('started', 0, { ...stranger, meterStartWh: 1000 });
  const at = harness.clock.now() + MINUTE;
  await harness.clock.advance(2 * MINUTE);
  await event('started', 0, { ...stranger, transactionId: '2', meterStartWh: 1500 });
  await event('ended', 1, { at, meterStopWh: 1500, samples: [{ at, registerWh: 1500 }], stoppedReason: 'Local' });
  expect(await harness.discrepancies()).toEqual(['unmatched-transaction', 'unmatched-transaction']);
  expect((await harness.store.transaction('CP1', '1'))?.stop).toMatchObject({ meterStopWh: 1500, reason: 'Local' });
  // The connector has its status from the second transaction.
  expect(harness.bridge.chargePoints.reportedState('CP1', 1).status).toBe('Charging');
});

it('has the end of a session that was closed, although another transaction has begun since', async () => {
  const order = await charging();
  await harness.bridge.operatorCommands.close(order.id, 'anna', 'the charger is broken');
  const at = harness.clock.now() + MINUTE;
  await harness.clock.advance(2 * MINUTE);
  await event('started', 0, { ...stranger, transactionId: '2', meterStartWh: 3500 });
  expect((await harness.store.transaction('CP1', '1'))?.stop).toMatchObject({ reason: 'Inferred' });
  const end = { idTag: order.idTag ?? '', meterStopWh: 3400, stoppedReason: 'Local' };
  await event('ended', 3, { at, ...end, samples: [{ at, registerWh: 3400 }] });
  expect((await harness.store.transaction('CP1', '1'))?.stop).toMatchObject({ meterStopWh: 3400, reason: 'Local' });
  expect(harness.bridge.chargePoints.reportedState('CP1', 1).status).toBe('Charging');
  expect(await harness.discrepancies()).toContain('late-stop');
});

it('changes nothing of its connector by what it says after another transaction has begun there', async () => {
  await charging();
  const status = () => harness.bridge.chargePoints.reportedState('CP1', 1).status;
  const at = harness.clock.now() + MINUTE;
  await harness.clock.advance(2 * MINUTE);
  await event('started', 0, { ...stranger, transactionId: '2', meterStartWh: 3500 });
  await event('updated', 3, { at, offline: true, samples: [{ at, registerWh: 3400 }], chargingState: 'SuspendedEV' });
  expect(status()).toBe('Charging');
  await event('ended', 4, { at: at + 1, offline: true, meterStopWh: 3400, stoppedReason: 'Local' });
  expect(status()).toBe('Charging');
  await event('ended', 1, { transactionId: '2', meterStopWh: 3600 });
  expect(status()).toBe('Finishing');
});
