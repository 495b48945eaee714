/** Manages the reserves for a failed store or a full disk: the frame journal and the ballast. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import { openJournalFile } from '../sqlite/journal-medium.js';
import { Ballast, ballastFile, freeBytesOf, isDiskFull } from './ballast.js';
import { allocateFrameJournal, BoundedFrameJournal } from './frame-journal.js';

export interface DiskReservesSettings {
  readonly dataDir: string;
  readonly store: {
    readonly kind: 'sqlite' | 'mongo';
    readonly path: string;
    readonly frameJournalBytes: number;
    readonly ballastBytes: number;
  };
}

export class DiskReserves {
  readonly frameJournal: BoundedFrameJournal;
  readonly #ballast: Ballast;
  readonly #dataDir: string;
  readonly #folders: readonly string[];
  readonly #events: Events;

  constructor({ dataDir, store }: DiskReservesSettings, { clock, events }: { clock: Clock; events: Events }) {
    const { kind, path, frameJournalBytes: capacityBytes, ballastBytes } = store;
    // MongoDB has its own disk.
    const bytes = kind === 'sqlite' ? ballastBytes : 0;
    const folder = kind === 'sqlite' && path !== '' ? dirname(path) : dataDir;
    this.#ballast = new Ballast({ disk: ballastFile(folder, bytes), bytes, clock, events });
    const openMedium = () => openJournalFile(join(dataDir, 'frame-journal'));
    this.frameJournal = new BoundedFrameJournal({ openMedium, capacityBytes, clock, events });
    this.#dataDir = dataDir;
    this.#folders = [dataDir, folder];
    this.#events = events;
  }

  get isFull(): boolean {
    return this.#ballast.isFull;
  }

  /** Passes events on, and releases the ballast when a write to the store fails because the disk is full. */
  watch(events: Events): Events {
    return {
      emit: (name, detail) => {
        events.emit(name, detail);
        const reason = name === 'store.failed' ? detail?.['reason'] : undefined;
        if (isDiskFull(reason)) this.#ballast.release(String(reason));
      },
    };
  }

  /**
   * Creates the folders, starts the ballast, which makes room on a full disk, and then starts the store. If the disk is
   * too full even so, removes the rest of the ballast and tries once more.
   * @errors Those of the file system and of the store.
   */
  async startStore(store: Pick<Store, 'start'>): Promise<void> {
    for (const folder of this.#folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#ballast.start();
    try {
      await store.start().catch((error: unknown) => {
        const isRetried = isDiskFull(error) && (this.#ballast.releaseRest(String(error)) || this.isFull);
        if (!isRetried) throw error;
        return store.start();
      });
    } catch (error) {
      this.#ballast.stop();
      throw error;
    }
  }

  /**
   * Opens the frame journal, which grows to its configured size if the disk has room; otherwise it stays smaller, and
   * this is reported. If opening fails, this is reported too; the bridge then runs without a journal, and messages that
   * cannot be saved stay unanswered.
   */
  openFrameJournal(): void {
    const { capacityBytes: wantedBytes } = this.frameJournal;
    try {
      // The space that the ballast has released is for the store.
      const freeBytes = this.isFull ? 0 : freeBytesOf(this.#dataDir);
      const bytes = allocateFrameJournal(join(this.#dataDir, 'frame-journal'), wantedBytes, freeBytes);
      if (bytes < wantedBytes) this.#events.emit('frame.journal-small', { bytes, wantedBytes, freeBytes });
      if (bytes > 0) this.frameJournal.open(bytes);
    } catch (error) {
      this.#events.emit('frame.not-kept', { reason: 'disk', problem: String(error) });
    }
  }

  stop(): void {
    this.#ballast.stop();
    this.frameJournal.close();
  }
}
