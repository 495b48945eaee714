/** Transactions that must not run: refused, asked to end, and asked again while they go on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { type BridgeWorld, createBridgeWorld } from '../../fakes/bridge-world.js';

let world: BridgeWorld;
beforeEach(async () => {
  await loadSodium();
  world = await createBridgeWorld();
});
afterEach(() => world.stop());

const stops = (): number => world.commands.filter((command) => command.type === 'remote-stop').length;

/** The order's time runs out, and then its start comes after all. */
async function lateStart(): Promise<string> {
  await world.connect();
  const order = await world.confirm();
  await world.clock.advance(120_000);
  expect(world.bridge.openOrders().some(({ id, state }) => id === order.id && state === 'starting')).toBe(false);
  const outcome = await world.charger({
    type: 'transaction-started',
    connectorId: 1,
    idTag: order.idTag ?? '',
    meterStartWh: 1000,
    at: world.clock.now(),
    raw: '{}',
  });
  if (outcome?.type !== 'transaction-started') throw new Error('no answer to the start');
  expect(outcome.status).toBe('Expired');
  return outcome.transactionId;
}

describe('a start after its order has failed', () => {
  it('is asked to end three times while it goes on', async () => {
    await lateStart();
    await world.clock.advance(1000);
    expect(stops()).toBe(1);
    await world.clock.advance(30_000);
    expect(stops()).toBe(2);
    await world.clock.advance(300_000);
    expect(stops()).toBe(3);
  });

  it('is left alone once it has ended', async () => {
    const transactionId = await lateStart();
    await world.clock.advance(1000);
    await world.charger({
      type: 'transaction-stopped',
      transactionId,
      meterStopWh: 1000,
      at: world.clock.now(),
      reason: 'Remote',
      samples: [],
      raw: '{}',
    });
    await world.clock.advance(300_000);
    expect(stops()).toBe(1);
  });
});
