/**
 * Every acknowledged request gets its callback before the buyer app gives up: any request, about an order in any
 * state, at a silent charger or with an unavailable payment provider.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../src/beckn/protocol/json-reading.js';
import type { BuyerRequest } from '../../../src/ports/buyer-requests.js';
import { type BridgeHarness, createBridgeHarness } from '../../fakes/bridge-harness.js';
import { settle } from '../../fakes/manual-clock.js';
import { createFakeProvider } from '../../fakes/payment-provider.js';
import { SESSION_POLICY } from '../../fakes/session-policy.js';

const WAIT_MS = SESSION_POLICY.answerWithinMs + 1000;
const items = { itemIds: [{ id: 'CP1-1', path: 'p' }] };
const limit = { limit: { kind: 'energy', value: 10_000 } } as const;
const confirm: BuyerRequest = { type: 'confirm', items, limit, payment: 'unstated' };

/** Every kind of request. One without an order id refers to the newest order. */
const ASKED: readonly (readonly [action: string, BuyerRequest])[] = [
  ['search', { type: 'search', intent: {} }],
  ['search', { type: 'search', intent: { text: 'nowhere at all' } }],
  ['select', { type: 'select', items, limit }],
  ['init', { type: 'init', items, limit }],
  ['confirm', confirm],
  ['status', { type: 'status' }],
  ['track', { type: 'track' }],
  ['update', { type: 'start' }],
  ['update', { type: 'update', limit: { limit: { kind: 'energy', value: 9000 } } }],
  ['update', { type: 'stop', reply: 'at-end' }],
  ['cancel', { type: 'stop' }],
  ['cancel', { type: 'cancel', ifRunning: 'stop' }],
  ['support', { type: 'support' }],
  ['rating', { type: 'rating', ratings: [{ id: 'x', category: 'Order', value: 11 }] }],
];

const BEFORE: { readonly [state: string]: (harness: BridgeHarness) => Promise<unknown> } = {
  'no order': () => Promise.resolve(),
  'a draft': (harness) => harness.sendRequest({ type: 'init', items, limit }, 'init'),
  'one that waits to be started': (harness) => harness.sendRequest({ ...confirm, startsBy: 'buyer' }, 'confirm'),
  'one whose start is asked for': (harness) => harness.sendRequest(confirm, 'confirm'),
  'one that charges': async (harness) => harness.startTransaction(await harness.confirm(), 1000),
  'one whose charger is away': async (harness) => {
    await harness.startTransaction(await harness.confirm(), 1000);
    await harness.disconnect();
  },
  'one that has ended': async (harness) => {
    await harness.confirm();
    await harness.sendRequest({ type: 'cancel' }, 'cancel');
  },
};

let harness: BridgeHarness;
afterEach(() => harness.stop());

describe.each(Object.keys(BEFORE))('with %s', (state) => {
  it.each(ASKED)('%s (%o)', async (action, request) => {
    harness = await createBridgeHarness();
    await harness.connect();
    // From here on the charger leaves every call unanswered.
    harness.behaviour.answer = () => ({ kind: 'unknown', reason: 'timeout' });
    await BEFORE[state]?.(harness);
    await settle(20);
    const before = harness.callbacks.length;
    const receipt = await harness.sendRequest(request, action);
    await harness.clock.advance(WAIT_MS);
    await settle(20);
    const ids = harness.callbacks.slice(before).map(({ body }) => valueAt(body, 'context', 'message_id'));
    const own = ids.filter((id) => id === newestId(harness));
    if (receipt.ack) expect(own).toHaveLength(1);
    else expect([own, 'refusal' in receipt && receipt.refusal.code]).toEqual([[], 'order-unknown']);
  });
});

/** Returns the message id of the last request. The harness numbers its requests. */
function newestId({ requestCount: asked }: BridgeHarness): string {
  return `m-${asked()}`;
}

describe('with a payment provider that is away', () => {
  const collects = async (): Promise<void> => {
    const provider = createFakeProvider();
    provider.failures.push(...Array<'fail'>(50).fill('fail'));
    harness = await createBridgeHarness(undefined, undefined, {
      paymentProvider: provider,
      buyerTerms: () => ({ paymentModels: ['bpp-prepaid'] }),
    });
    await harness.connect();
  };

  it('init is answered within the wait, and says that it cannot be paid here yet', async () => {
    await collects();
    await harness.sendRequest({ type: 'init', items, limit }, 'init');
    await harness.clock.advance(WAIT_MS);
    await settle(20);
    expect(answered()).toEqual(['on_init']);
  });

  it('confirm is refused, since nobody has paid', async () => {
    await collects();
    await harness.sendRequest({ type: 'init', items, limit }, 'init');
    await harness.clock.advance(WAIT_MS);
    await harness.sendRequest(confirm, 'confirm');
    await harness.clock.advance(WAIT_MS);
    await settle(20);
    expect(answered()).toEqual(['on_confirm']);
    const [said] = harness.callbacks.filter(({ action }) => action === 'on_confirm');
    expect(valueAt(said?.body, 'error', 'code')).toBe('40004');
  });
});

/** Returns the actions of the callbacks to the last request. */
function answered(): string[] {
  return harness.callbacks
    .filter(({ body }) => valueAt(body, 'context', 'message_id') === newestId(harness))
    .map(({ action }) => action);
}
