/**
 * Payments that the BPP collects, from the link to the refund: requested once despite repeated updates, refunded
 * exactly and only once.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PaymentModel } from '../../../../src/domain/model/payment.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { statedAmount } from '../../../fakes/buyer-requests.js';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { createPaymentHarness, findOrder, wish } from '../../../fakes/payment-harness.js';
import type { FakeProvider } from '../../../fakes/payment-provider.js';

const WISH = wish(10_000);
/** The price of 10 kWh, minor units. */
const TOTAL = 10_000;

let harness: BridgeHarness;
let provider: FakeProvider;
let plans: PaymentModel[];

beforeEach(async () => {
  plans = ['bpp-prepaid'];
  ({ harness, provider } = await createPaymentHarness(() => plans));
});
afterEach(() => harness.stop());

const find = (): Promise<Order> => findOrder(harness);
const init = async (): Promise<Order> => {
  await harness.sendRequest({ type: 'init', ...WISH }, 'init');
  return find();
};
const confirm = (payment: 'unpaid' | 'unstated' | { readonly paid: number } = 'unstated') =>
  harness
    .sendRequest(
      {
        type: 'confirm',
        ...WISH,
        payment: typeof payment === 'object' ? { paid: statedAmount(payment.paid) } : payment,
      },
      'confirm',
    )
    .then(find);
const hear = async (reported = provider.onlyPayment(), id?: string): Promise<Order> => {
  await harness.bridge.paymentUpdates.paymentUpdated(id ?? (await find()).id, reported);
  return find();
};
type Said = { readonly message?: { readonly order?: Record<string, never> }; readonly error?: Record<string, never> };
const toldLast = (action: string): Said | undefined =>
  harness.callbacks
    .filter((one) => one.action === action)
    .map((one) => one.body as Said)
    .at(-1);
const payment = (action: string): unknown =>
  (toldLast(action)?.message?.order?.['payments'] as unknown[] | undefined)?.[0];
const refunds = (): number => provider.requests.filter(({ what }) => what === 'refund').length;
const paymentOf = ({ payment: found }: Order) => found;

/** Plays a session of this energy from start to end. */
async function charge(energyWh: number): Promise<void> {
  const order = await find();
  const transactionId = await harness.startTransaction(order, 1000);
  await harness.clock.advance(300_000);
  await harness.sendEvent({
    type: 'transaction-stopped',
    transactionId,
    meterStopWh: 1000 + energyWh,
    at: harness.clock.now(),
    reason: 'Local',
    samples: [],
    raw: '{}',
  });
  await settle(10);
}

describe('paid beforehand to us', () => {
  it('answers init with the link, and tells when it is paid', async () => {
    const draft = await init();
    expect(payment('on_init')).toMatchObject({
      collected_by: 'BPP',
      url: 'https://pay.example/pay-1',
      type: 'PRE-ORDER',
      status: 'NOT-PAID',
      params: { amount: '100.00' },
    });
    expect(provider.requests).toEqual([
      { what: 'request', key: `${draft.id}:request:${TOTAL}:${draft.quote.expiresAt}`, amount: TOTAL },
    ]);
    await hear(provider.pay());
    expect(payment('on_status')).toMatchObject({
      status: 'PAID',
      params: { amount: '100.00', transaction_id: 'pay-1' },
    });
  });

  it('answers a second init with the same link, and asks for no other', async () => {
    await init();
    await init();
    expect(harness.callbacks.filter(({ action }) => action === 'on_init')).toHaveLength(2);
    expect(provider.requests).toHaveLength(1);
  });

  it('asks again after a link that came to nothing', async () => {
    await init();
    await hear({ ...provider.onlyPayment(), state: 'failed' });
    await init();
    expect(provider.requests).toHaveLength(2);
    expect(provider.requests[1]?.key).toBe(`${provider.requests[0]?.key ?? ''}:pay-1`);
    expect(payment('on_init')).toMatchObject({ url: 'https://pay.example/pay-2', status: 'NOT-PAID' });
    await hear(provider.pay('pay-2'));
    expect(payment('on_status')).toMatchObject({ status: 'PAID', params: { transaction_id: 'pay-2' } });
  });

  it('asks for another sum when another is wished, and no more for the first', async () => {
    provider.failures.push('fail');
    await init();
    await harness.sendRequest({ type: 'init', ...wish(5000) }, 'init');
    await harness.clock.advance(5000);
    expect(provider.requests.map(({ amount }) => amount)).toEqual([TOTAL, 5000]);
    expect(payment('on_init')).toMatchObject({ url: 'https://pay.example/pay-1', params: { amount: '50.00' } });
  });

  it('saves nothing for what it knows already', async () => {
    await init();
    const before = await hear(provider.pay());
    await hear();
    expect((await find()).version).toBe(before.version);
  });

  it('makes no link for an order that is over by then', async () => {
    provider.failures.push('fail');
    await init();
    await harness.bridge.operatorCommands.cancel((await find()).id);
    await harness.clock.advance(5000);
    expect(provider.payments.size).toBe(0);
  });

  it('answers init without a link when the provider is away too long, and tells the link when it comes', async () => {
    provider.failures.push(...Array.from({ length: 30 }, () => 'fail' as const));
    await init();
    expect(toldLast('on_init')).toBeUndefined();
    await harness.clock.advance(26_000);
    expect(payment('on_init')).toMatchObject({ status: 'NOT-PAID' });
    expect(payment('on_init')).not.toHaveProperty('url');
    await harness.clock.advance(10_000);
    expect(payment('on_status')).toMatchObject({ url: 'https://pay.example/pay-1' });
    const keys = new Set(provider.requests.map(({ key }) => key));
    expect(keys.size).toBe(1);
  });

  it.each(['unpaid', 'unstated', { paid: TOTAL }] as const)(
    'refuses a confirm (%j) that the provider knows no payment for',
    async (said) => {
      await init();
      const order = await confirm(said);
      expect(order.state).toBe('draft');
      expect(toldLast('on_confirm')?.error).toMatchObject({ code: '40004' });
      expect(harness.commands.filter(({ type }) => type === 'remote-start')).toEqual([]);
    },
  );

  it('asks the provider before it refuses: the webhook may be lost', async () => {
    await init();
    provider.pay();
    const order = await confirm();
    expect(order.state).toBe('starting');
    expect(order.payment).toMatchObject({ paid: TOTAL, status: 'paid', providerReference: 'pay-1' });
  });

  it('counts what the provider says, and tells a person that the buyer app says something else', async () => {
    await init();
    await hear(provider.pay());
    const order = await confirm({ paid: TOTAL + 500 });
    expect(order.payment?.paid).toBe(TOTAL);
    expect(await harness.discrepancies()).toEqual(['payment-mismatch']);
  });

  it('refuses a confirm when less was paid than quoted, and gives it back when nothing follows', async () => {
    await init();
    provider.amountError = -1;
    await hear(provider.pay());
    provider.amountError = 0;
    const order = await confirm();
    expect(toldLast('on_confirm')?.error).toMatchObject({ code: '40004' });
    expect(order.state).toBe('draft');
    await harness.clock.advance(901_000);
    expect((await find()).payment).toMatchObject({ paid: TOTAL - 1, refunded: TOTAL - 1, status: 'refunded' });
    expect(await harness.discrepancies()).toEqual(['payment-mismatch']);
  });

  it('gives back what was paid and never confirmed, over a restart too', async () => {
    await init();
    await hear(provider.pay());
    await harness.restart();
    await harness.clock.advance(901_000);
    const order = await find();
    expect(order).toMatchObject({ state: 'cancelled', outcome: { code: 'not-confirmed' } });
    expect(order.payment).toMatchObject({ refunded: TOTAL, status: 'refunded' });
    expect(refunds()).toBe(1);
  });

  it('gives back what is paid for an order that is over', async () => {
    await init();
    await harness.bridge.operatorCommands.cancel((await find()).id);
    await hear(provider.pay());
    expect((await find()).payment).toMatchObject({ paid: TOTAL, refunded: TOTAL });
    expect((await find()).bill).toMatchObject({ total: 0, refund: TOTAL });
  });
});

describe('the refund', () => {
  beforeEach(async () => {
    await init();
    await hear(provider.pay());
    await confirm();
  });

  it('is what was paid and not billed, told in the terminal status and again when it is done', async () => {
    await charge(4000);
    const order = await find();
    expect(order.bill).toMatchObject({ total: 4000, refund: 6000 });
    expect(order.payment).toMatchObject({ paid: TOTAL, refundRequested: 6000, refunded: 6000, status: 'refunded' });
    expect(provider.requests.at(-1)).toEqual({ what: 'refund', key: `${order.id}:refund:6000`, amount: 6000 });
    const ends = harness.callbacks.filter(
      ({ action, body }) => action === 'on_status' && JSON.stringify(body).includes('"COMPLETE"'),
    );
    expect(ends).toHaveLength(2);
  });

  it('is made once, whatever the provider loses, repeats and says twice', async () => {
    provider.failures.push('lost', 'fail', 'lost');
    await charge(4000);
    await harness.clock.advance(10_000);
    for (let times = 0; times < 3; times++) await hear();
    await harness.restart();
    await harness.clock.advance(10_000);
    await hear();
    expect(new Set(provider.requests.filter(({ what }) => what === 'refund').map(({ key }) => key)).size).toBe(1);
    expect(refunds()).toBe(2);
    expect(provider.onlyPayment()).toMatchObject({ paid: TOTAL, refunded: 6000 });
    expect((await find()).payment).toMatchObject({ refunded: 6000, status: 'refunded' });
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('is asked again after a restart that fell between the payment request and its answer', async () => {
    provider.failures.push('lost');
    await charge(4000);
    expect((await find()).payment?.refunded).toBeUndefined();
    await harness.restart();
    await harness.clock.advance(2000);
    expect(provider.onlyPayment().refunded).toBe(6000);
    expect((await find()).payment?.refunded).toBe(6000);
  });

  it('that the provider will not make is a row, and the order has its end all the same', async () => {
    provider.failures.push('refuse');
    await charge(4000);
    expect(await harness.discrepancies()).toEqual(['payment-failed']);
    expect(await find()).toMatchObject({ state: 'completed', effects: [] });
  });

  it('that comes out otherwise than asked is a row', async () => {
    provider.amountError = 7;
    await charge(4000);
    expect(await harness.discrepancies()).toEqual(['payment-mismatch']);
    const [row] = await harness.store.listDiscrepancies({ limit: 1 });
    expect(row?.amount).toBe(7);
  });

  it('is whole when the order is ended before anything was delivered', async () => {
    await harness.bridge.operatorCommands.stop((await find()).id);
    expect((await find()).payment).toMatchObject({ refunded: TOTAL });
  });
});

describe('a confirm for a charger that is away', () => {
  it('ends in a clear failure and a full refund when its time is over, and not before', async () => {
    await init();
    await hear(provider.pay());
    await harness.disconnect();
    await confirm();
    await harness.clock.advance(119_000);
    expect((await find()).state).toBe('confirmed');
    expect(refunds()).toBe(0);
    await harness.clock.advance(2000);
    expect(await find()).toMatchObject({
      state: 'failed',
      outcome: { code: 'charger-offline' },
      bill: { total: 0, refund: TOTAL },
      payment: { refunded: TOTAL, status: 'refunded' },
    });
    expect(harness.commands.filter(({ type }) => type === 'remote-start')).toEqual([]);
    const end = toldLast('on_status')?.message?.order;
    expect(end).toMatchObject({
      status: 'CANCELLED',
      refund_terms: [{ refund_amount: { estimated_value: '100.00' } }],
    });
  });
});

describe('a confirm for a charger in quarantine', () => {
  it('ends at once, by name, and what we collected goes back', async () => {
    await init();
    await hear(provider.pay());
    harness.bridge.chargerEvents.startQuarantine('CP1', { reason: 'takeovers', detail: 'why', address: '203.0.113.9' });
    await confirm();
    await harness.clock.advance(100);
    expect(await find()).toMatchObject({
      state: 'failed',
      outcome: { code: 'charger-quarantined' },
      payment: { refunded: TOTAL, status: 'refunded' },
    });
    expect(harness.commands).toEqual([]);
    expect(toldLast('on_status')?.message?.order).toMatchObject({ status: 'CANCELLED' });
  });
});

describe('money that is held', () => {
  beforeEach(async () => {
    plans = ['bpp-hold'];
    await init();
    await hear(provider.pay());
    await confirm();
  });

  it('is taken as far as the bill goes, and the rest is let go', async () => {
    expect(provider.requests[0]).toMatchObject({ what: 'request' });
    await charge(4000);
    expect(provider.requests.at(-1)).toMatchObject({ what: 'capture', amount: 4000 });
    expect(paymentOf(await find())).toMatchObject({
      authorisedAmount: TOTAL,
      paid: 4000,
      captureRequested: 4000,
      status: 'paid',
    });
    expect((await find()).bill).toMatchObject({ total: 4000, refund: 0 });
    expect(refunds()).toBe(0);
    expect(payment('on_status')).toMatchObject({ status: 'PAID', params: { amount: '40.00' } });
  });

  it('is let go as a whole when nothing was delivered', async () => {
    await harness.bridge.operatorCommands.stop((await find()).id);
    await settle(10);
    expect(provider.requests.at(-1)).toMatchObject({ what: 'capture', amount: 0 });
    expect(paymentOf(await find())).toMatchObject({ paid: 0, status: 'released' });
  });

  it('and taken in excess goes back, with a row', async () => {
    provider.amountError = 30;
    provider.failures.push('lost');
    await charge(4000);
    provider.amountError = 0;
    await harness.clock.advance(2000);
    expect(paymentOf(await find())).toMatchObject({ paid: 4030, refunded: 30 });
    expect(await harness.discrepancies()).toEqual(['payment-mismatch']);
  });
});

describe('paid afterwards to us', () => {
  beforeEach(() => {
    plans = ['bpp-postpaid'];
  });

  it('starts without a payment, asks for the bill, and lets the cable go when it is paid', async () => {
    await init();
    expect(payment('on_init')).toMatchObject({ type: 'ON-FULFILLMENT', status: 'NOT-PAID' });
    const order = await confirm('unpaid');
    expect(order).toMatchObject({ state: 'starting', authorised: TOTAL });
    harness.behaviour.answer = ({ type }) => ({
      kind: 'answered',
      status: type === 'unlock-connector' ? 'Unlocked' : 'Accepted',
      payload: {},
    });
    await charge(4000);
    expect(payment('on_status')).toMatchObject({
      type: 'ON-FULFILLMENT',
      status: 'NOT-PAID',
      url: 'https://pay.example/pay-1',
      params: { amount: '40.00' },
    });
    expect(provider.requests).toEqual([{ what: 'request', key: `${order.id}:bill`, amount: 4000 }]);
    expect(harness.commands.some(({ type }) => type === 'unlock-connector')).toBe(false);
    await hear(provider.pay());
    expect(harness.commands.filter(({ type }) => type === 'unlock-connector')).toEqual([
      { type: 'unlock-connector', connectorId: 1 },
    ]);
    expect(await find()).toMatchObject({ cable: 'unlocked', payment: { paid: 4000, status: 'paid' }, effects: [] });
    await hear();
    expect(harness.commands.filter(({ type }) => type === 'unlock-connector')).toHaveLength(1);
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('is a row when it is not paid in time, and nobody’s car is kept', async () => {
    await init();
    await confirm('unpaid');
    await charge(4000);
    await harness.restart();
    await harness.connect();
    await harness.clock.advance(899_000);
    expect(await harness.discrepancies()).toEqual([]);
    await harness.clock.advance(2000);
    expect(await harness.discrepancies()).toContain('payment-overdue');
    expect((await find()).payment).toMatchObject({ status: 'overdue' });
    expect(harness.commands.some(({ type }) => type === 'unlock-connector')).toBe(true);
    await hear(provider.payLate());
    expect((await find()).payment).toMatchObject({ status: 'paid', paid: 4000 });
  });

  it('tells a person when the cable is not let go', async () => {
    harness.behaviour.answer = ({ type }) => ({
      kind: 'answered',
      status: type === 'unlock-connector' ? 'UnlockFailed' : 'Accepted',
      payload: {},
    });
    await init();
    await confirm('unpaid');
    await charge(4000);
    await hear(provider.pay());
    expect(await harness.discrepancies()).toEqual(['cable-locked']);
    expect((await find()).cable).toBe('locked');
  });

  it('asks for nothing where nothing was delivered', async () => {
    await init();
    await confirm('unpaid');
    await harness.bridge.operatorCommands.stop((await find()).id);
    await settle(10);
    expect(provider.requests).toEqual([]);
    expect(await find()).toMatchObject({ state: 'cancelled', effects: [] });
  });

  it('has its end though the link does not come', async () => {
    await init();
    await confirm('unpaid');
    provider.failures.push(...Array.from({ length: 40 }, () => 'fail' as const));
    await charge(4000);
    const ends = (): number =>
      harness.callbacks.filter(({ body }) => JSON.stringify(body).includes('"COMPLETE"')).length;
    expect(ends()).toBe(0);
    await harness.clock.advance(26_000);
    expect(ends()).toBe(1);
  });

  it('is refused where it is not offered', async () => {
    plans = ['bap-prepaid'];
    const order = await harness.sendRequest(
      { type: 'confirm', ...WISH, payment: 'unpaid', paymentPreference: { type: 'ON-FULFILLMENT' } },
      'confirm',
    );
    await settle(10);
    expect(order).toEqual({ ack: true });
    expect(toldLast('on_confirm')?.error).toMatchObject({ code: '40004' });
  });
});

describe('terms', () => {
  it('are the buyer app’s wish where they are offered', async () => {
    plans = ['bap-prepaid', 'bpp-postpaid', 'bpp-prepaid'];
    await harness.sendRequest(
      { type: 'init', ...WISH, paymentPreference: { collectedBy: 'BPP', type: 'PRE-ORDER' } },
      'init',
    );
    expect((await find()).payment).toMatchObject({ type: 'PRE-ORDER', collectedBy: 'BPP', mode: 'charge' });
  });

  it('bring the buyer app’s own rates of progress to its orders', async () => {
    await harness.stop();
    harness = await createBridgeHarness(undefined, undefined, {
      buyerTerms: () => ({ paymentModels: ['bap-prepaid'], progressMs: 0, progressWh: 250 }),
    });
    await harness.connect();
    await init();
    expect((await find()).customer).toMatchObject({ bapId: 'bap', progressMs: 0, progressWh: 250 });
  });

  it('of a buyer app that answers for the bill ask nobody', async () => {
    plans = ['bap-postpaid'];
    await init();
    await confirm('unpaid');
    await charge(4000);
    expect(await find()).toMatchObject({ payment: { paid: 4000, status: 'paid', collectedBy: 'BAP' } });
    expect(provider.requests).toEqual([]);
  });

  it('unsaid are paid to the buyer app, and the answers have no new word', async () => {
    plans = ['bap-prepaid'];
    await init();
    expect(payment('on_init')).toEqual({
      type: 'PRE-ORDER',
      status: 'NOT-PAID',
      params: { amount: '100.00', currency: 'INR' },
      time: { timestamp: '2026-01-15T10:00:00.000Z' },
    });
    await confirm({ paid: TOTAL });
    expect(payment('on_confirm')).toEqual({
      type: 'PRE-ORDER',
      status: 'PAID',
      params: { amount: '100.00', currency: 'INR' },
      time: { timestamp: '2026-01-15T10:00:00.000Z' },
    });
    expect((await find()).payment).toEqual({ paid: TOTAL });
  });
});

describe('money that nobody wants', () => {
  it('of an order that is not there is one row, however often it is told', async () => {
    const reported = {
      reference: 'pay-9',
      state: 'paid',
      currency: 'INR',
      authorisedAmount: 0,
      paid: 900,
      refunded: 0,
    } as const;
    await harness.bridge.paymentUpdates.paymentUpdated('nowhere', reported);
    await harness.bridge.paymentUpdates.paymentUpdated('nowhere', reported);
    expect(await harness.discrepancies()).toEqual(['payment-unmatched']);
  });

  it('is told again when there is more of it', async () => {
    const reported = {
      reference: 'pay-9',
      state: 'paid',
      currency: 'INR',
      authorisedAmount: 0,
      paid: 900,
      refunded: 0,
    } as const;
    await harness.bridge.paymentUpdates.paymentUpdated('nowhere', reported);
    await harness.bridge.paymentUpdates.paymentUpdated('nowhere', { ...reported, paid: 1500 });
    await init();
    await hear(provider.pay());
    await hear(reported);
    await hear({ ...reported, paid: 2000 });
    const kinds = await harness.discrepancies();
    expect(kinds).toEqual(Array.from({ length: 3 }, () => 'payment-unmatched'));
  });

  it('of an order that counts another payment is one row and no posting', async () => {
    await init();
    await hear(provider.pay());
    const other = {
      reference: 'pay-9',
      state: 'paid',
      currency: 'INR',
      authorisedAmount: 0,
      paid: 900,
      refunded: 0,
    } as const;
    await hear(other);
    await hear(other);
    expect(await harness.discrepancies()).toEqual(['payment-unmatched']);
    expect((await find()).payment?.paid).toBe(TOTAL);
  });

  it('of a link from before, when the order came to be paid afterwards, is a row and no prepayment', async () => {
    plans = ['bpp-prepaid', 'bpp-postpaid'];
    await init();
    await harness.sendRequest({ type: 'init', ...WISH, paymentPreference: { type: 'ON-FULFILLMENT' } }, 'init');
    await hear(provider.pay());
    await confirm('unpaid');
    expect((await find()).payment).toMatchObject({ type: 'ON-FULFILLMENT', paid: 0 });
    expect(await harness.discrepancies()).toEqual(['payment-unmatched']);
  });

  it('in another currency is not counted', async () => {
    await init();
    await hear({ ...provider.pay(), currency: 'EUR' });
    expect((await find()).payment?.paid).toBe(0);
    expect(await harness.discrepancies()).toEqual(['payment-mismatch']);
  });
});
