import { defineConfig } from 'vitest/config';

/** Two kinds of tests: those that share a process and are quick, and those that start processes, engines and sockets. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{architecture,docs}.test.ts', 'test/{unit,property,wire}/**/*.test.ts'],
          pool: 'threads',
          isolate: false,
          testTimeout: 15_000,
        },
      },
      {
        test: {
          name: 'whole',
          include: ['test/{contract,conformance,e2e,simulation,fault,fuzz}/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
