import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeterEntry } from '../../../src/ports/store.js';
import { collect, inOrder, journalRows, ordersIn } from '../../../src/store/journal-records.js';
import { anEntry } from '../../contract/sample.js';

const ORDERS = ['o1', 'o"2', '__proto__', 'ö'];

describe('journal rows', () => {
  it('give back every entry of every order as it was', () => {
    const entry = fc.record({ order: fc.option(fc.constantFrom(...ORDERS)), raw: fc.string({ unit: 'binary' }) });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (made) => {
        const entries = made.map(({ order, raw }, i) => anEntry(i + 1, order ?? undefined, raw));
        const rows = journalRows(entries);
        for (const order of ORDERS) {
          const found = new Map<number, MeterEntry>();
          for (const row of rows) collect(row, order, 0, found);
          const own = entries.filter(({ orderId }) => orderId === order);
          expect(inOrder(found)).toEqual(own);
          for (const row of rows) expect(ordersIn(row.head)).toEqual(row.newest);
          expect(rows[0]?.newest.get(order)).toBe(own.at(-1)?.seq);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stay small, whatever the turn', () => {
    const raw = 'x'.repeat(900_000);
    const rows = journalRows([1, 2, 3, 4, 5].map((seq) => anEntry(seq, 'o1', raw)));
    expect(rows.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([
      [1, 2],
      [3, 4],
      [5, 5],
    ]);
    expect(journalRows([])).toEqual([]);
    expect(journalRows([anEntry(1, 'o1', 'x'.repeat(5_000_000))])).toHaveLength(1);
  });

  it('count an entry that was written twice once', () => {
    const found = new Map<number, MeterEntry>();
    for (const row of [...journalRows([anEntry(1, 'o1')]), ...journalRows([anEntry(1, 'o1')])]) {
      collect(row, 'o1', 0, found);
    }
    expect(inOrder(found)).toHaveLength(1);
  });
});
