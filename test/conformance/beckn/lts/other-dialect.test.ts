/** An order is made in one dialect, and a request in another is about it: its callbacks keep the order's dialect. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Json } from '../../../../src/domain/model/object.js';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import { becknCheck } from '../../../../src/schema/validators.js';
import { settle } from '../../../fakes/manual-clock.js';
import { PEER } from '../../../unit/beckn/samples.js';
import { openPipeline } from '../open-pipeline.js';
import { createExchange, type GoldenExchange } from '../ubc/ubc-exchange.js';
import { ltsContext } from './lts-exchange.js';

let exchange: GoldenExchange;
afterEach(() => exchange.close());

it.each([
  ['cancel', false, 'on_cancel', '50001'],
  ['cancel', true, 'on_cancel', undefined],
  ['status', false, 'on_status', undefined],
])('%s (only tried: %s) in 2.0.0 LTS about an order of rc1', async (action, tried, answer, error) => {
  exchange = await createExchange();
  for (const step of ['select', 'init-bap', 'confirm']) await exchange.play(step);
  await exchange.play('update-start', () => exchange.begin());
  const { harness } = exchange;
  const { id } = await exchange.order();
  const before = harness.callbacks.length;
  const context = { ...ltsContext(action, '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c02', '2026-01-15T10:00:00Z'), try: tried };
  const rawBody = Buffer.from(JSON.stringify({ context, message: { contract: { id } } }));
  const pipeline = openPipeline(harness, { ...PEER, cancelRunning: 'refuse' });
  expect(await pipeline.process({ action, rawBody, headers: {} })).toMatchObject({ status: 200 });
  await settle(10);
  const callbacks = harness.callbacks.slice(before);
  expect(callbacks.map((one) => one.action)).toEqual([answer]);
  const body = callbacks[0]?.body;
  expect(becknCheck('ubc-2.0.0', answer)?.(body)).toBeUndefined();
  expect(valueAt(body, 'message', 'order', 'beckn:id')).toBe(id);
  expect(valueAt(body, 'error', 'code')).toBe(error);
});

it('a late confirm in 2.0.0 LTS under the transaction of an order of rc1 is refused in the words of rc1', async () => {
  exchange = await createExchange();
  for (const step of ['select', 'init-bap', 'confirm', 'cancel']) await exchange.play(step);
  const { harness } = exchange;
  const { id } = await exchange.order();
  const before = harness.callbacks.length;
  const more = readFileSync(join(import.meta.dirname, 'golden', 'confirm.json'), 'utf8').replaceAll('2.5', '3.5');
  const { request } = JSON.parse(more) as {
    request: { message: Json };
  };
  const context = ltsContext('confirm', '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c02', '2026-01-15T10:00:00Z');
  const rawBody = Buffer.from(JSON.stringify({ context, message: request.message }));
  expect(await openPipeline(harness, PEER).process({ action: 'confirm', rawBody, headers: {} })).toMatchObject({
    status: 200,
  });
  await settle(10);
  const callbacks = harness.callbacks.slice(before);
  expect(callbacks.map((one) => one.action)).toEqual(['on_confirm']);
  expect(becknCheck('ubc-2.0.0', 'on_confirm')?.(callbacks[0]?.body)).toBeUndefined();
  expect(valueAt(callbacks[0]?.body, 'message', 'order', 'beckn:id')).toBe(id);
  expect(valueAt(callbacks[0]?.body, 'error', 'code')).toBeDefined();
  expect(await harness.discrepancies()).toEqual([]);
});
