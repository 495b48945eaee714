/** Many buyer apps confirm one connector, on both stores: exactly one of them gets it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, describe, it } from 'vitest';
import { systemClock as clock } from '../../src/observe/system-clock.js';
import { createMongoStore } from '../../src/store/mongo/mongo-store.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { startMongo } from '../mongo/engine.js';
import { race } from './race.js';

const HOUR = 3_600_000;
const later = (): { from: number; until: number } => ({ from: clock.now() + 2 * HOUR, until: clock.now() + 3 * HOUR });
const REQUESTED = [
  ['now', (): undefined => undefined],
  ['at the same hour', later],
] as const;

describe('competing buyer apps on the SQLite store', () => {
  it.each(REQUESTED)('have one winner when they want the connector %s', async (_when, slot) => {
    const folder = mkdtempSync(join(tmpdir(), 'race-'));
    const store = createSqliteStore({ path: join(folder, 'bridge.sqlite'), clock });
    await store.start();
    await race([store], 6, slot());
    await store.stop();
    rmSync(folder, { recursive: true });
  });
});

const engine = await startMongo('that two buyer apps never both get a connector on MongoDB');
describe('competing buyer apps on the MongoDB store', () => {
  if (engine === undefined) {
    it.skip('have one winner: skipped, no MongoDB (see standard error)');
    return;
  }
  it.each(REQUESTED)('have one winner when they want the connector %s', async (when, slot) => {
    const address = engine.uri(`race-${process.pid}-${when.length}`);
    const store = createMongoStore({ uri: address, clock });
    await store.start();
    await race([store], 6, slot());
    await store.stop();
    const connection = await mongoose.createConnection(address).asPromise();
    await connection.dropDatabase();
    await connection.close();
  });
  afterAll(() => engine.stop());
});
