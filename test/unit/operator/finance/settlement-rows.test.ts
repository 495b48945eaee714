import { expect, it } from 'vitest';
import { TRIAL_NETWORK, type Order } from '../../../../src/domain/model/order.js';
import type { OperatorView } from '../../../../src/operator/http/operator-view.js';
import { unbilledSums } from '../../../../src/operator/finance/settlement-rows.js';
import { AT, chargingOrder, completedOrder, sampleOrder } from '../../beckn/samples.js';

const running = chargingOrder({ id: 'running' });
const trial = chargingOrder({ id: 'trial', customer: { ...running.customer, network: TRIAL_NETWORK } });

function unbilled(orders: readonly Order[], bapId?: string): string[] {
  const view = { openOrders: () => orders } as OperatorView;
  return unbilledSums({ view }, { from: AT, until: AT + 10_000 }, bapId).map(({ orderId }) => orderId);
}

it('open orders with a session and without a bill are unbilled; a trial never is', () => {
  expect(unbilled([sampleOrder(), running, trial, completedOrder()])).toEqual(['running']);
  expect(unbilled([running, trial], running.customer.bapId)).toEqual(['running']);
  expect(unbilled([running], 'another.example')).toEqual([]);
});
