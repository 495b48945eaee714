/** The provider acts without our request: early captures, partial releases, additional refunds, old links. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import type { PaymentModel, ProviderPayment } from '../../../../src/domain/model/payment.js';
import type { BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createPaymentHarness, findOrder, reportPayment, wish } from '../../../fakes/payment-harness.js';
import type { FakeProvider } from '../../../fakes/payment-provider.js';

/** The price of 10 kWh at 10.00 per kWh, in minor units; also their energy, Wh. */
const TOTAL = 10_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let harness: BridgeHarness;
let provider: FakeProvider;
let plan: PaymentModel;

beforeEach(async () => {
  plan = 'bpp-hold';
  ({ harness, provider } = await createPaymentHarness(() => [plan]));
});
afterEach(() => harness.stop());

const find = (): Promise<Order> => findOrder(harness);
const init = (wh = TOTAL): Promise<Order> => harness.sendRequest({ type: 'init', ...wish(wh) }, 'init').then(find);
const confirm = (): Promise<Order> =>
  harness.sendRequest({ type: 'confirm', ...wish(TOTAL), payment: 'unstated' }, 'confirm').then(find);
const hear = (reported = provider.onlyPayment()): Promise<Order> => reportPayment(harness, reported);
/** Changes a payment as a person at the provider would. The webhook is lost unless `hear` delivers it. */
const byHand = (totals: Partial<ProviderPayment>, reference?: string): ProviderPayment =>
  provider.change(totals, reference);
const requested = (what: string): number[] =>
  provider.requests.filter((request) => request.what === what).map(({ amount }) => amount);
const found = () => harness.store.listDiscrepancies({ limit: 100 });
const discrepancies = async () => (await found()).map(({ kind, amount }) => [kind, amount]);
const paid = async (): Promise<Order> => {
  await init();
  await hear(provider.pay());
  return confirm();
};
async function charge(energyWh: number): Promise<Order> {
  return end(await harness.startTransaction(await find(), 1000), energyWh);
}
async function end(transactionId: string, energyWh: number, afterMs = 5 * MINUTE): Promise<Order> {
  await harness.clock.advance(afterMs);
  const at = harness.clock.now();
  const stop = { type: 'transaction-stopped', transactionId, at, reason: 'Local', samples: [], raw: '{}' } as const;
  await harness.sendEvent({ ...stop, meterStopWh: 1000 + energyWh });
  return find();
}
const cancel = async (): Promise<Order> => {
  await harness.bridge.operatorCommands.cancel((await find()).id);
  return find();
};
const taken = { state: 'paid', paid: TOTAL } as const;

describe('a hold that is captured whole by hand', () => {
  it('before the end is not captured again, and what is over is given back', async () => {
    await paid();
    await hear(byHand(taken));
    expect(await charge(4000)).toMatchObject({ bill: { total: 4000, refund: 6000 }, payment: { refunded: 6000 } });
    expect([requested('capture'), requested('refund')]).toEqual([[], [6000]]);
    expect(await discrepancies()).toEqual([]);
  });

  it('unheard is seen when the capture is refused: it has not failed, and what is over is given back', async () => {
    await paid();
    byHand(taken);
    expect(await charge(4000)).toMatchObject({ bill: { total: 4000, refund: 6000 }, payment: { refunded: 6000 } });
    expect(provider.onlyPayment()).toMatchObject({ paid: TOTAL, refunded: 6000 });
    expect(await discrepancies()).toEqual([['payment-mismatch', 6000]]);
  });

  it('though it was to be released is given back whole', async () => {
    await paid();
    byHand(taken);
    expect(await cancel()).toMatchObject({ bill: { total: 0, refund: TOTAL }, effects: [] });
    expect(provider.onlyPayment()).toMatchObject({ paid: TOTAL, refunded: TOTAL });
    expect(await discrepancies()).toEqual([['payment-mismatch', TOTAL]]);
  });

  it('while a release is pending is given back whole', async () => {
    await paid();
    provider.pending = true;
    await cancel();
    byHand(taken);
    await harness.clock.advance(HOUR);
    expect(requested('refund')).toEqual([TOTAL]);
    expect(await discrepancies()).toEqual([['payment-mismatch', TOTAL]]);
  });

  it('of a replaced link is given back whole', async () => {
    await init();
    await init(5000);
    provider.pending = true;
    provider.pay('pay-1');
    await harness.clock.advance(2 * HOUR);
    expect(requested('capture')).toEqual([0]);
    provider.pending = false;
    byHand(taken, 'pay-1');
    await harness.clock.advance(3 * HOUR);
    expect(provider.payments.get('pay-1')).toMatchObject({ refunded: TOTAL });
    await harness.clock.advance(3 * DAY);
    expect(await discrepancies()).toEqual([['payment-unmatched', TOTAL]]);
  });

  it('and refused without a look-up is asked again until the provider answers one', async () => {
    await paid();
    byHand(taken);
    const transactionId = await harness.startTransaction(await find(), 1000);
    provider.failures.push('refuse');
    const { lookUp } = provider;
    provider.lookUp = () => Promise.resolve({ kind: 'failed', reason: 'away' });
    await end(transactionId, 4000);
    expect(await discrepancies()).toEqual([]);
    provider.lookUp = lookUp;
    await harness.clock.advance(HOUR);
    expect(provider.onlyPayment()).toMatchObject({ refunded: 6000 });
    expect((await discrepancies()).map(([kind]) => kind)).toEqual(['payment-mismatch']);
  });
});

describe('a hold of which a part is captured or released by hand', () => {
  it('counts with the part that was taken once the rest is released, and the order does not start', async () => {
    await init();
    await hear(provider.pay());
    await hear(byHand({ state: 'released', paid: 3000 }));
    expect(await confirm()).toMatchObject({ state: 'draft' });
    await harness.clock.advance(2 * DAY);
    expect(provider.onlyPayment()).toMatchObject({ refunded: 3000 });
  });

  it('counts with the part in a first report too', async () => {
    await init();
    provider.pay();
    expect(await hear(byHand({ state: 'released', paid: 3000 }))).toMatchObject({
      payment: { authorisedAmount: 3000 },
    });
  });

  it('during the session names the rest, and captures no more', async () => {
    await paid();
    const transactionId = await harness.startTransaction(await find(), 1000);
    await hear(byHand({ state: 'released', paid: 3000 }));
    for (const registerWh of [1700, 2400, 3100, 3800]) {
      await harness.clock.advance(MINUTE);
      await harness.sendSamples(1, [{ registerWh }], transactionId);
    }
    await end(transactionId, 4000, MINUTE);
    expect(requested('capture')).toEqual([]);
    expect(await discrepancies()).toEqual([['payment-reversed', 3000 - TOTAL]]);
  });

  it('captured in part and still held is captured up to the bill', async () => {
    await paid();
    const transactionId = await harness.startTransaction(await find(), 1000);
    await hear(byHand({ paid: 3000 }));
    await end(transactionId, 4000);
    expect(requested('capture')).toEqual([1000]);
    expect(await find()).toMatchObject({ payment: { captureRequested: 4000 } });
  });

  it('of which more was taken than the bill is released, and the difference given back', async () => {
    await paid();
    const transactionId = await harness.startTransaction(await find(), 1000);
    await hear(byHand({ paid: 5000 }));
    await end(transactionId, 4000);
    expect([requested('capture'), requested('refund')]).toEqual([[0], [1000]]);
  });

  it.each<[string, Partial<ProviderPayment>, number]>([
    ['released in part', { authorisedAmount: 6000 }, 6000],
    ['captured in part', { paid: 3000 }, 7000],
    ['not released at all', {}, TOTAL],
  ])('when a release is never done names what is still held: %s', async (_name, totals, held) => {
    await paid();
    provider.pending = true;
    await cancel();
    byHand(totals);
    await harness.clock.advance(2 * DAY);
    const [pending] = (await found()).filter(({ detail }) => detail.startsWith('The release '));
    expect(pending).toMatchObject({ kind: 'payment-pending', amount: held });
    expect(pending?.detail).toContain(`The release of ${held} (minor units) was answered`);
  });

  it('when a release is refused names what is still held', async () => {
    await paid();
    byHand({ authorisedAmount: 6000 });
    provider.failures.push('refuse');
    await cancel();
    const failed = (await found()).filter(({ kind }) => kind === 'payment-failed');
    expect(failed).toMatchObject([{ amount: 6000, detail: 'The release of 6000 (minor units) failed: not with us' }]);
  });

  it('when the hold is over and too little was taken names the rest', async () => {
    await paid();
    provider.pending = true;
    await charge(4000);
    byHand({ state: 'released', paid: 1500 });
    await harness.clock.advance(2 * DAY);
    expect(await discrepancies()).toContainEqual(['payment-pending', 2500]);
  });

  it('of a link that was replaced: what was taken is given back, the rest is released', async () => {
    await init();
    await init(5000);
    provider.pay('pay-1');
    byHand({ paid: 3000 }, 'pay-1');
    await harness.clock.advance(3 * HOUR);
    expect([requested('refund'), requested('capture')]).toEqual([[3000], [0]]);
    expect(await discrepancies()).toContainEqual(['payment-unmatched', TOTAL]);
  });

  it('of an unknown order names what is there', async () => {
    await init();
    const report = { ...provider.onlyPayment(), authorisedAmount: TOTAL, paid: 3000, state: 'released' } as const;
    await harness.bridge.paymentUpdates.paymentUpdated('nobody', report);
    expect(await discrepancies()).toEqual([['payment-unmatched', 3000]]);
    await harness.bridge.paymentUpdates.paymentUpdated('nobody', { ...report, paid: 0 });
    expect(await discrepancies()).toHaveLength(1);
  });
});

describe('a refund by hand beside ours, which is pending', () => {
  beforeEach(async () => {
    plan = 'bpp-prepaid';
    await paid();
    provider.pending = true;
    await charge(4000);
  });

  it.each([
    ['of all', TOTAL],
    ['of the same amount', 6000],
  ])('%s is a discrepancy once both are there, though no webhook came', async (_name, refunded) => {
    byHand({ refunded });
    await harness.clock.advance(3 * HOUR);
    provider.complete();
    await harness.clock.advance(2 * DAY);
    expect(provider.onlyPayment()).toMatchObject({ refunded: refunded + 6000 });
    expect(await discrepancies()).toContainEqual(['payment-mismatch', refunded]);
    expect(await find()).toMatchObject({ bill: { total: 4000 }, effects: [] });
    expect(requested('refund')).toEqual([6000]);
  });

  it('is looked for a day long, over a restart, and not longer', async () => {
    provider.complete();
    await hear();
    expect((await find()).effects).toHaveLength(1);
    await harness.restart();
    await harness.clock.advance(DAY + HOUR);
    expect((await find()).effects).toEqual([]);
    const { lookUps } = provider;
    expect(lookUps).toBeLessThan(80);
    await harness.clock.advance(DAY);
    expect(provider.lookUps).toBe(lookUps);
    expect(await discrepancies()).toEqual([]);
  });

  it('is named as unknown when the provider is away for the last look-up', async () => {
    provider.complete();
    await hear();
    provider.away = true;
    await harness.clock.advance(2 * DAY);
    const [pending] = await found();
    expect(pending).toMatchObject({ kind: 'payment-pending', amount: 0 });
    expect(pending?.detail).toContain('showed at the provider');
  });
});

describe('a link after its end', () => {
  beforeEach(async () => {
    plan = 'bpp-prepaid';
    await init();
  });
  const closed = (): number => requested('close').length;

  it('is closed at the provider, once', async () => {
    await harness.clock.advance(HOUR);
    expect(closed()).toBe(0);
    await harness.clock.advance(5 * HOUR);
    expect(closed()).toBe(1);
    expect(provider.onlyPayment()).toMatchObject({ state: 'failed' });
    expect([harness.bridge.openOrders(), await discrepancies()]).toEqual([[], []]);
  });

  it('that the provider has closed itself is not closed again', async () => {
    byHand({ state: 'failed' });
    await harness.clock.advance(6 * HOUR);
    expect([closed(), harness.bridge.openOrders()]).toEqual([0, []]);
  });

  it('that is paid long after it, because it cannot be closed, is given back though the webhook is lost', async () => {
    provider.canClose = false;
    await harness.clock.advance(20 * HOUR);
    provider.payLate();
    await harness.clock.advance(2 * HOUR);
    expect(provider.onlyPayment()).toMatchObject({ paid: TOTAL, refunded: TOTAL });
    expect(await discrepancies()).toEqual([['payment-unmatched', TOTAL]]);
  });

  it('that stays open is looked at for a day, and one discrepancy names the provider', async () => {
    provider.canClose = false;
    await harness.clock.advance(3 * DAY);
    expect([harness.bridge.openOrders(), await discrepancies()]).toEqual([[], [['payment-link-open', TOTAL]]]);
    const { lookUps } = provider;
    expect(lookUps).toBeLessThan(80);
    await init();
    await harness.clock.advance(3 * DAY);
    expect(await discrepancies()).toHaveLength(1);
  });

  it('that is first seen unpaid long after it, because the process was away, is no discrepancy', async () => {
    harness.clock.step(3 * DAY);
    await harness.restart();
    await harness.clock.advance(DAY);
    expect([harness.bridge.openOrders(), await discrepancies()]).toEqual([[], []]);
  });

  it('of a bill stays overdue when it is closed', async () => {
    await harness.clock.advance(DAY);
    plan = 'bpp-postpaid';
    await harness.sendRequest({ type: 'init', ...wish(TOTAL) }, 'init', { transaction: 'tx-1' });
    await harness.sendRequest({ type: 'confirm', ...wish(TOTAL), payment: 'unpaid' }, 'confirm');
    await charge(4000);
    await harness.clock.advance(DAY);
    expect(closed()).toBe(2);
    expect(await find()).toMatchObject({ payment: { status: 'overdue' }, effects: [] });
  });
});
