import { beforeEach, expect, it } from 'vitest';
import { BuyerLimits, type BuyerLimitSettings } from '../../../../src/bridge/buyers/buyer-limits.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import { buyerKey, type Order } from '../../../../src/domain/model/order.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';
import { sampleOrder } from '../../beckn/samples.js';

let clock: ManualClock;
let open: Order[];
let lookedThrough: number;
beforeEach(() => {
  clock = createManualClock();
  open = [];
  lookedThrough = 0;
});

function openOrdersOf(buyer: string): Order[] {
  lookedThrough += 1;
  return open.filter(({ customer }) => buyerKey(customer) === buyer);
}

function makeLimits(change: Partial<BuyerLimitSettings>): BuyerLimits {
  return new BuyerLimits({
    orderCache: { openOrdersOf, countOpenOrdersOf: () => open.length },
    clock,
    settings: { connectorsPerBuyer: 0, startsPerConnector: 0, ...change },
  });
}

function draftAt(connectorId: number, bapId = 'bap.example'): Order {
  const order = sampleOrder({ state: 'draft' });
  const customer = { ...order.customer, bapId } as Order['customer'];
  return { ...order, customer, connector: { ...order.connector, connectorId } };
}

let orders = 0;
function admit(limits: BuyerLimits, connectorId: number, bapId = 'bap.example', id = `o${(orders += 1)}`) {
  const command = { type: 'confirm', payment: 'unstated' } as OrderCommand;
  const order = { ...draftAt(connectorId, bapId), id };
  return limits.admit({ buyer: `main/${bapId}`, orderId: id, order, command });
}

function confirm(...start: Parameters<typeof admit>) {
  const admission = admit(...start);
  return 'refusal' in admission ? admission.refusal.code : undefined;
}

function confirmInVain(...start: Parameters<typeof admit>) {
  const admission = admit(...start);
  expect(admission).not.toHaveProperty('refusal');
  if ('withdraw' in admission) admission.withdraw();
}

it('one buyer app holds no more connectors than it may, also when all requests come at once', () => {
  const limits = makeLimits({ connectorsPerBuyer: 3 });
  const codes = Array.from({ length: 30 }, (_, at) => confirm(limits, at + 1));
  expect(codes.filter((code) => code === undefined)).toHaveLength(3);
  expect(codes[3]).toBe('too-many-connectors');
  expect(confirm(limits, 40, 'other.example')).toBeUndefined();
});

it('open orders count until they end, also those of before a restart', async () => {
  open = [1, 2, 3].map((connectorId) => ({
    ...draftAt(connectorId),
    id: `o${connectorId}`,
    state: 'charging' as const,
  }));
  const limits = makeLimits({ connectorsPerBuyer: 3 });
  expect(confirm(limits, 4)).toBe('too-many-connectors');
  open = open.slice(1);
  expect(confirm(limits, 4)).toBeUndefined();
  await clock.advance(20_000);
  expect(confirm(limits, 5)).toBeUndefined();
});

it('a draft that holds its connector counts, and other drafts do not', () => {
  open = [{ ...draftAt(1), connectorHeld: true }, draftAt(2), draftAt(3)];
  const limits = makeLimits({ connectorsPerBuyer: 2 });
  expect(confirm(limits, 4)).toBeUndefined();
  expect(confirm(limits, 5)).toBe('too-many-connectors');
});

it('one connector is started no more often than it may within ten minutes', async () => {
  const limits = makeLimits({ startsPerConnector: 3 });
  for (let at = 0; at < 3; at += 1) expect(confirm(limits, 1)).toBeUndefined();
  expect(confirm(limits, 1)).toBe('started-too-often');
  expect(confirm(limits, 2)).toBeUndefined();
  expect(confirm(limits, 1, 'other.example')).toBeUndefined();
  await clock.advance(600_000);
  expect(confirm(limits, 1)).toBeUndefined();
});

it('a repeated confirm of one order counts once', () => {
  const limits = makeLimits({ connectorsPerBuyer: 1, startsPerConnector: 1 });
  for (let at = 0; at < 5; at += 1) expect(confirm(limits, 1, 'bap.example', 'same')).toBeUndefined();
});

it('orders are looked through only if there are enough of them to reach the limit', () => {
  const limits = makeLimits({ connectorsPerBuyer: 10, startsPerConnector: 30 });
  for (let connectorId = 1; connectorId <= 10; connectorId += 1) expect(confirm(limits, connectorId)).toBeUndefined();
  expect(lookedThrough).toBe(0);
  expect(confirm(limits, 11)).toBe('too-many-connectors');
  expect(lookedThrough).toBe(1);
});

it('a repeated confirm moves its start to the new time, and to the new connector', async () => {
  const limits = makeLimits({ startsPerConnector: 1 });
  expect(confirm(limits, 1, 'bap.example', 'moves')).toBeUndefined();
  await clock.advance(400_000);
  expect(confirm(limits, 2, 'bap.example', 'moves')).toBeUndefined();
  expect(confirm(limits, 1)).toBeUndefined();
  await clock.advance(400_000);
  expect(confirm(limits, 2)).toBe('started-too-often');
  await clock.advance(200_001);
  expect(confirm(limits, 2)).toBeUndefined();
});

it('a request that failed does not count', () => {
  const limits = makeLimits({ connectorsPerBuyer: 1, startsPerConnector: 1 });
  confirmInVain(limits, 1);
  expect(confirm(limits, 1)).toBeUndefined();
});

it('an earlier request of the order counts again, from its own time, once a later one has failed', async () => {
  const limits = makeLimits({ startsPerConnector: 1 });
  expect(confirm(limits, 1, 'bap.example', 'held')).toBeUndefined();
  await clock.advance(400_000);
  expect(confirm(limits, 2)).toBeUndefined();
  confirmInVain(limits, 3, 'bap.example', 'held');
  expect(confirm(limits, 1)).toBe('started-too-often');
  expect(confirm(limits, 3)).toBeUndefined();
  await clock.advance(200_000);
  expect(confirm(limits, 1)).toBeUndefined();
});

it('the failure of a request does not undo a later one of its order', () => {
  const limits = makeLimits({ startsPerConnector: 1 });
  const first = admit(limits, 1, 'bap.example', 'twice');
  expect(confirm(limits, 1, 'bap.example', 'twice')).toBeUndefined();
  if ('withdraw' in first) first.withdraw();
  expect(confirm(limits, 1)).toBe('started-too-often');
});

it.each(['charging', 'completed', 'cancelled'] as const)('a confirm of an order that is %s is a repeat', (state) => {
  const limits = makeLimits({ startsPerConnector: 1 });
  expect(confirm(limits, 1)).toBeUndefined();
  const command = { type: 'confirm', payment: 'unstated' } as OrderCommand;
  const order = { ...draftAt(1), state };
  expect(limits.admit({ buyer: 'main/bap.example', orderId: order.id, order, command })).not.toHaveProperty('refusal');
});
