/** A frame journal in memory, which keeps its frames when it is opened again. */
import type { FrameJournal } from '../../src/ports/frame-journal.js';
import type { Clock } from '../../src/ports/runtime.js';
import { BoundedFrameJournal } from '../../src/store/disk/frame-journal.js';
import { createMemoryJournal } from '../../src/store/sqlite/journal-medium.js';

const CAPACITY_BYTES = 1 << 16;

/** Returns a function that opens the same journal each time. */
export function createJournalOpener(): (clock: Clock) => FrameJournal {
  const medium = createMemoryJournal();
  const saveFile = (path: string): string => path;
  return (clock) =>
    new BoundedFrameJournal({ openMedium: () => medium, capacityBytes: CAPACITY_BYTES, clock, saveFile }).open();
}
