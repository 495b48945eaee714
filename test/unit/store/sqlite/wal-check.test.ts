/** The check finds damage before the last commit of a write-ahead log, and refuses no log that a crash leaves. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findWalDamage, withFittingChecksums, type WalDamage } from '../../../../src/store/sqlite/wal-check.js';

const PAGE = 512;
const FRAME = 24 + PAGE;
const SECTOR = 512;
let folder: string;
let path: string;
let db: InstanceType<typeof DatabaseSync>;
let nextId: number;

/** Opens a database whose log is never moved into it unless a test does so. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wal-'));
  nextId = 1;
  open('live.sqlite');
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

function open(name: string, pageSize = PAGE): void {
  path = join(folder, name);
  db = new DatabaseSync(path);
  db.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0; CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)`);
}

/** Commits rows of about a page each. */
function commit(rows: number): void {
  db.exec('BEGIN');
  for (let i = 0; i < rows; i++) db.prepare('INSERT INTO t VALUES (?, ?)').run(nextId++, 'x'.repeat(300));
  db.exec('COMMIT');
}
/** Changes one row, which fits into one frame. */
function commitOneFrame(id = 1): void {
  db.exec(`UPDATE t SET text = hex(randomblob(150)) WHERE id = ${id}`);
}

const wal = (): Buffer => readFileSync(`${path}-wal`);
const positionOf = (frame: number): number => 32 + (frame - 1) * FRAME;
const isCommit = (bytes: Buffer, frame: number): boolean => bytes.readUInt32BE(positionOf(frame) + 4) > 0;
const framesOf = (bytes: Buffer): number[] =>
  Array.from({ length: Math.floor((bytes.length - 32) / FRAME) }, (_, i) => i + 1);

function flipped(bytes: Buffer, bit: number): Buffer {
  const damaged = Buffer.from(bytes);
  damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return damaged;
}

function damageOf(bytes: Buffer): WalDamage | undefined {
  writeFileSync(join(folder, 'probe-wal'), bytes);
  return findWalDamage(join(folder, 'probe-wal'));
}

/** Reads a database with this log. */
function queryWith(bytes: Buffer, sql: string): unknown {
  const copy = join(mkdtempSync(join(folder, 'crashed-')), 'copy.sqlite');
  copyFileSync(path, copy);
  writeFileSync(`${copy}-wal`, bytes);
  const crashed = new DatabaseSync(copy);
  const found = crashed.prepare(sql).get();
  crashed.close();
  return found;
}
const rowsWith = (bytes: Buffer) => (queryWith(bytes, 'SELECT count(*) AS count FROM t') as { count: number }).count;
const rowOneWith = (bytes: Buffer) => queryWith(bytes, 'SELECT text FROM t WHERE id = 1');

it('an intact log is intact', () => {
  commit(3);
  expect(findWalDamage(`${path}-wal`)).toBeUndefined();
  expect(findWalDamage(join(folder, 'none'))).toBeUndefined();
});

describe.each([
  ['one frame', 1, () => commitOneFrame()],
  ['several frames', 3, () => commit(4)],
])('one flipped bit in a log whose last commits have %s', (_, leastFrames, last) => {
  let log: Buffer;
  let lastBegin: number;

  beforeEach(() => {
    for (const rows of [1, 4, 1]) commit(rows);
    commitOneFrame();
    last();
    last();
    log = wal();
    const commits = framesOf(log).filter((frame) => isCommit(log, frame));
    lastBegin = (commits.at(-2) ?? 0) + 1;
    expect(framesOf(log).length - lastBegin + 1).toBeGreaterThanOrEqual(leastFrames);
  });

  /** All bits of the size that the frame states, and some of the rest of its header and of its page. */
  const bitsOf = (frame: number): number[] =>
    Array.from({ length: FRAME * 8 }, (__, bit) => bit)
      .filter((bit) => (bit >= 32 && bit < 64) || bit % (bit < 24 * 8 ? 8 : 128) === 7)
      .map((bit) => positionOf(frame) * 8 + bit);

  it('is found before the last commit, with the commits that SQLite would lose', () => {
    for (const frame of framesOf(log)) {
      const lostCommits = framesOf(log).filter((other) => other >= frame && isCommit(log, other)).length;
      for (const bit of bitsOf(frame)) {
        const found = damageOf(flipped(log, bit));
        if (isCommit(log, frame) || found === undefined)
          expect([bit, found?.lostCommits]).toEqual([bit, frame < lastBegin ? lostCommits : undefined]);
        // One bit may make a frame look as if it ended a commit. It is damaged in any case, and counts as one.
        else expect([lostCommits, lostCommits + 1]).toContain(found.lostCommits);
        if (found) expect(found).toMatchObject({ frame, position: positionOf(frame) });
      }
    }
  });

  it('in a salt or checksum before the last commit is undone', () => {
    for (const frame of framesOf(log).filter((other) => other < lastBegin))
      for (let bit = 64; bit < 24 * 8; bit += 3) {
        const fixed = withFittingChecksums(flipped(log, positionOf(frame) * 8 + bit));
        expect([frame, bit, fixed.equals(log)]).toEqual([frame, bit, true]);
      }
  });
});

it('one flipped bit in the header of the log is found, and costs no commit', () => {
  db.close();
  open('usual.sqlite', 4_096);
  for (let i = 0; i < 4; i++) commit(1);
  const log = wal();
  for (let bit = 0; bit < 32 * 8; bit++) {
    expect([bit, damageOf(flipped(log, bit))]).toMatchObject([bit, { frame: 0, position: 0, pages: [] }]);
    const fixed = withFittingChecksums(flipped(log, bit));
    expect([bit, damageOf(fixed)]).toEqual([bit, undefined]);
    if (bit % 8 === 0) expect(rowsWith(fixed)).toBe(4);
  }
});

it('a commit is lost also if only an unfinished transaction continues it', () => {
  commit(2);
  const whole = framesOf(wal()).length;
  commit(5);
  const killed = wal().subarray(0, 32 + (whole + 2) * FRAME);
  expect(damageOf(killed)).toBeUndefined();
  expect(damageOf(flipped(killed, (positionOf(whole) + 100) * 8))).toMatchObject({ frame: whole, lostCommits: 1 });
});

it('a frame without its header costs no later commit', () => {
  commit(2);
  for (let i = 0; i < 10; i++) commitOneFrame();
  const log = wal();
  const frame = framesOf(log).length - 5;
  log.fill(0, positionOf(frame), positionOf(frame) + 24);
  expect(damageOf(log)).toMatchObject({ frame });
  const newest = db.prepare('SELECT text FROM t WHERE id = 1').get();
  expect(rowOneWith(log)).not.toEqual(newest);
  expect(rowOneWith(withFittingChecksums(log))).toEqual(newest);
});

describe('the pages of broken frames', () => {
  it('are doubtful unless a later commit replaces them', () => {
    commit(9);
    const pages = [1, 9, 1, 9, 9, 1].map((id) => {
      commitOneFrame(id);
      return wal().readUInt32BE(positionOf(framesOf(wal()).length));
    });
    expect(pages[0]).not.toBe(pages[1]);
    const log = wal();
    const last = framesOf(log).length;
    const broken = (frames: number[]): Buffer =>
      frames.reduce((bytes, frame) => flipped(bytes, (positionOf(frame) + 100) * 8), log);
    expect(damageOf(broken([last - 5]))).toMatchObject({ frame: last - 5, pages: [] });
    // The last commit is broken too, so it replaces nothing.
    expect(damageOf(broken([last - 3, last]))).toMatchObject({ frame: last - 3, pages: [pages[2]] });
    expect(damageOf(broken([last - 4, last - 2]))).toMatchObject({ frame: last - 4, pages: [] });
    expect(damageOf(broken([last - 1, last]))).toBeUndefined();
  });
});

describe('no log that a crash leaves is refused', () => {
  /** What a power failure leaves of a write: any of the sectors that it has changed may be missing. */
  function torn(before: Buffer, after: Buffer, isMissing: (sector: number) => boolean): Buffer {
    const left = Buffer.from(after);
    const old = Buffer.alloc(after.length);
    before.copy(old);
    for (let at = 0; at < after.length; at += SECTOR) if (isMissing(at / SECTOR)) old.copy(left, at, at, at + SECTOR);
    return left;
  }

  /** Goes on with what a crash left, as after a restart. */
  function recover(name: string, log: Buffer): void {
    const from = path;
    db.close();
    open(name);
    db.close();
    copyFileSync(from, join(folder, name));
    rmSync(join(folder, `${name}-wal`), { force: true });
    writeFileSync(join(folder, `${name}-wal`), log);
    open(name);
    const { top } = db.prepare('SELECT ifnull(max(id), 0) AS top FROM t').get() as { top: number };
    nextId = top + 1;
  }

  it('nor what crashes in a row leave over a log of an earlier generation', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.array(
          fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 16 }), fc.infiniteStream(fc.boolean())),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        (earlier, crashes) => {
          db.close();
          rmSync(folder, { recursive: true });
          folder = mkdtempSync(join(tmpdir(), 'wal-'));
          nextId = 1;
          open('begin.sqlite');
          for (let i = 0; i < earlier; i++) commitOneFrame();
          db.exec('PRAGMA wal_checkpoint(RESTART)');
          for (const [i, [commits, rows, missing]] of crashes.entries()) {
            commit(1);
            for (let j = 0; j < commits; j++) commitOneFrame();
            const before = wal();
            commit(rows);
            const isMissing = [...missing.take(200)];
            const log = torn(before, wal(), (sector) => isMissing[sector] ?? false);
            expect(damageOf(log)).toBeUndefined();
            recover(`${i}.sqlite`, log);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('nor one whose torn frame kept the size of an earlier commit', () => {
    // The sector that begins within the header of frame 42 has the new salts, and the one before it the old size.
    commit(1);
    for (let i = 0; i < 60; i++) commitOneFrame();
    db.exec('PRAGMA wal_checkpoint(RESTART)');
    for (let i = 0; i < 40; i++) commitOneFrame();
    const before = wal();
    commit(6);
    const sector = (positionOf(42) + 8) / SECTOR - 1;
    expect(isCommit(before, 42)).toBe(true);
    expect(damageOf(torn(before, wal(), (other) => other === sector))).toBeUndefined();
  });

  it('nor what a shorter commit leaves of one that failed when it was written', () => {
    commit(2);
    const before = wal();
    commit(12);
    const failed = wal();
    recover('failed.sqlite', before);
    commit(1);
    const short = wal();
    expect(short.length).toBeLessThan(failed.length);
    expect(damageOf(Buffer.concat([short, failed.subarray(short.length)]))).toBeUndefined();
  });

  it('nor what an earlier generation of the log left behind', () => {
    for (let i = 0; i < 10; i++) commit(1);
    db.exec('PRAGMA wal_checkpoint(RESTART)');
    commitOneFrame();
    expect(wal().length).toBeGreaterThan(5 * FRAME);
    expect(findWalDamage(`${path}-wal`)).toBeUndefined();
  });
});
