import { expect, it } from 'vitest';
import { obligationsOf } from '../obligations.js';

it('every obligation has a test, and every case that a test names is an obligation', () => {
  const { list, named } = obligationsOf(import.meta.dirname, /\bTC_[A-Z]_\d+/g);
  expect(list.length).toBe(new Set(list).size);
  expect(named).toEqual(list);
});
