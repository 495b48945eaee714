import { describe, expect, it } from 'vitest';
import { KeyedQueue } from '../../../../src/bridge/orders/keyed-queue.js';
import { settle } from '../../../fakes/manual-clock.js';

describe('KeyedQueue', () => {
  it('gives turns of one key one at a time, in the order of asking', async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const work = async (name: string): Promise<void> => {
      const endTurn = await queue.acquire('order-1');
      log.push(`${name} begins`);
      await settle(3);
      log.push(`${name} ends`);
      endTurn();
    };
    await Promise.all([work('a'), work('b')]);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('lets different keys run side by side', async () => {
    const queue = new KeyedQueue();
    await queue.acquire('order-1');
    await queue.acquire('order-2');
    expect(queue.isBusy('order-1') && queue.isBusy('order-2')).toBe(true);
  });

  it('forgets a key whose last turn has ended', async () => {
    const queue = new KeyedQueue();
    const endFirst = await queue.acquire('order-1');
    const second = queue.acquire('order-1');
    endFirst();
    expect(queue.isBusy('order-1')).toBe(true);
    (await second)();
    expect(queue.isEmpty).toBe(true);
  });

  it('is drained when every turn has ended, those begun meanwhile included', async () => {
    const queue = new KeyedQueue();
    const endFirst = await queue.acquire('order-1');
    let isDrained = false;
    const drained = queue.drained().then(() => (isDrained = true));
    const second = queue.acquire('order-2');
    endFirst();
    await settle(5);
    expect(isDrained).toBe(false);
    (await second)();
    await drained;
    expect(isDrained).toBe(true);
  });
});
