import { describe, expect, it } from 'vitest';
import { matchStop, type StopCandidates } from '../../../../src/domain/matching/stop-match.js';
import type { Order } from '../../../../src/domain/model/order.js';

const TAG = 'PAH5RMWS3KTWCUZI';
const order = { id: 'order-1', idTag: TAG } as Order;
const foreign = { transactionId: '7', connectorId: 2, idTag: 'CARD7', meterStartWh: 0 };
const candidates: StopCandidates = {
  open: [order],
  waiting: [],
  unmatched: [foreign],
  bootedAt: 0,
  maxPowerW: () => 22_000,
};
const stopOf = (named: { orderId?: string; idTag: string }) =>
  matchStop({ named, idTag: TAG, meterStopWh: 8_346_344, now: 0 }, candidates);

describe('a stop with the tag of an order', () => {
  it('ends a refused second start of that tag when its number names it', () => {
    expect(stopOf({ idTag: TAG })).toEqual({ kind: 'named' });
    expect(stopOf({ idTag: `${TAG.toLowerCase()}0` })).toEqual({ kind: 'named' });
  });

  it('ends the order when its number names a transaction of another tag', () => {
    expect(stopOf({ idTag: 'CARD7' })).toEqual({ kind: 'order', orderId: 'order-1', contradicts: 'no order' });
    expect(stopOf({ orderId: 'order-2', idTag: 'OTHER' })).toMatchObject({ contradicts: 'order-2' });
  });

  it('ends the order when its number names the order', () => {
    expect(stopOf({ orderId: 'order-1', idTag: TAG })).toEqual({ kind: 'order', orderId: 'order-1' });
  });
});
