/**
 * Detects data that was last used elsewhere or is not the newest: a copy, a restored backup, another store in the
 * settings, or an empty one. With a copy, the bridge would send callbacks, commands and payment requests alongside the
 * original; with a backup, it would send them again. It therefore stays mute until an operator accepts the store.
 * Another store or an empty one is refused if the previous store may have open orders.
 *
 * A mark in the store and in a file in the data folder says how far the store has got. Both are advanced at a start,
 * before a block of transaction numbers is used, every minute, and at a clean stop. The store is written first, so a
 * process that is killed in between leaves the store ahead of the file. Only a restored store is behind the file.
 */
import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import { StoreFault, type Store } from '../../ports/store.js';
import { OriginFile, type FileMark, type Mark } from './origin-file.js';

const VALUE = 'store-origin';
const FILE = 'store-origin.json';
const ACCEPT = 'nothing is sent. Start once with --accept-store to go on with this store';
/**
 * After a restore, new transaction ids exceed the number of seconds since this time. They therefore exceed all earlier
 * ids, unless more than one a second was issued.
 */
const NUMBERS_SINCE = Date.UTC(2026, 0, 1);
/** How often the mark is advanced, ms. After a crash, a restored backup is recognised if it is older than this. */
const MARK_INTERVAL_MS = 60_000;

interface StoreMark extends Mark {
  /** Identifies the file in the data folder by inode and birth time, so that a copy of the folder is recognised. */
  readonly fileId: string;
}

export interface StoreOriginDeps {
  readonly config: Pick<Config, 'dataDir' | 'store'>;
  readonly store: Pick<Store, 'value' | 'putValue' | 'skipNumbers' | 'listOrders'>;
  readonly clock: Clock;
  readonly events: Events;
  /** True if an operator has accepted this store for further use. */
  readonly isAccepted: boolean;
}

export class StoreOrigin {
  readonly #deps: StoreOriginDeps;
  readonly #file: OriginFile;
  readonly #name: string;
  #mark: StoreMark = { store: '', generation: 0, fileId: '' };
  #lastNumber = 0;
  /** True once this start's mark is being written. No number is used before. */
  #isMarked = false;
  /** Set at a clean stop. Numbers that were requested before may be reserved after it, but are not used. */
  #end: Pick<FileMark, 'openOrders'> = {};
  #isFileFailing = false;
  #lastWrite: Promise<void> = Promise.resolve();
  #cancelTimer: Cancel | undefined;

  constructor(deps: StoreOriginDeps) {
    this.#deps = deps;
    const { dataDir, store } = deps.config;
    this.#file = new OriginFile(join(dataDir, FILE));
    this.#name = store.kind === 'mongo' ? `mongo ${store.uri ?? ''}` : `sqlite ${store.path}`;
  }

  /**
   * Checks where the data was last used. If the bridge may proceed, marks the store and the file as used by this start.
   * For data that is not simply the newest, also skips transaction ids. Call it when only the store is running.
   * @param isRepaired Whether this start has repaired the store, which may have lost its newest records.
   * @returns Why the bridge must stay mute, as a sentence for the operator; `undefined` if it may proceed.
   * @errors StoreFault with a sentence for the operator if another store may have open orders. Also those of the
   *   store and of the file system.
   */
  async check({ isRepaired = false } = {}): Promise<string | undefined> {
    const { store, clock, isAccepted } = this.#deps;
    const stored = ((await store.value(VALUE)) as StoreMark | null | undefined) ?? undefined;
    const read = this.#file.read(stored === undefined);
    if ('damage' in read && !isAccepted) return this.#unreadable(read.damage);
    const file = 'damage' in read ? undefined : read.mark;
    const isUnmarked = stored === undefined && file !== undefined && file.generation > 0;
    const isUnusedHere = isUnmarked && !isRepaired && (await store.listOrders({ limit: 1 })).length > 0;
    const isEmptied = isUnmarked && !isRepaired && !isUnusedHere;
    const elsewhere = this.#openElsewhere(file, stored, isEmptied);
    if (elsewhere !== undefined && !isAccepted) throw new StoreFault(`${elsewhere}; ${ACCEPT}`);
    const copied =
      isUnusedHere && file?.store === this.#name ? this.#olderThan('start') : this.#copied(file, stored, isRepaired);
    if (copied !== undefined && !isAccepted) return `${copied}; ${ACCEPT}`;
    this.#lastNumber = Math.max(this.#lastNumber, file?.lastNumber ?? 0);
    if (elsewhere !== undefined || copied !== undefined || 'damage' in read || isUnmarked || isRepaired) {
      const floor = Math.floor((clock.now() - NUMBERS_SINCE) / 1000);
      await store.skipNumbers('transactionId', Math.max(floor, this.#lastNumber));
    }
    await this.#markStart(file, stored);
    return undefined;
  }

  /** Marks that numbers up to `last` may be used from now on. @errors Those of the store. */
  async numbersReserved(last: number): Promise<void> {
    this.#lastNumber = Math.max(this.#lastNumber, last);
    // The mark of the start comes after these numbers, and nothing uses them before.
    if (this.#isMarked) await this.#advance();
  }

  /** Records a clean stop and the number of open orders. */
  async stopped(openOrders: number): Promise<void> {
    this.#cancelTimer?.();
    this.#end = { openOrders };
    // Without a store the file keeps its progress.
    await this.#advance().catch(() => this.#writeFile());
  }

  #openElsewhere(file: FileMark | undefined, stored: StoreMark | undefined, isEmptied: boolean): string | undefined {
    // The database was moved or copied together with the folder.
    if (stored && stored.store === file?.store) return undefined;
    if (!file || file.openOrders === 0 || (file.store === this.#name && !isEmptied)) return undefined;
    const orders = file.openOrders === undefined ? 'may have open orders' : `has ${file.openOrders} open orders`;
    const problem = file.store === this.#name ? 'it is empty now' : `the settings name ${this.#name}`;
    return `this data folder was last used with the store ${file.store}, which ${orders}, and ${problem}`;
  }

  #copied(file: FileMark | undefined, stored: StoreMark | undefined, isRepaired: boolean): string | undefined {
    if (!stored) return undefined;
    if (this.#deps.config.store.kind === 'mongo') {
      if (stored.store !== this.#name) return `this database was last used as ${stored.store}, so it is a copy`;
      if (!file) return undefined;
    } else if (!file || stored.fileId !== this.#file.id()) {
      return `the data in ${this.#name} was last used in another folder, so it is a copy or a backup`;
    }
    // A database that was renamed still belongs to the file.
    if (file.store !== this.#name && file.store !== stored.store) return undefined;
    if (stored.generation < file.generation) return this.#olderThan('start');
    if (stored.generation > file.generation + 1)
      return `this data folder is older than the last start with ${this.#name}`;
    const isBehind = stored.generation === file.generation && (stored.progress ?? 0) < (file.progress ?? 0);
    return isBehind && !isRepaired ? this.#olderThan('use') : undefined;
  }

  #olderThan(last: 'start' | 'use'): string {
    return `the data in ${this.#name} is older than the last ${last} here`;
  }

  #unreadable(damage: string): string {
    return (
      `${this.#file.path} ${damage}, so it is not known whether ${this.#name} was last used here, and how far it is; nothing ` +
      'is sent. If no other process uses this store and no backup was put back, start once with --accept-store: it ' +
      'writes the file anew'
    );
  }

  async #markStart(file: FileMark | undefined, stored: StoreMark | undefined): Promise<void> {
    if (!file || file.generation < (stored?.generation ?? 0)) {
      // The store needs the id of the file, and may be ahead of it by one start only, however often a start is killed.
      const { generation = 0, progress = 0 } = stored ?? {};
      const end = stored ? {} : { openOrders: 0 };
      await this.#file.write({ store: this.#name, generation, progress, lastNumber: this.#lastNumber, ...end });
    }
    const generation = Math.max(file?.generation ?? 0, stored?.generation ?? 0) + 1;
    this.#isMarked = true;
    await this.#write({ store: this.#name, generation, progress: 0, fileId: this.#file.id() ?? '' }, () =>
      this.#file.write(this.#fileMark()),
    );
    this.#awaitTimer();
  }

  /** Advances the mark in the store and then in the file. @errors Those of the store; the file is then not written. */
  #advance(): Promise<void> {
    return this.#write(undefined, () => this.#writeFile());
  }

  /** Writes one mark at a time. @param start The mark of this start. If absent, the last mark is advanced. */
  #write(start: StoreMark | undefined, writeFile: () => Promise<void>): Promise<void> {
    this.#lastWrite = this.#lastWrite
      .catch(() => undefined)
      .then(async () => {
        // A write that failed may have arrived. The next one repeats it, so the store is ahead by one at most.
        const mark = start ?? { ...this.#mark, progress: (this.#mark.progress ?? 0) + 1 };
        await this.#deps.store.putValue(VALUE, { ...mark });
        this.#mark = mark;
        await writeFile();
      });
    return this.#lastWrite;
  }

  /** Writes the file. A failure is reported, and the bridge goes on: transactions matter more than the mark. */
  async #writeFile(): Promise<void> {
    try {
      await this.#file.write(this.#fileMark());
      this.#isFileFailing = false;
    } catch (error) {
      if (!this.#isFileFailing) {
        this.#deps.events.emit('store.mark-failed', { file: this.#file.path, problem: String(error) });
      }
      this.#isFileFailing = true;
    }
  }

  #fileMark(): FileMark {
    const { store, generation, progress = 0 } = this.#mark;
    return { store, generation, progress, lastNumber: this.#lastNumber, ...this.#end };
  }

  #awaitTimer(): void {
    this.#cancelTimer = this.#deps.clock.callLater(MARK_INTERVAL_MS, () => {
      this.#awaitTimer();
      // The store reports its own failures.
      this.#advance().catch(() => undefined);
    });
  }
}
