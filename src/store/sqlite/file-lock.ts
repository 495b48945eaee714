/** One process for one SQLite file: a second one would take up the same orders, and tell and command everything twice. */
import { StoreFault } from '../../ports/store.js';
import { openSqlite } from './connection.js';

export interface FileLock {
  /** @param done What still works on the file; until then nobody else owns it. */
  release(done?: Promise<void>): void;
}

/** Stores of this process that are on their way out. */
const releasing = new Map<string, Promise<void>>();

/**
 * Holds `<path>.lock` until it is left. The lock is the operating system's: it ends with the process, however that ends.
 * The database itself stays readable for others, such as a backup.
 * @errors StoreFault when another process holds it.
 */
export async function acquireFileLock(path: string): Promise<FileLock> {
  await releasing.get(path);
  const lock = openSqlite(`${path}.lock`);
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new StoreFault(`another process works on ${path}; two would do everything twice`, { cause: error });
  }
  return {
    release(done) {
      if (done === undefined) return lock.close();
      const left = done.then(() => {
        lock.close();
        if (releasing.get(path) === left) releasing.delete(path);
      });
      releasing.set(path, left);
    },
  };
}
