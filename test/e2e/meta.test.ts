/** Beckn's meta API over real HTTP: requests without a message, and callbacks whose names do not follow the pattern. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { valueAt } from '../../src/sandbox/runtime/json.js';
import { answerTo, ask } from './shopper.js';
import { nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

const DOMAINS = [
  ['uei:charging', '1.0.0'],
  ['ev-charging:uei', '1.1.0'],
  ['dent:ev-charging:0.1.0', '1.1.0'],
  ['uei:ev_charging', '1.1.0'],
] as const;
let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem({ chargePoints: ['M-1'] });
  await system.bridge.start();
});
afterAll(async () => {
  await system.close();
  await nothingLeft();
});

it.each(DOMAINS)('%s %s: reasons to cancel and what can be rated', async (domain, version) => {
  const { buyer } = system;
  for (const subject of ['cancellation_reasons', 'rating_categories'] as const) {
    const sent = await buyer.send(`get_${subject}`, undefined, { context: { domain, version } });
    const callback = await answerTo(buyer, `get_${subject}`, sent);
    expect(callback.action).toBe(subject);
    expect(callback.transactionId).toBe(sent.transactionId);
    expect(valueAt(callback.context, 'domain')).toBe(domain);
    expect(callback.message).toEqual({ [subject]: expect.arrayContaining([expect.anything()]) });
  }
  expect(buyer.rejected).toEqual([]);
});

it('reasons have an id and a name; a category that was listed is taken by a rating', async () => {
  const { buyer } = system;
  const reasons = await ask(buyer, 'get_cancellation_reasons', {});
  expect(valueAt(reasons.message, 'cancellation_reasons', 0)).toEqual({
    id: expect.stringMatching(/^\d+$/),
    descriptor: { name: expect.any(String) },
  });
  const categories = await ask(buyer, 'get_rating_categories', {});
  const category = valueAt(categories.message, 'rating_categories', 0);
  const rated = await ask(buyer, 'rating', { ratings: [{ id: 'M-1-1', rating_category: category, value: '4' }] });
  expect(rated.error).toBeUndefined();
});

it('goods come back, electricity does not: get_return_reasons is refused, and no callback follows', async () => {
  const sent = await system.buyer.send('get_return_reasons', undefined);
  expect(sent).toMatchObject({
    status: 404,
    ack: false,
    body: { message: { ack: { status: 'NACK' } }, error: { code: '40001' } },
  });
});
