import { expect, it } from 'vitest';
import { setUp } from '../pipeline-fixture.js';

const SELECT = { order: { provider: { id: 'acme' }, items: [{ id: 'cp-7-1' }] } };
const NOW = '2026-01-15T10:00:00.000Z';

it.each([
  ['a ttl that cannot be read', { timestamp: NOW, ttl: 'soon' }],
  ['an empty ttl', { timestamp: NOW, ttl: '' }],
  ['a ttl that is no text', { timestamp: NOW, ttl: { seconds: 30 } }],
  ['a negative ttl', { timestamp: NOW, ttl: '-PT30S' }],
  ['a timestamp that cannot be read', { timestamp: 'yesterday', ttl: 'PT30S' }],
  ['a timestamp that is no date', { timestamp: '2026-02-30T25:00:00Z', ttl: 'PT30S' }],
  ['a timestamp that is no text', { timestamp: 12, ttl: 'PT30S' }],
  ['no ttl', { timestamp: NOW, ttl: null }],
  ['no timestamp', { timestamp: null, ttl: 'PT30S' }],
])('strict staleness is not bypassed by %s', async (_name, context) => {
  const { post } = await setUp({ options: { staleness: 'strict' } });
  expect(await post('select', SELECT, context as never)).toMatchObject({ status: 400 });
  const lenient = await setUp({ options: { staleness: 'warn' } });
  expect((await lenient.post('select', SELECT, context as never)).status).not.toBe(500);
});

it('what must work late works without a ttl too', async () => {
  const { post } = await setUp({ options: { staleness: 'strict' } });
  for (const action of ['status', 'cancel'])
    expect((await post(action, { order_id: 'o-1' }, { ttl: 'soon' })).status).toBe(200);
});

it('a current request passes strict staleness, also with a ttl in days', async () => {
  const { post } = await setUp({ options: { staleness: 'strict' } });
  for (const ttl of ['PT30S', 'P1D', 'PT10M'])
    expect(JSON.stringify((await post('select', SELECT, { timestamp: NOW, ttl })).body)).not.toContain('ttl');
});

const LATE = { timestamp: '2026-01-15T09:49:58.500Z', ttl: 'PT10M' };

it.each([
  ['warn', 'select', SELECT],
  ['warn', 'status', { order_id: 'o-1' }],
  ['strict', 'cancel', { order_id: 'o-1' }],
] as const)('a late request that staleness %s accepts is logged: %s', async (staleness, action, message) => {
  const { post, events } = await setUp({ options: { staleness } });
  expect((await post(action, message, LATE)).status).toBe(200);
  expect(events).toEqual([{ name: 'request.stale', detail: { action, subscriberId: 'bap.example', lateS: 2 } }]);
});

it.each([
  ['in time', { timestamp: NOW, ttl: 'PT10M' }, { ack: true }],
  ['without a ttl', { timestamp: NOW, ttl: null }, { ack: true }],
  ['a repeat of one in time', LATE, { ack: true, repeated: true }],
  ['refused', LATE, { ack: false, refusal: { code: 'order-unknown' } }],
] as const)('a request that is %s is not logged as late', async (_name, context, acknowledgement) => {
  const { post, events } = await setUp({ receive: () => Promise.resolve(acknowledgement) });
  await post('status', { order_id: 'o-1' }, context);
  expect(events).toEqual([]);
});

it('a late request that strict staleness refuses is logged as rejected only', async () => {
  const { post, events } = await setUp({ options: { staleness: 'strict' } });
  expect((await post('select', SELECT, LATE)).status).toBe(400);
  expect(events).toMatchObject([{ name: 'request.rejected', detail: { reason: 'stale' } }]);
});
