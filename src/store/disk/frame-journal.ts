/** Keeps chargers' messages about transactions in one small file while the store cannot save them. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Events } from '../../ports/events.js';
import type { FrameJournal, KeptFrame } from '../../ports/frame-journal.js';
import type { Clock } from '../../ports/runtime.js';
import { OWNER_FILE } from '../sqlite/connection.js';
import type { JournalMedium } from '../sqlite/journal-medium.js';
import { isDiskFull, LOW_BYTES } from './ballast.js';
import { FrameLog } from './frame-log.js';
import { damagedFile, setBytesAside } from '../quarantine.js';
import { syncDirectory } from '../sync-directory.js';

/** The share of the journal that messages about progress may not use, so that the ends of transactions still fit. */
const PROGRESS_FREE_SHARE = 1 / 4;
const CHUNK_BYTES = 1 << 20;

export interface FrameJournalDeps {
  readonly openMedium: () => JournalMedium;
  readonly capacityBytes: number;
  readonly clock: Pick<Clock, 'callSoon'>;
  readonly events?: Events;
  /** Writes a file for a person to examine, and returns its path. Default: `setBytesAside`. */
  readonly saveFile?: (path: string, bytes: Buffer) => string;
}

interface WaitingFrame {
  readonly body: string;
  readonly resolve: (isKept: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** A frame journal of limited size. It is empty and refuses frames until `open`. */
export class BoundedFrameJournal implements FrameJournal {
  readonly #deps: FrameJournalDeps;
  #capacityBytes: number;
  #medium: JournalMedium | undefined;
  #log: FrameLog | undefined;
  #left: readonly KeptFrame[] = [];
  #waiting: WaitingFrame[] = [];
  #waitingBytes = 0;
  /** How many frames this process has set aside. */
  #setAside = 0;

  constructor(deps: FrameJournalDeps) {
    this.#deps = deps;
    this.#capacityBytes = deps.capacityBytes;
  }

  /**
   * Reads what the previous process left behind. A damaged part is set aside and reported; the rest is used.
   * @param capacityBytes The size of the file, if it is smaller than configured.
   * @errors Those of the file system.
   */
  open(capacityBytes = this.#deps.capacityBytes): this {
    const { openMedium, events, saveFile = setBytesAside } = this.#deps;
    this.#capacityBytes = capacityBytes;
    const medium = openMedium();
    const log = new FrameLog(medium, capacityBytes);
    const { bodies, damaged } = log.open();
    for (const { position, bytes, recordsBefore } of damaged) {
      const keptIn = saveFile(damagedFile(medium.name, position), bytes);
      events?.emit('store.damaged', { file: medium.name, position, record: recordsBefore + 1, keptIn });
    }
    this.#left = bodies.map((body) => JSON.parse(body) as KeptFrame);
    this.#medium = medium;
    this.#log = log;
    return this;
  }

  close(): void {
    this.#medium?.close();
    this.#medium = undefined;
    this.#log = undefined;
  }

  leftFrames(): readonly KeptFrame[] {
    return this.#left;
  }

  append(frame: KeptFrame): Promise<boolean> {
    const body = JSON.stringify(frame);
    const log = this.#log;
    const bytes = log?.sizeOf(body) ?? 0;
    const reserve = isProgress(frame) ? this.#capacityBytes * PROGRESS_FREE_SHARE : 0;
    if (!log?.fits(this.#waitingBytes + bytes, reserve)) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) this.#deps.clock.callSoon(() => this.#write());
      this.#waiting.push({ body, resolve, reject });
      this.#waitingBytes += bytes;
    });
  }

  clear(): void {
    this.#left = [];
    if (this.#waiting.length === 0) this.#log?.clear();
  }

  setAside(frame: KeptFrame): string {
    const { saveFile = setBytesAside } = this.#deps;
    const name = this.#medium?.name ?? 'frame-journal';
    this.#setAside += 1;
    const path = `${name}-${frame.event.receivedAt}-${this.#setAside}.set-aside`;
    const saved = saveFile(path, Buffer.from(JSON.stringify(frame)));
    if (saved !== path) throw new Error(saved);
    return path;
  }

  get usedBytes(): number {
    return this.#log?.used ?? 0;
  }

  get capacityBytes(): number {
    return this.#capacityBytes;
  }

  #write(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      if (!this.#log) throw new Error('the frame journal is closed');
      this.#log.append(waiting.map(({ body }) => body));
      for (const { resolve } of waiting) resolve(true);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

/** Checks whether a message neither begins nor ends a transaction, nor names what began it. */
function isProgress({ event }: KeptFrame): boolean {
  if (event.type === 'meter-sampled') return true;
  if (event.type !== 'transaction-event' || event.eventType !== 'updated') return false;
  return event.idTag === undefined && event.remoteStartId === undefined;
}

/**
 * Extends the journal's file to its full size, unless that would leave too little of the disk for the store.
 * @param freeBytes The free space of the disk.
 * @returns The size that the journal may use. If the file cannot grow, this is its present size, 0 for a new file.
 * @errors Those of the file system, except for a full disk.
 */
export function allocateFrameJournal(path: string, wantedBytes: number, freeBytes: number): number {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, OWNER_FILE);
  try {
    const { size } = fstatSync(fd);
    if (size >= wantedBytes) return wantedBytes;
    if (freeBytes - (wantedBytes - size) < LOW_BYTES) return size;
    if (!grow(fd, size, wantedBytes)) return size;
    if (size === 0) syncDirectory(dirname(path));
    return wantedBytes;
  } finally {
    closeSync(fd);
  }
}

/**
 * Extends the file with zeros.
 * @returns False if the disk is full; the file then keeps its size.
 * @errors Those of the file system, except for a full disk.
 */
function grow(fd: number, size: number, wantedBytes: number): boolean {
  try {
    for (let at = size; at < wantedBytes;)
      at += writeSync(fd, Buffer.alloc(Math.min(CHUNK_BYTES, wantedBytes - at)), 0, undefined, at);
    fsyncSync(fd);
    return true;
  } catch (error) {
    ftruncateSync(fd, size);
    if (isDiskFull(error)) return false;
    throw error;
  }
}
