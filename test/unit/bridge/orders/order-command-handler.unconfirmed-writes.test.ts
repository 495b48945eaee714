/**
 * An order whose first save succeeded although its answer was lost: its effects are sent, whichever request concerns
 * it next.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { StoreFault, type Store } from '../../../../src/ports/store.js';
import type { Clock } from '../../../../src/ports/runtime.js';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

it('is started when the buyer app confirms again before the store is asked', async () => {
  harness.behaviour.answersLost = true;
  await expect(harness.confirm()).rejects.toThrow();
  harness.behaviour.answersLost = false;

  const order = await harness.confirm();
  await settle(10);

  expect(order.state).toBe('starting');
  expect(harness.commands.filter(({ type }) => type === 'remote-start')).toHaveLength(1);
  await harness.clock.advance(5000);
  expect(harness.commands.filter(({ type }) => type === 'remote-start')).toHaveLength(1);
  expect(harness.callbacks.filter(({ action }) => action === 'on_confirm')).toHaveLength(2);
});

it('finds a write that arrives long after it was reported as failed', async () => {
  const harness = await createBridgeHarness(undefined, undefined, { openStore: (clock) => lateStore(clock) });
  try {
    await harness.connect();
    holdNextCommit = true;
    await expect(harness.confirm()).rejects.toBeInstanceOf(StoreFault);
    await harness.clock.advance(1_500);
    expect(harness.bridge.openOrders()).toEqual([]);
    await heldCommit?.();
    await harness.clock.advance(25_000);
    expect(harness.bridge.openOrders().map(({ state }) => state)).toEqual(['starting']);
    expect(harness.commands.map(({ type }) => type)).toContain('remote-start');
  } finally {
    await harness.stop();
  }
});

let holdNextCommit = false;
let heldCommit: (() => Promise<void>) | undefined;

/** Creates a store that reports a commit as failed and performs it later. */
function lateStore(clock: Clock): Store {
  const store = createSqliteStore({ path: ':memory:', clock });
  const commit = store.commit.bind(store);
  store.commit = (batch) => {
    if (!holdNextCommit || !batch.orders) return commit(batch);
    holdNextCommit = false;
    heldCommit = () => commit(batch);
    return Promise.reject(new StoreFault('no answer in time'));
  };
  return store;
}
