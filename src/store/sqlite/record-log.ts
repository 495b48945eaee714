/** Records end to end in a journal medium, each with a checksum; what a crash tore is told from what was damaged. */
import { crc32 } from 'node:zlib';
import type { JournalRow } from '../journal-records.js';
import type { JournalMedium } from './journal-medium.js';

/**
 * Little endian: magic u32; bytes from here to the end of the write that this record is of u32, and back to its beginning
 * u32; length of head and body u32, of the head u32; highest seq so far f64; CRC-32 of the 28 bytes before it and of head
 * and body u32. Then head and body in UTF-8, then zeros up to the next eighth byte: so aligned, the first two fields never
 * lie in two sectors, one written and one not.
 */
const HEADER = 32;
const AT = { extent: 4, back: 8, length: 12, headLength: 16, topSeq: 20, crc: 28 } as const;
const ALIGN = 8;
/** No UTF-8 has its first byte; the last is the format's number. */
const MAGIC = Buffer.from([0xff, 0x4d, 0x4a, 0x01]);
/** Bytes read at once when records are read one after the other, and when one is. */
const SCAN = 1 << 18;
const PEEK = 1 << 14;

export interface LogRecord {
  readonly position: number;
  /** Where the next record begins. */
  readonly next: number;
  /** How far before `position` the write began that this record is of. */
  readonly back: number;
  /** The highest sequence number in this record and all before it. */
  readonly topSeq: number;
  readonly head: Buffer;
  readonly body: Buffer;
}

export class RecordLog {
  /** Where the next record goes. */
  end = 0;
  topSeq = 0;
  /** What was written but taken back lies up to here, and must not follow a later record. */
  private dirtyTo = 0;
  private window: { readonly start: number; readonly bytes: Buffer } | undefined;

  constructor(readonly medium: JournalMedium) {}

  /**
   * Goes through what is there from a position where a record begins, and drops what a crash left half written.
   * @errors When something that was once whole is not any more; the message names file and offset.
   */
  open(from: number, topSeq: number, visit: (record: LogRecord) => void): void {
    if (from > this.medium.size()) throw this.damaged(this.medium.size(), `it should go on to ${from}`);
    this.end = from;
    this.topSeq = topSeq;
    for (let record = this.find(from); record !== undefined; record = this.find(this.end)) {
      this.end = record.next;
      this.topSeq = Math.max(this.topSeq, record.topSeq);
      visit(record);
    }
    this.window = undefined;
    if (this.lastOf(this.end) < this.end) return;
    this.refuseDamage();
    this.medium.truncate(this.end);
    this.medium.sync();
  }

  /** Writes the rows behind the last record; they count from `keep` on. @returns Their positions. */
  append(rows: readonly JournalRow[]): { readonly positions: number[]; keep(): void } {
    const sizes = rows.map(({ head, body }) => [Buffer.byteLength(head), Buffer.byteLength(body)] as const);
    const length = sizes.reduce((sum, [head, body]) => sum + padded(HEADER + head + body), 0);
    const end = this.end + length;
    const bytes = Buffer.alloc(Math.max(length, this.dirtyTo - this.end));
    let topSeq = this.topSeq;
    let at = 0;
    const positions = rows.map((row, i) => {
      const [head, body] = sizes[i] ?? [0, 0];
      topSeq = Math.max(topSeq, row.lastSeq);
      const position = this.end + at;
      encode(bytes.subarray(at), row, { extent: length - at, back: at, topSeq, head, body });
      at += padded(HEADER + head + body);
      return position;
    });
    this.dirtyTo = Math.max(this.dirtyTo, end);
    this.window = undefined;
    this.medium.write(bytes, this.end);
    return {
      positions,
      keep: () => {
        this.end = end;
        this.topSeq = topSeq;
        this.dirtyTo = 0;
      },
    };
  }

  /** The record at a position where one was written. @errors When it is damaged. */
  at(position: number, onward = false): LogRecord {
    const record = this.find(position, onward ? SCAN : PEEK);
    if (record === undefined) throw this.damaged(position, 'there is no whole record');
    return record;
  }

  private find(position: number, ahead = SCAN): LogRecord | undefined {
    const header = this.bytes(position, HEADER, ahead);
    if (header.length < HEADER || !header.subarray(0, 4).equals(MAGIC)) return undefined;
    const length = header.readUInt32LE(AT.length);
    const headLength = header.readUInt32LE(AT.headLength);
    if (headLength > length) return undefined;
    const bytes = this.bytes(position, HEADER + length, ahead);
    if (bytes.length < HEADER + length || checksum(bytes) !== header.readUInt32LE(AT.crc)) return undefined;
    return {
      position,
      next: position + padded(HEADER + length),
      back: header.readUInt32LE(AT.back),
      topSeq: header.readDoubleLE(AT.topSeq),
      head: bytes.subarray(HEADER, HEADER + headLength),
      body: bytes.subarray(HEADER + headLength),
    };
  }

  /** Bytes that stay as they are: through a window, so that neighbours cost one read. */
  private bytes(position: number, length: number, ahead: number): Buffer {
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
   * What does not read as a record is the last write, torn, if nothing was written behind it: nobody was told of it.
   * Its sectors may be there in any combination, but nothing behind its extent, nor a record of a later write.
   */
  private refuseDamage(): void {
    const header = this.medium.read(this.end, HEADER);
    const last = this.lastOf(this.end);
    if (header.subarray(0, 4).equals(MAGIC)) {
      if (last < this.end + header.readUInt32LE(AT.extent)) return;
      throw this.damaged(this.end, 'this record is not whole, and more follows it');
    }
    const rest = this.medium.read(this.end, last + 1 - this.end);
    for (let at = rest.indexOf(MAGIC); at !== -1; at = rest.indexOf(MAGIC, at + 1)) {
      const later = at % ALIGN === 0 ? this.find(this.end + at) : undefined;
      if (later !== undefined && later.back < at) {
        throw this.damaged(this.end, `here should be a record; a later write is whole at ${this.end + at}`);
      }
    }
  }

  /** The position of the last byte from `from` on that is not zero; −1 when all are. */
  private lastOf(from: number): number {
    let last = -1;
    for (let at = from; at < this.medium.size(); at += SCAN) {
      const bytes = this.medium.read(at, SCAN);
      if (bytes.equals(Buffer.alloc(bytes.length))) continue;
      for (let i = bytes.length - 1; i >= 0; i--) {
        if (bytes[i] === 0) continue;
        last = at + i;
        break;
      }
    }
    return last;
  }

  private damaged(position: number, what: string): Error {
    return new Error(`${this.medium.name} is damaged at byte ${position}: ${what}`);
  }
}

interface Fields {
  readonly extent: number;
  readonly back: number;
  readonly topSeq: number;
  /** Bytes of head and body. */
  readonly head: number;
  readonly body: number;
}

function encode(into: Buffer, row: JournalRow, { extent, back, topSeq, head, body }: Fields): void {
  MAGIC.copy(into);
  into.writeUInt32LE(extent, AT.extent);
  into.writeUInt32LE(back, AT.back);
  into.writeUInt32LE(head + body, AT.length);
  into.writeUInt32LE(head, AT.headLength);
  into.writeDoubleLE(topSeq, AT.topSeq);
  into.write(row.head, HEADER, 'utf8');
  into.write(row.body, HEADER + head, 'utf8');
  into.writeUInt32LE(checksum(into.subarray(0, HEADER + head + body)), AT.crc);
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(HEADER), crc32(record.subarray(0, AT.crc)));
}

function padded(length: number): number {
  return Math.ceil(length / ALIGN) * ALIGN;
}
