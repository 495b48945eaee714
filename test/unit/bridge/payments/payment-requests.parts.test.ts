/** Money that arrives in parts: each part is reported, and the provider is asked for the rest before a confirm is refused. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import type { PaymentModel } from '../../../../src/domain/model/payment.js';
import { createBridgeHarness, POLICY, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { createFakeProvider, type FakeProvider } from '../../../fakes/payment-provider.js';

const ITEMS = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };
const WISH = { items: ITEMS, limit: { limit: { kind: 'energy', value: 10_000 } } } as const;
const TOTAL = 10_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Callbacks are retried for an hour only. */
const SHORT = { ...POLICY, giveUpAfterMs: { ...POLICY.giveUpAfterMs, terminal: HOUR } };

let harness: BridgeHarness;
let provider: FakeProvider;
let plan: PaymentModel;

beforeEach(async () => {
  plan = 'bpp-prepaid';
  provider = createFakeProvider();
  harness = await createBridgeHarness(undefined, undefined, {
    paymentProvider: provider,
    buyerTerms: () => ({ paymentModels: [plan] }),
    policy: SHORT,
  });
  await harness.connect();
});
afterEach(() => harness.stop());

const find = async (): Promise<Order> => {
  await settle(20);
  const found = await harness.store.orderByTransaction('main/bap', 'tx-1');
  if (!found) throw new Error('there is no order');
  return found;
};
const init = (): Promise<Order> => harness.sendRequest({ type: 'init', ...WISH }, 'init').then(find);
const confirm = (): Promise<Order> =>
  harness.sendRequest({ type: 'confirm', ...WISH, payment: 'unstated' }, 'confirm').then(find);
const hear = async (reported = provider.onlyPayment()): Promise<Order> => {
  await harness.bridge.paymentUpdates.paymentUpdated((await find()).id, reported);
  return find();
};
const statuses = (): number => harness.callbacks.filter(({ action }) => action === 'on_status').length;

it('a draft that is paid in two parts is reported twice, and waits for its confirm from the second', async () => {
  await init();
  await hear(provider.change({ paid: TOTAL / 2 }));
  await harness.clock.advance(14 * MINUTE);
  const before = statuses();
  const { quote } = await hear(provider.change({ state: 'paid', paid: TOTAL }));
  expect(statuses()).toBe(before + 1);
  expect(quote.expiresAt).toBe(harness.clock.now() + POLICY.paidDraftMs);
});

it('a bill that is paid in two parts is reported twice', async () => {
  plan = 'bpp-postpaid';
  await init();
  const transactionId = await harness.startTransaction(await confirm(), 1000);
  await harness.clock.advance(5 * MINUTE);
  const stop = { type: 'transaction-stopped', transactionId, reason: 'Local', samples: [], raw: '{}' } as const;
  await harness.sendEvent({ ...stop, at: harness.clock.now(), meterStopWh: 5000 });
  await hear(provider.change({ paid: 2000 }));
  const before = statuses();
  expect((await hear(provider.change({ state: 'paid', paid: 4000 }))).payment).toMatchObject({ status: 'paid' });
  expect(statuses()).toBe(before + 1);
});

it('a confirm is accepted when the webhook of the second part was lost', async () => {
  await init();
  await hear(provider.change({ paid: TOTAL / 2 }));
  provider.change({ state: 'paid', paid: TOTAL });
  expect((await confirm()).state).not.toBe('draft');
});

it('an answered request outlives the time for which callbacks are retried', async () => {
  await init();
  await hear(provider.pay());
  provider.pending = true;
  await harness.clock.advance(4 * HOUR);
  provider.complete();
  await harness.clock.advance(2 * DAY);
  expect((await find()).payment).toMatchObject({ refunded: TOTAL });
  expect(await harness.discrepancies()).toEqual([]);
});

it('an unpaid link is closed although callbacks are retried for less time', async () => {
  await init();
  await harness.clock.advance(2 * DAY);
  expect(provider.onlyPayment().state).toBe('failed');
  expect(await harness.discrepancies()).toEqual([]);
});
