/** Deadlines that come due while the store is unavailable, and one that stays due. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DeadlineHandler, type DeadlineHandlerDeps } from '../../../../src/bridge/orders/deadline-handler.js';
import { OrderTimers } from '../../../../src/bridge/orders/order-timers.js';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const MINUTE = 60_000;

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const failedAttempts = (): number =>
  harness.events.of('store.failed').filter(({ where }) => where === 'order timer').length;

it('are tried again ever more rarely during an outage, and soon after it', async () => {
  const { id } = await harness.confirm();
  harness.behaviour.diskFull = true;
  await harness.clock.advance(60 * MINUTE);
  const attempts = failedAttempts();
  expect(attempts).toBeGreaterThan(10);
  expect(attempts).toBeLessThan((60 * MINUTE) / 16_000 + 10);

  harness.behaviour.diskFull = false;
  await harness.clock.advance(17_000);
  expect((await harness.order(id)).state).toBe('failed');
});

it('that handling does not move are a bug, and do not occupy the process', async () => {
  const clock = createManualClock();
  const events = createEventLog();
  const timers = new OrderTimers(clock);
  let handled = 0;
  const orders = {
    recoverUnconfirmedWrite: () => Promise.resolve(true),
    recheckAt: () => {
      if ((handled += 1) > 1000) throw new Error('it never ends');
      return clock.now();
    },
  };
  const deps = { orders, timers, clock, events, orderCache: { getCached: () => undefined } };
  new DeadlineHandler(deps as unknown as DeadlineHandlerDeps).start();
  timers.set('order-1', clock.now());
  await clock.advance(3500);
  expect(handled).toBeGreaterThan(100);
  expect(handled).toBeLessThan(300);
  const bugs = events.of('bug');
  expect(bugs.map(({ where, orderId }) => [where, orderId])).toEqual(bugs.map(() => ['order timer', 'order-1']));
  expect(bugs).toHaveLength(4);
});
