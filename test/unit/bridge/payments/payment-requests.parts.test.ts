/** Money that arrives in parts: each part is reported, and the provider is asked for the rest before a confirm is refused. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import type { PaymentModel } from '../../../../src/domain/model/payment.js';
import { POLICY, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createPaymentHarness, findOrder, reportPayment, wish } from '../../../fakes/payment-harness.js';
import type { FakeProvider } from '../../../fakes/payment-provider.js';

const WISH = wish(10_000);
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
  ({ harness, provider } = await createPaymentHarness(() => [plan], { policy: SHORT }));
});
afterEach(() => harness.stop());

const find = (): Promise<Order> => findOrder(harness);
const init = (): Promise<Order> => harness.sendRequest({ type: 'init', ...WISH }, 'init').then(find);
const confirm = (): Promise<Order> =>
  harness.sendRequest({ type: 'confirm', ...WISH, payment: 'unstated' }, 'confirm').then(find);
const hear = (reported = provider.onlyPayment()): Promise<Order> => reportPayment(harness, reported);
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
