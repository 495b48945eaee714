/**
 * Two real processes on one MongoDB: a process suspended by SIGSTOP loses the database to its successor and does no
 * harm when it resumes. A second process started by mistake is refused.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, describe, expect, it } from 'vitest';
import { BridgeProcess } from '../e2e/bridge-process.js';
import { freePorts } from '../e2e/free-ports.js';
import { HOST, nothingLeft, startTestSystem, type TestSystem } from '../e2e/test-system.js';
import { eventually } from '../e2e/waiting.js';
import { startMongo, type MongoEngine } from '../mongo/engine.js';
import { evidenceOf, SCENARIOS } from './crash-test.js';
import { FrontDoor } from './front-door.js';
import { brokenPromises } from './journal-checker.js';
import { WireJournal } from './wire-journal.js';
import { ended, place } from '../e2e/shopper.js';

const CHARGE_POINT = 'CP-01';
const LEASE_S = 5;
const engine = await startMongo('that a stopped process does no harm when another one has taken over its MongoDB');

const listenTo = ([beckn, ocpp, operator]: readonly number[]) => ({
  beckn: { host: HOST, port: beckn, basePath: '/beckn' },
  ocpp: { host: HOST, port: ocpp, basePath: '/ocpp' },
  operator: { host: HOST, port: operator },
});

interface Pair {
  readonly system: TestSystem;
  readonly journal: WireJournal;
  readonly first: BridgeProcess;
  /**
   * Creates the second process.
   * @param leaseWaitS How long it waits for the lease of the first.
   */
  second(leaseWaitS: number): BridgeProcess;
  /** Breaks all connections and forwards new ones to the second process. */
  switchOver(): void;
}

let databases = 0;

/** Prepares two processes on one database behind one front door. It starts neither. */
async function onPair(mongo: MongoEngine, test: (pair: Pair) => Promise<void>): Promise<void> {
  const uri = mongo.uri(`bridge-test-stopped-${process.pid}-${databases++}`);
  const ports = await freePorts(6);
  const [ofFirst, ofSecond] = [ports.slice(0, 3), ports.slice(3)];
  const journal = new WireJournal();
  const system = await startTestSystem({
    chargePoints: [CHARGE_POINT],
    onMessage: journal.beckn,
    settings: {
      listen: listenTo(ofFirst),
      store: { kind: 'mongo', uri, leaseS: LEASE_S, leaseWaitS: 20 },
      session: { startTimeoutS: 10 },
    },
  });
  const door = new FrontDoor(ofFirst);
  const { beckn, ocpp, operator } = system.addresses;
  await door.open([beckn, ocpp, operator].map((address) => Number(new URL(address).port)));
  const started: BridgeProcess[] = [];
  const second = (leaseWaitS: number): BridgeProcess => {
    const folder = dirname(system.configFile);
    const settings = JSON.parse(readFileSync(system.configFile, 'utf8')) as { readonly store: object };
    // The same operator token, as on a machine that takes over.
    cpSync(join(system.dataDir, 'operator-token'), join(folder, 'second', 'operator-token'));
    const own = { listen: listenTo(ofSecond), dataDir: join(folder, 'second') };
    const config = join(folder, 'second.json');
    writeFileSync(config, JSON.stringify({ ...settings, ...own, store: { ...settings.store, leaseWaitS } }));
    const bridge = new BridgeProcess(['--config', config]);
    started.push(bridge);
    return bridge;
  };
  try {
    await test({ system, journal, first: system.bridge, second, switchOver: () => door.switchTo(ofSecond) });
  } finally {
    for (const one of started) if (one.running) await one.kill9();
    await system.close();
    await door.close();
    const connection = await mongoose.createConnection(uri).asPromise();
    await connection.dropDatabase();
    await connection.close();
  }
}

/** Checks for process state `T`: stopped by a signal. */
const isStopped = ({ pid }: BridgeProcess): boolean =>
  pid !== undefined && / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\)/, ''));

describe('two processes on one MongoDB', () => {
  if (engine === undefined) {
    it.skip('do no harm to each other: skipped, no MongoDB (see standard error)');
    return;
  }

  it('are one: a second one that is started by mistake waits, is refused and changes nothing', async () => {
    await onPair(engine, async ({ system, journal, first, second }) => {
      await first.start();
      const charger = await system.charger(CHARGE_POINT, { onFrame: journal.ocpp });
      const mistake = second(2);
      mistake.spawn();
      const scenario = SCENARIOS['buyer-stops'];
      const placed = await place(system.buyer, system.choice(CHARGE_POINT, 'units', scenario.orderedWh));
      expect(await mistake.death).toEqual({ code: 1, signal: null });
      expect(mistake.stderr).toMatch(/another process uses this database \(process \d+ on .+\)/);
      expect(mistake.stdout).toBe('');
      await scenario.after(system, placed, charger);
      await ended(system.buyer, placed.orderId);
      expect(brokenPromises(await evidenceOf(system, journal, placed, scenario))).toEqual([]);
    });
  });

  it.each([
    ['a confirm', 'order.decided:3'],
    ['a start', 'start.marking:1'],
    ['a transaction', 'transaction.numbered:1'],
    ['a reading', 'meter.decided:2'],
    ['a stop', 'order.decided:6'],
    ['a callback', 'callback.sending:6'],
  ])('lose and double nothing when the first is stopped during %s (%s), taken over and continued', async (_, point) => {
    await onPair(engine, async ({ system, journal, first, second, switchOver }) => {
      await first.start({ BRIDGE_CHAOS: `${point}:stop` });
      const successor = second(20);
      const charger = await system.charger(CHARGE_POINT, { onFrame: journal.ocpp });
      const takeover = (async () => {
        await eventually(`${point} stops the process`, () => isStopped(first));
        const { tookMs } = await successor.start();
        switchOver();
        return tookMs;
      })();
      const scenario = SCENARIOS['buyer-stops'];
      const placed = await place(system.buyer, system.choice(CHARGE_POINT, 'units', scenario.orderedWh));
      const journey = scenario.after(system, placed, charger).then(() => ended(system.buyer, placed.orderId));
      expect(await takeover).toBeGreaterThan((LEASE_S * 1_000) / 2);
      process.kill(first.pid ?? 0, 'SIGCONT');
      expect(await first.death).toEqual({ code: 1, signal: null });
      expect(first.stderr).toMatch(/another process has taken over this database/);
      await journey;
      expect(brokenPromises(await evidenceOf(system, journal, placed, scenario))).toEqual([]);
    });
  });
});

afterAll(async () => {
  await engine?.stop();
  await nothingLeft();
});
