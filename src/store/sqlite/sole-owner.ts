/** One process for one file: a second one would take up the same orders, and tell and command everything twice. */
import { StoreFault } from '../../bridge/ports/store.js';
import { openSqlite, type SqliteHandle } from './handle.js';

/**
 * Holds `<path>.lock` until it is closed. The lock is the operating system's: it ends with the process, however that ends.
 * The database itself stays readable for others, such as a backup.
 * @errors StoreFault when another process holds it.
 */
export function becomeSoleOwner(path: string): SqliteHandle {
  const lock = openSqlite(`${path}.lock`);
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new StoreFault(`another process works on ${path}; two would do everything twice`, { cause: error });
  }
  return lock;
}
