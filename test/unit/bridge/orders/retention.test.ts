/** The running process also forgets a draft that the store has deleted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { createFakeProvider, type FakeProvider } from '../../../fakes/payment-provider.js';

const ITEMS = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };
const WISH = { items: ITEMS, limit: { limit: { kind: 'energy', value: 10_000 } } } as const;
/** Long enough for a draft to expire and be deleted. */
const DAYS_MS = 3 * 86_400_000;

let harness: BridgeHarness;
let provider: FakeProvider;

beforeEach(async () => {
  provider = createFakeProvider();
  harness = await createBridgeHarness(undefined, undefined, {
    paymentProvider: provider,
    buyerTerms: () => ({ paymentModels: ['bpp-prepaid'] }),
  });
  await harness.connect();
  await harness.sendRequest({ type: 'init', ...WISH }, 'init');
  await settle(10);
});
afterEach(() => harness.stop());

describe('a draft that has expired', () => {
  it('is followed by a new one when its transaction is spoken of again', async () => {
    const before = await harness.store.orderByTransaction('main/bap', 'tx-1');
    await harness.clock.advance(DAYS_MS);
    expect(await harness.store.order(before?.id ?? '')).toBeUndefined();

    expect(await harness.sendRequest({ type: 'select', ...WISH }, 'select')).toEqual({ ack: true });

    await settle(10);
    const after = await harness.store.orderByTransaction('main/bap', 'tx-1');
    expect(after?.id).not.toBe(before?.id);
    expect(after?.state).toBe('draft');
    expect(harness.callbacks.at(-1)?.action).toBe('on_select');
  });

  it('loses no money that comes for it: a person is told', async () => {
    const before = await harness.store.orderByTransaction('main/bap', 'tx-1');
    await harness.clock.advance(DAYS_MS);

    await harness.bridge.paymentUpdates.paymentUpdated(before?.id ?? '', provider.payLate());

    expect(await harness.discrepancies()).toEqual(['payment-unmatched']);
  });
});
