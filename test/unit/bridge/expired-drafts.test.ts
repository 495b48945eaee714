/** A draft that the store has forgotten is forgotten by the running process too. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBridgeWorld, type BridgeWorld } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';
import { createFakeProvider, type FakeProvider } from '../../fakes/payment-provider.js';

const ITEMS = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };
const WISH = { items: ITEMS, limit: { limit: { kind: 'energy', value: 10_000 } } } as const;
/** Longer than a draft is kept, and swept in between. */
const DAYS_MS = 3 * 86_400_000;

let world: BridgeWorld;
let provider: FakeProvider;

beforeEach(async () => {
  provider = createFakeProvider();
  world = await createBridgeWorld(undefined, undefined, {
    paymentProvider: provider,
    buyerTerms: () => ({ paymentModels: ['bpp-prepaid'] }),
  });
  await world.connect();
  await world.ask({ type: 'init', ...WISH }, 'init');
  await settle(10);
});
afterEach(() => world.stop());

describe('a draft that has expired', () => {
  it('is followed by a new one when its transaction is spoken of again', async () => {
    const before = await world.store.orderByTransaction('main/bap', 'tx-1');
    await world.clock.advance(DAYS_MS);
    expect(await world.store.order(before?.id ?? '')).toBeUndefined();

    expect(await world.ask({ type: 'select', ...WISH }, 'select')).toEqual({ ack: true });

    await settle(10);
    const after = await world.store.orderByTransaction('main/bap', 'tx-1');
    expect(after?.id).not.toBe(before?.id);
    expect(after?.state).toBe('draft');
    expect(world.told.at(-1)?.action).toBe('on_select');
  });

  it('loses no money that comes for it: a person is told', async () => {
    const before = await world.store.orderByTransaction('main/bap', 'tx-1');
    await world.clock.advance(DAYS_MS);

    await world.bridge.paymentUpdates.paymentUpdated(before?.id ?? '', provider.pay());

    expect(await world.rows()).toEqual(['payment-unmatched']);
  });
});
