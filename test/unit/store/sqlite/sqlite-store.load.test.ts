/** A long read yields to other work. */
import { expect, it } from 'vitest';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

it('all charge points are read in pages, with a turn of the event loop between them', async () => {
  const clock = createManualClock();
  let turns = 0;
  const store = createSqliteStore({
    path: ':memory:',
    clock: {
      ...clock,
      callSoon: (work) => {
        turns += 1;
        clock.callSoon(work);
      },
    },
  });
  await store.start();
  const chargePoints = Array.from({ length: 2500 }, (_, n) => ({
    id: `CP${String(n).padStart(5, '0')}`,
    accepted: true,
    connectors: {},
  }));
  await store.commit({ chargePoints });
  turns = 0;
  expect(await store.listChargePoints()).toEqual(chargePoints);
  expect(turns).toBeGreaterThanOrEqual(4);
  await store.stop();
});
