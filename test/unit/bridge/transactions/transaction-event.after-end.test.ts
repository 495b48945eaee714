/** A 2.x transaction goes on after its order has ended, so that nobody pays for what it delivers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { ChargerOutcome, TransactionEvent } from '../../../../src/ports/charger-events.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect('CP1', { version: '2.0.1' });
});
afterEach(() => harness.stop());

async function event(
  eventType: TransactionEvent['eventType'],
  seqNo: number,
  more: Partial<TransactionEvent> = {},
): Promise<ChargerOutcome> {
  const outcome = await harness.sendEvent({
    ...{ type: 'transaction-event', eventType, transactionId: '1', triggerReason: 'MeterValuePeriodic', seqNo },
    ...{ offline: false, samples: [], at: harness.clock.now(), raw: '[]', connectorId: 1 },
    ...more,
  });
  await settle(20);
  return outcome;
}

const reading = (registerWh: number) => ({ samples: [{ at: harness.clock.now(), registerWh }] });
const named = (order: Order): Partial<TransactionEvent> => ({
  ...{ triggerReason: 'RemoteStart', idTag: order.idTag ?? '', remoteStartId: remoteStartIdOf(order.idTag ?? '') },
  chargingState: 'Charging',
});
const stops = (): number => harness.commands.filter(({ type }) => type === 'remote-stop').length;

/** Charges an order from 1,000 to 3,000 Wh. */
async function charging(): Promise<Order> {
  const order = await harness.confirm();
  await event('started', 0, { ...named(order), meterStartWh: 1000, ...reading(1000) });
  await harness.clock.advance(5 * MINUTE);
  await event('updated', 1, reading(3000));
  return order;
}

/** Ends the authorisation of the order at 3,000 Wh. The cable stays in, and the transaction stays open. */
async function stopped(): Promise<Order> {
  const order = await charging();
  await event('updated', 2, { triggerReason: 'StopAuthorized', chargingState: 'EVConnected', ...reading(3000) });
  expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 2000 } });
  await harness.clock.advance(5 * MINUTE);
  return order;
}

/** Completes the order by its last reading, because its station stays away. */
async function inferred(): Promise<Order> {
  const order = await charging();
  await harness.disconnect();
  await harness.clock.advance(9 * DAY);
  expect(await harness.order(order.id)).toMatchObject({ outcome: { code: 'end-inferred' }, bill: { energyWh: 2000 } });
  await harness.connect('CP1', { version: '2.0.1', boots: false });
  return order;
}

async function amountOf(kind: string): Promise<number | undefined> {
  return (await harness.store.listDiscrepancies({ limit: 9 })).find((one) => one.kind === kind)?.amount;
}

describe('a transaction whose end was inferred', () => {
  it('leaves a discrepancy if its end arrives with readings and no register of the end', async () => {
    await inferred();
    await event('ended', 2, { offline: true, stoppedReason: 'EVDisconnected', ...reading(9000) });
    expect(await amountOf('meter-mismatch')).toBe(6000);
  });

  it('leaves a discrepancy if queued readings show that it went on, and commands nothing', async () => {
    await inferred();
    const before = stops();
    const at = harness.clock.now() - DAY;
    await event('updated', 2, { offline: true, at, samples: [{ at, registerWh: 9000 }] });
    expect(await amountOf('meter-mismatch')).toBe(6000);
    expect(stops()).toBe(before);
  });
});

describe('a transaction that stays open after the authorisation has ended', () => {
  it('is stopped if energy flows on, and leaves a discrepancy', async () => {
    await stopped();
    await event('updated', 3, reading(3050));
    expect(await harness.discrepancies()).toEqual([]);
    await event('updated', 4, reading(3200));
    await harness.clock.advance(5 * MINUTE);
    expect(await amountOf('meter-mismatch')).toBe(200);
    expect(stops()).toBe(3);
    await event('updated', 5, reading(4000));
    await harness.clock.advance(5 * MINUTE);
    expect(await amountOf('meter-mismatch')).toBe(1000);
    expect(stops()).toBe(3);
  });

  it('leaves out what the order was billed when the next transaction shows its end', async () => {
    await stopped();
    await event('updated', 3, { chargingState: 'Charging' });
    await event('started', 0, { transactionId: '2', triggerReason: 'CablePluggedIn', meterStartWh: 3500 });
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
    expect(await amountOf('unmatched-transaction')).toBeUndefined();
  });

  it('is stopped if it reports no register, but charging', async () => {
    await stopped();
    await event('updated', 3, { chargingState: 'Charging' });
    await harness.clock.advance(2000);
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
    expect(stops()).toBe(1);
  });

  it('refuses the card of a stranger, also again', async () => {
    const order = await stopped();
    const card = { triggerReason: 'Authorized', idTag: 'A-CARD' };
    expect(await event('updated', 3, card)).toMatchObject({ status: 'Invalid' });
    expect(await event('updated', 4, card)).toMatchObject({ status: 'Invalid' });
    expect(await event('updated', 5, { idTag: order.idTag ?? '' })).toMatchObject({ status: 'Accepted' });
    await harness.clock.advance(2000);
    expect(stops()).toBe(1);
  });

  it('is left alone if a card only ends the authorisation once more, and while the order runs', async () => {
    await charging();
    expect(await event('updated', 2, { triggerReason: 'Authorized', idTag: 'A-CARD' })).toMatchObject({
      status: 'Accepted',
    });
    await event('updated', 3, { triggerReason: 'StopAuthorized', ...reading(3000) });
    await event('updated', 4, { triggerReason: 'StopAuthorized', idTag: 'A-CARD' });
    await harness.clock.advance(2000);
    expect(stops()).toBe(0);
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('is not stopped for what its station had queued, or the network had delayed', async () => {
    await stopped();
    const at = harness.clock.now() - 1;
    await event('updated', 3, { offline: true, at, samples: [{ at, registerWh: 3200 }] });
    await harness.clock.advance(10 * MINUTE);
    await event('updated', 4, { at, samples: [{ at, registerWh: 3300 }] });
    await harness.clock.advance(3 * MINUTE);
    expect(await amountOf('meter-mismatch')).toBe(300);
    expect(await harness.discrepancies()).toEqual(['meter-mismatch']);
    expect(stops()).toBe(0);
  });

  it('is not stopped for what it says of the time before the end, or right after it', async () => {
    const order = await charging();
    const at = harness.clock.now() - 1;
    await event('updated', 3, { triggerReason: 'StopAuthorized', ...reading(3000) });
    await event('updated', 2, { at, samples: [{ at, registerWh: 3300 }] });
    await harness.clock.advance(30_000);
    await event('updated', 4, { chargingState: 'Charging' });
    await harness.clock.advance(2000);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed' });
    expect(stops()).toBe(0);
  });

  it('goes on for the card of an operator', async () => {
    await stopped();
    await harness.bridge.operatorCommands.send({
      ...{ chargePointId: 'CP1', action: 'RequestStartTransaction', expiresAfterMs: 1000, timeoutMs: 1000 },
      payload: { idToken: { idToken: 'OWN', type: 'Central' }, evseId: 1, remoteStartId: 7 },
    });
    const card = { triggerReason: 'Authorized', idTag: 'OWN' };
    expect(await event('updated', 3, card)).toMatchObject({ status: 'Accepted' });
    await event('updated', 4, { chargingState: 'Charging', ...reading(3500) });
    await harness.clock.advance(2000);
    expect(await harness.discrepancies()).toEqual([]);
    expect(stops()).toBe(0);
  });

  it('belongs to the next order that it names, which pays for its own part', async () => {
    const first = await stopped();
    const free = { connectorId: 1, status: 'Available', errorCode: 'NoError' } as const;
    await harness.sendEvent({ type: 'connector-status-changed', ...free });
    const second = await harness.confirm({ transaction: 'tx-2', bapId: 'other' });
    await event('updated', 3, { ...named(second), ...reading(3000) });
    await harness.clock.advance(5 * MINUTE);
    await event('ended', 4, { meterStopWh: 8000, ...reading(8000) });
    expect(await harness.order(first.id)).toMatchObject({ bill: { energyWh: 2000 } });
    expect(await harness.order(second.id)).toMatchObject({ bill: { energyWh: 5000 } });
    expect(await harness.discrepancies()).toEqual([]);
    expect(stops()).toBe(0);
  });
});
