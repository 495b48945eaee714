import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OrderCache } from '../../../../src/bridge/orders/order-cache.js';
import { buyerKey, type Order } from '../../../../src/domain/model/order.js';
import { sampleOrder } from '../../beckn/samples.js';

const NOTHING = {
  order: () => Promise.resolve(undefined),
  orderByTransaction: () => Promise.resolve(undefined),
  orderByIdTag: () => Promise.resolve(undefined),
};

/** One shared list, as samples do not change the effects of an order. */
const NO_EFFECTS: Order['effects'] = [];

const { connector } = sampleOrder();
const CONNECTORS = [1, 2].map((connectorId) => ({ ...connector, connectorId }));

const change = fc.record({
  id: fc.integer({ min: 1, max: 5 }),
  state: fc.constantFrom<Order['state']>('draft', 'confirmed', 'charging', 'completed', 'cancelled'),
  connectorHeld: fc.boolean(),
  awaitsLink: fc.boolean(),
  connectorId: fc.integer({ min: 0, max: 1 }),
});

it('the orders of a buyer app, and of a charge point, are those of its open orders, whatever changes', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const cache = new OrderCache(NOTHING);
      for (const { id, state, connectorHeld, awaitsLink, connectorId } of changes) {
        const order = sampleOrder({ id: `o${id}`, becknTransactionId: `t${id}`, state });
        cache.put({
          ...order,
          effects: NO_EFFECTS,
          connector: CONNECTORS[connectorId] ?? order.connector,
          customer: { ...order.customer, bapId: `bap${id % 2}` },
          ...(connectorHeld && { connectorHeld: true }),
          payment: { ...order.payment, ...(awaitsLink && { awaitingLink: 'm' }) } as never,
        });
        const open = cache.openOrders();
        for (const bapId of ['bap0', 'bap1']) {
          const buyer = buyerKey({ ...order.customer, bapId });
          const expected = open.filter(({ customer }) => buyerKey(customer) === buyer);
          expect(new Set(cache.openOrdersOf(buyer))).toEqual(new Set(expected));
        }
        const { chargePointId } = order.connector;
        const live = open.filter((one) => one.state !== 'draft' && one.connector.chargePointId === chargePointId);
        expect(new Set(cache.openOrdersAt(chargePointId))).toEqual(new Set(live));
      }
    }),
  );
});
