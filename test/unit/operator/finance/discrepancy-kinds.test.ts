import { expect, it } from 'vitest';
import { amountUnitOf } from '../../../../src/operator/finance/discrepancy-kinds.js';

it('an amount that may have flowed unread is in Wh', () => {
  expect(amountUnitOf('meter-missing')).toBe('Wh');
  expect(amountUnitOf('unmatched-stop')).toBeUndefined();
});
