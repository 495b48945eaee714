import { expect, it } from 'vitest';
import { DIALECTS as BRIDGE_DIALECTS } from '../../src/beckn/dialects/all.js';
import { fuzzBeckn } from './beckn-fuzz.js';
import { DIALECTS, goldenRequests, renderRequest } from './beckn-requests.js';

it('sends each dialect with the domain and version that the dialect lists', () => {
  const ids = { transaction: 't', message: 'm', order: 'o', quote: 'q' };
  const matched = DIALECTS.map((folder) => {
    const template = goldenRequests().find(({ dialect }) => dialect === folder);
    const { context } = renderRequest(template ?? { dialect: folder, action: 'status' }, ids, 0);
    return BRIDGE_DIALECTS.find((dialect) => dialect.matches(context as never))?.name;
  });
  // The pulse dialect has the domain of the first one, and is chosen by setting.
  const bySetting = 'uei-charging-pulse';
  expect(matched).toHaveLength(BRIDGE_DIALECTS.length);
  expect(new Set(matched)).toEqual(
    new Set(BRIDGE_DIALECTS.map(({ name }) => name).filter((name) => name !== bySetting)),
  );
});

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
