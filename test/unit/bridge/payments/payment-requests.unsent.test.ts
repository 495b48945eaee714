/** A refund that has not left is worth what the provider's newest totals leave due; one that has left is not changed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import type { BridgeHarness } from '../../../fakes/bridge-harness.js';
import { createPaymentHarness, findOrder, reportPayment, wish } from '../../../fakes/payment-harness.js';
import type { FakeProvider } from '../../../fakes/payment-provider.js';

/** The price of 10 kWh, minor units, and that of the energy of a session. */
const TOTAL = 10_000;
const BILL = 4000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let harness: BridgeHarness;
let provider: FakeProvider;

beforeEach(async () => {
  ({ harness, provider } = await createPaymentHarness(() => ['bpp-prepaid']));
});
afterEach(() => harness.stop());

const find = (): Promise<Order> => findOrder(harness);
const init = (wh = 10_000): Promise<Order> => harness.sendRequest({ type: 'init', ...wish(wh) }, 'init').then(find);
const hear = (reported = provider.onlyPayment()): Promise<Order> => reportPayment(harness, reported);
const refunds = (): number[] => provider.requests.filter(({ what }) => what === 'refund').map(({ amount }) => amount);
const discrepancies = async () =>
  (await harness.store.listDiscrepancies({ limit: 100 })).map(({ kind, amount }) => [kind, amount]);

/** Begins a paid session. Returns its transaction id. */
async function begin(): Promise<string> {
  await init();
  await hear(provider.pay());
  await harness.sendRequest({ type: 'confirm', ...wish(10_000), payment: 'unstated' }, 'confirm');
  return harness.startTransaction(await find(), 1000);
}

/** Ends the session with a bill of `BILL`. */
async function end(transactionId: string): Promise<Order> {
  await harness.clock.advance(5 * MINUTE);
  const at = harness.clock.now();
  const stop = { type: 'transaction-stopped', transactionId, at, reason: 'Local', samples: [], raw: '{}' } as const;
  await harness.sendEvent({ ...stop, meterStopWh: 1000 + BILL });
  return find();
}

describe('a refund that has not left', () => {
  it.each([
    ['leaves nothing', 3000, []],
    ['leaves a part', 6000, [6000 - BILL]],
  ])('follows a partial chargeback without a webhook that %s to give back', async (_what, paid, due) => {
    const transactionId = await begin();
    provider.change({ paid });
    await end(transactionId);
    await harness.clock.advance(HOUR);
    expect(refunds()).toEqual(due);
    expect(await discrepancies()).toEqual([['payment-reversed', paid - TOTAL]]);
    expect((await find()).effects).toEqual([]);
  });

  it('is not sent after a chargeback that no look-up could show before', async () => {
    const transactionId = await begin();
    provider.away = true;
    await end(transactionId);
    await harness.clock.advance(MINUTE);
    await harness.restart();
    await harness.clock.advance(MINUTE);
    provider.change({ state: 'failed', paid: 0 });
    provider.away = false;
    await harness.clock.advance(HOUR);
    expect(refunds()).toEqual([]);
    expect(await discrepancies()).toEqual([['payment-reversed', -TOTAL]]);
  });

  it.each([true, false])('is of the rest after a refund by hand (its webhook arrives: %s)', async (isHeard) => {
    const transactionId = await begin();
    provider.away = true;
    await end(transactionId);
    const byHand = provider.change({ refunded: 4000 });
    if (isHeard) await hear(byHand);
    provider.away = false;
    await harness.clock.advance(HOUR);
    expect(refunds()).toEqual([TOTAL - BILL - 4000]);
    expect((await find()).payment).toMatchObject({ refunded: TOTAL - BILL, status: 'refunded' });
    expect(await discrepancies()).toEqual([]);
  });

  it('leaves although the clock was set back after lower totals were reported', async () => {
    const transactionId = await begin();
    provider.away = true;
    await end(transactionId);
    await hear(provider.change({ paid: 6000 }));
    harness.clock.step(-30 * HOUR);
    provider.away = false;
    await harness.clock.advance(10 * MINUTE);
    expect(refunds()).toEqual([6000 - BILL]);
  });
});

describe('a refund that may have left', () => {
  it('is not changed by a refund by hand before its answer', async () => {
    const transactionId = await begin();
    provider.pending = true;
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const refund = provider.refund.bind(provider);
    provider.refund = async (request) => {
      const result = await refund(request);
      await slow;
      return result;
    };
    await end(transactionId);
    await hear(provider.change({ refunded: 4000 }));
    answer();
    await harness.clock.advance(MINUTE);
    expect(refunds()).toEqual([TOTAL - BILL]);
  });

  it('counts as given back when another one is withdrawn', async () => {
    const transactionId = await begin();
    provider.pending = true;
    await end(transactionId);
    provider.away = true;
    await hear(provider.change({ paid: 2 * TOTAL }));
    provider.change({ paid: TOTAL });
    provider.away = false;
    await harness.clock.advance(HOUR);
    expect(refunds()).toEqual([TOTAL - BILL]);
    expect((await find()).payment).toMatchObject({ refundRequested: TOTAL - BILL });
  });
});

describe('money of a replaced link', () => {
  beforeEach(async () => {
    await init();
    await init(5000);
    provider.away = true;
    await hear(provider.payLate('pay-1'));
  });

  it.each([true, false])('is not given back after a chargeback (its webhook arrives: %s)', async (isHeard) => {
    const chargeback = provider.change({ state: 'failed', paid: 0 }, 'pay-1');
    if (isHeard) await hear(chargeback);
    provider.away = false;
    await harness.clock.advance(HOUR);
    expect(refunds()).toEqual([]);
  });

  it('is given back as far as nobody has refunded it by hand', async () => {
    provider.change({ refunded: 4000 }, 'pay-1');
    provider.away = false;
    await harness.clock.advance(HOUR);
    expect(refunds()).toEqual([TOTAL - 4000]);
  });

  it('is asked for under another key when a first request of another amount failed', async () => {
    provider.away = false;
    provider.failures.push('refuse');
    await harness.clock.advance(MINUTE);
    await hear(provider.change({ refunded: 4000 }, 'pay-1'));
    await harness.clock.advance(HOUR);
    expect(refunds()).toEqual([TOTAL, TOTAL - 4000]);
    expect(new Set(provider.requests.filter(({ what }) => what === 'refund').map(({ key }) => key)).size).toBe(2);
  });

  it('that is paid twice is given back twice, once each', async () => {
    provider.away = false;
    provider.pending = true;
    await harness.clock.advance(MINUTE);
    await hear(provider.change({ paid: 2 * TOTAL }, 'pay-1'));
    await harness.clock.advance(HOUR);
    expect(refunds()).toEqual([TOTAL, TOTAL]);
  });
});
