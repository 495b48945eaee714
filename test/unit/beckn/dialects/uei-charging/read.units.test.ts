import { expect, it } from 'vitest';
import { ueiCharging } from '../../../../../src/beckn/dialects/uei-charging/index.js';
import { contextOf, ITEMS, PEER } from '../../samples.js';

it.each([
  ['units', 'min'],
  ['time', 'kWh'],
])('a unit of the wrong kind is refused in the description of an option too: %s in %s', (code, unit) => {
  const entry = { descriptor: { code, short_desc: unit }, value: '200' };
  const tags = [{ descriptor: { code: 'selected-charging-option' }, list: [entry] }];
  const request = ueiCharging.read('select', contextOf('select'), { order: { items: ITEMS, tags } }, PEER);
  expect(request).toMatchObject({ limit: { refusal: { code: 'option-out-of-range' } } });
});
