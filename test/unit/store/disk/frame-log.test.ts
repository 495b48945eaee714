import { expect, it } from 'vitest';
import { FrameLog } from '../../../../src/store/disk/frame-log.js';
import { createMemoryJournal, type JournalMedium } from '../../../../src/store/sqlite/journal-medium.js';

const CAPACITY = 4_096;

function reopen(medium: JournalMedium): {
  log: FrameLog;
  bodies: string[];
  damaged: { position: number; recordsBefore: number }[];
} {
  const log = new FrameLog(medium, CAPACITY);
  const { bodies, damaged } = log.open();
  return { log, bodies, damaged: damaged.map(({ position, recordsBefore }) => ({ position, recordsBefore })) };
}

function flip(medium: JournalMedium, position: number): void {
  const bytes = medium.read(position, 1);
  medium.write(Buffer.from([(bytes[0] ?? 0) ^ 1]), position);
}

it('gives back what was appended, in order', () => {
  const medium = createMemoryJournal();
  const { log } = reopen(medium);
  log.append(['one', 'zwei ä']);
  log.append(['three']);
  expect(reopen(medium)).toMatchObject({ bodies: ['one', 'zwei ä', 'three'], damaged: [] });
});

it('is empty after a clear, whatever lies behind it', () => {
  const medium = createMemoryJournal();
  const { log } = reopen(medium);
  log.append(['one', 'two', 'three']);
  log.clear();
  expect(reopen(medium).bodies).toEqual([]);
  log.append(['four']);
  expect(reopen(medium)).toMatchObject({ bodies: ['four'], damaged: [] });
});

it('steps over a damaged record and names its place', () => {
  const medium = createMemoryJournal();
  const { log } = reopen(medium);
  log.append(['one']);
  const position = log.used;
  log.append(['two']);
  log.append(['three']);
  flip(medium, position + 25);
  expect(reopen(medium)).toMatchObject({ bodies: ['one', 'three'], damaged: [{ position, recordsBefore: 2 }] });
});

it('reports a damaged last record, and appends behind it', () => {
  const medium = createMemoryJournal();
  const { log } = reopen(medium);
  log.append(['one']);
  const position = log.used;
  log.append(['two']);
  flip(medium, position + 25);
  const again = reopen(medium);
  expect(again).toMatchObject({ bodies: ['one'], damaged: [{ position }] });
  again.log.append(['three']);
  expect(reopen(medium).bodies).toEqual(['one', 'three']);
});

it('takes a group that a crash left half written for what it is, not for damage', () => {
  const medium = createMemoryJournal();
  const { log } = reopen(medium);
  log.append(['one']);
  const position = log.used;
  log.append(['two', 'three']);
  // The sector with the first record never reached the disk.
  medium.write(Buffer.alloc(24), position);
  expect(reopen(medium)).toMatchObject({ bodies: ['one', 'three'], damaged: [] });
});

it('finds the current records although the first one is damaged', () => {
  const medium = createMemoryJournal();
  const { log } = reopen(medium);
  log.append(['old', 'old', 'old', 'old']);
  log.clear();
  log.append(['one']);
  log.append(['two']);
  flip(medium, 9);
  expect(reopen(medium)).toMatchObject({ bodies: ['one', 'two'], damaged: [{ position: 0 }] });
});

it.each([
  [1, 'is as short as that'],
  [1, 'is filled up with zeros'],
  [256, 'is filled up with zeros'],
  [257, 'is filled up with zeros'],
])('a last record that is cut off anywhere is damage: after %i clears, the file %s', (clears, how) => {
  const medium = createMemoryJournal();
  const { log } = reopen(medium);
  log.append(['old', 'old']);
  for (let i = 0; i < clears; i += 1) log.clear();
  log.append(['one']);
  const [position, whole] = [log.used, Buffer.from(medium.read(0, medium.size()))];
  log.append(['two']);
  const end = log.used - 5;
  const last = medium.read(position, end - position);
  for (let cut = 1; cut < last.length; cut += 1) {
    const copy = createMemoryJournal();
    copy.write(whole.subarray(0, position), 0);
    copy.write(last.subarray(0, cut), position);
    if (how.includes('zeros')) copy.write(Buffer.alloc(CAPACITY - position - cut), position + cut);
    expect(reopen(copy), `cut after ${cut} bytes`).toMatchObject({ bodies: ['one'], damaged: [{ position }] });
  }
});

it('a checksum that an earlier generation left behind is not taken for a broken record', () => {
  const medium = createMemoryJournal();
  const { log } = reopen(medium);
  // The second record's checksum, at 72, begins like a header, and zeros follow.
  log.append(['old', 'old-183']);
  expect(medium.read(72, 1)).toEqual(Buffer.from([0xff]));
  log.clear();
  log.append(['x'.repeat(24)]);
  expect(log.used).toBe(72);
  const again = reopen(medium);
  expect([again.damaged, again.log.used]).toEqual([[], 72]);
});

it('a file that was cut off within its first header is one damaged part', () => {
  const whole = createMemoryJournal();
  reopen(whole);
  for (let cut = 1; cut < 24; cut += 1) {
    const copy = createMemoryJournal();
    copy.write(whole.read(0, cut), 0);
    expect(reopen(copy).damaged, `cut after ${cut} bytes`).toEqual([{ position: 0, recordsBefore: 0 }]);
  }
});

it('a file without a single record is damage unless it is empty, and takes records again', () => {
  const medium = createMemoryJournal();
  medium.write(Buffer.alloc(CAPACITY), 0);
  expect(reopen(medium)).toMatchObject({ bodies: [], damaged: [] });
  medium.write(Buffer.from('not a journal'), 0);
  medium.write(Buffer.alloc(100, 7), 30);
  const again = reopen(medium);
  expect(again).toMatchObject({ bodies: [], damaged: [{ position: 0, recordsBefore: 0 }] });
  again.log.append(['one']);
  expect(reopen(medium)).toMatchObject({ bodies: ['one'], damaged: [] });
});
