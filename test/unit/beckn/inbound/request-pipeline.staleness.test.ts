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
