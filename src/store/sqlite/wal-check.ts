/**
 * Finds damage in the middle of a write-ahead log. SQLite reads a log up to its first broken frame and silently drops
 * the rest, because a commit that a crash left unfinished looks the same.
 *
 * With `synchronous=FULL` each commit is on disk before the next transaction begins, so a power failure can tear only
 * the last one: any of its sectors may be missing, even if its commit frame is there. If shorter commits overwrite its
 * beginning, its remains follow them in the log, but continue none of them. A transaction that continues a commit frame
 * therefore proves that this frame was on disk.
 * @source https://www.sqlite.org/fileformat.html#the_write_ahead_log
 */
import { existsSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';

const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;
const VERSION = 3_007_000;
/** The least that a disk writes as a whole, bytes. */
const SECTOR = 512;
/** A page that no database of ours reaches: it would have 4 TiB. */
const NO_PAGE = 2 ** 30;

export interface WalDamage {
  /** Counts from 1; 0 is the header of the log. */
  readonly frame: number;
  /** Offset of that frame, bytes. */
  readonly position: number;
  /** The number of commits from that frame on, which SQLite would drop. */
  readonly lostCommits: number;
  /** The pages of the database that are in broken frames and in no later intact frame. */
  readonly pages: readonly number[];
}

interface Frame {
  readonly position: number;
  readonly page: number;
  /** Whether the frame ends a commit. */
  readonly isCommit: boolean;
  /** Whether the frame is of this log and continues the one before it. */
  readonly isIntact: boolean;
}

/** @returns `undefined` if the log is intact, or if only the last commit is unfinished. */
export function findWalDamage(path: string): WalDamage | undefined {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const frames = committed(readFrames(bytes));
  const isHeaderIntact = isIntactHeader(bytes);
  const broken = isHeaderIntact ? frames.findIndex(({ isIntact }) => !isIntact) : 0;
  const first = frames[broken];
  if (first === undefined) return undefined;
  const lost = frames.slice(broken);
  const isReplaced = (page: number, i: number): boolean =>
    lost.some((frame, at) => at > i && frame.isIntact && frame.page === page);
  return {
    frame: isHeaderIntact ? broken + 1 : 0,
    position: isHeaderIntact ? first.position : 0,
    lostCommits: lost.filter(({ isCommit }) => isCommit).length,
    pages: lost.filter(({ page, isIntact }, i) => !isIntact && !isReplaced(page, i)).map(({ page }) => page),
  };
}

/** Returns a copy of the log with corrected headers and checksums, so that SQLite reads all its commits. */
export function withFittingChecksums(bytes: Buffer): Buffer {
  const frames = committed(readFrames(bytes));
  const last = frames.at(-1);
  if (last === undefined) return Buffer.from(bytes);
  const length = FRAME_HEADER + pageSizeOf(bytes);
  const fixed = Buffer.from(bytes.subarray(0, last.position + length));
  const isBig = isBigEndian(bytes);
  fixed.writeUInt32BE(isBig ? MAGIC + 1 : MAGIC, 0);
  fixed.writeUInt32BE(VERSION, 4);
  fixed.writeUInt32BE(pageSizeOf(bytes), 8);
  fixed.write(saltsOf(bytes), 16, 'hex');
  let sums = checksum(fixed.subarray(0, 24), [0, 0], isBig);
  writeSums(fixed, 24, sums);
  for (const { position, page } of frames) {
    fixed.writeUInt32BE(page, position);
    fixed.copy(fixed, position + 8, 16, 24);
    sums = frameChecksum(fixed.subarray(position, position + length), sums, isBig);
    writeSums(fixed, position + 16, sums);
  }
  return fixed;
}

/** Leaves out what follows the last commit that was certainly on disk. */
function committed(frames: readonly Frame[]): readonly Frame[] {
  let [count, isWhole] = [0, true];
  for (const [i, { isCommit, isIntact }] of frames.entries()) {
    isWhole &&= isIntact;
    if (!isCommit) continue;
    if (isWhole || frames[i + 1]?.isIntact) count = i + 1;
    isWhole = true;
  }
  return frames.slice(0, count);
}

/** Returns the frames of the log's current generation, up to the last frame that has its salts. */
function readFrames(bytes: Buffer): Frame[] {
  if (bytes.length < HEADER + FRAME_HEADER) return [];
  const length = FRAME_HEADER + pageSizeOf(bytes);
  const count = Math.floor((bytes.length - HEADER) / length);
  const positions = Array.from({ length: count }, (_, i) => HEADER + i * length);
  const salts = saltsOf(bytes);
  const last = positions.findLastIndex((position) => saltsAt(bytes, position + 8) === salts);
  const isBig = isBigEndian(bytes);
  const headerSums = checksum(bytes.subarray(0, 24), [0, 0], isBig);
  let before: readonly Sums[] = isIntactHeader(bytes) ? [headerSums] : [sumsAt(bytes, 24), headerSums];
  return positions.slice(0, last + 1).map((position) => {
    const frame = bytes.subarray(position, position + length);
    const stated = sumsAt(frame, 16);
    const computed = before.map((sums) => frameChecksum(frame, sums, isBig));
    const isRight = computed.some((sums) => isSame(sums, stated));
    const isOwn = saltsAt(frame, 8) === salts;
    // A wholly foreign frame is a remnant of an earlier generation, and ends no commit of this one.
    const isCommit = isRight ? frame.readUInt32BE(4) > 0 : isOwn && endedCommit(frame, { position, before, isBig });
    // If a frame states wrong sums, the next one continues from those that it should state.
    before = isRight ? [stated] : [stated, ...computed.slice(0, 1)];
    // SQLite reads no log beyond a frame without a page.
    return { position, page: frame.readUInt32BE(0) || NO_PAGE, isCommit, isIntact: isOwn && isRight };
  });
}

/**
 * Checks whether a broken frame ended a commit. It did if it states the size of the database after the commit, or
 * stated one before a flipped bit made it 0. If a sector begins between the size and the salts, a stated size does not
 * count, because a torn frame may have the salts of this log and the size of an older frame.
 */
function endedCommit(
  frame: Buffer,
  { position, before, isBig }: { readonly position: number; readonly before: readonly Sums[]; readonly isBig: boolean },
): boolean {
  if (frame.readUInt32BE(4) > 0) return (position + 8) % SECTOR !== 0;
  const copy = Buffer.from(frame);
  return Array.from({ length: 32 }, (_, bit) => 2 ** bit).some((size) => {
    copy.writeUInt32BE(size, 4);
    return before.some((sums) => isSame(frameChecksum(copy, sums, isBig), sumsAt(copy, 16)));
  });
}

type Sums = readonly [number, number];

function isIntactHeader(bytes: Buffer): boolean {
  if (bytes.length < HEADER || (bytes.readUInt32BE(0) & ~1) !== MAGIC) return false;
  const isBig = (bytes.readUInt32BE(0) & 1) === 1;
  return isSame(checksum(bytes.subarray(0, 24), [0, 0], isBig), sumsAt(bytes, 24));
}

/**
 * Returns whether the checksums are computed over big-endian words. If the header is broken, the byte order of
 * this machine is assumed.
 */
function isBigEndian(bytes: Buffer): boolean {
  return isIntactHeader(bytes) ? (bytes.readUInt32BE(0) & 1) === 1 : endianness() === 'BE';
}

/** Returns the salts of the log's current generation; if its header is broken, those of the first frame. */
function saltsOf(bytes: Buffer): string {
  return saltsAt(bytes, isIntactHeader(bytes) ? 16 : HEADER + 8);
}

function saltsAt(bytes: Buffer, at: number): string {
  return bytes.toString('hex', at, at + 8);
}

/**
 * Returns the page size that the log states, or 4,096, the size of our pages, if that is not a power of two from 512 to
 * 65,536.
 */
function pageSizeOf(bytes: Buffer): number {
  const size = bytes.readUInt32BE(8);
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0 ? size : 4_096;
}

function frameChecksum(frame: Buffer, before: Sums, isBig: boolean): Sums {
  return checksum(frame.subarray(FRAME_HEADER), checksum(frame.subarray(0, 8), before, isBig), isBig);
}

function checksum(bytes: Buffer, [first, second]: Sums, isBig: boolean): Sums {
  let [a, b] = [first, second];
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + (isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + b) >>> 0;
    b = (b + (isBig ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}

function writeSums(bytes: Buffer, at: number, [first, second]: Sums): void {
  bytes.writeUInt32BE(first, at);
  bytes.writeUInt32BE(second, at + 4);
}

function sumsAt(bytes: Buffer, at: number): Sums {
  return [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
}

function isSame(one: Sums, other: Sums): boolean {
  return one[0] === other[0] && one[1] === other[1];
}
