/**
 * Keeps a file of random bytes on the disk of the database, and shrinks or removes it when the disk is full. Sessions
 * can then end and be saved, while new orders are refused. The file is written again once there is room.
 */
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, truncateSync, writeSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import { OWNER_FILE } from '../sqlite/connection.js';

/** Free space below which the disk counts as full, bytes. A commit group and its checkpoint fit into it. */
export const LOW_BYTES = 8 << 20;
const CHECK_MS = 5_000;
/** The share of the ballast that is kept for a restart on a disk that has filled up again. */
const RESTART_SHARE = 1 / 4;
/** The minimum time after the ballast was shrunk before it is written again or the disk counts as freed, ms. */
const AWAY_MS = 60_000;
const CHUNK_BYTES = 1 << 20;

/** The operations on the disk that the ballast needs. */
export interface BallastDisk {
  /** The free space that this process may use, bytes. */
  freeBytes(): number;
  /** The current size of the file, bytes; 0 if there is none. */
  ballastBytes(): number;
  /** Writes the file in full. @errors Throws if there is no room, and leaves nothing behind. */
  create(): void;
  /** Shortens the file, or removes it if `toBytes` is 0. */
  shrink(toBytes: number): void;
}

export interface BallastDeps {
  readonly disk: BallastDisk;
  /** The full size of the file; 0 for no ballast. */
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

  /** True while the disk counts as full. Only work that cannot be refused is then written. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /**
   * Checks the disk now and every five seconds. If the disk is full at the start, removes the whole ballast. Must be
   * called before anything else is written. Does nothing if no ballast is configured.
   */
  start(): void {
    const { bytes, disk } = this.#deps;
    if (bytes === 0) return;
    const free = disk.freeBytes();
    if (free < LOW_BYTES && disk.ballastBytes() > 0) this.#shrink(0, `only ${free} bytes are free`);
    else this.#check();
    this.#schedule();
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  /**
   * Shrinks the ballast to the share for a restart; the disk then counts as full.
   * @returns False if the ballast was already shrunk, or if none is configured.
   */
  release(reason: string): boolean {
    const { disk, bytes } = this.#deps;
    const kept = Math.floor(bytes * RESTART_SHARE);
    if (bytes === 0 || (this.#isFull && disk.ballastBytes() <= kept)) return false;
    this.#shrink(Math.min(kept, disk.ballastBytes()), reason);
    return true;
  }

  /** Removes what is left of the ballast; the disk then counts as full. @returns False if nothing was left. */
  releaseRest(reason: string): boolean {
    if (this.#deps.bytes === 0 || this.#deps.disk.ballastBytes() === 0) return false;
    this.#shrink(0, reason);
    return true;
  }

  #shrink(toBytes: number, reason: string): void {
    const { disk, clock, events } = this.#deps;
    disk.shrink(toBytes);
    this.#isFull = true;
    this.#removedAt = clock.monotonic();
    events.emit('disk.full', { reason, freeBytes: disk.freeBytes() });
  }

  #check(): void {
    const { disk, bytes, clock, events } = this.#deps;
    const free = disk.freeBytes();
    if (disk.ballastBytes() >= bytes) {
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
      // There is too little room for the ballast, but enough to go on.
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

/** Checks whether an error reports a full disk or an exhausted quota. */
export function isDiskFull(reason: unknown): boolean {
  return /disk is full|ENOSPC|EDQUOT/.test(String(reason));
}

/** Returns the free space that this process may use on a folder's disk, bytes. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Returns the operations on the file `ballast` in a folder. */
export function ballastFile(folder: string, bytes: number): BallastDisk {
  const path = join(folder, 'ballast');
  return {
    freeBytes: () => freeBytesOf(folder),
    ballastBytes: () => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    create() {
      try {
        writeBallast(path, bytes);
      } catch (error) {
        rmSync(path, { force: true });
        throw error;
      }
    },
    shrink: (toBytes) => (toBytes === 0 ? rmSync(path, { force: true }) : truncateSync(path, toBytes)),
  };
}

/** Writes random bytes, because zeros would take up no room on a file system that compresses. */
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
