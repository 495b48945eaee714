/** Appends records with checksums to a journal, and distinguishes damage from a write torn by a crash. */
import { crc32 } from 'node:zlib';
import type { JournalRecord } from '../journal-records.js';
import type { JournalMedium } from './journal-medium.js';

/**
 * The header, little endian: u32 magic; u32 bytes from this record to the end of the write that contains it; u32 bytes
 * back to the beginning of that write; u32 length of head and body; u32 length of the head; f64 highest seq so
 * far; u32 CRC-32 of the 28 bytes before it and of head and body. Head and body follow in UTF-8, then zeros up to a
 * multiple of eight bytes. This alignment keeps the first two fields in one disk sector.
 */
const HEADER = 32;
const OFFSETS = { extent: 4, writeOffset: 8, length: 12, headLength: 16, topSeq: 20, crc: 28 } as const;
const ALIGN = 8;
/** UTF-8 text never contains the first of these bytes; the last one is the version of the format. */
const MAGIC = Buffer.from([0xff, 0x4d, 0x4a, 0x01]);
/** Bytes per read: when scanning records, and when reading a single one. */
const SCAN_BYTES = 1 << 18;
const PEEK_BYTES = 1 << 14;

export interface LogRecord {
  readonly position: number;
  /** Where the next record begins. */
  readonly next: number;
  /** How many bytes before `position` the write that contains this record began. */
  readonly writeOffset: number;
  /** The highest seq in this record and all before it. */
  readonly topSeq: number;
  readonly head: Buffer;
  readonly body: Buffer;
}

/** A part that was once complete and is damaged. */
export interface DamagedRecord {
  readonly position: number;
  readonly bytes: Buffer;
  /** How many records lie between the beginning of the scan and this part; an earlier damaged part counts as one. */
  readonly recordsBefore: number;
  readonly problem: string;
}

export class RecordLog {
  /** The position of the next record to write. */
  end = 0;
  topSeq = 0;
  /**
   * Where an uncommitted write ended; 0 if there is none. The next write overwrites all its bytes, so that none of
   * them remain after a later record.
   */
  private uncommittedEnd = 0;
  private window: { readonly start: number; readonly bytes: Buffer } | undefined;

  constructor(readonly medium: JournalMedium) {}

  /**
   * Scans the records from position `from`, where a record begins, and cuts off a write that a crash left unfinished.
   * @param onDamage Called with each part that was once complete and is damaged. The part is then taken out: an empty
   *   record fills its place, so that all positions stay valid.
   * @errors Throws if a part is damaged and there is no `onDamage`, or if the journal ends before `from`. The message
   *   names file and offset.
   */
  open(
    from: number,
    topSeq: number,
    visit: (record: LogRecord) => void,
    onDamage?: (part: DamagedRecord) => void,
  ): void {
    if (from > this.medium.size()) throw this.damageError(this.medium.size(), `it should go on to ${from}`);
    this.end = from;
    this.topSeq = topSeq;
    for (let count = 0; ;) {
      const record = this.readRecord(this.end);
      if (record !== undefined) {
        this.end = record.next;
        this.topSeq = Math.max(this.topSeq, record.topSeq);
        visit(record);
        count += 1;
        continue;
      }
      this.window = undefined;
      const last = this.lastNonZeroByte(this.end);
      if (last < this.end) return;
      const problem = this.findDamage(last);
      if (problem === undefined) break;
      if (!onDamage) throw this.damageError(this.end, problem);
      const end = this.nextRecordAfter(this.end, last) ?? paddedLength(last + 1);
      onDamage({
        position: this.end,
        bytes: this.medium.read(this.end, end - this.end),
        recordsBefore: count,
        problem,
      });
      this.fill(this.end, end);
    }
    this.medium.truncate(this.end);
    this.medium.sync();
  }

  /** Writes records after the last one; they count once `commit` is called. @returns Their positions. */
  append(rows: readonly JournalRecord[]): { readonly positions: number[]; commit(): void } {
    const sizes = rows.map(({ head, body }) => [Buffer.byteLength(head), Buffer.byteLength(body)] as const);
    const length = sizes.reduce((sum, [head, body]) => sum + paddedLength(HEADER + head + body), 0);
    const end = this.end + length;
    const bytes = Buffer.alloc(Math.max(length, this.uncommittedEnd - this.end));
    let topSeq = this.topSeq;
    let at = 0;
    const positions = rows.map((row, i) => {
      const [head, body] = sizes[i] ?? [0, 0];
      topSeq = Math.max(topSeq, row.lastSeq);
      const position = this.end + at;
      encodeRecord(bytes.subarray(at), row, { extent: length - at, writeOffset: at, topSeq, head, body });
      at += paddedLength(HEADER + head + body);
      return position;
    });
    this.uncommittedEnd = Math.max(this.uncommittedEnd, end);
    this.window = undefined;
    this.medium.write(bytes, this.end);
    return {
      positions,
      commit: () => {
        this.end = end;
        this.topSeq = topSeq;
        this.uncommittedEnd = 0;
      },
    };
  }

  /**
   * Returns the record that begins at a position.
   * @param onward Whether the records after it will be read too; more bytes are then read at once.
   * @errors Throws if there is no intact record.
   */
  recordAt(position: number, onward = false): LogRecord {
    const record = this.readRecord(position, onward ? SCAN_BYTES : PEEK_BYTES);
    if (record === undefined) throw this.damageError(position, 'there is no complete record');
    return record;
  }

  private readRecord(position: number, ahead = SCAN_BYTES): LogRecord | undefined {
    const header = this.readBytes(position, HEADER, ahead);
    if (header.length < HEADER || !header.subarray(0, 4).equals(MAGIC)) return undefined;
    const length = header.readUInt32LE(OFFSETS.length);
    const headLength = header.readUInt32LE(OFFSETS.headLength);
    if (headLength > length) return undefined;
    const bytes = this.readBytes(position, HEADER + length, ahead);
    if (bytes.length < HEADER + length || checksum(bytes) !== header.readUInt32LE(OFFSETS.crc)) return undefined;
    return {
      position,
      next: position + paddedLength(HEADER + length),
      writeOffset: header.readUInt32LE(OFFSETS.writeOffset),
      topSeq: header.readDoubleLE(OFFSETS.topSeq),
      head: bytes.subarray(HEADER, HEADER + headLength),
      body: bytes.subarray(HEADER + headLength),
    };
  }

  /** Reads bytes through a window, so that neighbouring records cost one read. */
  private readBytes(position: number, length: number, ahead: number): Buffer {
    const { window } = this;
    const at = window === undefined ? -1 : position - window.start;
    if (window === undefined || at < 0 || at + length > window.bytes.length) {
      const bytes = this.medium.read(position, Math.max(length, ahead));
      this.window = { start: position, bytes };
      return bytes.subarray(0, length);
    }
    return window.bytes.subarray(at, at + length);
  }

  /**
   * Returns what is wrong with the unreadable bytes at the end; `undefined` if they are a torn last write, which was
   * never acknowledged. Any of its sectors may be on disk, but no byte beyond its extent and no record of a later
   * write.
   */
  private findDamage(last: number): string | undefined {
    const header = this.medium.read(this.end, HEADER);
    if (header.subarray(0, 4).equals(MAGIC)) {
      const isTorn = last < this.end + header.readUInt32LE(OFFSETS.extent);
      if (isTorn) return undefined;
      // If the extent itself is damaged, so is the record. Otherwise the bytes beyond it belong to a later write.
      return 'this record is incomplete, and more follows it';
    }
    const rest = this.medium.read(this.end, last + 1 - this.end);
    for (let at = rest.indexOf(MAGIC); at !== -1; at = rest.indexOf(MAGIC, at + 1)) {
      const later = at % ALIGN === 0 ? this.readRecord(this.end + at) : undefined;
      if (later !== undefined && later.writeOffset < at)
        return `a record is missing; a later write is complete at ${this.end + at}`;
    }
    return undefined;
  }

  /** Returns where the next intact record begins. */
  private nextRecordAfter(position: number, last: number): number | undefined {
    const rest = this.medium.read(position, last + 1 - position);
    for (let at = rest.indexOf(MAGIC, 1); at !== -1; at = rest.indexOf(MAGIC, at + 1))
      if (at % ALIGN === 0 && this.readRecord(position + at) !== undefined) return position + at;
    return undefined;
  }

  /** Puts a record without entries in place of a damaged part. */
  private fill(from: number, end: number): void {
    const row = { firstSeq: 0, lastSeq: 0, head: '[]', body: '', latestSeqByOrder: new Map<string, number>() };
    const length = Math.max(end - from, paddedLength(HEADER + row.head.length));
    const bytes = Buffer.alloc(length);
    const body = length - HEADER - row.head.length;
    encodeRecord(bytes, row, { extent: length, writeOffset: 0, topSeq: this.topSeq, head: row.head.length, body });
    this.window = undefined;
    this.medium.write(bytes, from);
    this.medium.sync();
  }

  /** Returns the position of the last byte at or after `from` that is not zero; −1 if there is none. */
  private lastNonZeroByte(from: number): number {
    let last = -1;
    for (let at = from; at < this.medium.size(); at += SCAN_BYTES) {
      const bytes = this.medium.read(at, SCAN_BYTES);
      if (bytes.equals(Buffer.alloc(bytes.length))) continue;
      for (let i = bytes.length - 1; i >= 0; i--) {
        if (bytes[i] === 0) continue;
        last = at + i;
        break;
      }
    }
    return last;
  }

  private damageError(position: number, problem: string): Error {
    return new Error(`${this.medium.name} is damaged at byte ${position}: ${problem}`);
  }
}

interface RecordHeader {
  readonly extent: number;
  readonly writeOffset: number;
  readonly topSeq: number;
  /** Lengths in bytes. */
  readonly head: number;
  readonly body: number;
}

function encodeRecord(
  into: Buffer,
  row: JournalRecord,
  { extent, writeOffset: back, topSeq, head, body }: RecordHeader,
): void {
  MAGIC.copy(into);
  into.writeUInt32LE(extent, OFFSETS.extent);
  into.writeUInt32LE(back, OFFSETS.writeOffset);
  into.writeUInt32LE(head + body, OFFSETS.length);
  into.writeUInt32LE(head, OFFSETS.headLength);
  into.writeDoubleLE(topSeq, OFFSETS.topSeq);
  into.write(row.head, HEADER, 'utf8');
  into.write(row.body, HEADER + head, 'utf8');
  into.writeUInt32LE(checksum(into.subarray(0, HEADER + head + body)), OFFSETS.crc);
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(HEADER), crc32(record.subarray(0, OFFSETS.crc)));
}

function paddedLength(length: number): number {
  return Math.ceil(length / ALIGN) * ALIGN;
}
