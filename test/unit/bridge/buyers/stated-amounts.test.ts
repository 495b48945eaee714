/** Amounts of money in requests: read in the currency of the order, refused in any other, and never rounded. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { formatMinor } from '../../../../src/domain/model/money.js';
import type { Network } from '../../../../src/domain/model/network.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { BuyerRequest, StatedAmount } from '../../../../src/ports/buyer-requests.js';
import { statedAmount } from '../../../fakes/buyer-requests.js';
import { type BridgeHarness, createBridgeHarness, NETWORK } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const items = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };
const amount = (decimal: string, currency?: string): StatedAmount => ({
  decimal,
  ...(currency !== undefined && { currency }),
  path: 'the.amount',
});
const networkIn = (currency: string): Network =>
  JSON.parse(JSON.stringify(NETWORK, (key, value: unknown) => (key === 'currency' ? currency : value))) as Network;

let harness: BridgeHarness;
afterEach(() => harness.stop());

async function open(currency: string): Promise<void> {
  harness = await createBridgeHarness(networkIn(currency));
  await harness.connect();
}
const orderOf = async (transaction: string): Promise<Order | undefined> => {
  await settle(10);
  return harness.store.orderByTransaction('main/bap', transaction);
};
const selects = (stated: StatedAmount, more: object = {}): BuyerRequest => ({
  type: 'select',
  items,
  limit: { amount: stated },
  ...more,
});
const confirms = (paid: StatedAmount): BuyerRequest => ({ type: 'confirm', payment: { paid } });
const refusalOf = async (request: BuyerRequest, transaction = 'tx-1') => {
  const acknowledgement = await harness.sendRequest(request, request.type, { transaction });
  return 'refusal' in acknowledgement ? acknowledgement.refusal : undefined;
};

it.each(['INR', 'JPY', 'KWD'])(
  'an amount is ordered, paid and authorised to the minor unit of %s',
  async (currency) => {
    await open(currency);
    let transactions = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1000, max: 100_000 }),
        fc.nat(5000),
        fc.boolean(),
        async (limit, fee, named) => {
          const transaction = `tx-${(transactions += 1)}`;
          const said = (minor: number) => amount(formatMinor(minor, currency), named ? currency : undefined);
          const buyerFinderFee = { kind: 'amount', amount: said(fee) } as const;
          expect(await refusalOf(selects(said(limit), { buyerFinderFee }), transaction)).toBeUndefined();
          const draft = await orderOf(transaction);
          expect(draft).toMatchObject({
            limit: { kind: 'amount', value: limit },
            quote: { currency, total: limit + fee },
          });
          expect(await refusalOf(confirms(said(limit + fee)), transaction)).toBeUndefined();
          const order = await orderOf(transaction);
          expect(order).toMatchObject({ authorised: limit + fee, payment: { paid: limit + fee } });
          await harness.sendRequest({ type: 'cancel', orderId: order?.id ?? '' }, 'cancel', { transaction });
          await settle(10);
        },
      ),
      { numRuns: 20, seed: 7 },
    );
  },
);

describe('an amount in an order in yen', () => {
  it.each([
    ['a limit', selects(amount('100', 'INR'))],
    ['a fee', selects(amount('100'), { buyerFinderFee: { kind: 'amount', amount: amount('1', 'INR') } })],
    [
      'a payment',
      { type: 'confirm', items, limit: { amount: statedAmount(100, 'JPY') }, payment: { paid: amount('100', 'INR') } },
    ],
  ] as const)('is refused in rupees, before the ACK: %s', async (_what, request) => {
    await open('JPY');
    const refusal = { code: 'currency-mismatch', path: 'the.amount', detail: 'INR for JPY' };
    expect(await refusalOf(request)).toEqual(refusal);
    expect(await orderOf('tx-1')).toBeUndefined();
    expect(harness.callbacks).toEqual([]);
  });

  it.each([
    ['a limit', selects(amount('100.5'))],
    ['a fee', selects(amount('100'), { buyerFinderFee: { kind: 'amount', amount: amount('100.5') } })],
    ['a payment', { type: 'confirm', items, limit: { amount: amount('100') }, payment: { paid: amount('100.5') } }],
  ] as const)('has no decimals, and is not rounded: %s', async (_what, request) => {
    await open('JPY');
    const refusal = { code: 'amount-invalid', path: 'the.amount', detail: '100.5: JPY has no decimals' };
    expect(await refusalOf(request)).toEqual(refusal);
    expect(await orderOf('tx-1')).toBeUndefined();
  });

  it('is refused with the reason if it is too large to be exact', async () => {
    await open('JPY');
    const decimal = '9'.repeat(17);
    expect(await refusalOf(selects(amount(decimal)))).toMatchObject({ detail: `${decimal}: too large` });
  });

  it('may be written with zeros, which change nothing', async () => {
    await open('JPY');
    await refusalOf(selects(amount('2000.00')));
    expect(await orderOf('tx-1')).toMatchObject({ limit: { value: 2000 }, quote: { total: 2000 } });
  });
});

it('a limit that is changed later is in the currency of the order', async () => {
  await open('KWD');
  await refusalOf(selects(amount('50')));
  await refusalOf(confirms(amount('50.000')));
  const orderId = (await orderOf('tx-1'))?.id ?? '';
  const update = (stated: StatedAmount): BuyerRequest => ({
    type: 'update',
    orderId,
    items,
    limit: { amount: stated },
  });
  expect(await refusalOf(update(amount('40.0005')))).toMatchObject({ detail: '40.0005: KWD has at most 3 decimals' });
  expect(await refusalOf(update(amount('40', 'INR')))).toMatchObject({ detail: 'INR for KWD' });
  expect(await refusalOf(update(amount('40.125')))).toBeUndefined();
  expect(await orderOf('tx-1')).toMatchObject({ limit: { value: 40_125 }, authorised: 50_000 });
});

it('an order stays in its currency, because its limit and what was paid are counted in it', async () => {
  await open('INR');
  await refusalOf(selects(amount('100')));
  await harness.restart(networkIn('JPY'));
  await harness.connect();
  // Until it expires, the quote keeps the currency in which it was made.
  expect(await refusalOf({ type: 'init', items })).toBeUndefined();
  await harness.clock.advance(16 * 60_000);
  const before = await orderOf('tx-1');
  expect(before).toMatchObject({ state: 'draft', quote: { currency: 'INR' } });
  expect(await refusalOf({ type: 'init', items })).toEqual({
    code: 'currency-mismatch',
    path: 'message.order.items',
    detail: 'JPY for INR; start a new transaction',
  });
  expect(await orderOf('tx-1')).toEqual(before);
});
