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

it.each(['is as short as that', 'is filled up with zeros'])(
  'a last record that is cut off anywhere is damage: the file %s',
  (how) => {
    const medium = createMemoryJournal();
    const { log } = reopen(medium);
    log.append(['old', 'old']);
    log.clear();
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
  },
);

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
