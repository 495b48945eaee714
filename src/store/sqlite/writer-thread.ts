/** The entry of the store's own thread: an engine, asked by messages, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { perform } from './engine-port.js';
import { Engine } from './engine.js';
import { openSqlite } from './connection.js';
import { openJournalFile } from './journal-medium.js';
import { AT_WORK, NO_MORE, type Asked, type Told, type WriterSettings } from './engine-thread.js';

const { path, durability, state } = workerData as WriterSettings;

let engine: Engine | undefined;
let close = (): void => undefined;

function open(): Engine {
  const db = openSqlite(path);
  const journal = openJournalFile(`${path}-meter`);
  close = () => {
    journal.close();
    db.close();
  };
  return new Engine(db, journal, durability);
}

function answer({ name, args }: Asked): unknown {
  if (name === 'open') return (engine = open()).topSeq();
  if (name === 'end') return close();
  if (engine === undefined) throw new Error('the database is not open');
  return perform(engine, name, args);
}

parentPort?.on('message', (asked: Asked) => {
  let told: Told;
  // In this order: who exits sets the second and then looks at the first.
  Atomics.store(state, AT_WORK, 1);
  try {
    if (Atomics.load(state, NO_MORE) === 1) return;
    told = { id: asked.id, value: answer(asked) };
  } catch (error) {
    told = { id: asked.id, problem: error instanceof Error ? error.message : String(error) };
  } finally {
    Atomics.store(state, AT_WORK, 0);
    Atomics.notify(state, AT_WORK);
  }
  parentPort?.postMessage(told);
  // With the port closed nothing keeps the thread.
  if (asked.name === 'end') parentPort?.close();
});
