import { expect, it } from 'vitest';
import { fuzzBeckn } from './beckn-fuzz.js';

it('spoiled requests of every dialect: each is refused by name or answered, and no order is left open', async () => {
  const { requests, acknowledged, refused, confirmed, complaints } = await fuzzBeckn(250, 2026);
  console.info(
    `beckn fuzz: ${requests} requests, ${acknowledged} acknowledged, ${refused} refused, ${confirmed} orders`,
  );
  expect(complaints).toEqual([]);
  // A run in which hardly anything was understood, or nothing refused, would prove nothing.
  expect(acknowledged).toBeGreaterThan(requests / 3);
  expect(refused).toBeGreaterThan(requests / 10);
  expect(confirmed).toBeGreaterThan(10);
});
