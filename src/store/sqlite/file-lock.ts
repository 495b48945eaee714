/**
 * Locks an SQLite file for one process: a second process would resume the same orders and send callbacks and commands
 * again.
 */
import { StoreFault } from '../../ports/store.js';
import { openSqlite } from './connection.js';

export interface FileLock {
  /** @param done Resolves when the last work on the file is done; until then the lock is kept. */
  release(done?: Promise<void>): void;
}

/** Locks of this process that are kept until their last work is done, by database path. */
const releasing = new Map<string, Promise<void>>();

/**
 * Takes an exclusive lock on `<path>.lock`. The operating system releases it however the process ends. Other programs,
 * such as a backup, can still read the database.
 * @errors StoreFault if another process holds the lock, or if the file system refuses it, for example because this user
 *         may create nothing in the folder.
 */
export async function acquireFileLock(path: string): Promise<FileLock> {
  await releasing.get(path);
  const lock = openSqlite(`${path}.lock`);
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw lockFault(path, error);
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

function lockFault(path: string, cause: unknown): StoreFault {
  const reason = String(cause);
  return /database is locked/.test(reason)
    ? new StoreFault(`another process uses ${path}; two processes would send everything twice`, { cause })
    : new StoreFault(`${path}.lock cannot be locked: ${reason}; may this user write in its folder?`, { cause });
}
