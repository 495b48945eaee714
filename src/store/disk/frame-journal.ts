/** Keeps chargers' messages about transactions in one small file while the store cannot save them. */
import { closeSync, fstatSync, fsyncSync, openSync, writeSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import type { Events } from '../../ports/events.js';
import type { FrameJournal, KeptFrame } from '../../ports/frame-journal.js';
import type { Clock } from '../../ports/runtime.js';
import { OWNER_FILE } from '../sqlite/connection.js';
import { openJournalFile, syncDirectory, type JournalMedium } from '../sqlite/journal-medium.js';
import { FrameLog } from './frame-log.js';
import { quarantineBytes } from '../quarantine.js';

/** The share of the journal that meter samples may not use, so that the ends of transactions still fit. */
const SAMPLE_FREE_SHARE = 1 / 4;
const CHUNK_BYTES = 1 << 20;

export interface FrameJournalDeps {
  readonly openMedium: () => JournalMedium;
  readonly capacityBytes: number;
  readonly clock: Pick<Clock, 'callSoon'>;
  readonly events?: Events;
  /** Saves the bytes of a damaged part for a person to examine, and returns where they are. */
  readonly quarantine?: (name: string, position: number, bytes: Buffer) => string;
}

interface WaitingFrame {
  readonly body: string;
  readonly resolve: (isKept: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** A frame journal of limited size. It is empty and refuses frames until `open`. */
export class BoundedFrameJournal implements FrameJournal {
  readonly #deps: FrameJournalDeps;
  #medium: JournalMedium | undefined;
  #log: FrameLog | undefined;
  #left: readonly KeptFrame[] = [];
  #waiting: WaitingFrame[] = [];
  #waitingBytes = 0;

  constructor(deps: FrameJournalDeps) {
    this.#deps = deps;
  }

  /**
   * Reads what the previous process left behind. A damaged part is set aside and reported; the rest is used.
   * @errors Those of the file system.
   */
  open(): this {
    const { openMedium, capacityBytes, events, quarantine = quarantineBytes } = this.#deps;
    const medium = openMedium();
    const log = new FrameLog(medium, capacityBytes);
    const { bodies, damaged } = log.open();
    for (const { position, bytes, recordsBefore } of damaged) {
      const keptIn = quarantine(medium.name, position, bytes);
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
    const reserve = frame.event.type === 'meter-sampled' ? this.#deps.capacityBytes * SAMPLE_FREE_SHARE : 0;
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

  get usedBytes(): number {
    return this.#log?.used ?? 0;
  }

  get capacityBytes(): number {
    return this.#deps.capacityBytes;
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

/** Opens the journal file, written out to its full size. @errors Those of the file system, such as ENOSPC. */
export function openFrameJournalFile(path: string, capacityBytes: number): JournalMedium {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, OWNER_FILE);
  try {
    const { size } = fstatSync(fd);
    for (let at = size; at < capacityBytes;) {
      at += writeSync(fd, Buffer.alloc(Math.min(CHUNK_BYTES, capacityBytes - at)), 0, undefined, at);
    }
    if (size < capacityBytes) fsyncSync(fd);
    if (size === 0) syncDirectory(dirname(path));
  } finally {
    closeSync(fd);
  }
  return openJournalFile(path);
}
