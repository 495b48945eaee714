/** What every store guarantees about the filters of its lists and about the audit log. */
import { expect, it } from 'vitest';
import type { Store } from '../../src/ports/store.js';
import type { Order } from '../../src/domain/model/order.js';
import type { OfOrder, TransactionRecord } from '../../src/ports/stored-records.js';
import {
  aDiscrepancy,
  aLogEntry,
  anAuditEntry,
  anOrder,
  aPosting,
  aRating,
  aTransaction,
  nextVersion,
} from './sample.js';

interface Tools {
  readonly store: () => Store;
  readonly reopen: () => Promise<Store>;
}

const ids = (found: readonly { readonly id: string }[]): string[] => found.map(({ id }) => id);

function at(
  id: string,
  createdAt: number,
  change: Partial<Order> & { place?: Partial<Order['connector']> } = {},
): Order {
  const { place, ...rest } = change;
  const order = anOrder(id, { createdAt, ...rest });
  return { ...order, connector: { ...order.connector, ...place } };
}

function withoutOrder({ orderId: _, ...transaction }: TransactionRecord): TransactionRecord {
  return transaction;
}

const customer = (network: string, bapId: string): Order['customer'] => ({ ...anOrder('x').customer, network, bapId });

export function listFilterPromises({ store, reopen }: Tools): void {
  const save = (order: Order): Promise<void> =>
    store().commit({ orders: [{ order, expectedVersion: order.version - 1 }] });

  it('lists orders by each of their ids, their buyer app, place, state and time', async () => {
    const a = at('a', 10, { place: { chargePointId: 'cp', stationId: 's1', providerId: 'p1' } });
    const b = at('b', 20, { place: { chargePointId: 'cp/1', stationId: 's2', providerId: 'p1', connectorId: 2 } });
    const c = at('c', 30, {
      place: { chargePointId: 'cp', stationId: 's1', providerId: 'p2', connectorId: 12 },
      customer: customer('second', 'bap/with-slash'),
      becknTransactionId: 'other',
    });
    for (const order of [a, b, c]) await save(order);
    await save(nextVersion(a, 'confirmed'));
    await save(
      nextVersion(b, 'draft', { session: { transactionId: '77', meter: {} } as NonNullable<Order['session']> }),
    );
    const list = async (filter: object): Promise<string[]> => ids(await store().listOrders({ limit: 9, ...filter }));
    const check = async (): Promise<void> => {
      expect(await list({ ids: ['c', 'a', 'none'] })).toEqual(['c', 'a']);
      expect(await list({ ids: [] })).toEqual([]);
      expect(await list({ state: 'confirmed' })).toEqual(['a']);
      expect(await list({ open: true })).toEqual(['a']);
      expect(await list({ open: false })).toEqual(['c', 'b']);
      expect(await list({ network: 'main' })).toEqual(['b', 'a']);
      expect(await list({ network: 'mai' })).toEqual([]);
      expect(await list({ bapId: 'bap/with-slash' })).toEqual(['c']);
      expect(await list({ bapId: 'with-slash' })).toEqual([]);
      expect(await list({ becknTransactionId: 'other' })).toEqual(['c']);
      expect(await list({ transactionId: '77' })).toEqual(['b']);
      expect(await list({ providerId: 'p1' })).toEqual(['b', 'a']);
      expect(await list({ stationId: 's1' })).toEqual(['c', 'a']);
      expect(await list({ chargePointId: 'cp' })).toEqual(['c', 'a']);
      expect(await list({ chargePointId: 'cp/1' })).toEqual(['b']);
      expect(await list({ connectorId: 2 })).toEqual(['b']);
      expect(await list({ chargePointId: 'cp', connectorId: 1 })).toEqual(['a']);
      expect(await list({ connectors: ['cp/1', 'cp/1/2'] })).toEqual(['b', 'a']);
      expect(await list({ from: 20, until: 30 })).toEqual(['b']);
      expect(await list({ from: 10, stationId: 's1', limit: 1, after: 'c' })).toEqual(['a']);
      expect(await list({ providerId: 'p1', stationId: 's1', network: 'main', state: 'confirmed' })).toEqual(['a']);
    };
    await check();
    await reopen();
    await check();
  });

  it('lists transactions by their ids, place and time', async () => {
    await store().commit({
      transactions: [
        aTransaction('1', { receivedAt: 10, chargePointId: 'a' }),
        aTransaction('2', { receivedAt: 20, chargePointId: 'b', connectorId: 2, orderId: 'o2' }),
        aTransaction('2', { receivedAt: 30, chargePointId: 'c', startKey: 'k', orderId: 'o3' }),
      ],
    });
    const list = async (filter: object): Promise<string[]> =>
      (await store().listTransactions({ limit: 9, ...filter })).map(
        (one) => `${one.chargePointId}${one.transactionId}`,
      );
    expect(await list({ transactionId: '2' })).toEqual(['c2', 'b2']);
    expect(await list({ transactionId: '2', chargePointId: 'b' })).toEqual(['b2']);
    expect(await list({ chargePointIds: ['a', 'c'] })).toEqual(['c2', 'a1']);
    expect(await list({ chargePointIds: [] })).toEqual([]);
    expect(await list({ orderIds: ['o2', 'o1'] })).toEqual(['b2', 'a1']);
    expect(await list({ connectorId: 2 })).toEqual(['b2']);
    expect(await list({ connectors: ['a/1', 'b/1', 'c/1'] })).toEqual(['c2', 'a1']);
    expect(await list({ from: 11, until: 30 })).toEqual(['b2']);
  });

  it('lists discrepancies, log entries and ratings by their ids and time', async () => {
    await store().commit({
      discrepancies: [
        aDiscrepancy('1', { at: 1, orderId: 'o1', chargePointId: 'a' }),
        aDiscrepancy('2', { at: 2, kind: 'meter-gap', chargePointId: 'b', transactionId: 't' }),
      ],
      logEntries: [aLogEntry('1', { at: 1 }), aLogEntry('2', { at: 2, action: 'LogStatusNotification' })],
      ratings: [aRating('1', { at: 1 }), aRating('2', { at: 2, network: 'second', ratedId: 'y', category: 'Item' })],
    });
    const discrepancies = async (filter: object) => ids(await store().listDiscrepancies({ limit: 9, ...filter }));
    expect(await discrepancies({ kind: 'meter-gap' })).toEqual(['2']);
    expect(await discrepancies({ orderIds: ['o1'] })).toEqual(['1']);
    expect(await discrepancies({ chargePointIds: ['a', 'b'], from: 2 })).toEqual(['2']);
    expect(await discrepancies({ transactionId: 't' })).toEqual(['2']);
    expect(await discrepancies({ until: 2 })).toEqual(['1']);
    const log = { chargePointId: 'cp-1', kind: 'notification', limit: 9 } as const;
    expect(ids(await store().listLogEntries({ ...log, action: 'LogStatusNotification' }))).toEqual(['2']);
    expect(ids(await store().listLogEntries({ ...log, until: 2 }))).toEqual(['1']);
    const ratings = async (filter: object) => ids(await store().listRatings({ limit: 9, ...filter }));
    expect(await ratings({ network: 'second', ratedId: 'y', category: 'Item' })).toEqual(['2']);
    expect(await ratings({ bapId: 'bap', becknTransactionId: 't1', until: 2 })).toEqual(['1']);
  });

  it('lists postings by order, Beckn transaction, provider, kind and time', async () => {
    const posted = (id: string, when: number, place: Partial<Order['connector']> = {}): Order =>
      at(id, when, { place, ledger: [aPosting(1, when), { ...aPosting(1, when), kind: 'refund' }] });
    await save(posted('a', 10));
    await save(posted('b', 20, { providerId: 'p2' }));
    const list = async (filter: object): Promise<string[]> => ids(await store().listLedger({ limit: 9, ...filter }));
    expect(await list({ orderIds: ['a'] })).toEqual(['a/1/refund', 'a/1/payment']);
    expect(await list({ becknTransactionId: 'txn-b', kind: 'payment' })).toEqual(['b/1/payment']);
    expect(await list({ providerId: 'p2' })).toEqual(['b/1/refund', 'b/1/payment']);
    expect(await list({ kind: 'refund' })).toEqual(['b/1/refund', 'a/1/refund']);
    expect(await list({ kind: 'refund', after: 'b/1/refund' })).toEqual(['a/1/refund']);
    expect(await list({ from: 11, bapId: 'bap.example' })).toEqual(['b/1/refund', 'b/1/payment']);
  });

  it('lists what belongs to orders by their buyer app, network, place and Beckn transaction', async () => {
    const place = (chargePointId: string, connectorId: number) => ({ chargePointId, connectorId });
    const ledger = [aPosting(1, 5)];
    await save(at('a', 10, { place: { ...place('cp', 1), stationId: 's1' }, ledger }));
    await save(
      at('b', 20, {
        place: { ...place('cp/1', 12), stationId: 's2', providerId: 'p2' },
        customer: customer('second', 'bap/x'),
        ledger,
      }),
    );
    await store().commit({
      transactions: [
        aTransaction('1', { receivedAt: 1, ...place('cp', 1), orderId: 'a' }),
        aTransaction('2', { receivedAt: 2, ...place('cp/1', 12), orderId: 'b' }),
        withoutOrder(aTransaction('3', { receivedAt: 3, ...place('cp/1', 2) })),
      ],
      discrepancies: [
        aDiscrepancy('a', { at: 1, orderId: 'a', chargePointId: 'cp' }),
        aDiscrepancy('b', { at: 2, orderId: 'b', chargePointId: 'cp/1' }),
        aDiscrepancy('c', { at: 3, chargePointId: 'cp/1', transactionId: '3' }),
        aDiscrepancy('d', { at: 4, chargePointId: 'cp/1' }),
      ],
      ratings: [aRating('a', { at: 1, orderId: 'a' }), aRating('b', { at: 2, orderId: 'b' })],
    });
    const lists: { readonly [name: string]: (filter: object) => Promise<readonly string[]> } = {
      transactions: async (filter) =>
        (await store().listTransactions({ limit: 9, ...filter })).map(({ orderId = '-' }) => orderId),
      discrepancies: async (filter) => ids(await store().listDiscrepancies({ limit: 9, ...filter })),
      ledger: async (filter) => (await store().listLedger({ limit: 9, ...filter })).map(({ orderId }) => orderId),
      ratings: async (filter) => ids(await store().listRatings({ limit: 9, ...filter })),
    };
    const ofB: readonly OfOrder[] = [
      { bapId: 'bap/x' },
      { network: 'second' },
      { becknTransactionId: 'txn-b' },
      { providerId: 'p2' },
      { stationId: 's2' },
      { chargePointId: 'cp/1' },
      { connectorId: 12 },
      { connectors: ['cp/1/12', 'cp/2'] },
      { bapId: 'bap/x', chargePointId: 'cp/1', connectorId: 12 },
    ];
    for (const [name, list] of Object.entries(lists)) {
      for (const order of ofB) expect([name, order, await list({ order })]).toEqual([name, order, ['b']]);
      expect([name, await list({ order: { bapId: 'bap.example' } })]).toEqual([name, ['a']]);
      expect([name, await list({ order: { bapId: 'bap/x', stationId: 's1' } })]).toEqual([name, []]);
    }
    const { discrepancies } = lists;
    expect(await discrepancies?.({ connectorId: 12 })).toEqual(['b']);
    expect(await discrepancies?.({ connectorId: 2 })).toEqual(['c']);
    // A key may look like the id of another charge point: this one is connector 1 of `cp`.
    expect(await discrepancies?.({ connectors: ['cp/1/2', 'cp/1'] })).toEqual(['c', 'a']);
    expect(await discrepancies?.({ connectors: ['cp/1', 'cp/1/12'], connectorId: 1 })).toEqual(['a']);
    expect(await discrepancies?.({ connectors: [] })).toEqual([]);
    expect(await discrepancies?.({ connectorId: 1, order: { bapId: 'bap.example' }, limit: 1 })).toEqual(['a']);
    expect(await discrepancies?.({ chargePointIds: ['cp/1'], after: 'd' })).toEqual(['c', 'b']);
    expect(await discrepancies?.({ connectorId: 2, after: 'd' })).toEqual(['c']);
  });

  it('keeps what a person did, with one outcome, over a restart', async () => {
    const first = anAuditEntry('1', { at: 10 });
    const second = anAuditEntry('2', { at: 20, who: 'finance', act: 'discrepancy.close', targetKind: 'discrepancy' });
    await store().commit({ auditEntries: [first, second] });
    const done = { ...first, outcome: 'done', before: { state: 'charging' }, after: { state: 'stopping' } } as const;
    await store().commit({ auditEntries: [done] });
    await store().commit({ auditEntries: [{ ...first, outcome: 'failed' }, anAuditEntry('1')] });
    await reopen();
    expect(await store().listAudit({ limit: 9 })).toEqual([second, done]);
    expect(await store().listAudit({ limit: 1, after: '2' })).toEqual([done]);
    const list = async (filter: object): Promise<string[]> => ids(await store().listAudit({ limit: 9, ...filter }));
    expect(await list({ who: 'finance' })).toEqual(['2']);
    expect(await list({ act: 'order.stop', targetKind: 'order', targetId: 'o1', outcome: 'done' })).toEqual(['1']);
    expect(await list({ address: '127.0.0.1', from: 11 })).toEqual(['2']);
    expect(await list({ outcome: 'begun' })).toEqual(['2']);
  });
}
