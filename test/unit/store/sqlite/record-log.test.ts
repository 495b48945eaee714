import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toJournalRecords, type JournalRecord } from '../../../../src/store/journal-records.js';
import {
  createMemoryJournal,
  openJournalFile,
  type JournalMedium,
} from '../../../../src/store/sqlite/journal-medium.js';
import { RecordLog } from '../../../../src/store/sqlite/record-log.js';
import { aMeterEntry } from '../../../contract/sample.js';

const SECTOR = 512;
const rows = (...seqs: number[]): JournalRecord[] =>
  seqs.flatMap((seq) =>
    toJournalRecords([aMeterEntry(seq, `o${seq}`, `{"é": "${'x'.repeat(1_500)}", "seq": ${seq}}`)]),
  );

/** Writes each group with one write. Returns the positions of the records. */
function write(medium: JournalMedium, ...groups: number[][]): number[] {
  const log = new RecordLog(medium);
  log.open(0, 0, () => undefined);
  return groups.flatMap((group) => {
    const { positions, commit: keep } = log.append(rows(...group));
    keep();
    return positions;
  });
}

/** Opens the log as at a start. Returns the payloads found and the log. */
function found(medium: JournalMedium, from = 0): { bodies: string[]; log: RecordLog } {
  const log = new RecordLog(medium);
  const bodies: string[] = [];
  log.open(from, 0, ({ body }) => bodies.push(body.toString()));
  return { bodies, log };
}

const bodiesOf = (...seqs: number[]): string[] => rows(...seqs).map(({ body }) => body);

describe('a journal file', () => {
  let folder: string;
  let path: string;
  const open: JournalMedium[] = [];
  const medium = (): JournalMedium => {
    const file = openJournalFile(path);
    open.push(file);
    return file;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'journal-'));
    path = join(folder, 'meter');
  });
  afterEach(() => {
    for (const file of open.splice(0)) file.close();
    rmSync(folder, { recursive: true });
  });
  const change = (work: (bytes: Buffer) => void): void => {
    const bytes = readFileSync(path);
    work(bytes);
    writeFileSync(path, bytes);
  };

  it('gives back every record byte for byte, from any of them on, and the highest number', () => {
    const positions = write(medium(), [1, 2], [7], [3]);
    expect(found(medium()).bodies).toEqual(bodiesOf(1, 2, 7, 3));
    const { bodies, log } = found(medium(), positions[3]);
    expect(bodies).toEqual(bodiesOf(3));
    expect(log.topSeq).toBe(7);
    expect(log.recordAt(positions[1]!).body.toString()).toBe(bodiesOf(2)[0]);
  });

  it('is written ahead with zeros, that are no records', () => {
    write(medium(), [1]);
    const { length } = readFileSync(path);
    expect(length).toBeGreaterThan(1 << 20);
    write(medium(), [2], [3]);
    expect(readFileSync(path)).toHaveLength(length);
    expect(found(medium()).bodies).toEqual(bodiesOf(1, 2, 3));
  });

  it.for([
    ['its first sector', 0],
    ['a sector in its middle', 1],
    ['its last sectors', 2],
  ] as const)('drops the last write when a crash kept %s from the disk', ([, lost]) => {
    const [first, torn] = write(medium(), [1], [2]);
    // At a sector boundary, as on a real disk.
    const from = lost === 0 ? torn! : (Math.floor(torn! / SECTOR) + lost) * SECTOR;
    const to = lost === 2 ? from + 10 * SECTOR : (Math.floor(from / SECTOR) + 1) * SECTOR;
    change((bytes) => bytes.fill(0, from, to));
    const { bodies, log } = found(medium());
    expect(bodies).toEqual(bodiesOf(1));
    expect(log.end).toBe(torn);
    expect(log.recordAt(first!).body.toString()).toBe(bodiesOf(1)[0]);
    // No rest of it may look like damage behind the next record.
    write(medium(), [9]);
    expect(found(medium()).bodies).toEqual(bodiesOf(1, 9));
  });

  it.for([1, 2] as const)('drops a torn write of three records from its torn one on (%s)', (which) => {
    const positions = write(medium(), [1], [2, 3, 4]);
    const at = positions[which]!;
    change((bytes) => bytes.fill(0, at, at + 40));
    expect(found(medium()).bodies).toEqual(bodiesOf(...[1, 2].slice(0, which)));
  });

  it('drops a write that ends with the file', () => {
    const [, torn] = write(medium(), [1], [2]);
    truncateSync(path, torn! + 700);
    expect(found(medium()).bodies).toEqual(bodiesOf(1));
  });

  it.for([
    ['a byte of a payload', (at: number) => [at + 100, at + 101]],
    ['the beginning of a record', (at: number) => [at, at + 4]],
    ['a whole record', (at: number) => [at, at + 1_600]],
  ] as const)('with damage to %s in its middle is refused, by name and offset', ([, where]) => {
    const positions = write(medium(), [1], [2], [3, 4]);
    const [from, to] = where(positions[1]!);
    change((bytes) => bytes.fill(0, from, to));
    expect(() => found(medium())).toThrow(`${path} is damaged at byte ${positions[1]}`);
    const { log } = found(medium(), positions[2]);
    expect(() => log.recordAt(positions[1]!)).toThrow(`${path} is damaged at byte ${positions[1]}`);
  });

  it('counts an earlier damaged part as one record', () => {
    const positions = write(medium(), [1], [2], [3], [4], [5]);
    change((bytes) => [1, 3].forEach((i) => bytes.fill(0, positions[i]! + 100, positions[i]! + 101)));
    const parts: number[][] = [];
    new RecordLog(medium()).open(
      0,
      0,
      () => undefined,
      ({ position, recordsBefore }) => parts.push([position, recordsBefore]),
    );
    expect(parts).toEqual([
      [positions[1], 1],
      [positions[3], 3],
    ]);
  });

  it('that lost its end is refused by who knows better', () => {
    const positions = write(medium(), [1], [2]);
    truncateSync(path, 100);
    expect(() => found(medium(), positions[1])).toThrow(`${path} is damaged at byte 100`);
  });
});

describe('a record log', () => {
  it('writes over what was taken back, and leaves nothing of it behind', () => {
    const medium = createMemoryJournal();
    const log = new RecordLog(medium);
    log.open(0, 0, () => undefined);
    log.append(rows(1)).commit();
    log.append(rows(2, 3, 4));
    log.append(rows(5));
    log.append(rows(6)).commit();
    expect(found(medium).bodies).toEqual(bodiesOf(1, 6));
    expect(log.topSeq).toBe(6);
    log.append(rows(7)).commit();
    expect(found(medium).bodies).toEqual(bodiesOf(1, 6, 7));
  });
});
