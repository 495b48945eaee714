import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Long simulation and `kill -9`. They run in `npm run test:full` alone. */
const LONG = 'test/**/*.long.test.ts';

/** Opens real stores again and again, which mostly waits for the disk. */
const STORES = 'test/unit/app/store/store-origin.test.ts';

/** Half of the time these tests wait for processes, sockets and leases, so two cores get four. */
const WORKERS = 2 * availableParallelism();
const OWN_PROCESS = { pool: 'forks', testTimeout: 120_000, hookTimeout: 120_000 } as const;

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['json-summary', 'html', 'text-summary'] },
    projects: [
      {
        // Quick tests that share one process.
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/{unit,property,wire}/**/*.test.ts'],
          exclude: [STORES],
          pool: 'threads',
          isolate: false,
          maxWorkers: '100%',
          testTimeout: 60_000,
        },
      },
      {
        // Tests that start processes, engines and sockets.
        test: {
          name: 'whole',
          include: ['test/{contract,conformance,e2e,simulation,fault,fuzz}/**/*.test.ts', STORES],
          exclude: [LONG],
          maxWorkers: WORKERS,
          sequence: { groupOrder: 1 },
          ...OWN_PROCESS,
        },
      },
      { test: { name: 'long', include: [LONG], sequence: { groupOrder: 2 }, ...OWN_PROCESS } },
    ],
  },
});
