import { expect, it } from 'vitest';
import { announceDiscrepancies } from '../../../../src/app/store/announce-discrepancies.js';
import type { Discrepancy } from '../../../../src/ports/stored-records.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';

const row = (id: string, orderId?: string): Discrepancy => ({
  id,
  kind: 'meter-gap',
  at: 0,
  detail: 'x',
  ...(orderId !== undefined && { orderId }),
});

async function open() {
  const events = createEventLog();
  const inner = createSqliteStore({ path: ':memory:', clock: createManualClock() });
  await inner.start();
  return { events, inner, store: announceDiscrepancies(inner, events), opened: () => events.of('discrepancy.opened') };
}

it('a discrepancy is told of once it is saved', async () => {
  const { store, opened } = await open();
  const saving = store.commit({ discrepancies: [row('a', 'o-1'), row('b')] });
  expect(opened()).toEqual([]);
  await saving;
  expect(opened()).toEqual([
    { kind: 'meter-gap', orderId: 'o-1' },
    { kind: 'meter-gap', orderId: undefined },
  ]);
  expect(await store.discrepancy('a')).toEqual(row('a', 'o-1'));
  await store.commit({});
  expect(opened()).toHaveLength(2);
  await store.stop();
});

it('one that the store could not save is not told of, and one that is saved later is told of once', async () => {
  const { store, inner, opened } = await open();
  const { commit } = inner;
  inner.commit = () => Promise.reject(new StoreFault('disk full'));
  await expect(store.commit({ discrepancies: [row('a')] })).rejects.toThrow(StoreFault);
  expect(opened()).toEqual([]);
  inner.commit = commit;
  await store.commit({ discrepancies: [row('a')] });
  expect(opened()).toHaveLength(1);
  await store.stop();
});

it('a finding that is repeated is told of once', async () => {
  const { store, opened } = await open();
  await store.commit({ discrepancies: [row('a')] });
  await store.commit({ discrepancies: [row('a'), row('b')] });
  expect(opened()).toHaveLength(2);
  await store.closeDiscrepancy('a', 'resolved', 1);
  await store.commit({ discrepancies: [row('a')] });
  expect(opened()).toHaveLength(2);
  await store.stop();
});
