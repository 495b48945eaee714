/** The guarantees of every store, as one list of tests that runs on each of them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  RequestConflict,
  requestKey,
  StoreConflict,
  StoreFault,
  transactionCursor,
  type Store,
} from '../../src/ports/store.js';
import { buyerKey, type Order } from '../../src/domain/model/order.js';
import { listFilterPromises } from './list-filters.js';
import {
  aMeterEntry,
  anOrder,
  aPosting,
  aRating,
  aRequest,
  aLogEntry,
  aDiscrepancy,
  aTransaction,
  nextVersion,
} from './sample.js';

export interface Subject {
  /** A started store. */
  readonly store: Store;
  /** Stops the open store and starts another one on the same data. */
  reopen(): Promise<Store>;
  destroy(): Promise<void>;
}

const ODD = [
  'a/b',
  'a.b.c',
  '$where',
  '$',
  '.',
  '__proto__',
  'constructor',
  '100%',
  '%00',
  'ü-ñ-漢字-🔌',
  'o\'quote"s',
  'a|b',
  'line\nbreak',
  ' ',
  'e\u0301',
  '\u00e9',
];

export function storePromises(name: string, make: () => Promise<Subject>): void {
  describe(`${name} keeps its promises`, () => {
    let subject: Subject;
    let store: Store;
    beforeEach(async () => {
      subject = await make();
      store = subject.store;
    });
    afterEach(() => subject.destroy());

    const save = (order: Order): Promise<void> =>
      store.commit({ orders: [{ order, expectedVersion: order.version - 1 }] });
    const ids = (orders: readonly { readonly id: string }[]): string[] => orders.map(({ id }) => id);

    describe('lists', () =>
      listFilterPromises({ store: () => store, reopen: async () => (store = await subject.reopen()) }));

    describe('orders', () => {
      it('returns saved orders and nothing for unknown ids', async () => {
        const order = anOrder('o1', { billing: { name: 'Ü', list: [1, null, { deep: true }] } });
        await save(order);
        expect(await store.order('o1')).toEqual(order);
        expect(await store.order('O1')).toBeUndefined();
      });

      it('refuses a version that differs from the stored one', async () => {
        const order = anOrder('o1');
        await save(order);
        await save(nextVersion(order, 'confirmed'));
        const late = save(nextVersion(order, 'cancelled'));
        await expect(late).rejects.toBeInstanceOf(StoreConflict);
        await expect(late).rejects.toMatchObject({ kind: 'version', orderId: 'o1' });
        expect((await store.order('o1'))?.state).toBe('confirmed');
      });

      it('refuses a second insert of an id and an update of a missing order', async () => {
        await save(anOrder('o1'));
        await expect(save(anOrder('o1', { state: 'cancelled' }))).rejects.toMatchObject({ kind: 'version' });
        await expect(save(nextVersion(anOrder('o2'), 'confirmed'))).rejects.toMatchObject({ kind: 'version' });
        expect(await store.order('o2')).toBeUndefined();
      });

      it('reports a second insert that also claims a held connector as a version conflict', async () => {
        const order = anOrder('o1', { state: 'confirmed' });
        await save(order);
        await expect(save(order)).rejects.toMatchObject({ kind: 'version', orderId: 'o1' });
      });

      it('refuses a write whose version does not follow the expected one', async () => {
        const wrong = store.commit({ orders: [{ order: anOrder('o1', { version: 5 }), expectedVersion: 1 }] });
        await expect(wrong).rejects.toThrow(/version 5 does not follow 1/);
        expect(await store.order('o1')).toBeUndefined();
      });

      it('lets one order hold a connector, and another one after its release', async () => {
        const connector = anOrder('o1').connector;
        const first = anOrder('o1', { state: 'confirmed' });
        await save(first);
        await save(anOrder('o2', { connector }));
        const second = anOrder('o2', { connector });
        await expect(save(nextVersion(second, 'confirmed'))).rejects.toMatchObject({
          kind: 'connector',
          orderId: 'o2',
        });
        await expect(save(anOrder('o3', { connector, state: 'starting' }))).rejects.toMatchObject({
          kind: 'connector',
        });
        await save(anOrder('o4', { state: 'confirmed', connector: { ...connector, connectorId: 2 } }));
        await save(nextVersion(first, 'provisional'));
        await save(nextVersion(second, 'confirmed'));
        expect((await store.order('o2'))?.state).toBe('confirmed');
      });

      it('keeps a connector held by a draft from others, across a restart, until its release', async () => {
        const connector = anOrder('o1').connector;
        const holder = anOrder('o1', { connectorHeld: true });
        await save(holder);
        await save(anOrder('o2', { connector }));
        await expect(save(anOrder('o3', { connector, connectorHeld: true }))).rejects.toMatchObject({
          kind: 'connector',
        });
        store = await subject.reopen();
        await expect(save(anOrder('o4', { connector, state: 'starting' }))).rejects.toMatchObject({
          kind: 'connector',
        });
        expect((await store.openOrders()).map(({ id }) => id)).toEqual(['o1']);
        await save(nextVersion(holder, 'draft', { connectorHeld: false }));
        expect(await store.openOrders()).toEqual([]);
        await save(anOrder('o4', { connector, state: 'starting' }));
      });

      describe('a booked slot', () => {
        const HOUR = 3_600_000;
        const slotted = (id: string, from: number, until: number, change: Partial<Order> = {}): Order =>
          anOrder(id, { connector: anOrder('x').connector, state: 'confirmed', slot: { from, until }, ...change });

        it("is one order's alone; before, after and elsewhere others may book", async () => {
          await save(slotted('o1', 10 * HOUR, 11 * HOUR));
          for (const [from, until] of [
            [10 * HOUR, 11 * HOUR],
            [9 * HOUR, 10 * HOUR + 1],
            [10.9 * HOUR, 12 * HOUR],
            [10.4 * HOUR, 10.5 * HOUR],
            [9 * HOUR, 12 * HOUR],
          ] as const) {
            await expect(save(slotted('late', from, until))).rejects.toMatchObject({
              kind: 'connector',
              orderId: 'late',
            });
            expect(await store.order('late')).toBeUndefined();
          }
          await save(slotted('o2', 9 * HOUR, 10 * HOUR));
          await save(slotted('o3', 11 * HOUR, 12 * HOUR));
          await save(slotted('o4', 10 * HOUR, 11 * HOUR, { connector: anOrder('y').connector }));
        });

        it('holds the connector only once the slot has begun', async () => {
          const first = slotted('o1', 10 * HOUR, 11 * HOUR);
          await save(first);
          const walkIn = anOrder('o2', { connector: first.connector, state: 'charging' });
          await save(walkIn);
          const opened = nextVersion(first, 'starting', { slot: { from: 10 * HOUR, until: 11 * HOUR, begun: true } });
          await expect(save(opened)).rejects.toMatchObject({ kind: 'connector', orderId: 'o1' });
          await save(nextVersion(walkIn, 'completed'));
          await save(opened);
        });

        it('stays taken while its order runs, and is free after its end', async () => {
          let order = slotted('o1', 10 * HOUR, 11 * HOUR);
          await save(order);
          order = nextVersion(order, 'confirmed');
          await save(order);
          await expect(save(slotted('o2', 10 * HOUR, 11 * HOUR))).rejects.toMatchObject({ kind: 'connector' });
          await save(nextVersion(order, 'cancelled'));
          await save(slotted('o2', 10 * HOUR, 11 * HOUR));
        });

        it('goes to exactly one of many rivals, whatever part of it they request', async () => {
          const rivals = Array.from({ length: 12 }, (_, i) =>
            save(slotted(`o${i}`, 10 * HOUR + i * 60_000, 11 * HOUR + i * 60_000)),
          );
          const won = (await Promise.allSettled(rivals)).filter(({ status }) => status === 'fulfilled');
          expect(won).toHaveLength(1);
        });

        it('is held by a draft until the draft selects another time or none', async () => {
          const hold = slotted('o1', 10 * HOUR, 11 * HOUR, { state: 'draft', connectorHeld: true });
          await save(hold);
          const other = (id: string): Promise<void> => save(slotted(id, 10.5 * HOUR, 12 * HOUR));
          await expect(other('o2')).rejects.toMatchObject({ kind: 'connector' });
          const { slot: _slot, ...unslotted } = nextVersion(hold, 'starting');
          await save(unslotted);
          await other('o2');
        });

        it('survives a restart', async () => {
          await save(slotted('o1', 10 * HOUR, 11 * HOUR));
          store = await subject.reopen();
          await expect(save(slotted('o2', 10.5 * HOUR, 12 * HOUR))).rejects.toMatchObject({ kind: 'connector' });
        });
      });

      it('refuses a batch of several orders, because a decision changes one', async () => {
        const orders = ['o1', 'o2'].map((id) => ({ order: anOrder(id), expectedVersion: 0 }));
        await expect(store.commit({ orders })).rejects.toThrow(/a decision changes one order/);
        expect(await store.listOrders({ limit: 9 })).toEqual([]);
      });

      it('hands a connector over within one turn', async () => {
        const connector = anOrder('o1').connector;
        const first = anOrder('o1', { state: 'charging' });
        const second = anOrder('o2', { connector, state: 'confirmed' });
        const third = anOrder('o3', { connector, state: 'confirmed' });
        await save(first);
        await Promise.all([save(nextVersion(first, 'completed')), save(second)]);
        await Promise.all([save(nextVersion(second, 'failed')), save(third)]);
        expect((await store.order('o3'))?.state).toBe('confirmed');
      });

      it('finds the newest order of a transaction of one buyer app', async () => {
        const becknTransactionId = 't1';
        const other = { ...anOrder('o4').customer, bapId: 'other.example' };
        await save(anOrder('o1', { becknTransactionId, createdAt: 2_000 }));
        await save(anOrder('o2', { becknTransactionId, createdAt: 3_000 }));
        await save(anOrder('o3', { becknTransactionId, createdAt: 1_000 }));
        await save(anOrder('o4', { becknTransactionId, createdAt: 9_000, customer: other }));
        expect((await store.orderByTransaction('main/bap.example', 't1'))?.id).toBe('o2');
        expect(await store.orderByTransaction('main/bap.example', 'T1')).toBeUndefined();
      });

      it('keeps the buyer app of one network apart from its namesake in another', async () => {
        const becknTransactionId = 't1';
        const here = anOrder('o1', { becknTransactionId, createdAt: 1_000 });
        const there = { ...here.customer, network: 'second' };
        await save(here);
        await save(anOrder('o2', { becknTransactionId, createdAt: 2_000, customer: there }));
        expect((await store.orderByTransaction(buyerKey(here.customer), 't1'))?.id).toBe('o1');
        expect((await store.orderByTransaction(buyerKey(there), 't1'))?.customer).toEqual(there);
        expect(await store.orderByTransaction(buyerKey({ ...there, network: 'third' }), 't1')).toBeUndefined();
      });

      it('finds an idTag in any case, and allows it for one order only', async () => {
        await save(anOrder('o1', { idTag: 'ABCDEFGHIJKLMNOP2345' }));
        expect((await store.orderByIdTag('abcdefghijklmnop2345'))?.id).toBe('o1');
        expect(await store.orderByIdTag('ABCDEFGHIJKLMNOP2346')).toBeUndefined();
        await expect(save(anOrder('o2', { idTag: 'abcdefghijklmnop2345' }))).rejects.toBeInstanceOf(StoreFault);
        expect(await store.order('o2')).toBeUndefined();
        await save(anOrder('o3'));
        await save(anOrder('o4'));
      });

      it('finds an order by its last saved values, whichever of them changed', async () => {
        let order = anOrder('o1', { idTag: 'OLD', state: 'confirmed' });
        await save(order);
        const change = async (what: Partial<Order>): Promise<void> => {
          order = nextVersion(order, what.state ?? order.state, what);
          await save(order);
          expect(await store.order('o1')).toEqual(order);
        };
        await change({ becknTransactionId: 't2' });
        expect((await store.orderByTransaction('main/bap.example', 't2'))?.id).toBe('o1');
        await change({ customer: { ...order.customer, bapId: 'other.example' } });
        expect((await store.orderByTransaction('main/other.example', 't2'))?.id).toBe('o1');
        await change({ payment: { paid: 0, providerReference: 'pay-1' } });
        expect((await store.orderByPayment('pay-1'))?.id).toBe('o1');
        await change({ payment: { paid: 0, providerReference: 'pay-2' } });
        await change({ idTag: 'NEW' });
        expect((await store.orderByPayment('pay-2'))?.id).toBe('o1');
        expect(await store.orderByPayment('pay-1')).toBeUndefined();
        expect((await store.orderByIdTag('new'))?.id).toBe('o1');
        expect(await store.orderByIdTag('old')).toBeUndefined();
        const connector = { ...order.connector, connectorId: 2 };
        await change({ connector });
        await expect(save(anOrder('o2', { connector, state: 'confirmed' }))).rejects.toMatchObject({
          kind: 'connector',
        });
        await save(anOrder('o3', { createdAt: 5_000 }));
        await change({ createdAt: 9_000 });
        expect(ids(await store.listOrders({ limit: 9 }))).toEqual(['o1', 'o3']);
        await change({ state: 'starting' });
        expect(ids(await store.listOrders({ limit: 9, state: 'starting' }))).toEqual(['o1']);
        const effects = [{ kind: 'remote-stop', seq: 1, createdAt: 1, attempts: 0, dueAt: 1 }] as const;
        await change({ state: 'completed', effects });
        expect(ids(await store.openOrders())).toEqual(['o1']);
        await change({ effects: [] });
        expect(await store.openOrders()).toEqual([]);
        await change({ state: 'draft' });
        await change({ updatedAt: 10 });
        expect(await store.expireDrafts(11)).toBe(1);
      });

      it('lists orders as open while they can change or owe something', async () => {
        const effects = [{ kind: 'remote-stop', seq: 1, createdAt: 1, attempts: 0, dueAt: 1 }] as const;
        await save(anOrder('draft'));
        await save(anOrder('owing draft', { effects }));
        await save(anOrder('charging', { state: 'charging' }));
        await save(anOrder('done', { state: 'completed' }));
        await save(anOrder('owing done', { state: 'completed', effects }));
        expect(ids(await store.openOrders()).sort()).toEqual(['charging', 'owing done', 'owing draft']);
        await save(nextVersion(anOrder('charging', { state: 'charging' }), 'completed'));
        expect(ids(await store.openOrders())).not.toContain('charging');
      });

      it('expires only old drafts that owe nothing', async () => {
        const effects = [{ kind: 'remote-stop', seq: 1, createdAt: 1, attempts: 0, dueAt: 1 }] as const;
        await save(anOrder('old', { updatedAt: 4_999 }));
        await save(anOrder('new', { updatedAt: 5_000 }));
        await save(anOrder('owing', { updatedAt: 1, effects }));
        await save(anOrder('paid', { updatedAt: 1, state: 'confirmed' }));
        expect(await store.expireDrafts(5_000)).toBe(1);
        expect(await store.expireDrafts(5_000)).toBe(0);
        expect(await store.order('old')).toBeUndefined();
        expect(ids(await store.listOrders({ limit: 9 })).sort()).toEqual(['new', 'owing', 'paid']);
      });

      it('pages newest first without a gap or a repeat, including ties', async () => {
        for (let i = 0; i < 10; i++) {
          const state = i % 2 ? 'cancelled' : 'completed';
          await save(anOrder(`o${i}`, { createdAt: 1_000 + Math.floor(i / 3), state }));
        }
        const seen: Order[] = [];
        for (let after: string | undefined; ;) {
          const page = await store.listOrders({ limit: 3, ...(after === undefined ? {} : { after }) });
          if (page.length === 0) break;
          seen.push(...page);
          after = page.at(-1)?.id;
        }
        expect(new Set(ids(seen)).size).toBe(10);
        expect(seen.map((o) => o.createdAt)).toEqual(seen.map((o) => o.createdAt).sort((a, b) => b - a));
        const odd = await store.listOrders({ limit: 2, state: 'cancelled' });
        expect(odd).toHaveLength(2);
        const rest = await store.listOrders({ limit: 9, state: 'cancelled', after: odd[1]!.id });
        expect(new Set([...ids(odd), ...ids(rest)]).size).toBe(5);
      });

      it('rejects a cursor that names no order', async () => {
        await expect(store.listOrders({ limit: 3, after: 'no such' })).rejects.toBeInstanceOf(RangeError);
        await expect(store.listTransactions({ limit: 3, after: '%' })).rejects.toBeInstanceOf(RangeError);
        await expect(store.listDiscrepancies({ limit: 3, after: 'no such' })).rejects.toBeInstanceOf(RangeError);
      });

      it('stores an order of a megabyte', async () => {
        const order = anOrder('big', { passthrough: { text: 'é"\\'.repeat(350_000) } });
        await save(order);
        expect(await store.order('big')).toEqual(order);
      });
    });

    describe('batches', () => {
      const whole = (order: Order) => ({
        meterEntries: [aMeterEntry(store.nextJournalSeq(), order.id)],
        transactions: [aTransaction(`t-${order.id}`, { orderId: order.id })],
        orders: [{ order, expectedVersion: order.version - 1 }],
        requests: [aRequest(`r-${order.id}`)],
        chargePoints: [{ id: `cp-${order.id}`, accepted: true, connectors: {} }],
        discrepancies: [aDiscrepancy(`discrepancy-${order.id}`)],
        logEntries: [aLogEntry(`log-entry-${order.id}`)],
        ratings: [aRating(`rating-${order.id}`)],
      });
      const traces = async (id: string): Promise<unknown[]> => [
        ...(await store.meterEntriesOf(id)),
        await store.transaction('cp-1', `t-${id}`),
        await store.request(`r-${id}`),
        await store.chargePoint(`cp-${id}`),
        ...(await store.listDiscrepancies({ limit: 99 })).filter((found) => found.id === `discrepancy-${id}`),
        await store.logEntry(`log-entry-${id}`),
        ...(await store.listRatings({ limit: 99 })).filter((rating) => rating.id === `rating-${id}`),
      ];

      it('write all of their fields', async () => {
        await store.commit(whole(anOrder('o1')));
        expect((await traces('o1')).filter((trace) => trace !== undefined)).toHaveLength(7);
        expect((await store.order('o1'))?.version).toBe(1);
      });

      it('leave nothing behind after a conflict', async () => {
        await save(anOrder('o1'));
        await save(nextVersion(anOrder('o1'), 'confirmed'));
        await expect(store.commit(whole(nextVersion(anOrder('o1'), 'cancelled')))).rejects.toBeInstanceOf(
          StoreConflict,
        );
        expect((await traces('o1')).filter((trace) => trace !== undefined)).toEqual([]);
      });

      it('leave nothing behind if their order loses the connector', async () => {
        const connector = anOrder('x').connector;
        await save(anOrder('held', { connector, state: 'charging' }));
        const late = store.commit(whole(anOrder('o1', { connector, state: 'confirmed' })));
        await expect(late).rejects.toMatchObject({ kind: 'connector' });
        expect((await traces('o1')).filter((trace) => trace !== undefined)).toEqual([]);
      });

      it('of one turn succeed despite the conflict of another', async () => {
        const connector = anOrder('x').connector;
        await save(anOrder('held', { connector, state: 'charging' }));
        const results = await Promise.allSettled([
          save(anOrder('a')),
          save(anOrder('b', { connector, state: 'confirmed' })),
          save(anOrder('c')),
          save(nextVersion(anOrder('d'), 'confirmed')),
          store.appendMeterEntry(aMeterEntry(store.nextJournalSeq(), 'held')),
          store.commit(whole(anOrder('e'))),
        ]);
        expect(results.map(({ status }) => status[0])).toEqual(['f', 'r', 'f', 'r', 'f', 'f']);
        expect(ids(await store.listOrders({ limit: 9 })).sort()).toEqual(['a', 'c', 'e', 'held']);
        expect(await store.meterEntriesOf('held')).toHaveLength(1);
        expect((await traces('e')).filter((trace) => trace !== undefined)).toHaveLength(7);
      });

      it('of one turn apply to one order in sequence', async () => {
        const [v1, v2] = [anOrder('o1'), nextVersion(anOrder('o1'), 'confirmed')];
        const v3 = nextVersion(v2, 'starting');
        const batch = (order: Order) => store.commit({ ...whole(order) });
        const results = await Promise.allSettled([batch(v1), batch(v2), batch(v2), batch(v3)]);
        expect(results.map(({ status }) => status[0])).toEqual(['f', 'f', 'r', 'f']);
        expect((await store.order('o1'))?.state).toBe('starting');
      });

      it('let exactly one of many rivals take a connector', async () => {
        const connector = anOrder('x').connector;
        const rivals = Array.from({ length: 20 }, (_, i) => save(anOrder(`o${i}`, { connector, state: 'confirmed' })));
        const results = await Promise.allSettled(rivals);
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(await store.openOrders()).toHaveLength(1);
      });

      it('succeed by the hundred', async () => {
        const orders = Array.from({ length: 300 }, (_, i) => anOrder(`o${i}`));
        await Promise.all(orders.map(save));
        await Promise.all(orders.map((order) => save(nextVersion(order, 'confirmed'))));
        const open = await (await subject.reopen()).openOrders();
        expect(open).toHaveLength(300);
        expect(open.every(({ version }) => version === 2)).toBe(true);
      });

      it('may be empty', async () => {
        await store.commit({});
      });
    });

    describe('after a reopening', () => {
      it('all data is present', async () => {
        const order = anOrder('o1', { state: 'charging' });
        const entry = aMeterEntry(store.nextJournalSeq(), 'o1');
        await store.commit({
          meterEntries: [entry],
          transactions: [aTransaction('t1')],
          orders: [{ order, expectedVersion: 0 }],
          requests: [aRequest('r1')],
          chargePoints: [{ id: 'cp-1', accepted: true, connectors: {} }],
          discrepancies: [aDiscrepancy('discrepancy-1')],
        });
        await store.putValue('v', { a: 1 });
        const again = await subject.reopen();
        expect(await again.order('o1')).toEqual(order);
        expect(await again.openOrders()).toEqual([order]);
        expect(await again.meterEntriesOf('o1')).toEqual([entry]);
        expect(await again.transaction('cp-1', 't1')).toEqual(aTransaction('t1'));
        expect(await again.request('r1')).toEqual(aRequest('r1'));
        expect(await again.chargePoint('cp-1')).toEqual({ id: 'cp-1', accepted: true, connectors: {} });
        expect(await again.listDiscrepancies({ limit: 9 })).toEqual([aDiscrepancy('discrepancy-1')]);
        expect(await again.value('v')).toEqual({ a: 1 });
      });

      it('the claim of a connector persists', async () => {
        const held = anOrder('o1', { state: 'charging' });
        await save(held);
        store = await subject.reopen();
        const rival = anOrder('o2', { state: 'confirmed', connector: held.connector });
        await expect(save(rival)).rejects.toMatchObject({ kind: 'connector' });
      });

      it('writes that were pending at the stop are present', async () => {
        const waiting = Promise.all([
          save(anOrder('o1')),
          store.appendMeterEntry(aMeterEntry(store.nextJournalSeq(), 'o1')),
        ]);
        const again = await subject.reopen();
        await waiting;
        expect(await again.order('o1')).toBeDefined();
        expect(await again.meterEntriesOf('o1')).toHaveLength(1);
      });

      it('a stopped store refuses calls and reports that it is not healthy', async () => {
        expect(store.isHealthy()).toBe(true);
        await store.stop();
        expect(store.isHealthy()).toBe(false);
        await expect(save(anOrder('o1'))).rejects.toBeInstanceOf(StoreFault);
        await expect(store.appendMeterEntry(aMeterEntry(1, 'o1'))).rejects.toBeInstanceOf(StoreFault);
        await expect(store.order('o1')).rejects.toBeInstanceOf(StoreFault);
        await expect(store.nextNumber('transactionId')).rejects.toBeInstanceOf(StoreFault);
      });
    });

    describe('the ledger', () => {
      const keys = async (page: Parameters<Store['listLedger']>[0]): Promise<string[]> =>
        (await store.listLedger(page)).map(({ id }) => id);

      it('lists the complete postings of an order, newest first, page by page', async () => {
        const order = anOrder('o1', { ledger: [aPosting(1, 1000)] });
        await save(order);
        await save(nextVersion(order, 'confirmed', { ledger: [...(order.ledger ?? []), aPosting(2, 3000, 40)] }));
        await save(anOrder('a/b', { ledger: [aPosting(1, 2000)] }));
        await save(anOrder('o3'));
        const all = ['o1/2/payment', 'a/b/1/payment', 'o1/1/payment'];
        expect(await keys({ limit: 10 })).toEqual(all);
        expect(await keys({ limit: 1 })).toEqual(all.slice(0, 1));
        expect(await keys({ limit: 2, after: 'o1/2/payment' })).toEqual(all.slice(1));
        expect(await keys({ limit: 2, after: 'a/b/1/payment' })).toEqual(all.slice(2));
        await expect(keys({ limit: 2, after: 'o1/9/payment' })).rejects.toBeInstanceOf(RangeError);
        expect((await store.listLedger({ limit: 1 }))[0]).toEqual({
          id: 'o1/2/payment',
          orderId: 'o1',
          bapId: 'bap.example',
          becknTransactionId: 'txn-o1',
          providerId: 'p1',
          currency: 'INR',
          ...aPosting(2, 3000, 40),
        });
        store = await subject.reopen();
        expect(await keys({ limit: 10 })).toEqual(all);
      });

      it('orders postings of one moment, and keeps them apart by buyer app and by time', async () => {
        const customer = { ...anOrder('x').customer, bapId: '$other' };
        await save(anOrder('o1', { ledger: [aPosting(1, 1000)] }));
        await save(anOrder('o2', { customer, ledger: [aPosting(1, 1000)] }));
        await save(anOrder('o3', { customer, ledger: [aPosting(1, 2000)] }));
        expect(await keys({ limit: 10, from: 1000, until: 2000 })).toEqual(['o2/1/payment', 'o1/1/payment']);
        expect(await keys({ limit: 10, from: 1000, until: 2000, after: 'o2/1/payment' })).toEqual(['o1/1/payment']);
        expect(await keys({ limit: 10, from: 1001 })).toEqual(['o3/1/payment']);
        expect(await keys({ limit: 10, bapId: '$other' })).toEqual(['o3/1/payment', 'o2/1/payment']);
      });

      it('posts nothing from a refused save', async () => {
        const connector = anOrder('o1').connector;
        const order = anOrder('o1', { state: 'confirmed', ledger: [aPosting(1, 1000)] });
        await save(order);
        const late = { ...nextVersion(order, 'confirmed'), ledger: [aPosting(1, 1000), aPosting(2, 2000)] };
        await save(nextVersion(order, 'charging'));
        await expect(save(late)).rejects.toMatchObject({ kind: 'version' });
        const rival = anOrder('o2', { connector, state: 'confirmed', ledger: [aPosting(1, 1000)] });
        await expect(save(rival)).rejects.toMatchObject({ kind: 'connector' });
        expect(await keys({ limit: 10 })).toEqual(['o1/1/payment']);
      });

      it('lists a posting once, although every later save carries it', async () => {
        let order = anOrder('o1', { ledger: [aPosting(1, 1000)] });
        await save(order);
        for (const state of ['confirmed', 'charging', 'completed'] as const)
          await save((order = nextVersion(order, state)));
        expect(await keys({ limit: 10 })).toEqual(['o1/1/payment']);
      });
    });

    describe('requests', () => {
      const owed = { action: 'on_search', attempts: 0, dueAt: 1, giveUpAt: 9, responsePlan: { $in: [1] } } as const;

      it('are found by their key, and owed ones are listed', async () => {
        const key = requestKey('bap.example', 'search', 'm/1');
        await store.commit({ requests: [aRequest(key, { owed }), aRequest('other')] });
        expect(await store.request(key)).toEqual(aRequest(key, { owed }));
        expect(await store.request('none')).toBeUndefined();
        expect(await store.owedRequests()).toEqual([aRequest(key, { owed })]);
        await store.commit({ requests: [aRequest(key)] });
        expect(await store.owedRequests()).toEqual([]);
        expect(await store.request(key)).toEqual(aRequest(key));
      });

      it('are accepted once: of two deliveries at the same moment one is refused with all that it brings', async () => {
        const deliveries = ['o1', 'o2', 'o3'].map((id) =>
          store.commit({
            acceptedRequest: aRequest('k', { digest: id }),
            orders: [{ order: anOrder(id), expectedVersion: 0 }],
            ratings: [aRating(id)],
          }),
        );
        const outcomes = await Promise.allSettled(deliveries);
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
        for (const outcome of outcomes.slice(1))
          expect(outcome).toMatchObject({ reason: { name: 'RequestConflict', key: 'k' } });
        expect(ids(await store.listOrders({ limit: 9 }))).toEqual(['o1']);
        expect(ids(await store.listRatings({ limit: 9 }))).toEqual(['o1']);
        expect((await store.request('k'))?.digest).toBe('o1');
      });

      it.each([
        ['an order', { orders: [{ order: anOrder('first'), expectedVersion: 0 }] }],
        ['no order', {}],
        ['no order but a rating', { ratings: [aRating('first')] }],
      ])(
        'that were accepted with %s are refused later, with an order or without, also after a restart',
        async (_, batch) => {
          await store.commit({ ...batch, acceptedRequest: aRequest('k', { owed }) });
          for (let round = 0; round < 2; round++) {
            const again = store.commit({
              acceptedRequest: aRequest('k'),
              orders: [{ order: anOrder('again'), expectedVersion: 0 }],
            });
            await expect(again).rejects.toBeInstanceOf(RequestConflict);
            await expect(store.commit({ acceptedRequest: aRequest('k') })).rejects.toBeInstanceOf(RequestConflict);
            expect(await store.order('again')).toBeUndefined();
            expect(await store.owedRequests()).toEqual([aRequest('k', { owed })]);
            store = await subject.reopen();
          }
          await store.commit({ requests: [aRequest('k')] });
          expect(await store.owedRequests()).toEqual([]);
        },
      );

      it('are not accepted by an order whose write was refused, and can be accepted afterwards', async () => {
        await save(anOrder('o1', { state: 'confirmed' }));
        const { connector } = anOrder('o1');
        const busy = { order: anOrder('o2', { connector, state: 'confirmed' }), expectedVersion: 0 };
        const stale = { order: nextVersion(anOrder('o1', { version: 4 }), 'starting'), expectedVersion: 4 };
        for (const refused of [busy, stale]) {
          const commit = store.commit({ acceptedRequest: aRequest('k'), orders: [refused] });
          await expect(commit).rejects.toBeInstanceOf(StoreConflict);
          expect(await store.request('k')).toBeUndefined();
        }
        const next = { order: nextVersion(anOrder('o1'), 'starting'), expectedVersion: 1 };
        await store.commit({ acceptedRequest: aRequest('k'), orders: [next] });
        expect(await store.request('k')).toEqual(aRequest('k'));
      });

      it('of one order follow each other', async () => {
        let order = anOrder('o1');
        for (let version = 1; version <= 4; version++) {
          const write = { order, expectedVersion: version - 1 };
          await store.commit({ acceptedRequest: aRequest(`k${version}`), orders: [write] });
          order = nextVersion(order, 'draft');
        }
        store = await subject.reopen();
        for (let version = 1; version <= 4; version++) expect(await store.request(`k${version}`)).toBeDefined();
      });

      it('are deleted once settled and old', async () => {
        await store.commit({
          requests: [
            aRequest('old', { receivedAt: 4_999 }),
            aRequest('new', { receivedAt: 5_000 }),
            aRequest('owed', { receivedAt: 1, owed }),
          ],
        });
        expect(await store.expireRequests(5_000)).toBe(1);
        expect(await store.request('old')).toBeUndefined();
        expect(await store.request('new')).toBeDefined();
        expect(await store.request('owed')).toBeDefined();
      });
    });

    describe('transactions', () => {
      it('are unique by charge point and id, and replaced by a repeat', async () => {
        const stop = { meterStopWh: 500, at: 2_000, receivedAt: 2_001, reason: 'Local' };
        await store.commit({ transactions: [aTransaction('1'), aTransaction('1', { chargePointId: 'cp-2' })] });
        await store.commit({ transactions: [aTransaction('1', { stop })] });
        expect(await store.transaction('cp-1', '1')).toEqual(aTransaction('1', { stop }));
        expect((await store.transaction('cp-2', '1'))?.stop).toBeUndefined();
        expect(await store.transaction('cp-3', '1')).toBeUndefined();
      });

      it('are found by their start key', async () => {
        await store.commit({ transactions: [aTransaction('1'), aTransaction('2')] });
        expect((await store.transactionByStartKey('start-2'))?.transactionId).toBe('2');
        expect(await store.transactionByStartKey('start-3')).toBeUndefined();
      });

      it('are listed newest first, by charge point, open, unmatched, page by page', async () => {
        const stop = { at: 2_000, receivedAt: 2_001, reason: 'Local' };
        const { orderId: _none, ...unmatched } = aTransaction('3', { receivedAt: 3 });
        await store.commit({
          transactions: [
            aTransaction('1', { receivedAt: 1 }),
            aTransaction('2', { receivedAt: 2, stop }),
            unmatched,
            aTransaction('4', { receivedAt: 4, chargePointId: 'cp|2' }),
          ],
        });
        const list = async (filter: object) =>
          (await store.listTransactions({ limit: 9, ...filter })).map((t) => t.transactionId);
        expect(await list({})).toEqual(['4', '3', '2', '1']);
        expect(await list({ chargePointId: 'cp|2' })).toEqual(['4']);
        expect(await list({ open: true })).toEqual(['4', '3', '1']);
        expect(await list({ unmatched: true })).toEqual(['3']);
        const after = transactionCursor({ chargePointId: 'cp|2', transactionId: '4' });
        expect(await list({ after, limit: 2 })).toEqual(['3', '2']);
      });
    });

    describe('the meter log', () => {
      it('returns the entries of an order in sequence, byte for byte', async () => {
        const raw = ' {"v" : 1.0,\n "t":"\\u00e9 é 🔌", "n": 1e2}\t';
        const entries = [1, 2, 3, 4, 5].map(() => {
          const seq = store.nextJournalSeq();
          return aMeterEntry(seq, seq % 2 ? 'odd' : 'even', `${raw}${seq}`);
        });
        await Promise.all(entries.slice(2).map((entry) => store.appendMeterEntry(entry)));
        await store.commit({ meterEntries: entries.slice(0, 2) });
        expect(await store.meterEntriesOf('odd')).toEqual(entries.filter((_, i) => i % 2 === 0));
        expect(await store.meterEntriesOf('even')).toEqual(entries.filter((_, i) => i % 2 === 1));
        expect(await store.meterEntriesOf('none')).toEqual([]);
      });

      it('continues after a sequence number', async () => {
        const seqs = Array.from({ length: 6 }, () => store.nextJournalSeq());
        await Promise.all(seqs.slice(0, 3).map((seq) => store.appendMeterEntry(aMeterEntry(seq, 'o1'))));
        await Promise.all(seqs.slice(3).map((seq) => store.appendMeterEntry(aMeterEntry(seq, 'o1'))));
        for (const [i, seq] of seqs.entries()) {
          const rest = await store.meterEntriesOf('o1', seq);
          expect(rest.map((entry) => entry.seq)).toEqual(seqs.slice(i + 1));
        }
      });

      it('stores entries without an order', async () => {
        await store.appendMeterEntry(aMeterEntry(store.nextJournalSeq(), undefined));
        expect(await store.meterEntriesOf('undefined')).toEqual([]);
        expect(await store.meterEntriesOf('')).toEqual([]);
      });

      it('keeps all entries of an ended order, including late ones, across reopenings', async () => {
        const append = (orderId: string) => store.appendMeterEntry(aMeterEntry(store.nextJournalSeq(), orderId));
        const order = anOrder('o1', { state: 'charging' });
        await save(order);
        await append('o1');
        await append('other');
        store = await subject.reopen();
        await append('o1');
        await append('other');
        const batch = { meterEntries: [aMeterEntry(store.nextJournalSeq(), 'o1')] };
        await store.commit({ ...batch, orders: [{ order: nextVersion(order, 'completed'), expectedVersion: 1 }] });
        expect(await store.meterEntriesOf('o1')).toHaveLength(3);
        await append('other');
        await append('o1');
        await append('never saved');
        await append('never saved');
        expect(await store.meterEntriesOf('o1')).toHaveLength(4);
        store = await subject.reopen();
        expect(await store.meterEntriesOf('o1')).toHaveLength(4);
        expect(await store.meterEntriesOf('never saved')).toHaveLength(2);
        await append('o1');
        expect(await store.meterEntriesOf('o1')).toHaveLength(5);
        expect(await store.meterEntriesOf('other')).toHaveLength(3);
      });

      it('numbers entries in rising sequence, also across reopenings', async () => {
        const first = store.nextJournalSeq();
        const second = store.nextJournalSeq();
        expect(first).toBeGreaterThan(0);
        expect(second).toBeGreaterThan(first);
        await store.commit({ meterEntries: [aMeterEntry(second, 'o1'), aMeterEntry(first, 'o1')] });
        store = await subject.reopen();
        expect(store.nextJournalSeq()).toBeGreaterThan(second);
      });

      it('never reuses a number that an open order has already counted', async () => {
        const meter = {
          registerWh: 0,
          energyWh: 0,
          at: 0,
          receivedAt: 0,
          relative: false,
          resets: 0,
          rejectedReadings: 0,
        };
        const session = {
          transactionId: '1',
          startKey: 'k',
          meterStartWh: 0,
          startedAt: 0,
          startReceivedAt: 0,
          meter: { ...meter, journalSeq: 77 },
        };
        await save(anOrder('o1', { state: 'charging', session }));
        store = await subject.reopen();
        expect(store.nextJournalSeq()).toBeGreaterThan(77);
      });

      it('accepts many megabytes of payloads in one turn', async () => {
        const raw = `"${'x'.repeat(900_000)}"`;
        const entries = Array.from({ length: 25 }, () => aMeterEntry(store.nextJournalSeq(), 'big', raw));
        await Promise.all(entries.map((entry) => store.appendMeterEntry(entry)));
        const kept = await store.meterEntriesOf('big');
        expect(kept.map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq));
        expect(kept.every((entry) => entry.raw === raw)).toBe(true);
      });
    });

    describe('numbers', () => {
      it('are positive, rising and unique across reopenings and concurrent calls', async () => {
        const numbers: number[] = [];
        for (let i = 0; i < 3; i++) {
          const concurrent = Array.from({ length: 1_500 }, () => store.nextNumber('transactionId'));
          numbers.push(...(await Promise.all(concurrent)));
          store = await subject.reopen();
        }
        expect(new Set(numbers).size).toBe(4_500);
        expect(numbers[0]).toBeGreaterThan(0);
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        // Numbers are reserved in blocks, so a restart skips at most the rest of a block.
        expect(numbers.at(-1)).toBeLessThan(4_500 + 3 * 1_000);
      });
    });

    describe('charge points', () => {
      it('are replaced as a whole and listed', async () => {
        const connectors = { '1': { status: 'Available', errorCode: 'NoError', at: 1 } } as const;
        await store.commit({ chargePoints: [{ id: 'b', accepted: false, connectors: {} }] });
        await store.commit({ chargePoints: [{ id: 'a', accepted: true, connectors, boot: { 'firm.ware': '$1' } }] });
        await store.commit({ chargePoints: [{ id: 'b', accepted: true, connectors }] });
        expect(await store.listChargePoints()).toEqual([
          { id: 'a', accepted: true, connectors, boot: { 'firm.ware': '$1' } },
          { id: 'b', accepted: true, connectors },
        ]);
        expect(await store.chargePoint('c')).toBeUndefined();
      });
    });

    describe('discrepancies', () => {
      it('stay open until closed once, and no repeat reopens them', async () => {
        await store.commit({
          discrepancies: [aDiscrepancy('1', { at: 1 }), aDiscrepancy('2', { at: 2 }), aDiscrepancy('3', { at: 3 })],
        });
        expect(ids(await store.listDiscrepancies({ limit: 2 }))).toEqual(['3', '2']);
        expect(ids(await store.listDiscrepancies({ limit: 2, after: '2' }))).toEqual(['1']);
        const closed = aDiscrepancy('2', { at: 2, closedAt: 50, closedNote: 'paid back' });
        expect(await store.closeDiscrepancy('2', 'paid back', 50)).toEqual(closed);
        expect(await store.closeDiscrepancy('2', 'again', 60)).toEqual(closed);
        expect(await store.closeDiscrepancy('none', 'x', 60)).toBeUndefined();
        expect(await store.discrepancy('2')).toEqual(closed);
        expect(await store.discrepancy('none')).toBeUndefined();
        await store.commit({ discrepancies: [aDiscrepancy('2', { at: 2 }), aDiscrepancy('3', { at: 3, amount: 7 })] });
        expect(ids(await store.listDiscrepancies({ limit: 9, open: true }))).toEqual(['3', '1']);
        expect(await store.listDiscrepancies({ limit: 9 })).toEqual([
          aDiscrepancy('3', { at: 3, amount: 7 }),
          closed,
          aDiscrepancy('1', { at: 1 }),
        ]);
      });
    });

    describe('ratings', () => {
      it('are listed newest first, for all orders or one, and replaced by their id', async () => {
        const ratings = [
          aRating('1', { at: 1 }),
          aRating('2', { at: 2, orderId: 'o1' }),
          aRating('3', { at: 2, orderId: 'o2' }),
          aRating('4', { at: 3, orderId: 'o1' }),
        ];
        await store.commit({ ratings });
        expect(ids(await store.listRatings({ limit: 3 }))).toEqual(['4', '3', '2']);
        expect(await store.listRatings({ limit: 3, after: '2' })).toEqual([ratings[0]]);
        expect(ids(await store.listRatings({ limit: 3, orderId: 'o1' }))).toEqual(['4', '2']);
        expect(ids(await store.listRatings({ limit: 3, orderId: 'o1', after: '4' }))).toEqual(['2']);
        await expect(store.listRatings({ limit: 2, after: 'none' })).rejects.toBeInstanceOf(RangeError);
        const replacement = aRating('1', { at: 9, value: 2, orderId: 'o2' });
        await store.commit({ ratings: [replacement] });
        store = await subject.reopen();
        expect(ids(await store.listRatings({ limit: 9, orderId: 'o2' }))).toEqual(['1', '3']);
        expect((await store.listRatings({ limit: 1 }))[0]).toEqual(replacement);
      });
    });

    describe('log entries of a charge point', () => {
      it('are listed by charge point and kind, newest first, page by page', async () => {
        const entries = [
          aLogEntry('1', { at: 1 }),
          aLogEntry('2', { at: 2 }),
          aLogEntry('3', { at: 2 }),
          aLogEntry('4', { at: 3, kind: 'command' }),
          aLogEntry('5', { at: 4, chargePointId: 'cp-2' }),
        ];
        await store.commit({ logEntries: entries });
        const notifications = { chargePointId: 'cp-1', kind: 'notification' } as const;
        expect(ids(await store.listLogEntries({ ...notifications, limit: 2 }))).toEqual(['3', '2']);
        expect(ids(await store.listLogEntries({ ...notifications, limit: 2, after: '2' }))).toEqual(['1']);
        expect(await store.listLogEntries({ chargePointId: 'cp-1', kind: 'command', limit: 9 })).toEqual([entries[3]]);
        await expect(store.listLogEntries({ ...notifications, limit: 2, after: 'none' })).rejects.toBeInstanceOf(
          RangeError,
        );
        expect(await store.logEntry('5')).toEqual(entries[4]);
        expect(await store.logEntry('none')).toBeUndefined();
      });

      it('are replaced by their id, and deleted by age', async () => {
        await store.commit({ logEntries: [aLogEntry('1', { at: 5 }), aLogEntry('2', { at: 9 })] });
        await store.commit({ logEntries: [aLogEntry('1', { at: 5, detail: { status: 'Installing' } })] });
        expect((await store.logEntry('1'))?.detail).toEqual({ status: 'Installing' });
        expect(await store.expireLogEntries(9)).toBe(1);
        expect(await store.logEntry('1')).toBeUndefined();
        expect(await store.logEntry('2')).toBeDefined();
      });
    });

    describe('values', () => {
      it('are stored, replaced and listed by prefix', async () => {
        await store.putValue('key/a', { x: [1, 'two', null] });
        await store.putValue('key/b', 'text');
        await store.putValue('key/b', 'new');
        await store.putValue('kex', 1);
        await store.putValue('key_', 2);
        await store.putValue('key%', 3);
        expect(await store.value('key/a')).toEqual({ x: [1, 'two', null] });
        expect(await store.value('key/c')).toBeUndefined();
        expect(await store.values('key/')).toEqual([
          { name: 'key/a', value: { x: [1, 'two', null] } },
          { name: 'key/b', value: 'new' },
        ]);
        expect((await store.values('key_')).map(({ name }) => name)).toEqual(['key_']);
        expect((await store.values('key%')).map(({ name }) => name)).toEqual(['key%']);
        expect(await store.values('')).toHaveLength(5);
      });
    });

    describe('odd ids', () => {
      it('work as keys and come back unchanged inside documents', async () => {
        const inside: unknown = JSON.parse(`{${ODD.map((id) => `${JSON.stringify(id)}: {"$set": 1}`).join(',')}}`);
        const passthrough = inside as NonNullable<Order['passthrough']>;
        for (const id of ODD) {
          const connector = { ...anOrder('x').connector, chargePointId: id };
          const change = {
            connector,
            becknTransactionId: id,
            idTag: id,
            state: 'charging',
            passthrough,
          } as const;
          await store.commit({
            meterEntries: [aMeterEntry(store.nextJournalSeq(), id)],
            transactions: [aTransaction(id, { chargePointId: id, startKey: id })],
            orders: [{ order: anOrder(id, change), expectedVersion: 0 }],
            requests: [aRequest(requestKey(id, 'search', id))],
            chargePoints: [{ id, accepted: true, connectors: {}, boot: passthrough }],
            discrepancies: [aDiscrepancy(id)],
          });
          await store.putValue(id, passthrough);
        }
        store = await subject.reopen();
        for (const id of ODD) {
          const order = await store.order(id);
          expect(order?.id).toBe(id);
          expect(JSON.stringify(order?.passthrough)).toBe(JSON.stringify(inside));
          expect((await store.orderByTransaction('main/bap.example', id))?.id).toBe(id);
          expect((await store.orderByIdTag(id))?.id).toBe(id);
          expect(await store.meterEntriesOf(id)).toHaveLength(1);
          expect((await store.transaction(id, id))?.transactionId).toBe(id);
          expect((await store.transactionByStartKey(id))?.transactionId).toBe(id);
          expect(await store.request(requestKey(id, 'search', id))).toBeDefined();
          expect((await store.chargePoint(id))?.id).toBe(id);
          expect((await store.closeDiscrepancy(id, id, 1))?.closedNote).toBe(id);
          expect(JSON.stringify(await store.value(id))).toBe(JSON.stringify(inside));
          expect((await store.values(id)).map(({ name }) => name)).toContain(id);
        }
        expect(await store.openOrders()).toHaveLength(ODD.length);
        expect(await store.listTransactions({ limit: 99 })).toHaveLength(ODD.length);
      });
    });
  });
}
