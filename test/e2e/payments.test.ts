/** Payments that the BPP collects, with the real process between a buyer app, a charger and a payment provider. */
import { afterAll, afterEach, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asList, valueAt, textOf } from '../../src/sandbox/runtime/json.js';
import { demoBilling, selectedOrder } from '../../src/sandbox/buyer-app/request-messages.js';
import type { PaymentMisbehaviour } from '../../src/sandbox/payment-provider.js';
import { ask, begun, ended, orderIn, place, refundOf, notified, totalOf } from './shopper.js';
import { eventually } from './waiting.js';
import { nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

const CHARGE_POINT = 'CP-01';
let system: TestSystem;

afterEach(() => system.close());
afterAll(() => nothingLeft());

const payment = (order: unknown): { [key: string]: string } =>
  (asList(valueAt(order, 'payments'))[0] ?? {}) as { [key: string]: string };

it('is charged first and paid afterwards: the link comes with the end, the cable goes with the money', async () => {
  const frames: string[] = [];
  system = await startTestSystem({ chargePoints: [CHARGE_POINT], collects: 'bpp-postpaid', payImmediately: false });
  const { buyer, payments } = system;
  if (!payments) throw new Error('there is no provider');
  payments.misbehaviour.copiesPerWebhook = 2;
  await system.bridge.start();
  await system.charger(CHARGE_POINT, { onFrame: (_way, frame) => void frames.push(JSON.stringify(frame)) });
  const transactionId = randomUUID();
  const order = { ...selectedOrder(system.choice(CHARGE_POINT, 'units', 100)), billing: demoBilling(Date.now()) };
  const draft = orderIn(await ask(buyer, 'init', { order }, transactionId));
  expect(payment(draft)).toMatchObject({ type: 'ON-FULFILLMENT', collected_by: 'BPP', status: 'NOT-PAID' });
  const orderId = textOf(orderIn(await ask(buyer, 'confirm', { order }, transactionId)).id);
  const live = await begun(buyer, orderId);
  expect(JSON.stringify(live)).toContain('LIVE-METER');

  const end = await ended(buyer, orderId);
  const { url = '', status } = payment(end);
  expect(status).toBe('NOT-PAID');
  expect(JSON.stringify(end)).toContain('SESSION-SUMMARY');
  expect(frames.some((frame) => frame.includes('"UnlockConnector"'))).toBe(false);
  await fetch(url);
  const settled = await notified(buyer, orderId, 'the payment', (one) => payment(one).status === 'PAID');
  expect(valueAt(payment(settled), 'params', 'amount')).toBe(valueAt(end, 'quote', 'price', 'value'));
  await eventually('the cable is let go', () => frames.some((frame) => frame.includes('"UnlockConnector"')));
  await notified(buyer, orderId, 'the cable', (one) => JSON.stringify(one).includes('cable-released'));
  await eventually('both webhooks are taken', () => payments.webhooks.accepted >= 4);
  const seen = () => system.operator(`/api/orders/${orderId}`);
  await eventually('nothing is owed any more', async () => asList(valueAt(await seen(), 'effects')).length === 0);
  expect(await seen()).toMatchObject({
    cable: 'unlocked',
    payment: { paid: totalOf(end), status: 'paid' },
    effects: [],
  });
  expect((await system.operator('/api/discrepancies')).discrepancies).toEqual([]);
});

it('is refunded once though the provider loses its answers and says everything twice', async () => {
  system = await startTestSystem({ chargePoints: [CHARGE_POINT], collects: 'bpp-prepaid' });
  const { buyer, payments } = system;
  if (!payments) throw new Error('there is no provider');
  Object.assign(payments.misbehaviour, {
    copiesPerWebhook: 2,
    dropNextAnswers: 1,
    failNext: 1,
  } satisfies Partial<PaymentMisbehaviour>);
  await system.bridge.start();
  await system.charger(CHARGE_POINT);
  const placed = await place(buyer, system.choice(CHARGE_POINT, 'units', 400));
  await begun(buyer, placed.orderId);
  Object.assign(payments.misbehaviour, { dropNextAnswers: 2, failNext: 1 } satisfies Partial<PaymentMisbehaviour>);
  const descriptor = { name: 'Stop Charging', code: 'stop-charging' };
  await ask(buyer, 'cancel', { order_id: placed.orderId, descriptor }, placed.transactionId);
  const end = await ended(buyer, placed.orderId);
  const open = async (): Promise<unknown> => (await system.operator(`/api/orders/${placed.orderId}`)).payment;
  await eventually('the refund is known', async () => valueAt(await open(), 'status') === 'refunded');
  expect(payments.refunds).toHaveLength(1);
  expect(payments.refunds[0]?.amount).toBe(refundOf(end));
  expect(totalOf(end) + refundOf(end)).toBe(placed.paid);
  const entries = (await system.operator('/api/ledger')).entries as { kind: string; lines: { amount: number }[] }[];
  expect(entries.map(({ kind }) => kind).sort()).toEqual(['bill', 'payment', 'refund', 'refund-due']);
  for (const { lines } of entries) expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);

  const [stated] = payments.payments();
  if (!stated) throw new Error('the provider has no payment');
  const { id, currency, paid, refunded } = stated;
  const line = (kind: string, amount: number): object => ({ id, kind, amount, currency, at: new Date().toISOString() });
  const day = new Date().toISOString().slice(0, 10);
  const imported = async (...lines: object[]): Promise<unknown[]> => {
    const token = readFileSync(join(system.dataDir, 'operator-token'), 'utf8').trim();
    const response = await fetch(`${system.addresses.operator}/api/payments/statement?day=${day}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ lines }),
    });
    return asList(valueAt(await response.json(), 'mismatched')).map((one) => [
      valueAt(one, 'problem'),
      valueAt(one, 'orderId'),
    ]);
  };
  expect(await imported(line('payment', paid), line('refund', refunded))).toEqual([]);
  expect(await imported(line('payment', paid))).toEqual([['statement-refund-missing', placed.orderId]]);
});

it('is refunded though the provider only says that it will, and loses every webhook', async () => {
  system = await startTestSystem({ chargePoints: [CHARGE_POINT], collects: 'bpp-prepaid' });
  const { buyer, payments } = system;
  if (!payments) throw new Error('there is no provider');
  await system.bridge.start();
  await system.charger(CHARGE_POINT);
  const placed = await place(buyer, system.choice(CHARGE_POINT, 'units', 400));
  await begun(buyer, placed.orderId);
  Object.assign(payments.misbehaviour, { pendingMs: 3000, copiesPerWebhook: 0 } satisfies Partial<PaymentMisbehaviour>);
  const descriptor = { name: 'Stop Charging', code: 'stop-charging' };
  await ask(buyer, 'cancel', { order_id: placed.orderId, descriptor }, placed.transactionId);
  const end = await ended(buyer, placed.orderId);
  const seen = () => system.operator(`/api/orders/${placed.orderId}`);
  // The order shows the refund a moment before its buyer app receives the callback.
  await eventually(
    'the refund is known, and the buyer app knows it',
    async () => {
      const { payment, effects } = await seen();
      return valueAt(payment, 'status') === 'refunded' && Array.isArray(effects) && effects.length === 1;
    },
    20_000,
  );
  // The refund is looked up for another day, because the totals do not show who made it.
  const effects = [{ kind: 'payment-refund', missing: 0 }];
  expect(await seen()).toMatchObject({ payment: { refunded: refundOf(end) }, effects });
  expect(payments.refunds).toHaveLength(1);
  expect((await system.operator('/api/discrepancies')).discrepancies).toEqual([]);
});

it('takes webhooks at a secret address only, under a signature', async () => {
  system = await startTestSystem({ chargePoints: [CHARGE_POINT], collects: 'bpp-prepaid', payImmediately: false });
  const { buyer, payments } = system;
  if (!payments) throw new Error('there is no provider');
  await system.bridge.start();
  const order = { ...selectedOrder(system.choice(CHARGE_POINT, 'units', 100)), billing: demoBilling(Date.now()) };
  const draft = orderIn(await ask(buyer, 'init', { order }));
  const [made] = payments.payments();
  const body = JSON.stringify({ id: made?.id, order_id: made?.order_id, state: 'paid', currency: 'INR', paid: 99_999 });
  const post = (url: string): Promise<number> => fetch(url, { method: 'POST', body }).then(({ status }) => status);
  expect(await post(made?.notifyUrl ?? '')).toBe(401);
  expect(await post(`${system.addresses.beckn}/payments/${'0'.repeat(40)}`)).toBe(404);
  expect(payment(draft)).toMatchObject({ status: 'NOT-PAID', collected_by: 'BPP' });
  expect(await system.operator(`/api/orders/${made?.order_id}`)).toMatchObject({ payment: { paid: 0 } });
});
