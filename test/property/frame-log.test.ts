import fc from 'fast-check';
import { it } from 'vitest';
import { FrameLog } from '../../src/store/disk/frame-log.js';
import { createMemoryJournal } from '../../src/store/sqlite/journal-medium.js';
import { runs } from './runs.js';

const CAPACITY = 4_096;
const body = fc.string({ minLength: 1, maxLength: 24 });
const generation = fc.array(body, { minLength: 16, maxLength: 48, size: 'max' });

it('an intact journal is never damaged, whatever earlier generations left behind', () => {
  fc.assert(
    fc.property(fc.array(generation, { minLength: 2, maxLength: 4 }), (generations) => {
      const medium = createMemoryJournal();
      const log = new FrameLog(medium, CAPACITY);
      log.open();
      for (const bodies of generations) {
        log.clear();
        for (const [at, one] of bodies.entries()) {
          log.append([one]);
          const again = new FrameLog(medium, CAPACITY);
          const { bodies: read, damaged } = again.open();
          if (damaged.length > 0 || read.length !== at + 1 || again.used !== log.used) return false;
        }
      }
      return true;
    }),
    { numRuns: runs(500) },
  );
});
