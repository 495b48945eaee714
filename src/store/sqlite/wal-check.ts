/**
 * Finds damage in the middle of a write-ahead log. SQLite reads a log up to its first broken frame and silently drops
 * the rest, because a commit that a crash left unfinished looks the same.
 * @source https://www.sqlite.org/fileformat.html#the_write_ahead_log
 */
import { existsSync, readFileSync } from 'node:fs';

const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;

export interface WalDamage {
  /** Counts from 1; 0 is the header of the log. */
  readonly frame: number;
  /** Offset of that frame, bytes. */
  readonly position: number;
  /** The page of the database that the frame holds. */
  readonly page: number;
  /** The number of intact commits after that frame, which SQLite would drop. */
  readonly lostCommits: number;
  /** Whether a later frame holds the same page, so that the broken frame does not matter; true if it is the header. */
  readonly isReplaced: boolean;
}

interface Frame {
  readonly position: number;
  readonly page: number;
  readonly isCommit: boolean;
  readonly isIntact: boolean;
}

/** @returns `undefined` if the log is intact, or if only the last commit is unfinished. */
export function findWalDamage(path: string): WalDamage | undefined {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const frames = readFrames(bytes);
  const isHeaderIntact = isIntactHeader(bytes);
  const broken = isHeaderIntact ? frames.findIndex(({ isIntact }) => !isIntact) : 0;
  if (broken === -1 || frames.length === 0) return undefined;
  const later = frames.slice(isHeaderIntact ? broken + 1 : 0);
  const commits = later.filter(({ isCommit, isIntact }) => isCommit && isIntact).length;
  // A crash leaves one commit unfinished: its last frame may be on disk although an earlier one is not.
  const tolerated = isHeaderIntact ? 1 : 0;
  if (commits <= tolerated) return undefined;
  const { position, page } = frames[broken] ?? { position: 0, page: 0 };
  return isHeaderIntact
    ? {
        frame: broken + 1,
        position,
        page,
        lostCommits: commits,
        isReplaced: later.some((frame) => frame.page === page),
      }
    : { frame: 0, position: 0, page: 0, lostCommits: commits, isReplaced: true };
}

/** Returns a copy of the log with corrected salts and checksums, so that SQLite reads all frames of its generation. */
export function withFittingChecksums(bytes: Buffer): Buffer {
  const fixed = Buffer.from(bytes);
  const frames = readFrames(bytes);
  if (frames.length === 0) return fixed;
  fixed.writeUInt32BE((fixed.readUInt32BE(0) & 1) === 1 ? MAGIC + 1 : MAGIC, 0);
  // The last frame has the salts of the log's present generation.
  bytes.copy(fixed, 16, (frames.at(-1)?.position ?? 0) + 8, (frames.at(-1)?.position ?? 0) + 16);
  let sums = checksum(fixed.subarray(0, 24), [0, 0], isBigEndian(fixed));
  writeSums(fixed, 24, sums);
  for (const { position } of frames) {
    fixed.copy(fixed, position + 8, 16, 24);
    sums = frameChecksum(fixed, position, sums);
    writeSums(fixed, position + 16, sums);
  }
  return fixed;
}

/** Returns the frames of the log's current generation, up to the last frame that has its salts. */
function readFrames(bytes: Buffer): Frame[] {
  if (bytes.length < HEADER + FRAME_HEADER) return [];
  const size = FRAME_HEADER + pageSizeOf(bytes);
  const count = Math.floor((bytes.length - HEADER) / size);
  const positions = Array.from({ length: count }, (_, i) => HEADER + i * size);
  const saltsAt = (at: number): string => bytes.toString('hex', at, at + 8);
  // If the header is broken, the salts are those of the first frame.
  const salts = isIntactHeader(bytes) ? saltsAt(16) : saltsAt((positions[0] ?? 0) + 8);
  const last = positions.findLastIndex((position) => saltsAt(position + 8) === salts);
  let sums: Sums = [bytes.readUInt32BE(24), bytes.readUInt32BE(28)];
  return positions.slice(0, last + 1).map((position) => {
    const expected = frameChecksum(bytes, position, sums);
    // Each frame continues from the sums that the one before it states, whether or not those are right.
    sums = [bytes.readUInt32BE(position + 16), bytes.readUInt32BE(position + 20)];
    const isIntact = expected[0] === sums[0] && expected[1] === sums[1] && saltsAt(position + 8) === salts;
    const page = bytes.readUInt32BE(position);
    return { position, page, isCommit: bytes.readUInt32BE(position + 4) !== 0, isIntact };
  });
}

type Sums = readonly [number, number];

function isIntactHeader(bytes: Buffer): boolean {
  if (bytes.length < HEADER || (bytes.readUInt32BE(0) & ~1) !== MAGIC) return false;
  const [first, second] = checksum(bytes.subarray(0, 24), [0, 0], isBigEndian(bytes));
  return first === bytes.readUInt32BE(24) && second === bytes.readUInt32BE(28);
}

function isBigEndian(bytes: Buffer): boolean {
  return (bytes.readUInt32BE(0) & 1) === 1;
}

/** A page has 512 to 65,536 bytes; ours have 4,096, SQLite's default. */
function pageSizeOf(bytes: Buffer): number {
  const size = bytes.readUInt32BE(8);
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0 ? size : 4_096;
}

function frameChecksum(bytes: Buffer, position: number, before: Sums): Sums {
  const isBig = isBigEndian(bytes);
  const sums = checksum(bytes.subarray(position, position + 8), before, isBig);
  const begin = position + FRAME_HEADER;
  return checksum(bytes.subarray(begin, begin + pageSizeOf(bytes)), sums, isBig);
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
