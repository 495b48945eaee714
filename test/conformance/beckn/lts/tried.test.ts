/**
 * `context.try`: a trial rating is answered with the flag and not stored. An order whose `select` carried the flag goes
 * on like any other, and none of its callbacks repeats the flag.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import type { Json } from '../../../../src/domain/model/object.js';
import { settle } from '../../../fakes/manual-clock.js';
import { PEER } from '../../../unit/beckn/samples.js';
import { openPipeline } from '../open-pipeline.js';
import { createExchange, ltsContext, type GoldenExchange } from './lts-exchange.js';

let exchange: GoldenExchange;
let messages = 0;
afterEach(() => exchange.close());

async function ask(step: string, tried: boolean, orderId = ''): Promise<void> {
  const text = readFileSync(join(import.meta.dirname, 'golden', `${step}.json`), 'utf8');
  const { request } = JSON.parse(text.replaceAll('<order>', orderId)) as { request: { action: string; message: Json } };
  messages += 1;
  const messageId = `7b0e3f5c-0f55-4a1e-8d27-${String(messages).padStart(12, '0')}`;
  const context = { ...ltsContext(request.action, messageId, '2026-01-15T10:00:00Z'), ...(tried && { try: true }) };
  const rawBody = Buffer.from(JSON.stringify({ context, message: request.message }));
  const answer = await openPipeline(exchange.harness, PEER).process({ action: request.action, rawBody, headers: {} });
  expect(answer.status).toBe(200);
  await settle(10);
}

it('a rating that is only tried is answered and not kept', async () => {
  exchange = await createExchange();
  await ask('rate', true, 'an-order');
  const { action, body } = exchange.harness.callbacks.at(-1) ?? {};
  expect([action, valueAt(body, 'context', 'try')]).toEqual(['on_rate', true]);
  expect(valueAt(body, 'message', 'ratings')).toHaveLength(2);
  expect(await exchange.harness.store.listRatings({ limit: 10 })).toEqual([]);
  await ask('rate', false, 'an-order');
  expect(await exchange.harness.store.listRatings({ limit: 10 })).toHaveLength(2);
});

it('an order whose select said so is answered as any other, from its quote to its end', async () => {
  exchange = await createExchange();
  await ask('select', true);
  for (const step of ['init-bap', 'confirm', 'cancel']) await ask(step, false, (await exchange.order()).id);
  const { callbacks } = exchange.harness;
  expect(callbacks.map(({ action }) => action)).toEqual([
    'on_select',
    'on_init',
    'on_confirm',
    'on_cancel',
    'on_status',
  ]);
  expect(callbacks.filter(({ body }) => valueAt(body, 'context', 'try') !== undefined)).toEqual([]);
});
