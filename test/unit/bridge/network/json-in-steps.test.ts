import { expect, it } from 'vitest';
import { atOnce } from '../../../../src/domain/model/object.js';
import { jsonInSteps } from '../../../../src/bridge/network/json-in-steps.js';

const VALUES: readonly unknown[] = [
  null,
  'a"b\u2028',
  7.5,
  [],
  {},
  [1, [2, { a: [3, { b: 'ü' }] }]],
  { a: undefined, 'b"': { c: [{ d: null, e: true }] } },
];

it.each([0, 1, 2, 5, 20])('is the JSON of JSON.stringify, taken apart over %i levels', (depth) => {
  for (const value of VALUES) expect(atOnce(jsonInSteps(value, depth))).toBe(JSON.stringify(value));
});

it('has a step for each item of a long list', () => {
  const steps = jsonInSteps({ list: Array.from({ length: 1000 }, (_, n) => n) }, 2);
  expect([...steps]).toHaveLength(1001);
});
