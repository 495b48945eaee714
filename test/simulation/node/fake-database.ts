/**
 * A MongoDB database in memory whose connections break before, during and after a write. The store on top of it is the
 * real one.
 */
import type { Collections } from '../../../src/store/mongo/collections.js';
import type { DatabaseConnection } from '../../../src/store/mongo/reopening-connection.js';
import type { Faults } from '../faults.js';
import type { SeededRandom } from '../runtime/seeded-random.js';
import type { VirtualTime } from '../runtime/virtual-clock.js';
import type { Document } from './expressions.js';
import { FakeCollection, type UniqueIndex } from './fake-collection.js';

const NAMES = [
  'orders',
  'requests',
  'transactions',
  'journal',
  'chargePoints',
  'discrepancies',
  'chargePointLog',
  'ratings',
  'audit',
  'values',
  'numbers',
  'pendingBatches',
  'lease',
  'layout',
] as const satisfies readonly (keyof Collections)[];

const ORDER_INDEXES: readonly UniqueIndex[] = [
  { name: 'connector', valuesOf: (order) => (order['claimsConnector'] === true ? [order['connector']] : []) },
  { name: 'reservation', valuesOf: (order) => (order['reservationIntervals'] as unknown[] | undefined) ?? [] },
  { name: 'idTag', valuesOf: (order) => (order['idTag'] === undefined ? [] : [order['idTag']]) },
];

export interface StoreDeps {
  readonly time: VirtualTime;
  readonly faults: Faults;
  /** The random stream of the store's faults. */
  readonly random: SeededRandom;
  /** Whether the store is unreachable or its disk is full. */
  readonly isAway: () => boolean;
  /** Kills the process whose connection broke. */
  readonly kill: () => void;
}

export class FakeDatabase {
  readonly #deps: StoreDeps;
  /** When it last refused or cut an operation, epoch ms. */
  failedAt = -Infinity;
  readonly #documents = new Map(NAMES.map((name) => [name, new Map<unknown, Document>()]));

  constructor(deps: StoreDeps) {
    this.#deps = deps;
  }

  /** Opens a connection of one process. After it is closed, no operation of that process arrives. */
  connect(): Promise<DatabaseConnection> {
    const { time } = this.#deps;
    const link = { isOpen: true };
    const operate = <T>(work: () => T, isWrite: boolean): Promise<T> => this.#operate(link, work, isWrite);
    const collectionOf = (name: (typeof NAMES)[number]): FakeCollection =>
      new FakeCollection(this.#documents.get(name)!, {
        unique: name === 'orders' ? ORDER_INDEXES : [],
        operate,
        now: () => time.now(),
      });
    const collections = Object.fromEntries(NAMES.map((name) => [name, collectionOf(name)]));
    return Promise.resolve({
      // The store uses only those parts of mongoose's models that the fake has.
      collections: collections as unknown as Collections,
      reopenAfter: () => undefined,
      close: () => {
        link.isOpen = false;
        return Promise.resolve();
      },
    });
  }

  /**
   * Runs an operation. The connection may break before a write reaches the server, before it is done, or before its
   * answer.
   */
  async #operate<T>(link: { readonly isOpen: boolean }, work: () => T, isWrite: boolean): Promise<T> {
    const { time, random, faults, isAway, kill } = this.#deps;
    await Promise.resolve();
    if (isAway()) this.failedAt = time.now();
    if (!link.isOpen || isAway()) throw new Error('connection closed');
    const breaks = isWrite && faults.strikes('store-cut', random, faults.has('cut-kills') ? 0.06 : 0.03);
    if (breaks) this.failedAt = time.now();
    if (breaks && faults.strikes('cut-kills', random, 0.15)) kill();
    if (breaks && faults.strikes('late-writes', random, 0.4)) {
      // The server has received the write and executes it later.
      time.after(random.between(0, 15_000), () => attempt(work));
      throw new Error('connection closed during the write');
    }
    if (breaks && random.happens(0.5)) throw new Error('connection closed before the write');
    const result = work();
    if (breaks) throw new Error('connection closed after the write');
    return result;
  }
}

/** Ignores an error of late work, as nobody waits for its result. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}
