/** One process for one SQLite file: a second one would take up the same orders, and tell and command everything twice. */
import { StoreFault } from '../../ports/store.js';
import { openSqlite } from './connection.js';

export interface Ownership {
  /** @param done What still works on the file; until then nobody else owns it. */
  leave(done?: Promise<void>): void;
}

/** Stores of this process that are on their way out. */
const leaving = new Map<string, Promise<void>>();

/**
 * Holds `<path>.lock` until it is left. The lock is the operating system's: it ends with the process, however that ends.
 * The database itself stays readable for others, such as a backup.
 * @errors StoreFault when another process holds it.
 */
export async function becomeSoleOwner(path: string): Promise<Ownership> {
  await leaving.get(path);
  const lock = openSqlite(`${path}.lock`);
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new StoreFault(`another process works on ${path}; two would do everything twice`, { cause: error });
  }
  return {
    leave(done) {
      if (done === undefined) return lock.close();
      const left = done.then(() => {
        lock.close();
        if (leaving.get(path) === left) leaving.delete(path);
      });
      leaving.set(path, left);
    },
  };
}
