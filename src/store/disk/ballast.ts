/**
 * Keeps a file of no use on the disk of the database, and removes it when the disk is full: sessions can then end and be
 * saved, while new orders are refused. It is put back once there is room again.
 */
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import { OWNER_FILE } from '../sqlite/connection.js';

/** Free space below which the disk counts as full, bytes. A commit group and its checkpoint fit into it. */
const LOW_BYTES = 8 << 20;
const CHECK_MS = 5_000;
/** The ballast stays away for so long at least, ms. */
const AWAY_MS = 60_000;
const CHUNK_BYTES = 1 << 20;

/** The disk as the ballast sees it. */
export interface BallastDisk {
  /** What is left for this process, bytes. */
  freeBytes(): number;
  hasBallast(): boolean;
  /** Writes the file in full. @errors Throws if there is no room; nothing is left behind then. */
  create(): void;
  remove(): void;
}

export interface BallastDeps {
  readonly disk: BallastDisk;
  /** Size of the file; 0 for none. */
  readonly bytes: number;
  readonly clock: Clock;
  readonly events: Events;
}

export class Ballast {
  readonly #deps: BallastDeps;
  #isFull = false;
  #removedAt = -Infinity;
  #timer: Cancel | undefined;

  constructor(deps: BallastDeps) {
    this.#deps = deps;
  }

  /** True while the ballast is away: nothing that can be refused may be written. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Call before anything else is written. */
  start(): void {
    if (this.#deps.bytes === 0) return;
    this.#check();
    this.#schedule();
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  /** Removes the ballast because a write failed for want of room. @returns False if it is away already. */
  release(reason: string): boolean {
    const { disk, bytes, clock, events } = this.#deps;
    if (bytes === 0 || (this.#isFull && !disk.hasBallast())) return false;
    disk.remove();
    this.#isFull = true;
    this.#removedAt = clock.monotonic();
    events.emit('disk.full', { reason, freeBytes: disk.freeBytes() });
    return true;
  }

  #check(): void {
    const { disk, bytes, clock, events } = this.#deps;
    const free = disk.freeBytes();
    if (disk.hasBallast()) {
      if (free < LOW_BYTES) this.release(`only ${free} bytes are free`);
      return;
    }
    const hasRoom = free >= bytes + 2 * LOW_BYTES && clock.monotonic() - this.#removedAt >= AWAY_MS;
    if (hasRoom && this.#create()) {
      if (this.#isFull) events.emit('disk.freed', { freeBytes: free });
      this.#isFull = false;
    } else if (free < LOW_BYTES && !this.#isFull) {
      this.#isFull = true;
      events.emit('disk.full', { reason: `only ${free} bytes are free, and there is no ballast`, freeBytes: free });
    } else if (free >= 2 * LOW_BYTES && clock.monotonic() - this.#removedAt >= AWAY_MS && this.#isFull) {
      // Too little for the ballast, but enough to go on.
      this.#isFull = false;
      events.emit('disk.freed', { freeBytes: free });
    }
  }

  #create(): boolean {
    try {
      this.#deps.disk.create();
      return true;
    } catch {
      return false;
    }
  }

  #schedule(): void {
    this.#timer = this.#deps.clock.callLater(CHECK_MS, () => {
      this.#check();
      this.#schedule();
    });
  }
}

/** Whether an error says that a disk, or a quota on it, is full. */
export function isDiskFull(reason: unknown): boolean {
  return /disk is full|ENOSPC|EDQUOT/.test(String(reason));
}

/** The file `ballast` in a folder. */
export function ballastFile(folder: string, bytes: number): BallastDisk {
  const path = join(folder, 'ballast');
  return {
    freeBytes() {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    },
    hasBallast: () => existsSync(path) && statSync(path).size >= bytes,
    create() {
      try {
        writeBallast(path, bytes);
      } catch (error) {
        rmSync(path, { force: true });
        throw error;
      }
    },
    remove: () => rmSync(path, { force: true }),
  };
}

/** A file system that compresses would store zeros nowhere. */
function writeBallast(path: string, bytes: number): void {
  const chunk = randomFillSync(Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes)));
  const fd = openSync(path, 'w', OWNER_FILE);
  try {
    for (let at = 0; at < bytes;) at += writeSync(fd, chunk, 0, Math.min(chunk.length, bytes - at), at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
