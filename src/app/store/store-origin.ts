/**
 * Detects data that was last used elsewhere: a copy, a restored backup, or another store in the settings. A copy would
 * send callbacks, commands and payment requests in addition to the original, so it starts mute until an operator
 * accepts the store. Another store is refused if the previous store may have open orders.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import type { Clock } from '../../ports/runtime.js';
import { StoreFault, type Store } from '../../ports/store.js';

const VALUE = 'store-origin';
const FILE = 'store-origin.json';
/** The fixed size of the file, so that it can be written even on a full disk. */
const FILE_BYTES = 1024;
const ACCEPT = 'nothing is sent. Start once with --accept-store to go on with this store';
/** After a restore, new transaction ids exceed the number of seconds since this time, and therefore all earlier ids. */
const NUMBERS_SINCE = Date.UTC(2026, 0, 1);

/** The data in both the store and the file. The file is written second, so it may be one start behind. */
interface Mark {
  readonly store: string;
  /** The number of starts so far. */
  readonly generation: number;
}

interface StoreMark extends Mark {
  /** Identifies the file. In a copy of the folder, the file has another id. */
  readonly fileId: string;
}

interface FileMark extends Mark {
  /** The number of open orders at the last clean stop; absent if the last stop was not clean. */
  readonly openOrders?: number;
}

export interface StoreOriginDeps {
  readonly config: Pick<Config, 'dataDir' | 'store'>;
  readonly store: Pick<Store, 'value' | 'putValue' | 'skipNumbers'>;
  readonly clock: Clock;
  /** True if an operator has accepted this store for further use. */
  readonly isAccepted: boolean;
}

export class StoreOrigin {
  readonly #deps: StoreOriginDeps;
  readonly #path: string;
  readonly #name: string;
  #generation = 0;

  constructor(deps: StoreOriginDeps) {
    this.#deps = deps;
    const { dataDir, store } = deps.config;
    this.#path = join(dataDir, FILE);
    this.#name = store.kind === 'mongo' ? `mongo ${store.uri ?? ''}` : `sqlite ${store.path}`;
  }

  /**
   * Checks where the data was last used. If the bridge may proceed, marks the store and the file as used by this start.
   * For accepted data from elsewhere, also skips transaction ids. Call it when only the store is running.
   * @returns Why the bridge must stay mute, as a sentence for the operator; `undefined` if it may proceed.
   * @errors StoreFault with a sentence for the operator if another store may have open orders.
   */
  async check(): Promise<string | undefined> {
    const { store, clock, isAccepted } = this.#deps;
    const stored = (await store.value(VALUE)) as StoreMark | null | undefined;
    const read = this.#readFile(stored ?? undefined);
    if ('damage' in read && !isAccepted) return this.#unreadable(read.damage);
    const file = 'damage' in read ? undefined : read.mark;
    const elsewhere = this.#openElsewhere(file, stored ?? undefined);
    if (elsewhere !== undefined && !isAccepted) throw new StoreFault(`${elsewhere}; ${ACCEPT}`);
    const copied = this.#copied(file, stored ?? undefined);
    if (copied !== undefined && !isAccepted) return `${copied}; ${ACCEPT}`;
    if (elsewhere !== undefined || copied !== undefined || 'damage' in read) {
      await store.skipNumbers('transactionId', Math.floor((clock.now() - NUMBERS_SINCE) / 1000));
    }
    this.#generation = Math.max(file?.generation ?? 0, stored?.generation ?? 0) + 1;
    if (!file) this.#writeFile({});
    const mark: StoreMark = { store: this.#name, generation: this.#generation, fileId: this.#fileId() ?? '' };
    await store.putValue(VALUE, { ...mark });
    this.#writeFile({});
    return undefined;
  }

  /** Records a clean stop and the number of open orders in the file. */
  stopped(openOrders: number): void {
    this.#writeFile({ openOrders });
  }

  #openElsewhere(file: FileMark | undefined, stored: StoreMark | undefined): string | undefined {
    // The database was moved or copied together with the folder.
    if (stored && stored.store === file?.store) return undefined;
    if (file && file.store !== this.#name && file.openOrders !== 0) {
      const orders = file.openOrders === undefined ? 'may have open orders' : `has ${file.openOrders} open orders`;
      return `this data folder was last used with the store ${file.store}, which ${orders}, and the settings name ${this.#name}`;
    }
    return undefined;
  }

  #copied(file: FileMark | undefined, stored: StoreMark | undefined): string | undefined {
    if (!stored) return undefined;
    if (this.#deps.config.store.kind === 'mongo') {
      if (stored.store !== this.#name) return `this database was last used as ${stored.store}, so it is a copy`;
      if (!file) return undefined;
    } else if (!file || stored.fileId !== this.#fileId()) {
      return `the data in ${this.#name} was last used in another folder, so it is a copy or a backup`;
    }
    if (file.store !== this.#name) return undefined;
    if (stored.generation < file.generation) return `the data in ${this.#name} is older than the last start here`;
    if (stored.generation > file.generation + 1)
      return `this data folder is older than the last start with ${this.#name}`;
    return undefined;
  }

  #unreadable(damage: string): string {
    return (
      `${this.#path} ${damage}, so it is not known whether ${this.#name} was last used here, and how far it is; nothing ` +
      'is sent. If no other process uses this store and no backup was put back, start once with --accept-store: it ' +
      'writes the file anew'
    );
  }

  /** @returns The file's mark, or what is wrong with the file. The mark is `undefined` if there is no file yet. */
  #readFile(stored: StoreMark | undefined): { readonly mark: FileMark | undefined } | { readonly damage: string } {
    try {
      const text = readFileSync(this.#path, 'utf8');
      // The first start was ended while it created the file.
      if (text === '' && !stored) return { mark: undefined };
      if (text.trim() === '') return { damage: 'is empty' };
      const mark = parseMark(text);
      return mark ? { mark } : { damage: 'is damaged' };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return code === 'ENOENT' ? { mark: undefined } : { damage: `cannot be read (${code})` };
    }
  }

  /** Returns the file's inode and creation time. A copy differs in at least one of them. */
  #fileId(): string | undefined {
    const stat = statSync(this.#path, { throwIfNoEntry: false });
    return stat && `${stat.ino}/${Math.floor(stat.birthtimeMs)}`;
  }

  #writeFile(end: Pick<FileMark, 'openOrders'>): void {
    const mark: FileMark = { store: this.#name, generation: this.#generation, ...end };
    // The file is written in place, because a new file would have another id.
    const fd = openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const bytes = Buffer.from(JSON.stringify(mark).padEnd(FILE_BYTES));
      ftruncateSync(fd, Math.min(fstatSync(fd).size, bytes.length));
      writeSync(fd, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(fd);
    }
  }
}

/** Returns `undefined` if the text is no mark, for example because it was cut. */
function parseMark(text: string): FileMark | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { store, generation, openOrders } = (value ?? {}) as { readonly [name: string]: unknown };
  const isMark = typeof store === 'string' && isCount(generation) && (openOrders === undefined || isCount(openOrders));
  return isMark ? (value as FileMark) : undefined;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
