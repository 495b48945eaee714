import { expect, it } from 'vitest';
import type { Context } from '../../../../../src/operator/command-line/frame/command.js';
import { ORDER_COMMANDS } from '../../../../../src/operator/command-line/selling/orders.js';

async function listOf(stored: number, limit?: string) {
  const list = (_path: string, _name: string, _query: object, wanted: number) =>
    Promise.resolve(Array.from({ length: Math.min(stored, wanted) }, (_, id) => ({ id: String(id) })));
  const options = limit === undefined ? {} : { limit };
  const context = { options, bridge: () => ({ list }) } as unknown as Context;
  const { json, remarks } = (await ORDER_COMMANDS.find(({ name }) => name === 'orders list')?.run(context)) ?? {};
  return { listed: (json as { orders: unknown[] }).orders.length, remarks };
}

it('a list of orders that leaves some out says so', async () => {
  expect(await listOf(50)).toEqual({ listed: 50, remarks: undefined });
  const remarks = ['These are the newest 50, and there are more: see --limit.'];
  expect(await listOf(51)).toEqual({ listed: 50, remarks });
  expect(await listOf(51, '51')).toEqual({ listed: 51, remarks: undefined });
  expect((await listOf(700, '600')).remarks).toEqual(['These are the newest 600, and there are more: see --limit.']);
});
