/**
 * A buyer app in the `ev-charging` dialects, over real HTTP and real sockets: one update starts charging, another stops
 * it. A request in an unknown domain is read in the dialect that it looks like.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { valueAt, textOf, type Json } from '../../src/sandbox/runtime/json.js';
import type { ReceivedCallback } from '../../src/sandbox/buyer-app/buyer-options.js';
import { orderIn, totalOf } from './shopper.js';
import { eventually } from './waiting.js';
import { nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

const DOMAINS = ['ev-charging:uei', 'dent:ev-charging:0.1.0', 'uei:ev_charging'];
const IDS = ['EV-1', 'EV-2', 'EV-3', 'EV-4'];
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ chargePoints: IDS });
  await system.bridge.start();
});
afterAll(async () => {
  await system.close();
  await nothingLeft();
});

const stateOf = (callback: ReceivedCallback): string =>
  textOf(valueAt(orderIn(callback), 'fulfillments', 0, 'state', 'descriptor', 'code'));

/** Starts a Beckn transaction in a domain. Returns a function that sends a request and waits for its callback. */
function talk(domain: string) {
  const transactionId = randomUUID();
  const { buyer } = system;
  return async (action: string, message: Json): Promise<ReceivedCallback> => {
    const sent = await buyer.send(action, message, { transactionId, context: { domain, version: '1.1.0' } });
    if (!sent.ack) throw new Error(`${action}: ${sent.status} ${JSON.stringify(sent.body)}`);
    const mine = (one: ReceivedCallback): boolean => one.action === `on_${action}` && one.messageId === sent.messageId;
    const callback = await buyer.waitFor(mine, 10_000).catch(() => {
      const heard = buyer.callbacks.map((one) => `${one.action} ${stateOf(one)}`).join(', ');
      throw new Error(`${action} was never answered; callbacks were ${heard}`);
    });
    expect(valueAt(callback.context, 'domain')).toBe(domain);
    return callback;
  };
}

it.each(DOMAINS.map((domain, index) => [domain, IDS[index] ?? '']))('%s', { timeout: 25_000 }, async (domain, id) => {
  await system.charger(id);
  const ask = talk(domain);
  const measure = { unit: 'kWh', value: '5' };
  const order = { items: [{ id: `${id}-1`, quantity: { selected: { measure } } }], fulfillments: [{ id: `${id}-1` }] };
  const price = textOf(valueAt(orderIn(await ask('select', { order })), 'quote', 'price', 'value'));
  const params = { amount: price, currency: 'INR', transaction_id: 'pay-1' };
  const payments = [{ type: 'PRE-ORDER', status: 'PAID', collected_by: 'BAP', params }];
  await ask('init', { order });
  const confirmed = orderIn(await ask('confirm', { order: { ...order, payments } }));
  expect(confirmed.status).toBe('ACTIVE');

  const update = (code: string) => ({
    update_target: 'order.fulfillments[0].state',
    order: { fulfillments: [{ id: `${id}-1`, state: { descriptor: { code } } }] },
  });
  const started = await ask('update', update('start-charging'));
  expect(started.error).toBeUndefined();
  expect(['charging-started', 'CHARGING_IN_PROGRESS']).toContain(stateOf(started));

  const ended = await ask('update', update('end-charging'));
  expect(['charging-ended', 'CHARGING_COMPLETED']).toContain(stateOf(ended));
  expect(orderIn(ended)).toMatchObject({ id: confirmed.id, status: 'COMPLETE' });
  const terminal = await eventually('the one terminal status', () =>
    system.buyer.callbacks.find(
      (one) => one.action === 'on_status' && orderIn(one).id === confirmed.id && orderIn(one).status === 'COMPLETE',
    ),
  );
  expect(totalOf(orderIn(terminal))).toBe(totalOf(orderIn(ended)));
});

it(
  'a domain nobody knows is read by what it looks like, and its order keeps that dialect',
  { timeout: 25_000 },
  async () => {
    const id = IDS.at(-1) ?? '';
    await system.charger(id);
    const ask = talk('uei:somewhere');
    const tags = [
      { descriptor: { code: 'selected-charging-option' }, list: [{ descriptor: { code: 'units' }, value: '3000' }] },
    ];
    const order = { items: [{ id: `${id}-1`, descriptor: { code: 'connector' } }], tags };
    await ask('select', { order });
    const confirmed = orderIn(await ask('confirm', { order: { ...order, payments: [] } }));
    const status = orderIn(await ask('status', { order_id: confirmed.id }));
    expect(status).toMatchObject({ id: confirmed.id, type: 'DRAFT' });
    expect(status.items).toHaveLength(3);
  },
);
