/** Where the bytes of the meter journal lie: a file beside the database, or memory beside a database in memory. */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
  constants,
} from 'node:fs';
import { dirname } from 'node:path';

/** Bytes with positions. What was never written is zero. */
export interface JournalMedium {
  /** For a person who has to find it. */
  readonly name: string;
  /** Bytes that are there, zeros at the end included. */
  size(): number;
  /** Fewer bytes than asked for at the end. */
  read(position: number, length: number): Buffer;
  write(bytes: Buffer, position: number): void;
  /** Returns when all that was written would survive a loss of power. */
  sync(): void;
  truncate(size: number): void;
  close(): void;
}

/** Zeros written ahead: into blocks that are there a sync is half as long; more at once holds a turn up noticeably. */
const PREALLOCATED_BYTES = 1 << 20;

/** Opens or makes the file. */
export function openJournalFile(path: string): JournalMedium {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT);
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
        // Real zeros, not a hole: a sync into a hole has to allocate first.
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

/** Without it a new file's name may be lost with the power, and its content with it. */
function syncDirectory(folder: string): void {
  // Windows has no such call for folders, and needs none.
  if (process.platform === 'win32') return;
  const fd = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Memory that outlives a store as a file would: who keeps the database of a crashed store keeps this beside it. */
export function createMemoryJournal(): JournalMedium {
  let bytes = Buffer.alloc(0);
  let size = 0;
  return {
    name: 'the journal in memory',
    size: () => size,
    read: (position, length) => Buffer.from(bytes.subarray(position, Math.min(position + length, size))),
    write(more, position) {
      const end = position + more.length;
      if (end > bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(end)]);
      more.copy(bytes, position);
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
