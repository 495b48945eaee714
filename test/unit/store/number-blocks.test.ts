import { describe, expect, it } from 'vitest';
import { StoreFault } from '../../../src/ports/store.js';
import { MAX_NUMBER, NumberBlocks } from '../../../src/store/number-blocks.js';

describe('number blocks', () => {
  it('reserve once for a crowd, and again when the block is used up', async () => {
    const reserved: number[] = [];
    const blocks = new NumberBlocks((size) => {
      reserved.push(size);
      return Promise.resolve(1 + (reserved.length - 1) * size);
    });
    const numbers = await Promise.all(Array.from({ length: 1_001 }, () => blocks.take()));
    expect(numbers).toEqual(Array.from({ length: 1_001 }, (_, i) => i + 1));
    expect(reserved).toEqual([1_000, 1_000]);
  });

  it('end at the largest 32-bit integer instead of wrapping', async () => {
    const blocks = new NumberBlocks(() => Promise.resolve(MAX_NUMBER));
    expect(await blocks.take()).toBe(2_147_483_647);
    await expect(blocks.take()).rejects.toBeInstanceOf(StoreFault);
    await expect(blocks.take()).rejects.toThrow(/used up/);
  });

  it('try again after a failure', async () => {
    let fail = true;
    const blocks = new NumberBlocks(() => (fail ? Promise.reject(new StoreFault('disk')) : Promise.resolve(7)));
    await expect(blocks.take()).rejects.toThrow('disk');
    fail = false;
    expect(await blocks.take()).toBe(7);
  });
});
