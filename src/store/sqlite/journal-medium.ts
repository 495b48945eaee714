/** Stores the bytes of a journal (the meter journal or the frame journal) in a file, or in memory. */
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from '../sync-directory.js';
import { OWNER_FILE } from './connection.js';

/** Bytes that are read and written by position. Bytes that were never written read as zero. */
export interface JournalMedium {
  /** The name that error messages show. */
  readonly name: string;
  /** Size in bytes, including zeros at the end. */
  size(): number;
  /** Reads up to `length` bytes; fewer at the end. */
  read(position: number, length: number): Buffer;
  write(bytes: Buffer, position: number): void;
  /** Returns once everything written would survive a power failure. */
  sync(): void;
  truncate(size: number): void;
  close(): void;
}

/**
 * Bytes of zeros written ahead, because a sync into allocated blocks takes half as long. More of them would delay a
 * group noticeably.
 */
const PREALLOCATED_BYTES = 1 << 20;

/** Opens the journal file, or creates it. */
export function openJournalFile(path: string): JournalMedium {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, OWNER_FILE);
  let size = fstatSync(fd).size;
  if (size === 0) syncDirectory(dirname(path));
  const writeAll = (bytes: Buffer, position: number): void => {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(fd, bytes, done, bytes.length - done, position + done);
    }
  };
  return {
    name: path,
    size: () => size,
    read(position, length) {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)));
      let done = 0;
      while (done < bytes.length) {
        const count = readSync(fd, bytes, done, bytes.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return bytes.subarray(0, done);
    },
    write(bytes, position) {
      try {
        const missing = position + bytes.length - size;
        // The zeros are written out, because a sync into a hole must allocate blocks first.
        if (missing > 0) writeAll(Buffer.alloc(missing + PREALLOCATED_BYTES), size);
        size = Math.max(size, position + bytes.length + (missing > 0 ? PREALLOCATED_BYTES : 0));
        writeAll(bytes, position);
      } catch (error) {
        size = fstatSync(fd).size;
        throw error;
      }
    },
    sync: () => fdatasyncSync(fd),
    truncate(to) {
      ftruncateSync(fd, to);
      size = to;
    },
    close: () => closeSync(fd),
  };
}

/** Creates a journal in memory. Like a file it outlives its store, so that tests can reopen a crashed store. */
export function createMemoryJournal(): JournalMedium {
  let bytes = Buffer.alloc(0);
  let size = 0;
  return {
    name: 'the journal in memory',
    size: () => size,
    read: (position, length) => Buffer.from(bytes.subarray(position, Math.min(position + length, size))),
    write(added, position) {
      const end = position + added.length;
      if (end > bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(end)]);
      added.copy(bytes, position);
      size = Math.max(size, end);
    },
    sync: () => undefined,
    truncate(to) {
      bytes.fill(0, to);
      size = to;
    },
    close: () => undefined,
  };
}
