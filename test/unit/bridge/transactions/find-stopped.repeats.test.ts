/** Stops that are repeated under another message id, because their answer was lost: each ends again what it ended. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { ChargerOutcomeOf } from '../../../../src/ports/charger-events.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const tagOf = (order: Order): string => order.idTag ?? '';

async function start(idTag: string, connectorId: number, meterStartWh: number) {
  const event = { type: 'transaction-started', connectorId, idTag, meterStartWh, raw: '{}' } as const;
  return (await harness.sendEvent({ ...event, at: harness.clock.now() })) as ChargerOutcomeOf<'transaction-started'>;
}

async function stop(stopped: { transactionId: string; meterStopWh: number; idTag: string; at: number }): Promise<void> {
  await harness.clock.advance(1000);
  await harness.sendEvent({ type: 'transaction-stopped', ...stopped, reason: 'Local', samples: [], raw: '{}' });
}

async function vouch(idTag: string, connectorId: number): Promise<void> {
  await harness.bridge.operatorCommands.send({
    ...{ chargePointId: 'CP1', action: 'RemoteStartTransaction', payload: { idTag, connectorId } },
    ...{ expiresAfterMs: 1000, timeoutMs: 1000 },
  });
}

describe('a stop with the tag of an order and an unknown number that ended the refused second transaction', () => {
  /** The order charges 400 Wh, its stop is lost, and its tag begins a second transaction, which ends at 1,500 Wh. */
  async function secondEnded() {
    const order = await harness.confirm({ item: 'CP1-1', transaction: 'tx-1', wh: 90_000 });
    const { transactionId } = await start(tagOf(order), 1, 1000);
    await harness.clock.advance(60_000);
    const samples = [{ at: harness.clock.now(), registerWh: 1400 }];
    await harness.sendEvent({ type: 'meter-sampled', connectorId: 1, transactionId, samples, raw: '{}' });
    await harness.clock.advance(1000);
    const second = await start(tagOf(order), 1, 1450);
    expect(second.status).toBe('ConcurrentTx');
    await harness.clock.advance(60_000);
    const ended = { transactionId: '990', meterStopWh: 1500, idTag: tagOf(order), at: harness.clock.now() };
    await stop(ended);
    expect((await harness.store.transaction('CP1', second.transactionId))?.stop).toMatchObject({ meterStopWh: 1500 });
    return { order, second, ended };
  }

  async function expectBilledByLastReading(order: Order): Promise<void> {
    expect(await harness.order(order.id)).toMatchObject({ state: 'provisional' });
    await harness.clock.advance(86_400_000);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 400 } });
    expect(await harness.discrepancies()).toContain('end-inferred');
  }

  it('does not end the session', async () => {
    const { order, ended } = await secondEnded();
    await stop(ended);
    await expectBilledByLastReading(order);
  });

  it('does not end it after a lost connection and another transaction', async () => {
    const { order, ended } = await secondEnded();
    await harness.disconnect();
    await harness.clock.advance(600_000);
    await harness.connect();
    await vouch('OTHER', 2);
    await start('OTHER', 2, 501_000);
    await stop(ended);
    await expectBilledByLastReading(order);
  });

  it.each([
    ['register', { meterStopWh: 1420 }],
    ['time', { at: 'earlier' }],
  ] as const)('is no repeat if the %s differs, and may then end the session', async (_what, difference) => {
    const { order, ended } = await secondEnded();
    await stop({ ...ended, ...difference, at: 'at' in difference ? ended.at - 1000 : ended.at });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed' });
  });
});

it('does not end the order whose number it names, after it ended the transaction of its card', async () => {
  const order = await harness.confirm({ item: 'CP1-1', transaction: 'tx-1', wh: 90_000 });
  const { transactionId } = await start(tagOf(order), 1, 1000);
  await vouch('OWN', 2);
  const own = await start('OWN', 2, 1010);
  await harness.clock.advance(60_000);
  const ended = { transactionId, meterStopWh: 1100, idTag: 'OWN', at: harness.clock.now() };
  await stop(ended);
  expect((await harness.store.transaction('CP1', own.transactionId))?.stop).toMatchObject({ meterStopWh: 1100 });
  const reported = await harness.discrepancies();
  await stop(ended);
  expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
  expect(await harness.discrepancies()).toEqual(reported);
});

it('ends the session whose start arrives after it, although it was stored as a stop without a start', async () => {
  const order = await harness.confirm({ item: 'CP1-1', transaction: 'tx-1', wh: 90_000 });
  const at = harness.clock.now() + 30_000;
  // In kWh, so that the start does not find it.
  const early = { transactionId: '-1', meterStopWh: 1, idTag: tagOf(order), at };
  await stop(early);
  await harness.clock.advance(60_000);
  await start(tagOf(order), 1, 1000);
  expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
  await stop(early);
  expect(await harness.order(order.id)).toMatchObject({ state: 'completed' });
});

it('is not taken for that of another card at the same time and register', async () => {
  const order = await harness.confirm({ item: 'CP1-1', transaction: 'tx-1', wh: 90_000 });
  await start(tagOf(order), 1, 0);
  await vouch('OWN', 2);
  const own = await start('OWN', 2, 0);
  await harness.clock.advance(60_000);
  const ended = { meterStopWh: 300, at: harness.clock.now() };
  await stop({ ...ended, transactionId: own.transactionId, idTag: 'OWN' });
  await stop({ ...ended, transactionId: '-1', idTag: tagOf(order) });
  expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 300 } });
});
