/** Opens the connection to MongoDB, and replaces it if the driver can no longer find the server. */
import mongoose, { type Connection } from 'mongoose';
import { collectionsOn, type Collections } from './collections.js';

/** The part of the connection that the store needs. */
export interface DatabaseConnection {
  readonly collections: Collections;
  /** Replaces the connection if this error shows that it is unusable. */
  reopenAfter(error: unknown): void;
  close(): Promise<void>;
}

/** The connection in use, with its collections. */
export class ReopeningConnection implements DatabaseConnection {
  readonly #uri: string;
  #connection: Connection;
  #collections: Collections;
  #reopening: Promise<void> | undefined;
  #closed = false;
  readonly #onDisconnected: () => void;

  private constructor(uri: string, connection: Connection, onDisconnected: () => void) {
    this.#uri = uri;
    this.#onDisconnected = onDisconnected;
    this.#connection = connection;
    this.#collections = collectionsOn(connection);
    connection.on('disconnected', onDisconnected);
  }

  /** @errors The driver's, for example if no server is found within five seconds. */
  static async open(uri: string, onDisconnected: () => void): Promise<ReopeningConnection> {
    return new ReopeningConnection(uri, await connect(uri), onDisconnected);
  }

  get collections(): Collections {
    return this.#collections;
  }

  /**
   * Opens another connection if an operation found no server in time. If the server closes a connection right after
   * accepting it, the driver (7.8) never finds the server again.
   */
  reopenAfter(error: unknown): void {
    if (!(error instanceof Error) || error.name !== 'MongoServerSelectionError' || this.#closed) return;
    this.#reopening ??= this.#reopen()
      // The next operation that finds no server tries again.
      .catch(() => undefined)
      .finally(() => {
        this.#reopening = undefined;
      });
  }

  async #reopen(): Promise<void> {
    const next = await connect(this.#uri);
    if (this.#closed) return void (await next.destroy(true));
    const previous = this.#connection;
    this.#connection = next;
    this.#collections = collectionsOn(next);
    next.on('disconnected', this.#onDisconnected);
    previous.off('disconnected', this.#onDisconnected);
    await previous.destroy(true);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connection.off('disconnected', this.#onDisconnected);
    await this.#connection.destroy(true);
    await this.#reopening;
  }
}

/**
 * Connects with timeouts. A write is acknowledged once it is in the server's journal or, in a replica set, in the
 * journals of a majority.
 * @errors The driver's, for example if no server is found within five seconds.
 */
async function connect(uri: string): Promise<Connection> {
  const connection = await openConnection(uri, 'majority');
  const hello: unknown = await connection.db?.admin().command({ hello: 1 });
  const said = (field: string): unknown =>
    typeof hello === 'object' && hello !== null ? Reflect.get(hello, field) : undefined;
  if (said('setName') !== undefined || said('msg') === 'isdbgrid') return connection;
  // With `w: 'majority'` a standalone server acknowledges a write before it is in the journal, so a kill -9 loses the
  // last writes (observed). With `w: 1` and `journal: true` it keeps them.
  await connection.destroy();
  return openConnection(uri, 1);
}

async function openConnection(uri: string, w: 'majority' | 1): Promise<Connection> {
  const connection = mongoose.createConnection();
  connection.set('strictQuery', true);
  connection.set('sanitizeFilter', true);
  connection.set('bufferCommands', false);
  try {
    return await connection.openUri(uri, {
      writeConcern: { w, journal: true, wtimeoutMS: 10_000 },
      readPreference: 'primary',
      serverSelectionTimeoutMS: 5_000,
      connectTimeoutMS: 5_000,
      socketTimeoutMS: 15_000,
      autoIndex: false,
      autoCreate: false,
    });
  } catch (error) {
    await connection.destroy();
    throw error;
  }
}
