/** Orders that cost nothing need no payment, whoever would collect it and whenever it would be due. */
import { afterEach, describe, expect, it } from 'vitest';
import type { PaymentModel } from '../../../../src/domain/model/payment.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { createBridgeHarness, NETWORK, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { createFakeProvider, type FakeProvider } from '../../../fakes/payment-provider.js';

const WISH = {
  items: { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] },
  limit: { limit: { kind: 'energy', value: 10_000 } },
} as const;
const FREE = JSON.parse(
  JSON.stringify(NETWORK, (key, value: unknown) => (key === 'pricePerKwh' ? 0 : value)),
) as typeof NETWORK;

let harness: BridgeHarness;
let provider: FakeProvider;
afterEach(() => harness.stop());

async function open(model: PaymentModel): Promise<void> {
  provider = createFakeProvider();
  const options = { paymentProvider: provider, buyerTerms: () => ({ paymentModels: [model] }) };
  harness = await createBridgeHarness(FREE, undefined, options);
  await harness.connect();
}

const find = async (): Promise<Order> => {
  await settle(10);
  const found = await harness.store.orderByTransaction('main/bap', 'tx-1');
  if (!found) throw new Error('there is no order');
  return found;
};
const confirm = (): Promise<Order> =>
  harness.sendRequest({ type: 'confirm', ...WISH, payment: 'unpaid' }, 'confirm').then(find);
const lastPayment = (action: string): unknown => {
  const body = harness.callbacks.filter((callback) => callback.action === action).at(-1)?.body;
  return (body as { message?: { order?: { payments?: unknown[] } } } | undefined)?.message?.order?.payments?.[0];
};

describe.each<PaymentModel>(['bpp-prepaid', 'bpp-hold', 'bpp-postpaid', 'bap-prepaid', 'bap-postpaid'])(
  'an order that costs nothing, with %s',
  (model) => {
    it.each([true, false])('is confirmed, charged and completed without a payment; with init: %s', async (hasInit) => {
      await open(model);
      if (hasInit) {
        await harness.sendRequest({ type: 'init', ...WISH }, 'init');
        await settle(10);
        expect(lastPayment('on_init')).toMatchObject({ params: { amount: '0.00' } });
      }
      const order = await confirm();
      expect(order).toMatchObject({ state: 'starting', authorised: 0 });
      const transactionId = await harness.startTransaction(order, 1000);
      await harness.clock.advance(300_000);
      await harness.sendSamples(1, [{ registerWh: 3000 }], transactionId);
      expect(await find()).toMatchObject({ state: 'charging' });
      await harness.clock.advance(300_000);
      await harness.sendEvent({
        ...{ type: 'transaction-stopped', transactionId, meterStopWh: 5000, at: harness.clock.now() },
        ...{ reason: 'Local', samples: [], raw: '{}' },
      });
      expect(await find()).toMatchObject({ state: 'completed', bill: { total: 0, deliveredWh: 4000 } });
      expect(lastPayment('on_status')).toMatchObject({ status: 'PAID' });
      expect(provider.requests).toEqual([]);
      const kinds = await harness.discrepancies();
      expect(kinds.filter((kind) => kind.startsWith('payment'))).toEqual([]);
    });
  },
);

it('a draft that costs something after all must be paid', async () => {
  await open('bpp-prepaid');
  await harness.sendRequest({ type: 'init', ...WISH }, 'init');
  await settle(10);
  const fee = { kind: 'amount', value: 500 } as const;
  await harness.sendRequest({ type: 'init', ...WISH, buyerFinderFee: fee }, 'init');
  expect(await find()).toMatchObject({ state: 'draft', payment: { status: 'due', requested: { amount: 500 } } });
  expect(await confirm()).toMatchObject({ state: 'draft' });
});
