import { beforeEach, describe, expect, it } from 'vitest';
import { BuyerLimits, type BuyerLimitSettings } from '../../../../src/bridge/buyers/buyer-limits.js';
import type { OrderCommand } from '../../../../src/domain/model/command.js';
import { buyerKey, type Order } from '../../../../src/domain/model/order.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';
import { readShippedFile } from '../../../../src/config/layers.js';
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
    settings: { connectorsPerBuyer: 0, holdsPerBuyer: 0, startsPerConnector: 0, ...change },
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

describe('connectors that are held without charging', () => {
  const held = (connectorId: number, change: Partial<Order> = {}): Order => ({
    ...draftAt(connectorId),
    id: `o${connectorId}`,
    state: 'starting',
    ...change,
  });

  it('count for one buyer app', () => {
    open = [held(1), held(2, { state: 'confirmed' }), held(3, { state: 'draft', connectorHeld: true })];
    expect(confirm(makeLimits({ holdsPerBuyer: 3 }), 4)).toBe('too-many-connectors');
    expect(confirm(makeLimits({ holdsPerBuyer: 4 }), 4)).toBeUndefined();
    expect(confirm(makeLimits({ holdsPerBuyer: 3 }), 4, 'other.example')).toBeUndefined();
    // One that the buyer app holds already is no further one.
    expect(confirm(makeLimits({ holdsPerBuyer: 3 }), 3)).toBeUndefined();
  });

  it('count while they are being saved', () => {
    const limits = makeLimits({ holdsPerBuyer: 3 });
    const codes = Array.from({ length: 30 }, (_, at) => confirm(limits, at + 1));
    expect(codes.filter((code) => code === undefined)).toHaveLength(3);
  });

  const session = {} as NonNullable<Order['session']>;
  const slot = { from: 1, until: 2 } as NonNullable<Order['slot']>;
  it.each<[string, Partial<Order>]>([
    ['charges', { state: 'charging', session }],
    ['is stopping', { state: 'stopping', session }],
    ['is booked for later', { state: 'confirmed', slot }],
    ['has been paid at our provider', { payment: { paid: 100, collectedBy: 'BPP' } }],
    ['has ended', { state: 'failed' }],
    ['is a draft without a hold', { state: 'draft' }],
  ])('do not count once the order %s', (_why, change) => {
    open = [1, 2, 3].map((connectorId) => held(connectorId, change));
    expect(confirm(makeLimits({ holdsPerBuyer: 1 }), 4)).toBeUndefined();
  });

  it('count although the buyer app says that it was paid', () => {
    open = [held(1, { payment: { paid: 100 } }), held(2, { payment: { paid: 100, collectedBy: 'BAP' } })];
    expect(confirm(makeLimits({ holdsPerBuyer: 2 }), 4)).toBe('too-many-connectors');
  });

  it('do not keep a later time from being booked', () => {
    open = [held(1)];
    const command = { type: 'confirm', payment: 'unstated', slot } as OrderCommand;
    const start = { buyer: 'main/bap.example', orderId: 'o9', command };
    const limits = makeLimits({ holdsPerBuyer: 1 });
    expect(limits.admit({ ...start, order: draftAt(9) })).not.toHaveProperty('refusal');
    const repeated = { ...command, slot: undefined } as unknown as OrderCommand;
    expect(limits.admit({ ...start, order: { ...draftAt(9), slot }, command: repeated })).not.toHaveProperty('refusal');
    expect(confirm(makeLimits({ connectorsPerBuyer: 1 }), 4)).toBe('too-many-connectors');
  });
});

it('by default, one buyer app holds 250 connectors without charging, and starts one 30 times', () => {
  const { beckn: defaults } = JSON.parse(readShippedFile('default.json')) as { beckn: BuyerLimitSettings };
  const codes = (connectors: readonly number[]) => {
    const limits = makeLimits(defaults);
    return connectors.filter((connectorId) => confirm(limits, connectorId) === undefined).length;
  };
  expect(codes(Array.from({ length: 300 }, (_, at) => at + 1))).toBe(250);
  expect(codes(Array.from({ length: 40 }, () => 1))).toBe(30);
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
