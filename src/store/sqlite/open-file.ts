/** Opens a database file with its meter journal, in a thread that writes and on a connection that reads. */
import { acquireFileLock } from './file-lock.js';
import { openSqlite, type SqliteHandle } from './connection.js';
import { assertSound, assertWholeLog } from './damage.js';
import type { EngineHost } from './engine-port.js';
import { EngineThread } from './engine-thread.js';
import type { Durability } from './engine.js';
import { Reader } from './reads.js';

/** The parts that exist only between `start` and `stop`. */
export interface OpenStore {
  readonly engine: EngineHost;
  readonly reader: Reader;
  close(): void | Promise<void>;
  /** Leaves pending requests without an answer. */
  dropPending?(): void;
  /** Restarts the engine if it has died. */
  restart?(): Promise<void>;
}

/**
 * Opens a database file. Another thread writes to it; this thread reads the committed state on its own connection.
 * @param onExit Called with the cause if the writer dies.
 * @param connect Opens the reading connection.
 * @errors Throws if a file cannot be opened, is damaged or is in use.
 */
export async function openFile(
  { path, durability }: { readonly path: string; readonly durability: Durability },
  onExit: (cause: Error) => void,
  connect = openSqlite,
): Promise<OpenStore> {
  const owner = await acquireFileLock(path);
  const host = new EngineThread({ path, durability }, onExit);
  let reading: SqliteHandle | undefined;
  try {
    // With `normal`, a power failure leaves gaps in the log, too.
    if (durability === 'full') assertWholeLog(path);
    host.launch();
    await host.open();
    const db = (reading = connect(path));
    assertSound(db, path);
    db.exec('PRAGMA query_only = ON; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF');
    const close = async (): Promise<void> => {
      db.close();
      const ended = host.end();
      owner.release(ended);
      await ended;
    };
    return {
      engine: host,
      reader: new Reader(db),
      close,
      dropPending: () => host.dropPending(),
      restart: () => host.restart(),
    };
  } catch (error) {
    reading?.close();
    const ended = host.end();
    owner.release(ended);
    await ended;
    throw error;
  }
}
