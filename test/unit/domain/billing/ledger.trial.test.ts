import { expect, it } from 'vitest';
import { withPostings } from '../../../../src/domain/billing/ledger.js';
import { TRIAL_NETWORK } from '../../../../src/domain/model/order.js';
import { AT, completedOrder } from '../../beckn/samples.js';

it('an order of a trial is not posted, although the same order of a buyer app is', () => {
  const order = completedOrder();
  const paid = { ...order, payment: { paid: 12_420 } };
  expect(withPostings(paid, AT).ledger).not.toEqual([]);
  const trial = { ...paid, customer: { ...paid.customer, network: TRIAL_NETWORK } };
  expect(withPostings(trial, AT)).toBe(trial);
});
