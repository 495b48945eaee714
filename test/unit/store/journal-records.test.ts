import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeterEntry } from '../../../src/ports/stored-records.js';
import {
  collectEntries,
  sortedBySeq,
  toJournalRecords,
  readLatestSeqByOrder,
} from '../../../src/store/journal-records.js';
import { aMeterEntry } from '../../contract/sample.js';

const ORDERS = ['o1', 'o"2', '__proto__', 'ö'];

describe('journal rows', () => {
  it('give back every entry of every order as it was', () => {
    const entry = fc.record({ order: fc.option(fc.constantFrom(...ORDERS)), raw: fc.string({ unit: 'binary' }) });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (made) => {
        const entries = made.map(({ order, raw }, i) => aMeterEntry(i + 1, order ?? undefined, raw));
        const rows = toJournalRecords(entries);
        for (const order of ORDERS) {
          const found = new Map<number, MeterEntry>();
          for (const row of rows) collectEntries(row, order, 0, found);
          const own = entries.filter(({ orderId }) => orderId === order);
          expect(sortedBySeq(found)).toEqual(own);
          for (const row of rows) expect(readLatestSeqByOrder(row.head)).toEqual(row.latestSeqByOrder);
          expect(rows[0]?.latestSeqByOrder.get(order)).toBe(own.at(-1)?.seq);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stay small, whatever the turn', () => {
    const raw = 'x'.repeat(900_000);
    const rows = toJournalRecords([1, 2, 3, 4, 5].map((seq) => aMeterEntry(seq, 'o1', raw)));
    expect(rows.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([
      [1, 2],
      [3, 4],
      [5, 5],
    ]);
    expect(toJournalRecords([])).toEqual([]);
    expect(toJournalRecords([aMeterEntry(1, 'o1', 'x'.repeat(5_000_000))])).toHaveLength(1);
  });

  it('count an entry that was written twice once', () => {
    const found = new Map<number, MeterEntry>();
    for (const row of [...toJournalRecords([aMeterEntry(1, 'o1')]), ...toJournalRecords([aMeterEntry(1, 'o1')])]) {
      collectEntries(row, 'o1', 0, found);
    }
    expect(sortedBySeq(found)).toHaveLength(1);
  });
});
