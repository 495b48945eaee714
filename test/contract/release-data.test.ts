/**
 * Today's code opens the data of every release, on both stores. A release adds its folder once, before its tag:
 * `WRITE_RELEASE_DATA=0.3.0 npx vitest run --project whole test/contract/release-data.test.ts`
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMongoStore } from '../../src/store/mongo/mongo-store.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { startMongo, type MongoEngine } from '../mongo/engine.js';
import { expectReleaseData, type ReleaseFacts, writeReleaseData } from './release-data.js';

const RELEASES = join(import.meta.dirname, '..', 'fixtures', 'releases');
const { EJSON } = mongoose.mongo.BSON;
const writing = process.env['WRITE_RELEASE_DATA'];

let scratch: string;
let engine: MongoEngine | undefined;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'release-data-'));
  engine = await startMongo('that the data of every release opens on MongoDB');
});

afterAll(async () => {
  rmSync(scratch, { recursive: true });
  await engine?.stop();
});

async function onDatabase<T>(uri: string, work: (connection: mongoose.Connection) => Promise<T>): Promise<T> {
  const connection = await mongoose.createConnection(uri).asPromise();
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

describe.runIf(writing)('release data', () => {
  it('is written for both stores', async () => {
    const release = join(RELEASES, writing ?? '');
    mkdirSync(join(release, 'sqlite'), { recursive: true });
    const path = join(release, 'sqlite', 'store.db');
    const sqlite = await writeReleaseData((clock) => createSqliteStore({ path, clock }));
    writeFileSync(join(release, 'sqlite.json'), `${JSON.stringify(sqlite, null, 2)}\n`);
    if (!engine) throw new Error('needs MongoDB');
    const uri = engine.uri(`bridge-test-release-${process.pid}`);
    const mongo = await writeReleaseData((clock) => createMongoStore({ uri, clock }));
    const collections = await onDatabase(uri, async (connection) => {
      const names = (await connection.listCollections()).map(({ name }) => name).sort();
      const found: Record<string, unknown> = {};
      for (const name of names) found[name] = await connection.collection(name).find().sort({ _id: 1 }).toArray();
      await connection.dropDatabase();
      return found;
    });
    writeFileSync(join(release, 'mongo.json'), `${JSON.stringify(mongo, null, 2)}\n`);
    writeFileSync(
      join(release, 'mongo-collections.json'),
      `${EJSON.stringify(collections, undefined, 1, { relaxed: false })}\n`,
    );
  });
});

const releases = writing ? [] : readdirSync(RELEASES);

function factsOf(release: string, store: string): ReleaseFacts {
  return JSON.parse(readFileSync(join(RELEASES, release, `${store}.json`), 'utf8')) as ReleaseFacts;
}

describe.runIf(!writing)('data of an earlier release', () => {
  it('is there for every release since 0.2.0', () => expect(releases).toContain('0.2.0'));

  it.each(releases)('of %s opens on SQLite and its session ends with its bill', async (release) => {
    const folder = join(scratch, release);
    cpSync(join(RELEASES, release, 'sqlite'), folder, { recursive: true });
    const path = join(folder, 'store.db');
    await expectReleaseData(factsOf(release, 'sqlite'), (clock) => createSqliteStore({ path, clock }));
  });

  it.for(releases)('of %s opens on MongoDB and its session ends with its bill', async (release, { skip }) => {
    if (!engine) return skip('no MongoDB');
    const uri = engine.uri(`bridge-test-release-${process.pid}-${release.replaceAll('.', '-')}`);
    const text = readFileSync(join(RELEASES, release, 'mongo-collections.json'), 'utf8');
    const stored = EJSON.parse(text, { relaxed: false }) as Record<string, object[]>;
    await onDatabase(uri, async (connection) => {
      for (const [name, documents] of Object.entries(stored)) {
        if (documents.length > 0) await connection.collection(name).insertMany(documents);
      }
    });
    await expectReleaseData(factsOf(release, 'mongo'), (clock) => createMongoStore({ uri, clock }));
    await onDatabase(uri, (connection) => connection.dropDatabase());
  });
});
