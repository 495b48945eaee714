/**
 * A payment request is done when the provider's totals show its result, not when it is answered. Look-ups find totals
 * that fall, money without a confirm and paid bills, although their webhooks are lost.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import type { PaymentModel } from '../../../../src/domain/model/payment.js';
import type { BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { createPaymentHarness, findOrder, reportPayment, wish } from '../../../fakes/payment-harness.js';
import type { FakeProvider } from '../../../fakes/payment-provider.js';

const WISH = wish(10_000);
/** The price of 10 kWh, minor units. */
const TOTAL = 10_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let harness: BridgeHarness;
let provider: FakeProvider;
let plan: PaymentModel;

beforeEach(async () => {
  plan = 'bpp-prepaid';
  ({ harness, provider } = await createPaymentHarness(() => [plan]));
});
afterEach(() => harness.stop());

const find = (): Promise<Order> => findOrder(harness);
const init = (): Promise<Order> => harness.sendRequest({ type: 'init', ...WISH }, 'init').then(find);
const confirm = (payment: 'unpaid' | 'unstated' = 'unstated'): Promise<Order> =>
  harness.sendRequest({ type: 'confirm', ...WISH, payment }, 'confirm').then(find);
const hear = (reported = provider.onlyPayment()): Promise<Order> => reportPayment(harness, reported);
const requested = (what: string): { key: string; amount: number }[] =>
  provider.requests.filter((request) => request.what === what);
const discrepancies = async () =>
  (await harness.store.listDiscrepancies({ limit: 100 })).map(({ kind, amount }) => [kind, amount]);
const paid = async (): Promise<Order> => {
  await init();
  await hear(provider.pay());
  return confirm();
};
const begin = async (): Promise<string> => harness.startTransaction(await find(), 1000);
async function end(transactionId: string, energyWh: number): Promise<Order> {
  await harness.clock.advance(5 * MINUTE);
  const at = harness.clock.now();
  const stop = { type: 'transaction-stopped', transactionId, at, reason: 'Local', samples: [], raw: '{}' } as const;
  await harness.sendEvent({ ...stop, meterStopWh: 1000 + energyWh });
  return find();
}
const starts = (): number => harness.commands.filter(({ type }) => type === 'remote-start').length;

describe('a refund that is answered with unchanged totals', () => {
  beforeEach(async () => {
    await paid();
    provider.pending = true;
    await end(await begin(), 4000);
  });

  it('stays open and is looked up until the provider shows it, though the webhook is lost', async () => {
    expect((await find()).effects).toHaveLength(1);
    provider.complete();
    await harness.clock.advance(HOUR);
    expect(await find()).toMatchObject({ payment: { refunded: 6000, status: 'refunded' } });
    await harness.clock.advance(DAY);
    expect((await find()).effects).toEqual([]);
    expect(requested('refund')).toHaveLength(1);
    expect(await discrepancies()).toEqual([]);
  });

  it('is not done by totals in another currency', async () => {
    provider.change({ currency: 'USD', refunded: 6000 });
    await hear();
    expect((await find()).effects).toHaveLength(1);
    await harness.clock.advance(2 * DAY);
    expect((await discrepancies()).map(([kind]) => kind).sort()).toEqual(['payment-mismatch', 'payment-pending']);
  });

  it('becomes a discrepancy of its amount when the totals never follow', async () => {
    await harness.clock.advance(2 * DAY);
    expect(await discrepancies()).toEqual([['payment-pending', 6000]]);
    expect(await find()).toMatchObject({ state: 'completed', effects: [] });
  });

  it('is looked up less and less often', async () => {
    await harness.clock.advance(DAY);
    expect(provider.lookUps).toBeGreaterThan(10);
    expect(provider.lookUps).toBeLessThan(80);
  });

  it('is looked up no more often because the clock is set back', async () => {
    harness.clock.step(-30 * HOUR);
    await harness.clock.advance(2 * DAY);
    expect(provider.lookUps).toBeLessThan(100);
  });

  it('stays open over a restart, and a provider that is away for hours', async () => {
    await harness.restart();
    provider.away = true;
    await harness.clock.advance(9 * HOUR);
    await harness.restart();
    provider.complete();
    provider.away = false;
    await harness.clock.advance(2 * HOUR);
    expect(await find()).toMatchObject({ payment: { refunded: 6000 } });
    expect(await discrepancies()).toEqual([]);
    expect(new Set(requested('refund').map(({ key }) => key)).size).toBe(1);
  });

  it('is not done when only a part of it shows', async () => {
    provider.change({ refunded: 2500 });
    await hear();
    expect((await find()).effects).toHaveLength(1);
    await harness.clock.advance(2 * DAY);
    expect(await discrepancies()).toContainEqual(['payment-pending', 3500]);
  });
});

describe('a capture or a release that is answered with unchanged totals', () => {
  beforeEach(async () => {
    plan = 'bpp-hold';
    await paid();
    provider.pending = true;
  });

  it('stays open until the money is taken', async () => {
    await end(await begin(), 4000);
    expect((await find()).effects).toHaveLength(1);
    provider.complete();
    await harness.clock.advance(HOUR);
    expect(await find()).toMatchObject({ payment: { paid: 4000, status: 'paid' }, effects: [] });
    expect(requested('capture')).toHaveLength(1);
  });

  it('stays open until the rest of the hold is released', async () => {
    await end(await begin(), 4000);
    provider.change({ paid: 4000 });
    await hear();
    expect((await find()).effects).toHaveLength(1);
    await harness.clock.advance(2 * DAY);
    expect(await find()).toMatchObject({ payment: { paid: 4000 }, effects: [] });
    expect(await discrepancies()).toEqual([['payment-pending', 6000]]);
  });

  it('becomes a discrepancy when the money is never taken', async () => {
    await end(await begin(), 4000);
    await harness.clock.advance(2 * DAY);
    expect(await discrepancies()).toEqual([['payment-pending', 4000]]);
  });

  it('stays open until the hold is released, and becomes a discrepancy when it never is', async () => {
    await harness.bridge.operatorCommands.stop((await find()).id);
    expect(await find()).toMatchObject({ state: 'cancelled' });
    expect((await find()).effects).toHaveLength(1);
    await harness.clock.advance(2 * DAY);
    expect((await discrepancies()).map(([kind]) => kind)).toEqual(['payment-pending']);
  });
});

describe('totals that fall', () => {
  it('before the end of the session are seen: nothing is refunded on top, and a discrepancy names the difference', async () => {
    await paid();
    const transactionId = await begin();
    await hear(provider.change({ state: 'failed', paid: 0 }));
    await harness.clock.advance(MINUTE);
    await end(transactionId, 4000);
    await harness.clock.advance(HOUR);
    expect(requested('refund')).toEqual([]);
    expect(await discrepancies()).toContainEqual(['payment-reversed', -TOTAL]);
    expect((await find()).payment).toMatchObject({ paid: 0 });
  });

  it('are seen before a refund leaves, though their webhook is lost', async () => {
    await paid();
    const transactionId = await begin();
    provider.change({ state: 'failed', paid: 0 });
    await end(transactionId, 4000);
    await harness.clock.advance(HOUR);
    expect(requested('refund')).toEqual([]);
    expect(await discrepancies()).toEqual([['payment-reversed', -TOTAL]]);
  });

  it('are seen at the end, though the webhook is lost and nothing is to be refunded', async () => {
    const exact = wish(4000);
    await harness.sendRequest({ type: 'init', ...exact }, 'init');
    await hear(provider.pay());
    await harness.sendRequest({ type: 'confirm', ...exact, payment: 'unstated' }, 'confirm');
    await settle(20);
    const transactionId = await begin();
    provider.change({ state: 'failed', paid: 0 });
    expect(await end(transactionId, 4000)).toMatchObject({ bill: { total: 4000, refund: 0 } });
    await harness.clock.advance(MINUTE);
    expect(await discrepancies()).toEqual([['payment-reversed', -4000]]);
  });

  it('after the end of the order are a discrepancy', async () => {
    await paid();
    await end(await begin(), 4000);
    expect((await find()).payment).toMatchObject({ refunded: 6000 });
    await hear(provider.change({ state: 'failed', paid: 0 }));
    await harness.clock.advance(MINUTE);
    expect(await discrepancies()).toEqual([['payment-reversed', -TOTAL]]);
  });

  it('are seen when a refund is undone', async () => {
    await paid();
    await end(await begin(), 4000);
    await hear(provider.change({ refunded: 0 }));
    await harness.clock.advance(MINUTE);
    expect((await find()).payment).toMatchObject({ refunded: 0, status: 'paid' });
    expect(await discrepancies()).toEqual([['payment-reversed', -6000]]);
  });

  it('stop a session whose money is gone', async () => {
    await paid();
    await begin();
    await hear(provider.change({ state: 'failed', paid: 0 }));
    await harness.clock.advance(MINUTE);
    expect(harness.commands.some(({ type }) => type === 'remote-stop')).toBe(true);
  });

  it('in an older webhook that comes late mean nothing', async () => {
    await init();
    const open = provider.onlyPayment();
    await hear(provider.pay());
    await confirm();
    await hear(open);
    await hear({ ...open, state: 'failed' });
    await harness.clock.advance(MINUTE);
    const order = await find();
    expect(order.payment).toMatchObject({ paid: TOTAL, status: 'paid' });
    expect(order.payment).not.toHaveProperty('fallSuspectedAt');
    expect(order.effects).toEqual([]);
    expect(await discrepancies()).toEqual([]);
  });

  it('are looked up when the provider is back, over a restart too', async () => {
    await paid();
    await end(await begin(), 4000);
    provider.away = true;
    await hear(provider.change({ state: 'failed', paid: 0 }));
    await harness.clock.advance(5 * HOUR);
    await harness.restart();
    expect(await discrepancies()).toEqual([]);
    provider.away = false;
    await harness.clock.advance(2 * HOUR);
    expect(await discrepancies()).toEqual([['payment-reversed', -TOTAL]]);
  });
});

describe('before a start', () => {
  it('the payment is looked at: nothing starts when its money is gone', async () => {
    await init();
    await hear(provider.pay());
    provider.change({ state: 'failed', paid: 0 });
    const order = await confirm();
    await harness.clock.advance(MINUTE);
    expect(starts()).toBe(0);
    expect(await harness.order(order.id)).toMatchObject({
      state: 'cancelled',
      outcome: { code: 'payment-withdrawn' },
      bill: { total: 0 },
    });
    expect(requested('refund')).toEqual([]);
  });

  it.each([
    ['was given back by the provider', 'bpp-prepaid', { refunded: TOTAL }],
    ['was partly given back by the provider', 'bpp-prepaid', { refunded: 1 }],
    ['is a hold that was released', 'bpp-hold', { state: 'released' }],
    ['is a hold that failed', 'bpp-hold', { state: 'failed', authorisedAmount: 0 }],
    ['shrank', 'bpp-prepaid', { paid: TOTAL - 1 }],
  ] as const)('nothing starts when the money %s', async (_what, terms, totals) => {
    plan = terms;
    await init();
    await hear(provider.pay());
    provider.change(totals);
    await confirm();
    await harness.clock.advance(MINUTE);
    expect(starts()).toBe(0);
    expect((await find()).outcome?.code).toBe('payment-withdrawn');
  });

  it('of a charger that was away the payment is looked at when it comes back', async () => {
    await harness.disconnect();
    await paid();
    provider.change({ state: 'failed', paid: 0 });
    await harness.connect();
    await harness.clock.advance(10_000);
    expect(starts()).toBe(0);
    expect((await find()).outcome?.code).toBe('payment-withdrawn');
  });

  it('of an order that waits, a webhook that takes the money back ends it at once', async () => {
    await harness.disconnect();
    await paid();
    await hear(provider.change({ refunded: TOTAL }));
    expect(await find()).toMatchObject({ state: 'cancelled', outcome: { code: 'payment-withdrawn' } });
  });

  it('a provider that is away does not keep the driver waiting for long', async () => {
    await init();
    await hear(provider.pay());
    provider.away = true;
    await confirm();
    await harness.clock.advance(20_000);
    expect(starts()).toBe(1);
  });

  it('a payment that one look-up shows as open is looked at again', async () => {
    await init();
    await hear(provider.pay());
    provider.change({ state: 'open', paid: 0 });
    await confirm();
    expect(starts()).toBe(0);
    provider.change({ state: 'paid', paid: TOTAL });
    await harness.clock.advance(20_000);
    expect(starts()).toBe(1);
    expect(await discrepancies()).toEqual([]);
  });
});

describe('money without a confirm', () => {
  it('whose webhook is lost is found before the draft goes, told and given back', async () => {
    await init();
    await harness.clock.advance(14 * MINUTE);
    provider.pay();
    await harness.clock.advance(DAY);
    const order = await find();
    expect(order).toMatchObject({ state: 'cancelled', outcome: { code: 'not-confirmed' }, effects: [] });
    expect(provider.onlyPayment()).toMatchObject({ paid: TOTAL, refunded: TOTAL });
  });

  it('that arrives after the quote has expired is a discrepancy too', async () => {
    await init();
    await harness.clock.advance(15 * MINUTE + 1000);
    provider.payLate();
    await harness.clock.advance(DAY);
    expect(provider.onlyPayment()).toMatchObject({ refunded: TOTAL });
    expect(await discrepancies()).toEqual([['payment-unmatched', TOTAL]]);
  });

  it('is found though the provider was away and the process was restarted', async () => {
    await init();
    provider.pay();
    provider.away = true;
    await harness.clock.advance(6 * HOUR);
    await harness.restart();
    provider.away = false;
    await harness.clock.advance(3 * HOUR);
    expect(provider.onlyPayment()).toMatchObject({ refunded: TOTAL });
  });

  it('is found though the clock had jumped beyond the end of the link at a restart', async () => {
    await init();
    harness.clock.step(DAY);
    await harness.restart();
    await harness.clock.advance(5 * MINUTE);
    provider.payLate();
    await harness.clock.advance(3 * HOUR);
    expect(provider.onlyPayment()).toMatchObject({ refunded: TOTAL });
    expect(await discrepancies()).toEqual([['payment-unmatched', TOTAL]]);
  });

  it('keeps its draft while the link is not looked up, and a link that nobody paid lets it go', async () => {
    const draft = await init();
    expect(harness.bridge.openOrders().map(({ id }) => id)).toContain(draft.id);
    await harness.clock.advance(6 * HOUR);
    expect(harness.bridge.openOrders()).toEqual([]);
    expect(await discrepancies()).toEqual([]);
    await harness.clock.advance(2 * DAY);
    expect(await harness.store.order(draft.id)).toBeUndefined();
  });

  it('of a link whose order was cancelled is given back, though the webhook is lost', async () => {
    await init();
    await harness.bridge.operatorCommands.cancel((await find()).id);
    provider.pay();
    await harness.clock.advance(3 * HOUR);
    expect(provider.onlyPayment()).toMatchObject({ refunded: TOTAL });
    expect((await find()).effects).toEqual([]);
  });

  it('of a link that was replaced is a discrepancy and given back, though the webhook is lost', async () => {
    await init();
    const smaller = wish(5000);
    await harness.sendRequest({ type: 'init', ...smaller }, 'init');
    await settle(20);
    provider.pay('pay-1');
    await harness.clock.advance(3 * HOUR);
    expect(provider.payments.get('pay-1')).toMatchObject({ paid: TOTAL, refunded: TOTAL });
    expect(provider.payments.get('pay-2')).toMatchObject({ paid: 0, refunded: 0 });
    expect(await discrepancies()).toEqual([['payment-unmatched', TOTAL]]);
  });

  it('held by a link that was replaced is released', async () => {
    plan = 'bpp-hold';
    await init();
    const smaller = wish(5000);
    await harness.sendRequest({ type: 'init', ...smaller }, 'init');
    await settle(20);
    provider.pay('pay-1');
    await harness.clock.advance(3 * HOUR);
    expect(provider.payments.get('pay-1')).toMatchObject({ state: 'released', paid: 0 });
    expect(await discrepancies()).toEqual([['payment-unmatched', TOTAL]]);
  });
});

describe('a bill that is paid afterwards', () => {
  beforeEach(async () => {
    plan = 'bpp-postpaid';
    await init();
    await confirm('unpaid');
    await end(await begin(), 4000);
  });

  it('is seen as paid though the webhook is lost', async () => {
    provider.pay();
    await harness.clock.advance(10 * MINUTE);
    expect(await find()).toMatchObject({ payment: { paid: 4000, status: 'paid' } });
    expect(await discrepancies()).not.toContainEqual(['payment-overdue', 4000]);
  });

  it('taken back is a discrepancy, and the order shows it as not paid', async () => {
    await hear(provider.pay());
    await hear(provider.change({ state: 'failed', paid: 0 }));
    await harness.clock.advance(MINUTE);
    expect(await discrepancies()).toContainEqual(['payment-reversed', -4000]);
    expect((await find()).payment).toMatchObject({ paid: 0, status: 'refused' });
  });
});

it('money in another currency is told with its amount, also if its link was told before', async () => {
  await init();
  provider.change({ currency: 'USD' });
  await hear();
  provider.change({ state: 'paid', paid: 10_000 });
  await hear();
  await hear();
  const details = (await harness.store.listDiscrepancies({ limit: 10 })).map(({ detail }) => detail);
  expect(details).toHaveLength(2);
  expect(details.filter((detail) => detail.includes('of 10000 (minor units of USD)'))).toHaveLength(1);
});

describe('a hold that is over', () => {
  const release = (): number => requested('capture').filter(({ amount }) => amount === 0).length;
  beforeEach(() => {
    plan = 'bpp-hold';
  });

  it.each([
    { energyWh: 0, kept: 0, releases: 1 },
    { energyWh: 4000, kept: 4000, releases: 0 },
  ])('and is held again is released, with a discrepancy: $energyWh Wh', async ({ energyWh, kept, releases }) => {
    await paid();
    await end(await begin(), energyWh);
    expect(release()).toBe(releases);
    provider.change({ state: 'held', authorisedAmount: 10_000 });
    await hear();
    await harness.clock.advance(MINUTE);
    expect(release()).toBe(releases + 1);
    expect(await discrepancies()).toEqual([['payment-unmatched', 10_000 - kept]]);
    expect((await find()).effects).toEqual([]);
  });

  it('and is held again is released each time', async () => {
    await paid();
    await end(await begin(), 0);
    for (const times of [1, 2, 3]) {
      provider.change({ state: 'held', authorisedAmount: 10_000 });
      await hear();
      await harness.clock.advance(10 * MINUTE);
      expect([provider.onlyPayment().state, release()]).toEqual(['released', 1 + times]);
    }
    expect(await discrepancies()).toHaveLength(3);
  });

  it('and whose capture the provider undoes is not released', async () => {
    await paid();
    await end(await begin(), 4000);
    provider.change({ state: 'held', authorisedAmount: 10_000, paid: 0 });
    await hear();
    await harness.clock.advance(10 * MINUTE);
    expect(release()).toBe(0);
    expect((await discrepancies()).map(([kind]) => kind)).toEqual(['payment-reversed']);
  });

  it('is not held again because an older webhook says so', async () => {
    const held = await paid().then(() => provider.onlyPayment());
    await end(await begin(), 0);
    await hear(held);
    await harness.clock.advance(MINUTE);
    expect(release()).toBe(1);
    expect(await discrepancies()).toEqual([]);
    expect((await find()).effects).toEqual([]);
  });
});
