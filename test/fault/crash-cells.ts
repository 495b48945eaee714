/** Runs crash tests on either store, four at a time. */
import mongoose from 'mongoose';
import { startMongo, type MongoEngine } from '../mongo/engine.js';
import { run, type Cell, type CrashTest, type CrashTestRun } from './crash-test.js';

/** Journeys mostly wait, so two cores can run four. */
const CONCURRENCY = 4;

export class CrashCells {
  readonly #engine: MongoEngine | undefined;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #databases = 0;

  private constructor(engine: MongoEngine | undefined) {
    this.#engine = engine;
  }

  static async open(): Promise<CrashCells> {
    return new CrashCells(await startMongo('that a killed process keeps every promise on MongoDB'));
  }

  /** Whether the store is available. MongoDB may be missing. */
  has({ store }: Cell): boolean {
    return store === 'sqlite' || this.#engine !== undefined;
  }

  /** Runs the test when a slot is free. @errors Throws if the journey does not reach its end. */
  async run(test: CrashTest, cell: Cell): Promise<CrashTestRun> {
    if (this.#running >= CONCURRENCY) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await (cell.store === 'mongo' ? this.#runOnMongo(test, cell) : run(test, cell));
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #runOnMongo(test: CrashTest, { ocpp }: Cell): Promise<CrashTestRun> {
    if (!this.#engine) throw new Error('there is no MongoDB');
    const mongoUri = this.#engine.uri(`bridge-test-crash-${process.pid}-${this.#databases++}`);
    try {
      return await run(test, { ocpp, mongoUri });
    } finally {
      const connection = await mongoose.createConnection(mongoUri).asPromise();
      await connection.dropDatabase();
      await connection.close();
    }
  }

  async stop(): Promise<void> {
    await this.#engine?.stop();
  }
}
