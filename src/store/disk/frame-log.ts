/**
 * Writes records with checksums into a file of a fixed size. The file was written out in advance, so that it takes
 * records even on a full disk. It is emptied as a whole.
 */
import { crc32 } from 'node:zlib';
import type { JournalMedium } from '../sqlite/journal-medium.js';

/**
 * The header, little endian: u32 magic; u32 generation; u32 bytes back to the beginning of the write that contains this
 * record; u32 length of the body; u32 CRC-32 of the 16 bytes before it and of the body. Four zeros and the body follow,
 * then zeros up to a multiple of eight bytes. The first record of each generation has no body. Records of an earlier
 * generation count as empty space.
 */
const HEADER = 24;
const OFFSETS = { generation: 4, writeOffset: 8, length: 12, crc: 16 } as const;
const ALIGN = 8;
/** UTF-8 text never contains the first of these bytes; the last one is the version of the format. */
const MAGIC = Buffer.from([0xff, 0x46, 0x4a, 0x01]);

interface LogRecord {
  readonly position: number;
  readonly next: number;
  readonly writeStart: number;
  readonly generation: number;
  readonly body: string;
}

/** Bytes that should be a record but are not. */
export interface DamagedPart {
  readonly position: number;
  readonly bytes: Buffer;
  /** How many intact records lie before it. */
  readonly recordsBefore: number;
}

export class FrameLog {
  readonly #medium: JournalMedium;
  readonly #capacity: number;
  #generation = 0;
  #end = 0;

  constructor(medium: JournalMedium, capacity: number) {
    this.#medium = medium;
    this.#capacity = capacity;
  }

  get used(): number {
    return this.#end;
  }

  /**
   * Reads all bodies in order, and skips damaged parts. Later appends follow the last record and any broken bytes after
   * it. A file without records gets its first one. The file is longer than the capacity if the setting has been
   * lowered.
   */
  open(): { readonly bodies: string[]; readonly damaged: readonly DamagedPart[] } {
    const bytes = this.#medium.read(0, this.#medium.size());
    const found = findRecords(bytes);
    this.#generation = found.reduce((highest, { generation }) => Math.max(highest, generation), 0);
    const records = found.filter(({ generation }) => generation === this.#generation);
    const damaged: DamagedPart[] = [];
    records.forEach((record, i) => {
      const from = records[i - 1]?.next ?? 0;
      // A record of a later write shows that the bytes before it were once complete and answered.
      if (record.position > from && record.writeStart > from)
        damaged.push({ position: from, bytes: Buffer.from(bytes.subarray(from, record.position)), recordsBefore: i });
    });
    this.#end = records.at(-1)?.next ?? 0;
    const broken = records.length === 0 ? withoutZeros(bytes) : brokenRecord(bytes, this.#end, this.#generation);
    if (broken.length > 0) damaged.push({ position: this.#end, bytes: broken, recordsBefore: records.length });
    if (records.length === 0) this.clear();
    else this.#end += Math.min(padded(broken.length), Math.max(0, this.#capacity - this.#end));
    return { bodies: records.flatMap(({ body }) => (body === '' ? [] : [body])), damaged };
  }

  /** Returns the size of a record with this body, bytes. */
  sizeOf(body: string): number {
    return padded(HEADER + Buffer.byteLength(body));
  }

  fits(bytes: number, reserve: number): boolean {
    return this.#end + bytes + reserve <= this.#capacity;
  }

  /** Writes the bodies durably, in one write. @errors Those of the file system; nothing counts as written then. */
  append(bodies: readonly string[]): void {
    const bytes = encode(bodies, this.#generation);
    this.#medium.write(bytes, this.#end);
    this.#medium.sync();
    this.#end += bytes.length;
  }

  /** Empties the log durably, with one small record. @errors Those of the file system; the records then stay. */
  clear(): void {
    const bytes = encode([''], this.#generation + 1);
    this.#medium.write(bytes, 0);
    this.#medium.sync();
    this.#generation += 1;
    this.#end = bytes.length;
  }
}

function findRecords(bytes: Buffer): LogRecord[] {
  const found: LogRecord[] = [];
  for (let at = bytes.indexOf(MAGIC); at !== -1;) {
    const record = at % ALIGN === 0 ? readRecord(bytes, at) : undefined;
    if (record) found.push(record);
    at = bytes.indexOf(MAGIC, record?.next ?? at + 1);
  }
  return found;
}

function readRecord(bytes: Buffer, position: number): LogRecord | undefined {
  if (position + HEADER > bytes.length) return undefined;
  const header = bytes.subarray(position, position + HEADER);
  const length = header.readUInt32LE(OFFSETS.length);
  const end = position + HEADER + length;
  if (end > bytes.length || header.readUInt32LE(OFFSETS.crc) !== checksum(bytes.subarray(position, end)))
    return undefined;
  return {
    position,
    next: position + padded(HEADER + length),
    writeStart: position - header.readUInt32LE(OFFSETS.writeOffset),
    generation: header.readUInt32LE(OFFSETS.generation),
    body: bytes.toString('utf8', position + HEADER, end),
  };
}

/**
 * Returns the bytes of a last record that is damaged or was never fully written; none if there is no such record. If
 * not even its magic and generation were fully written, zeros follow what was written. Otherwise the generation must
 * be the current one, because remnants of earlier generations can look like the beginning of a record, too: they may
 * begin with an old header, or with a checksum that resembles one.
 */
function brokenRecord(bytes: Buffer, position: number, current: number): Buffer {
  const header = Buffer.alloc(HEADER);
  bytes.copy(header, 0, position, position + HEADER);
  const begin = Buffer.alloc(OFFSETS.writeOffset);
  MAGIC.copy(begin);
  begin.writeUInt32LE(current, OFFSETS.generation);
  const written = begin.findIndex((byte, i) => byte !== header[i]);
  const isCutOff = written > 0 && header.subarray(written).every((byte) => byte === 0);
  const isCurrent = header[0] === MAGIC[0] && header.readUInt32LE(OFFSETS.generation) === current;
  if (!isCutOff && !isCurrent) return Buffer.alloc(0);
  return Buffer.from(bytes.subarray(position, position + HEADER + header.readUInt32LE(OFFSETS.length)));
}

/** Returns the bytes up to the last one that is not zero. */
function withoutZeros(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return Buffer.from(bytes.subarray(0, end));
}

function encode(bodies: readonly string[], generation: number): Buffer {
  const sizes = bodies.map((body) => Buffer.byteLength(body));
  const bytes = Buffer.alloc(sizes.reduce((sum, size) => sum + padded(HEADER + size), 0));
  let at = 0;
  bodies.forEach((body, i) => {
    const end = at + HEADER + (sizes[i] ?? 0);
    MAGIC.copy(bytes, at);
    bytes.writeUInt32LE(generation, at + OFFSETS.generation);
    bytes.writeUInt32LE(at, at + OFFSETS.writeOffset);
    bytes.writeUInt32LE(sizes[i] ?? 0, at + OFFSETS.length);
    bytes.write(body, at + HEADER, 'utf8');
    bytes.writeUInt32LE(checksum(bytes.subarray(at, end)), at + OFFSETS.crc);
    at += padded(end - at);
  });
  return bytes;
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(HEADER), crc32(record.subarray(0, OFFSETS.crc)));
}

function padded(length: number): number {
  return Math.ceil(length / ALIGN) * ALIGN;
}
