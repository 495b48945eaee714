/** Ratings are stored before they are acknowledged, stored once despite repeats, and listed with their order. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import type { RatingRecord } from '../../../../src/ports/stored-records.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

type Rating = { readonly id: string; readonly category: string; readonly value: number };

async function rate(ratings: readonly Rating[], transaction = 'tx-1', bapId = 'bap'): Promise<unknown> {
  const receipt = await harness.sendRequest({ type: 'rating', ratings }, 'rating', { transaction, bapId });
  await settle(20);
  return receipt;
}
const kept = (orderId?: string): Promise<RatingRecord[]> =>
  harness.store.listRatings({ limit: 20, ...(orderId !== undefined && { orderId }) });

describe('a rating', () => {
  it('is kept with the order that it names, or in whose transaction it is given', async () => {
    const { id } = await harness.confirm();
    const ratings = [
      { id, category: 'Order', value: 4.5 },
      { id: 'CP1-1', category: 'Item', value: 3 },
    ];
    expect(await rate(ratings)).toEqual({ ack: true });
    const common = { network: 'main', bapId: 'bap', becknTransactionId: 'tx-1', at: harness.clock.now(), orderId: id };
    const reported = await kept(id);
    expect(reported).toHaveLength(2);
    expect(reported).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...common, ratedId: id, category: 'Order', value: 4.5 }),
        expect.objectContaining({ ...common, ratedId: 'CP1-1', category: 'Item', value: 3 }),
      ]),
    );
    expect(harness.callbacks.at(-1)?.action).toBe('on_rating');
    expect(harness.events.of('rating.received').map((detail) => [detail['category'], detail['value']])).toEqual([
      ['order', 5],
      ['item', 3],
    ]);
  });

  it('about an order of another transaction is kept with that one', async () => {
    const { id } = await harness.confirm();
    await rate([{ id, category: 'Order', value: 5 }], 'tx-later');
    expect(await kept(id)).toMatchObject([{ orderId: id, becknTransactionId: 'tx-later' }]);
  });

  it('of what no order of this buyer app is about is kept all the same, with no order', async () => {
    const { id } = await harness.confirm();
    await rate([{ id, category: 'Order', value: 0 }], 'tx-1', 'rival');
    await rate([{ id: 'p1', category: 'Vibes', value: 1 }], 'tx-9');
    expect(await kept(id)).toEqual([]);
    expect((await kept()).map(({ bapId, ratedId, orderId }) => [bapId, ratedId, orderId])).toEqual(
      expect.arrayContaining([
        ['rival', id, undefined],
        ['bap', 'p1', undefined],
      ]),
    );
    expect(harness.events.of('rating.received').map((detail) => detail['category'])).toEqual(['order', 'other']);
  });

  it('given again takes the place of the former; out of range nothing is kept', async () => {
    await rate([{ id: 'p1', category: 'Provider', value: 1 }]);
    await harness.clock.advance(1000);
    await rate([{ id: 'p1', category: 'Provider', value: 4 }]);
    expect(await kept()).toMatchObject([{ value: 4, at: harness.clock.now() }]);
    await rate([
      { id: 's1', category: 'Provider', value: 4 },
      { id: 'p1', category: 'Provider', value: 11 },
    ]);
    expect(valueAt(harness.callbacks.at(-1)?.body, 'error', 'paths')).toBe('message.ratings[1].value');
    expect(await kept()).toMatchObject([{ ratedId: 'p1', value: 4 }]);
  });

  it('is not acknowledged when it cannot be kept', async () => {
    harness.behaviour.diskFull = true;
    await expect(rate([{ id: 'p1', category: 'Provider', value: 1 }])).rejects.toThrow();
    harness.behaviour.diskFull = false;
    expect(await kept()).toEqual([]);
    expect(harness.events.of('rating.received')).toEqual([]);
  });
});
