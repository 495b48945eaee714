/** A restart resumes many orders at the same time and keeps the sequence of steps within each. */
import { expect, it } from 'vitest';
import { Recovery, type RecoveryDeps } from '../../../src/bridge/recovery.js';
import type { Order } from '../../../src/domain/model/order.js';
import { SESSION_POLICY } from '../../fakes/session-policy.js';
import { settle } from '../../fakes/manual-clock.js';
import { chargingOrder } from '../beckn/samples.js';

const COUNT = 200;
const LIMIT = 64;

function setUp() {
  const orders: Order[] = Array.from({ length: COUNT }, (_, n) => ({ ...chargingOrder(), id: `o${n}` }));
  const trace: string[] = [];
  const open: { id: string; step: string; end: () => void; fail: (error: Error) => void }[] = [];
  const commands: unknown[] = [];
  let most = 0;
  const step = <T>(id: string, name: string, result: T): Promise<T> =>
    new Promise((resolve, reject) => {
      trace.push(`${name} ${id}`);
      open.push({ id, step: name, end: () => resolve(result), fail: reject });
      most = Math.max(most, open.length);
    });
  const load = async (): Promise<void> => undefined;
  const deps = {
    store: {
      listChargePoints: async () => [],
      openOrders: async () => orders,
      owedRequests: async () => [],
      meterEntriesOf: (id: string) => step(id, 'meter', [{ seq: 1, receivedAt: 1 }]),
    },
    orderCache: {
      put: () => undefined,
      openOrders: () => [],
      getCached: () => ({ ...orders[0]!, updatedAt: Date.now() }),
    },
    clock: { continueFrom: () => 0 },
    chargePoints: { load: () => undefined, connectionOf: () => undefined, record: () => ({}) },
    transactions: { load },
    approvedChargePoints: { load },
    bootPolicies: { load },
    quarantines: { load },
    outOfSale: { load },
    orders: {
      handle: ({ id }: Order, command: { type: string }) => {
        commands.push(command);
        return step(id, command.type, undefined);
      },
    },
    timers: { set: (id: string) => void trace.push(`timer ${id}`) },
    policy: SESSION_POLICY,
    effectHandlers: [{ handleEffects: ({ id }: Order) => void trace.push(`effects ${id}`) }],
    outbox: { hold: () => undefined, release: () => undefined },
    owedResponses: { enqueue: () => undefined },
    keptFrames: { newestAt: () => 0, load: () => undefined, replayAll: () => Promise.resolve() },
    readMeter: () => [],
  } as unknown as RecoveryDeps;
  return { recovery: new Recovery(deps), open, orders, commands, trace, most: () => most };
}

async function endAll(open: ReturnType<typeof setUp>['open']): Promise<void> {
  // The resumptions end in reverse order.
  for (await settle(); open.length > 0; await settle()) open.pop()?.end();
}

it('at start, resumption of many orders overlaps, within a limit', async () => {
  const t = setUp();
  const running = t.recovery.run();
  await settle();
  expect(t.open).toHaveLength(LIMIT);
  await endAll(t.open);
  await running;
  expect(t.most()).toBe(LIMIT);
  expect(t.trace.filter((line) => line.startsWith('charger-disconnected'))).toHaveLength(COUNT);
  expect(t.trace.filter((line) => line.startsWith('timer'))).toHaveLength(COUNT);
});

it('each order’s own steps keep their sequence: loss of the charger, saved effects, meter, deadline', async () => {
  const t = setUp();
  const running = t.recovery.run();
  await endAll(t.open);
  await running;
  for (let n = 0; n < COUNT; n++)
    expect(t.trace.filter((line) => line.endsWith(` o${n}`)).map((line) => line.split(' ')[0])).toEqual([
      'meter',
      'charger-disconnected',
      'effects',
      'record-sample',
      'timer',
    ]);
  const firstEffect = t.trace.findIndex((line) => line.startsWith('effects'));
  expect(t.trace.findLastIndex((line) => line.startsWith('charger-disconnected'))).toBeLessThan(firstEffect);
});

it('an order learns when it was saved before the restart, although its readings have been saved since', async () => {
  const t = setUp();
  const running = t.recovery.run();
  await endAll(t.open);
  await running;
  const restart = { savedAt: t.orders[0]?.updatedAt };
  expect(t.commands).toContainEqual({ type: 'charger-disconnected', restart });
});

it('a start that cannot save begins no further order, and fails when those that were begun have ended', async () => {
  const t = setUp();
  let failure: unknown;
  const running = t.recovery.run().catch((error: unknown) => (failure = error));
  await settle();
  t.open.shift()?.fail(new Error('the disk is full'));
  await settle();
  expect(failure).toBeUndefined();
  await endAll(t.open);
  await running;
  expect(failure).toEqual(new Error('the disk is full'));
  expect(t.trace.filter((line) => line.startsWith('meter'))).toHaveLength(LIMIT);
});
