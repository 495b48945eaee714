/** Runs the store's writer thread: an engine that handles one message after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { callEngine } from './engine-port.js';
import { Engine } from './engine.js';
import { openSqlite } from './connection.js';
import { openJournalFile } from './journal-medium.js';
import { BUSY, STOPPED, type WriterRequest, type WriterResponse, type WriterSettings } from './engine-thread.js';

const { path, durability, state } = workerData as WriterSettings;

let engine: Engine | undefined;
let closeFiles = (): void => undefined;

function openEngine(): Engine {
  const db = openSqlite(path);
  const journal = openJournalFile(`${path}-meter`);
  closeFiles = () => {
    journal.close();
    db.close();
  };
  return new Engine(db, journal, durability);
}

function handleRequest({ name, args }: WriterRequest): unknown {
  if (name === 'open') return (engine = openEngine()).topSeq();
  if (name === 'end') return closeFiles();
  if (engine === undefined) throw new Error('the database is not open');
  return callEngine(engine, name, args);
}

parentPort?.on('message', (request: WriterRequest) => {
  let response: WriterResponse;
  // The order matters: an exiting process sets STOPPED first and then reads BUSY.
  Atomics.store(state, BUSY, 1);
  try {
    if (Atomics.load(state, STOPPED) === 1) return;
    response = { id: request.id, value: handleRequest(request) };
  } catch (error) {
    response = { id: request.id, error: error instanceof Error ? error.message : String(error) };
  } finally {
    Atomics.store(state, BUSY, 0);
    Atomics.notify(state, BUSY);
  }
  parentPort?.postMessage(response);
  // A closed port lets the thread end.
  if (request.name === 'end') parentPort?.close();
});
