/**
 * Starts with an impossible, early or missing time: a refused one gets a RemoteStop all the same, and the register
 * shows whether a start of someone else ends the session.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

async function refusedStartAt(at: number): Promise<number> {
  await harness.connect();
  const order = await harness.confirm();
  await harness.clock.advance(120_000);
  const idTag = order.idTag ?? '';
  await harness.sendEvent({ type: 'transaction-started', connectorId: 1, idTag, meterStartWh: 1000, at, raw: '{}' });
  await harness.clock.advance(1000);
  return harness.commands.filter((command) => command.type === 'remote-stop').length;
}

describe('a refused start', () => {
  it.each([
    ['1970', Date.UTC(1970, 0, 1, 0, 4)],
    ['2000', Date.UTC(2000, 0, 1)],
    ['the build of the firmware', Date.UTC(2024, 4, 1)],
  ])('from a charger whose clock shows %s is stopped', async (_name, at) => {
    expect(await refusedStartAt(at)).toBe(1);
  });

  it('from before the order was placed is stopped, because its tag did not exist', async () => {
    expect(await refusedStartAt(harness.clock.now() - 3_600_000)).toBe(1);
  });

  it('is stopped in 2.x too', async () => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.clock.advance(120_000);
    await harness.sendEvent({
      type: 'transaction-event',
      eventType: 'started',
      transactionId: 'T-1',
      seqNo: 0,
      connectorId: 1,
      idTag: order.idTag ?? '',
      meterStartWh: 1000,
      at: Date.UTC(1970, 0, 1),
      offline: false,
      triggerReason: 'RemoteStart',
      samples: [],
      raw: '{}',
    } as never);
    await harness.clock.advance(1000);
    expect(harness.commands.filter((command) => command.type === 'remote-stop')).toHaveLength(1);
  });
});

describe('a start of someone else', () => {
  it.each([
    ['with a higher register ends the session, because the clock was set back', 1500, 'provisional'],
    ['with a lower register only arrives late, and the session goes on', 900, 'charging'],
  ])('from before the session, %s', async (_title, meterStartWh, state) => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    const at = harness.clock.now() - 3_600_000;
    const start = { type: 'transaction-started', connectorId: 1, idTag: 'OTHER', meterStartWh, at, raw: '{}' } as const;
    await harness.sendEvent(start);
    expect((await harness.order(order.id)).state).toBe(state);
  });

  it('with an impossible date ends the session that ran on its connector', async () => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    const start = {
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'OTHER',
      meterStartWh: 1500,
      raw: '{}',
    } as const;
    await harness.sendEvent({ ...start, at: Date.UTC(1970, 0, 1) });
    expect((await harness.order(order.id)).state).toBe('provisional');
    await harness.clock.advance(1000);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId: '2' });
  });
});

it('a start without a time, with the tag of a session and another register, does not end that session', async () => {
  await harness.connect();
  const order = await harness.confirm();
  await harness.startTransaction(order, 1000);
  const idTag = order.idTag ?? '';
  const start = { type: 'transaction-started', connectorId: 1, idTag, meterStartWh: 1010, raw: '{}' } as const;
  expect(await harness.sendEvent(start)).toMatchObject({ status: 'ConcurrentTx' });
  expect((await harness.order(order.id)).state).toBe('charging');
  expect((await harness.store.transaction('CP1', '1'))?.followed).toBeUndefined();
});
