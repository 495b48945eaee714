import { describe, expect, it } from 'vitest';
import { StoreFault } from '../../../src/ports/store.js';
import { MAX_NUMBER, NumberBlocks, skipNumbers } from '../../../src/store/number-blocks.js';

it.each([
  [1, 500, [1, 100_000]],
  [1, 300_000, [1, 299_999]],
  [MAX_NUMBER - 7, 0, [1, 7]],
  [MAX_NUMBER, 0, [1]],
  [MAX_NUMBER + 1, 0, [1]],
])('skips from %s to %s and beyond, but gives no number back', async (first, floor, sizes) => {
  const reserved: number[] = [];
  await skipNumbers((size) => {
    reserved.push(size);
    return Promise.resolve(first);
  }, floor);
  expect(reserved).toEqual(sizes);
});

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
    const blocks = new NumberBlocks(() => Promise.resolve(MAX_NUMBER), { max: MAX_NUMBER });
    expect(await blocks.take()).toBe(2_147_483_647);
    await expect(blocks.take()).rejects.toBeInstanceOf(StoreFault);
    await expect(blocks.take()).rejects.toThrow(/used up/);
  });

  it('give numbers beyond 32 bits where nothing bounds them', async () => {
    const blocks = new NumberBlocks(() => Promise.resolve(MAX_NUMBER + 1));
    expect(await blocks.take()).toBe(MAX_NUMBER + 1);
  });

  it('give only reserved numbers to a caller that cannot wait, and reserve more meanwhile', async () => {
    let next = 1;
    const blocks = new NumberBlocks((size) => Promise.resolve((next += size) - size), { size: 2 });
    expect(() => blocks.takeNow()).toThrow(StoreFault);
    await blocks.restart();
    const first = blocks.takeNow();
    expect([blocks.takeNow(), first]).toEqual([first + 1, first]);
    await blocks.take();
    expect(blocks.takeNow()).toBe(first + 3);
  });

  it('forget at a restart what was reserved before', async () => {
    let next = 1;
    const blocks = new NumberBlocks((size) => Promise.resolve((next += size) - size), { size: 10 });
    await blocks.take();
    await blocks.restart();
    expect(blocks.takeNow()).toBe(11);
  });

  it('report the last number of a block before its first is used, and use no block that could not be reported', async () => {
    let next = 1;
    const reported: number[] = [];
    const onReserved = async (last: number): Promise<void> => {
      await Promise.resolve();
      reported.push(last);
      if (reported.length === 1) throw new StoreFault('away');
    };
    const blocks = new NumberBlocks((size) => Promise.resolve((next += size) - size), { size: 10, onReserved });
    await expect(blocks.take()).rejects.toThrow('away');
    expect(await blocks.take()).toBe(11);
    expect(reported).toEqual([10, 20]);
  });

  it('try again after a failure', async () => {
    let fail = true;
    const blocks = new NumberBlocks(() => (fail ? Promise.reject(new StoreFault('disk')) : Promise.resolve(7)));
    await expect(blocks.take()).rejects.toThrow('disk');
    fail = false;
    expect(await blocks.take()).toBe(7);
  });
});
