/** A MongoDB database that was put back or dropped is recognised by the mark in the data folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreOrigin } from '../../src/app/store/store-origin.js';
import { systemClock as clock } from '../../src/observe/system-clock.js';
import { createMongoStore } from '../../src/store/mongo/mongo-store.js';
import { createEventLog } from '../fakes/event-log.js';
import { startMongo } from '../mongo/engine.js';

const engine = await startMongo('that a MongoDB database that was put back starts mute');

interface Start {
  readonly isAccepted?: boolean;
  /** The number of open orders at a clean stop. Absent if the process is killed. */
  readonly openOrders?: number;
  readonly meanwhile?: () => Promise<void>;
  /** How many transaction numbers it issues after `meanwhile`. */
  readonly numbersAfter?: number;
  readonly folder?: string;
}

if (engine === undefined) {
  describe('the origin of a MongoDB store', () => it.skip('is checked: skipped, no MongoDB (see standard error)'));
} else {
  const run = `${process.pid}-${Date.now().toString(36)}`;
  let count = 0;
  let uri = '';
  let dataDir = '';
  let connection: mongoose.Connection;

  beforeEach(async () => {
    uri = engine.uri(`bridge-test-origin-${run}-${count++}`);
    dataDir = mkdtempSync(join(tmpdir(), 'store-origin-'));
    connection = await mongoose.createConnection(uri).asPromise();
  });
  afterEach(async () => {
    await connection.dropDatabase();
    await connection.close();
    rmSync(dataDir, { recursive: true });
  });
  afterAll(() => engine.stop());

  /** Starts and ends a process. Returns its last number. @errors Throws if it stays mute or refuses the store. */
  async function start(options: Start = {}): Promise<number> {
    const { isAccepted = false, openOrders, meanwhile, numbersAfter = 1, folder = dataDir } = options;
    const open: { origin?: StoreOrigin } = {};
    const onNumbersReserved = async (last: number): Promise<void> => open.origin?.numbersReserved(last);
    const store = createMongoStore({ uri, clock, onNumbersReserved });
    const settings = { path: '', uri, leaseS: 8, leaseWaitS: 10, frameJournalBytes: 0, ballastBytes: 0 };
    const config = { dataDir: folder, store: { kind: 'mongo', ...settings } } as const;
    const origin = (open.origin = new StoreOrigin({ config, store, clock, isAccepted, events: createEventLog() }));
    await store.start();
    try {
      const mute = await origin.check();
      if (mute !== undefined) throw new Error(`mute: ${mute}`);
      await store.nextNumber('transactionId');
      await meanwhile?.();
      let number = 0;
      for (let issued = 0; issued < numbersAfter; issued++) number = await store.nextNumber('transactionId');
      if (openOrders !== undefined) await origin.stopped(openOrders);
      return number;
    } finally {
      await store.stop();
    }
  }

  /** Copies the database as a backup while the process runs, and puts it back. The lease is not data. */
  function backup() {
    const saved = new Map<string, { readonly _id: unknown }[]>();
    const collections = () => connection.listCollections();
    return {
      async take() {
        for (const { name } of await collections()) {
          if (name !== 'lease') saved.set(name, await connection.collection(name).find().toArray());
        }
      },
      async putBack() {
        for (const { name } of await collections()) {
          if (name === 'lease') continue;
          await connection.collection(name).deleteMany({});
          const documents = saved.get(name) ?? [];
          if (documents.length > 0) await connection.collection(name).insertMany(documents as never);
        }
      },
    };
  }

  describe('a MongoDB database', () => {
    it.each([
      ['a clean stop', { openOrders: 1 }],
      ['a crash after another block of numbers', { numbersAfter: 1_700 }],
    ])('that was put back after %s is mute, and repeats no number once it is accepted', async (_end, rest) => {
      const { take, putBack } = backup();
      const given = await start({ ...rest, meanwhile: take });
      await putBack();
      await expect(start()).rejects.toThrow(/mute: the data in mongo \S+ is older than the last use here/);
      expect(await start({ isAccepted: true })).toBeGreaterThan(given);
      await start();
    });

    it('that was dropped while it had open orders is refused, and repeats no number once it is accepted', async () => {
      const given = await start({ openOrders: 2, numbersAfter: 700 });
      await connection.dropDatabase();
      await expect(start()).rejects.toThrow(/^this data folder was .* has 2 open orders, and it is empty now/);
      expect(await start({ isAccepted: true })).toBeGreaterThan(given);
      await start();
    });

    it('may be taken over by another machine and back', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'store-origin-'));
      for (let turn = 0; turn < 2; turn++) {
        await start({ numbersAfter: 1_700 });
        await start({ folder, numbersAfter: 1_700, openOrders: 1 });
      }
      rmSync(folder, { recursive: true });
    });
  });
}
