/** The bridge with a payment provider, and one order in its only Beckn transaction. */
import type { Order } from '../../src/domain/model/order.js';
import type { PaymentModel, ProviderPayment } from '../../src/domain/model/payment.js';
import type { SessionPolicy } from '../../src/domain/model/policy.js';
import { createBridgeHarness, type BridgeHarness } from './bridge-harness.js';
import { settle } from './manual-clock.js';
import { createFakeProvider, type FakeProvider } from './payment-provider.js';

const ITEMS = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };

/** The items and the limit of a request for so much energy, Wh. */
export const wish = (value: number) => ({ items: ITEMS, limit: { limit: { kind: 'energy', value } } }) as const;

/** @param models Returns the payment models that the buyer app accepts at that moment. */
export async function createPaymentHarness(
  models: () => readonly PaymentModel[],
  { provider = createFakeProvider(), policy }: { provider?: FakeProvider; policy?: SessionPolicy } = {},
): Promise<{ readonly harness: BridgeHarness; readonly provider: FakeProvider }> {
  const harness = await createBridgeHarness(undefined, undefined, {
    paymentProvider: provider,
    buyerTerms: () => ({ paymentModels: models() }),
    ...(policy && { policy }),
  });
  await harness.connect();
  return { harness, provider };
}

/** Returns the transaction's newest order as it is stored. @errors Throws if there is none. */
export async function findOrder(harness: BridgeHarness): Promise<Order> {
  await settle(20);
  const found = await harness.store.orderByTransaction('main/bap', 'tx-1');
  if (!found) throw new Error('there is no order');
  return found;
}

/** Lets the provider report a payment of that order. Returns the order after it. */
export async function reportPayment(harness: BridgeHarness, reported: ProviderPayment): Promise<Order> {
  await harness.bridge.paymentUpdates.paymentUpdated((await findOrder(harness)).id, reported);
  return findOrder(harness);
}
