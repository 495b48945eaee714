/**
 * A session on MongoDB is billed up to its stop and keeps its discrepancies, whichever write of the stop breaks the
 * connection. A start without an order keeps its discrepancy, too.
 */
import mongoose from 'mongoose';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/observe/system-clock.js';
import { StoreFault } from '../../src/ports/store.js';
import { createMongoStore } from '../../src/store/mongo/mongo-store.js';
import { eventually } from '../e2e/waiting.js';
import { createBridgeHarness, type BridgeHarness } from '../fakes/bridge-harness.js';
import { startCuttingProxy, type CutMode, type CuttingProxy } from '../mongo/cutting-proxy.js';
import { startMongo } from '../mongo/engine.js';

const engine = await startMongo('that a session on MongoDB is billed to its stop when the connection breaks');

if (engine === undefined) {
  describe('a session on MongoDB', () => it.skip('is billed to its stop: skipped, no MongoDB (see standard error)'));
} else {
  afterAll(() => engine.stop());
  let count = 0;

  /** Runs the test on a fresh database behind a proxy of its own. */
  async function onBridge(test: (bridge: BridgeHarness, proxy: CuttingProxy) => Promise<void>): Promise<void> {
    const proxy = await startCuttingProxy(engine?.uri ?? String);
    const name = `bridge-test-session-${process.pid}-${count++}`;
    const bridge = await createBridgeHarness(undefined, undefined, {
      // The lease expires by the database's clock, which does not stand still.
      openStore: () => createMongoStore({ uri: proxy.uri(name), clock: systemClock, leaseMs: 4_800 }),
    });
    try {
      await test(bridge, proxy);
    } finally {
      await proxy.heal();
      await eventually('the store', () =>
        bridge.store.order('none').then(
          () => true,
          () => false,
        ),
      );
      await bridge.stop();
      await proxy.stop();
      const connection = await mongoose.createConnection(engine?.uri(name) ?? '').asPromise();
      await connection.dropDatabase();
      await connection.close();
    }
  }

  /** Starts a session limited to 10,000 Wh, whose last reading is 2,000 Wh. */
  async function charge(bridge: BridgeHarness): Promise<{ orderId: string; transactionId: string }> {
    await bridge.connect();
    const { id } = await bridge.confirm({ wh: 10_000 });
    await eventually('the start', () => bridge.commands.some(({ type }) => type === 'remote-start'));
    const order = await eventually('starting', async () => {
      const found = await bridge.order(id);
      return found.effects.every(({ kind }) => kind !== 'remote-start') && found;
    });
    const transactionId = await bridge.startTransaction(order, 100);
    await bridge.clock.advance(300_000);
    await bridge.sendSamples(1, [{ registerWh: 2_100 }], transactionId);
    await bridge.clock.advance(900_000);
    return { orderId: id, transactionId };
  }

  const sendStop = (bridge: BridgeHarness, transactionId: string, at: number, meterStopWh: number) =>
    bridge.sendEvent({
      type: 'transaction-stopped',
      transactionId,
      at,
      meterStopWh,
      reason: 'Local',
      samples: [],
      raw: '{}',
    });

  /** Sends the stop until it is answered, as a charger does. Returns whether the first attempt was answered. */
  async function stopUntilAnswered(
    { bridge, proxy }: { readonly bridge: BridgeHarness; readonly proxy: CuttingProxy },
    transactionId: string,
    wh: number,
  ): Promise<boolean> {
    const at = bridge.clock.now();
    let attempts = 0;
    await eventually('an answer to the stop', async () => {
      attempts += 1;
      return sendStop(bridge, transactionId, at, wh).then(
        () => true,
        async (error: unknown) => {
          if (!(error instanceof StoreFault)) throw error;
          await proxy.heal();
          return false;
        },
      );
    });
    return attempts === 1;
  }

  // Concurrent, because the tests mostly wait for the driver to find the server again.
  describe.concurrent.each<CutMode>(['before', 'after'])(
    'a stop on MongoDB whose connection breaks %s a write',
    (mode) => {
      it.each([false, true])('is billed in full, once (restart before the repeat: %s)', async (restarts) => {
        for (let nth = 0; ; nth++) {
          let wasCut = false;
          await onBridge(async (bridge, proxy) => {
            const { orderId, transactionId } = await charge(bridge);
            const at = bridge.clock.now();
            proxy.cutAt(nth, mode);
            if (restarts) {
              await sendStop(bridge, transactionId, at, 8_100).catch(() => undefined);
              wasCut = proxy.hasCut();
              await proxy.heal();
              await eventually('the store', () =>
                bridge.store.order('none').then(
                  () => true,
                  () => false,
                ),
              );
              await bridge.restart();
              await sendStop(bridge, transactionId, at, 8_100);
            } else {
              wasCut = !(await stopUntilAnswered({ bridge, proxy }, transactionId, 8_100)) || proxy.hasCut();
              await proxy.heal();
            }
            const order = await eventually('the bill', async () => {
              const found = await bridge.order(orderId).catch(() => undefined);
              return found?.bill && found;
            });
            expect([order.state, order.bill?.energyWh], `write ${nth}`).toEqual(['completed', 8_000]);
            const record = await bridge.store.transaction('CP1', transactionId);
            expect(record?.stop?.meterStopWh, `write ${nth}`).toBe(8_100);
            expect(await bridge.discrepancies(), `write ${nth}`).toEqual([]);
          });
          if (!wasCut) break;
        }
      });

      it('keeps its discrepancy', async () => {
        for (let nth = 0; ; nth++) {
          let wasCut = false;
          await onBridge(async (bridge, proxy) => {
            const { orderId, transactionId } = await charge(bridge);
            proxy.cutAt(nth, mode);
            wasCut = !(await stopUntilAnswered({ bridge, proxy }, transactionId, 14_100)) || proxy.hasCut();
            await proxy.heal();
            await eventually('the bill', async () => (await bridge.order(orderId).catch(() => undefined))?.bill);
            expect(await bridge.discrepancies(), `write ${nth}`).toEqual(['overshoot']);
          });
          if (!wasCut) break;
        }
      });

      it('keeps the discrepancy of a transaction without an order', async () => {
        for (let nth = 0; ; nth++) {
          let wasCut = false;
          await onBridge(async (bridge, proxy) => {
            await bridge.connect();
            proxy.cutAt(nth, mode);
            const start = {
              ...({ type: 'transaction-started', connectorId: 1, idTag: 'STRANGER', meterStartWh: 5 } as const),
              ...{ at: bridge.clock.now(), raw: '{}' },
            };
            let attempts = 0;
            await eventually('an answer to the start', () => {
              attempts += 1;
              return bridge.sendEvent(start).then(
                () => true,
                async () => {
                  await proxy.heal();
                  return false;
                },
              );
            });
            wasCut = attempts > 1 || proxy.hasCut();
            await proxy.heal();
            const kinds = await eventually('the discrepancies', () => bridge.discrepancies().catch(() => undefined));
            expect(kinds, `write ${nth}`).toEqual(['unmatched-transaction']);
          });
          if (!wasCut) break;
        }
      });
    },
  );
}
