/** Unexpected updates from the payment provider: reversed or released payments, replaced links, and refused refunds. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import type { PaymentModel } from '../../../../src/domain/model/payment.js';
import type { PaymentResult } from '../../../../src/ports/payment-provider.js';
import type { BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createPaymentHarness, findOrder, reportPayment, wish } from '../../../fakes/payment-harness.js';
import { createFakeProvider, type FakeProvider } from '../../../fakes/payment-provider.js';

/** The price of 10 kWh, minor units. */
const TOTAL = 10_000;

let harness: BridgeHarness;
let provider: FakeProvider;
let plan: PaymentModel;
let slow: Promise<void> | undefined;

beforeEach(async () => {
  plan = 'bpp-prepaid';
  slow = undefined;
  provider = createFakeProvider();
  const { requestPayment: request } = provider;
  provider.requestPayment = async (order): Promise<PaymentResult> => {
    const wait = slow;
    slow = undefined;
    const answer = request(order);
    await wait;
    return answer;
  };
  ({ harness } = await createPaymentHarness(() => [plan], { provider }));
});
afterEach(() => harness.stop());

const find = (): Promise<Order> => findOrder(harness);
const init = (wh = 10_000): Promise<Order> => harness.sendRequest({ type: 'init', ...wish(wh) }, 'init').then(find);
const confirm = (): Promise<Order> =>
  harness.sendRequest({ type: 'confirm', ...wish(10_000), payment: 'unstated' }, 'confirm').then(find);
const hear = (reported = provider.onlyPayment()): Promise<Order> => reportPayment(harness, reported);
const refunds = (): number[] => provider.requests.filter(({ what }) => what === 'refund').map(({ amount }) => amount);

describe('money that has gone back before the confirm', () => {
  it('pays for nothing, and is not given back again', async () => {
    await init();
    await hear(provider.pay());
    await hear(provider.change({ refunded: TOTAL }));

    expect((await confirm()).state).toBe('draft');

    await harness.clock.advance(3_600_000);
    expect((await find()).state).toBe('cancelled');
    expect(refunds()).toEqual([]);
  });

  it('is given back as far as it has not', async () => {
    await init();
    const reported = provider.pay();
    await hear(reported);
    await hear({ ...reported, refunded: 4000 });

    await harness.clock.advance(3_600_000);

    expect((await find()).state).toBe('cancelled');
    expect(refunds()).toEqual([TOTAL - 4000]);
  });

  it('was only held: what the provider let go pays for nothing, whatever old word comes after', async () => {
    plan = 'bpp-hold';
    await init();
    const held = provider.pay();
    await hear(held);
    await hear({ ...held, state: 'released' });
    await hear(held);

    expect((await confirm()).state).toBe('draft');
  });
});

describe('a link that was replaced', () => {
  it('is not taken for the new one when its answer comes late', async () => {
    let answer = (): void => undefined;
    slow = new Promise((resolve) => (answer = resolve));
    await init(5000);
    await init(10_000);
    answer();

    const { payment } = await find();

    expect(payment).toMatchObject({ providerReference: 'pay-2', url: 'https://pay.example/pay-2' });
  });

  it.each(['open', 'failed'] as const)('is not the new one because its webhook (%s) comes first', async (state) => {
    let answerOld = (): void => undefined;
    slow = new Promise((resolve) => (answerOld = resolve));
    await init(5000);
    let answerNew = (): void => undefined;
    slow = new Promise((resolve) => (answerNew = resolve));
    await init(10_000);
    await hear(provider.change({ state }, 'pay-1'));
    answerOld();
    answerNew();

    const { payment } = await find();

    expect(payment).toMatchObject({
      status: 'due',
      ...{ providerReference: 'pay-2', url: 'https://pay.example/pay-2', formerReferences: ['pay-1'] },
    });
  });

  it('says nothing of the new one when it runs out', async () => {
    await init(5000);
    let answer = (): void => undefined;
    slow = new Promise((resolve) => (answer = resolve));
    await init(10_000);
    await hear({ ...provider.change({}, 'pay-1'), state: 'failed' });
    answer();

    const { payment } = await find();

    expect(payment).toMatchObject({ status: 'due', providerReference: 'pay-2', url: 'https://pay.example/pay-2' });
  });
});

describe('a refund that the provider refuses', () => {
  it('is a row of its own, though one of the same amount was settled by hand', async () => {
    await init();
    const reported = provider.pay();
    await hear(reported);
    provider.failures.push('refuse');
    await harness.clock.advance(3_600_000);
    const [row] = await harness.store.listDiscrepancies({ limit: 10 });
    expect(row?.kind).toBe('payment-failed');
    await harness.store.closeDiscrepancy(row?.id ?? '', 'by hand', harness.clock.now());

    // The buyer has paid twice.
    provider.failures.push('refuse');
    await hear(provider.change({ paid: 2 * TOTAL }));

    const open = (await harness.store.listDiscrepancies({ limit: 10 })).filter(
      ({ closedAt }) => closedAt === undefined,
    );
    expect(open.map(({ kind }) => kind).sort()).toEqual(['payment-failed', 'payment-mismatch']);
  });
});
