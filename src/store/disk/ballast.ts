/**
 * Keeps a file of no use on the disk of the database, and removes it when the disk is full: sessions can then end and be
 * saved, while new orders are refused. It is put back once there is room again.
 */
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, truncateSync, writeSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import type { Events } from '../../ports/events.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import { OWNER_FILE } from '../sqlite/connection.js';

/** Free space below which the disk counts as full, bytes. A commit group and its checkpoint fit into it. */
const LOW_BYTES = 8 << 20;
const CHECK_MS = 5_000;
/** This share of the ballast stays for a restart on a disk that has filled up again. */
const RESTART_SHARE = 1 / 4;
/** The ballast stays away for so long at least, ms. */
const AWAY_MS = 60_000;
const CHUNK_BYTES = 1 << 20;

/** The disk as the ballast sees it. */
export interface BallastDisk {
  /** What is left for this process, bytes. */
  freeBytes(): number;
  /** What the file holds now, bytes; 0 without a file. */
  ballastBytes(): number;
  /** Writes the file in full. @errors Throws if there is no room; nothing is left behind then. */
  create(): void;
  /** Shortens the file, to nothing if `toBytes` is 0. */
  shrink(toBytes: number): void;
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

  /** Gives room because a write failed for want of it. @returns False if the ballast is away already. */
  release(reason: string): boolean {
    const { disk, bytes } = this.#deps;
    const kept = Math.floor(bytes * RESTART_SHARE);
    if (bytes === 0 || (this.#isFull && disk.ballastBytes() <= kept)) return false;
    this.#shrink(Math.min(kept, disk.ballastBytes()), reason);
    return true;
  }

  /** Gives what was kept for a restart. @returns False if there is nothing. */
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
