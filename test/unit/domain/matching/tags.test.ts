/** Which tags of a charger count as the tag of an order. */
import { expect, it } from 'vitest';
import { classifyTag, isTagOf } from '../../../../src/domain/matching/tags.js';
import type { Order } from '../../../../src/domain/model/order.js';

const TAG = 'PAH5RMWS3KTWCUZI';

it.each([
  ['the same', TAG, true],
  ['in another case', TAG.toLowerCase(), true],
  ['with two characters appended', `${TAG}00`, true],
  ['not with three characters appended', `${TAG}000`, false],
  ['not cut', TAG.slice(0, -1), false],
  ['not empty', '', false],
  ['not another one', 'QQQQRMWS3KTWCUZI', false],
])('means an order by its tag: %s', (_title, presented, means) => {
  expect(isTagOf({ idTag: TAG }, presented)).toBe(means);
});

it('means no order that has no tag', () => {
  expect(isTagOf({}, TAG)).toBe(false);
});

it('classifies a tag by its order, then by an operator who vouches for it', () => {
  const stateIs = (state: Order['state']): Pick<Order, 'state'> => ({ state });
  expect(classifyTag(stateIs('starting'), true)).toBe('order');
  expect(classifyTag(stateIs('provisional'), true)).toBe('ended-order');
  expect(classifyTag(undefined, true)).toBe('vouched');
  expect(classifyTag(undefined, false)).toBe('unknown');
});
