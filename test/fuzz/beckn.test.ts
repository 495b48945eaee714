import { expect, it } from 'vitest';
import { fuzzBeckn } from './beckn-fuzz.js';

it('refuses or answers every damaged request of every dialect and leaves no order open', async () => {
  const { requests, acknowledged, refused, confirmed, problems } = await fuzzBeckn(250, 2026);
  console.info(
    `beckn fuzz: ${requests} requests, ${acknowledged} acknowledged, ${refused} refused, ${confirmed} orders`,
  );
  expect(problems).toEqual([]);
  // A run that acknowledged or refused almost nothing would prove nothing.
  expect(acknowledged).toBeGreaterThan(requests / 3);
  expect(refused).toBeGreaterThan(requests / 10);
  expect(confirmed).toBeGreaterThan(10);
});
