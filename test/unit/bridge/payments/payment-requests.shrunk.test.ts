/** Payments of which a part is taken back or given back during the session: it goes only as far as the rest reaches. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import type { PaymentModel, ProviderPayment } from '../../../../src/domain/model/payment.js';
import type { BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createPaymentHarness, findOrder, wish } from '../../../fakes/payment-harness.js';
import type { FakeProvider } from '../../../fakes/payment-provider.js';

/** The price of 10 kWh, minor units; 1 Wh costs one. */
const TOTAL = 10_000;
const WISH = wish(TOTAL);
const LEFT = 3000;
const MINUTE = 60_000;

let harness: BridgeHarness;
let provider: FakeProvider;
let plan: PaymentModel;

beforeEach(async () => {
  plan = 'bpp-prepaid';
  ({ harness, provider } = await createPaymentHarness(() => [plan]));
});
afterEach(() => harness.stop());

const find = async (): Promise<Order> => harness.order((await findOrder(harness)).id);
const hear = async (reported: ProviderPayment): Promise<Order> => {
  await harness.bridge.paymentUpdates.paymentUpdated((await find()).id, reported);
  return find();
};

/** Begins a paid session at register 0. Returns its transaction id. */
async function begin(): Promise<string> {
  await harness.sendRequest({ type: 'init', ...WISH }, 'init');
  await hear(provider.pay());
  await harness.sendRequest({ type: 'confirm', ...WISH, payment: 'unstated' }, 'confirm');
  return harness.startTransaction(await find(), 1000);
}

/** Charges 500 Wh a minute until a RemoteStop or the end of the minutes. Returns the energy. */
async function charge(transactionId: string, minutes: number, fromWh = 0): Promise<number> {
  for (let wh = fromWh + 500, minute = 1; ; wh += 500, minute++) {
    await harness.clock.advance(MINUTE);
    if (harness.commands.some(({ type }) => type === 'remote-stop') || minute > minutes) return wh - 500;
    await harness.sendSamples(1, [{ registerWh: 1000 + wh }], transactionId);
  }
}

describe('a session whose payment shrinks', () => {
  it.each([
    ['was partly taken back', 'bpp-prepaid', { paid: LEFT }],
    ['was partly given back', 'bpp-prepaid', { refunded: TOTAL - LEFT }],
    ['is a hold that was partly let go', 'bpp-hold', { authorisedAmount: LEFT }],
  ] as const)('stops where the rest of the money ends: it %s', async (_what, terms, totals) => {
    plan = terms;
    const transactionId = await begin();
    await charge(transactionId, 2);
    await hear(provider.change(totals));
    await harness.clock.advance(10_000);

    expect(await charge(transactionId, 10, 1000)).toBeGreaterThan(LEFT - 1000);

    const order = await find();
    expect(order.session?.stop?.reason).toBe('policy');
    expect(order.session!.meter.energyWh).toBeLessThanOrEqual(LEFT);
    expect(order.authorised).toBe(TOTAL);
  });

  it('is stopped at once if it has gone further already, and billed for what it took', async () => {
    const transactionId = await begin();
    const wh = await charge(transactionId, 9);
    await hear(provider.change({ paid: LEFT }));
    await harness.clock.advance(10_000);
    expect((await find()).session?.stop?.reason).toBe('policy');
    const stop = { type: 'transaction-stopped', transactionId, reason: 'Remote', samples: [], raw: '{}' } as const;
    await harness.sendEvent({ ...stop, at: harness.clock.now(), meterStopWh: 1000 + wh });
    expect((await find()).bill).toMatchObject({ total: wh, refund: 0 });
    expect(await harness.discrepancies()).toContain('payment-reversed');
  });

  it('goes on to its limit if the money comes back', async () => {
    const transactionId = await begin();
    await charge(transactionId, 2);
    await hear(provider.change({ paid: LEFT }));
    await harness.clock.advance(10_000);
    await hear(provider.change({ paid: TOTAL }));
    await harness.clock.advance(10_000);
    expect(await charge(transactionId, 30, 1000)).toBeGreaterThan(TOTAL - 1000);
    expect((await find()).session?.stop?.reason).toBe('limit-energy');
  });
});
