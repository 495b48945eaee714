import mongoose from 'mongoose';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../src/observe/system-clock.js';
import { createMongoStore } from '../../src/store/mongo/mongo-store.js';
import { startMongo } from '../mongo/engine.js';
import { storePromises } from './store.js';

const engine = await startMongo('that the MongoDB store keeps the promises of test/contract/store.ts');

if (engine === undefined) {
  describe('the MongoDB store', () => it.skip('keeps its promises: skipped, no MongoDB (see standard error)'));
} else {
  const { uri } = engine;
  const run = `${process.pid}-${Date.now().toString(36)}`;
  let count = 0;

  storePromises('the MongoDB store', async () => {
    const address = uri(`bridge-test-${run}-${count++}`);
    let store = createMongoStore({ uri: address, clock });
    await store.start();
    return {
      store,
      async reopen() {
        await store.stop();
        store = createMongoStore({ uri: address, clock });
        await store.start();
        return store;
      },
      async destroy() {
        await store.stop();
        const connection = await mongoose.createConnection(address).asPromise();
        await connection.dropDatabase();
        await connection.close();
      },
    };
  });

  it('refuses a database of a release before 0.2.0 and leaves it alone', async () => {
    const address = uri(`bridge-test-${run}-old`);
    const connection = await mongoose.createConnection(address).asPromise();
    await connection.collection('orders').insertOne({ txnId: 'o1' });
    await expect(createMongoStore({ uri: address, clock }).start()).rejects.toThrow(
      /release before 0\.2\.0 wrote this database/,
    );
    expect((await connection.listCollections()).map(({ name }) => name)).toEqual(['orders']);
    await connection.dropDatabase();
    await connection.close();
  });
  afterAll(() => engine.stop());
}
