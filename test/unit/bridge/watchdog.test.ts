/**
 * Nothing that is acknowledged stays unanswered: whatever is asked, of an order in whatever state, at a charger that never
 * says a word, or with a payment provider that is away; the answer is there within the wait of a buyer app.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../src/beckn/protocol/json-reading.js';
import type { BuyerRequest } from '../../../src/ports/buyer-requests.js';
import { type BridgeWorld, createBridgeWorld } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';
import { createFakeProvider } from '../../fakes/payment-provider.js';
import { SESSION_POLICY } from '../../fakes/session-policy.js';

const WAIT_MS = SESSION_POLICY.answerWithinMs + 1000;
const items = { itemIds: [{ id: 'CP1-1', path: 'p' }] };
const limit = { limit: { kind: 'energy', value: 10_000 } } as const;
const confirm: BuyerRequest = { type: 'confirm', items, limit, payment: 'unstated' };

/** The newest order is meant by whatever names none. */
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

const BEFORE: { readonly [state: string]: (world: BridgeWorld) => Promise<unknown> } = {
  'no order': () => Promise.resolve(),
  'a draft': (world) => world.ask({ type: 'init', items, limit }, 'init'),
  'one that waits to be started': (world) => world.ask({ ...confirm, startsBy: 'buyer' }, 'confirm'),
  'one whose start is asked for': (world) => world.ask(confirm, 'confirm'),
  'one that charges': async (world) => world.begin(await world.confirm(), 1000),
  'one whose charger is away': async (world) => {
    await world.begin(await world.confirm(), 1000);
    await world.disconnect();
  },
  'one that has ended': async (world) => {
    await world.confirm();
    await world.ask({ type: 'cancel' }, 'cancel');
  },
};

let world: BridgeWorld;
afterEach(() => world.stop());

describe.each(Object.keys(BEFORE))('with %s', (state) => {
  it.each(ASKED)('%s (%o)', async (action, request) => {
    world = await createBridgeWorld();
    await world.connect();
    // From here on the charger takes every call and answers none.
    world.behave.answer = () => ({ kind: 'unknown', reason: 'timeout' });
    await BEFORE[state]?.(world);
    await settle(20);
    const before = world.told.length;
    const receipt = await world.ask(request, action);
    await world.clock.advance(WAIT_MS);
    await settle(20);
    const ids = world.told.slice(before).map(({ body }) => valueAt(body, 'context', 'message_id'));
    const own = ids.filter((id) => id === newestId(world));
    if (receipt.ack) expect(own).toHaveLength(1);
    else expect([own, 'refusal' in receipt && receipt.refusal.code]).toEqual([[], 'order-unknown']);
  });
});

/** The message id of what was asked last: ids are counted. */
function newestId({ asked }: BridgeWorld): string {
  return `m-${asked()}`;
}

describe('with a payment provider that is away', () => {
  const collects = async (): Promise<void> => {
    const provider = createFakeProvider();
    provider.next.push(...Array<'fail'>(50).fill('fail'));
    world = await createBridgeWorld(undefined, undefined, {
      paymentProvider: provider,
      buyerTerms: () => ({ paymentModels: ['bpp-prepaid'] }),
    });
    await world.connect();
  };

  it('init is answered within the wait, and says that it cannot be paid here yet', async () => {
    await collects();
    await world.ask({ type: 'init', items, limit }, 'init');
    await world.clock.advance(WAIT_MS);
    await settle(20);
    expect(answered()).toEqual(['on_init']);
  });

  it('confirm is refused, since nobody has paid', async () => {
    await collects();
    await world.ask({ type: 'init', items, limit }, 'init');
    await world.clock.advance(WAIT_MS);
    await world.ask(confirm, 'confirm');
    await world.clock.advance(WAIT_MS);
    await settle(20);
    expect(answered()).toEqual(['on_confirm']);
    const [said] = world.told.filter(({ action }) => action === 'on_confirm');
    expect(valueAt(said?.body, 'error', 'code')).toBe('40004');
  });
});

/** The callbacks that answer what was asked last. */
function answered(): string[] {
  return world.told
    .filter(({ body }) => valueAt(body, 'context', 'message_id') === newestId(world))
    .map(({ action }) => action);
}
