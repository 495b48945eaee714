import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Ballast, ballastFile, isDiskFull, type BallastDisk } from '../../../../src/store/disk/ballast.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const MIB = 1 << 20;
const BYTES = 32 * MIB;

/** A disk with its free bytes and the bytes of the ballast. */
interface Disk {
  free: number;
  ballast: number;
}

function setUp(disk: Disk) {
  const port: BallastDisk = {
    freeBytes: () => disk.free,
    ballastBytes: () => disk.ballast,
    create() {
      if (disk.free + disk.ballast < BYTES) throw new Error('ENOSPC');
      disk.free -= BYTES - disk.ballast;
      disk.ballast = BYTES;
    },
    shrink(toBytes) {
      disk.free += disk.ballast - toBytes;
      disk.ballast = toBytes;
    },
  };
  const clock = createManualClock();
  const events = createEventLog();
  const ballast = new Ballast({ disk: port, bytes: BYTES, clock, events });
  ballast.start();
  return { ballast, clock, events };
}

it('is put down at the start if there is room', () => {
  const disk = { free: 100 * MIB, ballast: 0 };
  const { ballast } = setUp(disk);
  expect(disk).toEqual({ free: 68 * MIB, ballast: BYTES });
  expect(ballast.isFull).toBe(false);
  ballast.stop();
});

it('is removed at a start on a full disk, before anything is written', () => {
  const disk = { free: MIB, ballast: BYTES };
  const { ballast, events } = setUp(disk);
  expect(disk).toEqual({ free: 33 * MIB, ballast: 0 });
  expect(ballast.isFull).toBe(true);
  expect(events.of('disk.full')).toHaveLength(1);
  ballast.stop();
});

it('is removed when the disk fills, and put back once there is room again', async () => {
  const disk = { free: 100 * MIB, ballast: 0 };
  const { ballast, clock, events } = setUp(disk);
  disk.free = 2 * MIB;
  await clock.advance(5_000);
  expect(ballast.isFull).toBe(true);
  // The space that the ballast released does not count as free space.
  await clock.advance(120_000);
  expect(disk.ballast).toBe(8 * MIB);
  expect(events.of('disk.full')).toHaveLength(1);
  disk.free = 200 * MIB;
  await clock.advance(5_000);
  expect(disk.ballast).toBe(BYTES);
  expect(ballast.isFull).toBe(false);
  expect(events.of('disk.freed')).toHaveLength(1);
  ballast.stop();
});

it('is removed when a write fails, whatever the file system counts, and stays away for a minute', async () => {
  const disk = { free: 200 * MIB, ballast: BYTES };
  const { ballast, clock } = setUp(disk);
  expect(ballast.release('database or disk is full')).toBe(true);
  expect(ballast.release('database or disk is full')).toBe(false);
  await clock.advance(50_000);
  expect(disk.ballast).toBe(8 * MIB);
  await clock.advance(15_000);
  expect(disk.ballast).toBe(BYTES);
  ballast.stop();
});

it('keeps a part for a restart on a disk that has filled up again', () => {
  const disk = { free: 0, ballast: 8 * MIB };
  const { ballast } = setUp(disk);
  expect(disk).toEqual({ free: 8 * MIB, ballast: 0 });
  expect(ballast.isFull).toBe(true);
  ballast.stop();
});

it('warns of a full disk also when there was never room for it', () => {
  const disk = { free: MIB, ballast: 0 };
  const { ballast, events } = setUp(disk);
  expect(ballast.isFull).toBe(true);
  expect(events.of('disk.full')).toHaveLength(1);
  ballast.stop();
});

it('is a file of the given size', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-'));
  const disk = ballastFile(folder, 3 * MIB + 5);
  disk.create();
  expect(statSync(join(folder, 'ballast')).size).toBe(3 * MIB + 5);
  expect(disk.ballastBytes()).toBe(3 * MIB + 5);
  expect(disk.freeBytes()).toBeGreaterThan(0);
  disk.shrink(MIB);
  expect(disk.ballastBytes()).toBe(MIB);
  disk.shrink(0);
  expect(existsSync(join(folder, 'ballast'))).toBe(false);
  rmSync(folder, { recursive: true });
});

it('knows the words of SQLite and of the system for a full disk', () => {
  expect(['database or disk is full', 'ENOSPC: no space left on device', 'locked'].map(isDiskFull)).toEqual([
    true,
    true,
    false,
  ]);
});
