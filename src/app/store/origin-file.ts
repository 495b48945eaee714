/** The file in the data folder that says which store was last used there, and how far that store had got. */
import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { syncDirectory } from '../../store/sync-directory.js';

/** The fixed size of the file, so that it can be written even on a full disk. */
const FILE_BYTES = 1024;

/** What both the store and the file record. The store is written first, so the file may be one write behind. */
export interface Mark {
  /** The name of the store. */
  readonly store: string;
  /** The number of starts so far. */
  readonly generation: number;
  /** How often the mark has been advanced since that start. Absent (counts as 0) in marks of earlier releases. */
  readonly progress?: number;
}

export interface FileMark extends Mark {
  /** The number of open orders at the last clean stop; absent if the last stop was not clean. */
  readonly openOrders?: number;
  /** The highest transaction number that may have been issued. Absent (counts as 0) in marks of earlier releases. */
  readonly lastNumber?: number;
}

export class OriginFile {
  constructor(readonly path: string) {}

  /**
   * Reads the mark, which is `undefined` if there is no file yet.
   * @param isNewStore Whether the store has no mark. If so, an empty file counts as none: the first start ended while
   *        it was creating the file.
   * @returns The mark, or what is wrong with the file.
   */
  read(isNewStore: boolean): { readonly mark: FileMark | undefined } | { readonly damage: string } {
    try {
      const text = readFileSync(this.path, 'utf8');
      if (text === '' && isNewStore) return { mark: undefined };
      if (text.trim() === '') return { damage: 'is empty' };
      const mark = parseMark(text);
      return mark ? { mark } : { damage: 'is damaged' };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return code === 'ENOENT' ? { mark: undefined } : { damage: `cannot be read (${code})` };
    }
  }

  /** Returns the file's inode and birth time, at least one of which differs in a copy; `undefined` if there is none. */
  id(): string | undefined {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    return stat && `${stat.ino}/${Math.floor(stat.birthtimeMs)}`;
  }

  /** Writes the mark durably. @errors Those of the file system. */
  async write(mark: FileMark): Promise<void> {
    // An existing file is written in place, because a new one would have another id. A new one appears as a whole.
    const isNew = this.id() === undefined;
    const path = isNew ? `${this.path}.new` : this.path;
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const bytes = Buffer.from(JSON.stringify(mark).padEnd(FILE_BYTES));
      if (fstatSync(fd).size > bytes.length) ftruncateSync(fd, bytes.length);
      writeSync(fd, bytes, 0, bytes.length, 0);
      await promisify(fdatasync)(fd);
    } finally {
      closeSync(fd);
    }
    if (!isNew) return;
    renameSync(path, this.path);
    syncDirectory(dirname(this.path));
  }
}

/** Returns `undefined` if the text is not a mark, for example because it is truncated. */
function parseMark(text: string): FileMark | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { store, generation, ...rest } = (value ?? {}) as { readonly [name: string]: unknown };
  const counts = [rest['progress'], rest['openOrders'], rest['lastNumber']];
  const isMark =
    typeof store === 'string' && isCount(generation) && counts.every((count) => count === undefined || isCount(count));
  return isMark ? (value as FileMark) : undefined;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
