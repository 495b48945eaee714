import { expect, it } from 'vitest';
import { compileFilter } from '../../../../../src/beckn/dialects/core-2x/filter.js';

const item = { maxPowerKW: 7.4, name: '10', opensAt: '2026-01-01T06:00:00+05:30' };

it.each([
  ['@.maxPowerKW >= 50', false],
  ["@.maxPowerKW >= '50'", false],
  ["'50' > @.maxPowerKW", true],
  ["@.maxPowerKW == '7.40'", true],
  ["@.maxPowerKW == 'seven'", false],
  // Texts on both sides are names, not numbers.
  ["@.name == '10.0'", false],
  ["@.opensAt < '2026-01-01T01:00:00Z'", true],
])('%s: %s', (condition, matches) => {
  expect(compileFilter(`$[?(${condition})]`)(item)).toBe(matches);
});
