import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { digest } from '../../../../src/beckn/signing/signature.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { setUp } from '../pipeline-fixture.js';
import { AT, contextOf, ITEMS, tags } from '../samples.js';

const SELECT = {
  order: { provider: { id: 'acme' }, items: ITEMS, tags: [tags('selected-charging-option', ['units', '3000'])] },
};

describe('a good request', () => {
  it('is handed on as read, and acknowledged', async () => {
    const { raw, sign, received } = await setUp();
    const body = JSON.stringify({ context: contextOf('select'), message: SELECT });
    const reply = await raw({ action: 'select', rawBody: Buffer.from(body), headers: { authorization: sign(body) } });
    expect(reply).toMatchObject({ status: 200, body: { message: { ack: { status: 'ACK' } } } });
    expect(received).toEqual([
      {
        network: 'main',
        bapId: 'bap.example',
        bapUri: 'https://bap.example/beckn',
        dialect: 'uei-charging-1.0.0',
        action: 'select',
        messageId: '4618752a-c502-4503-bd75-635622ea8aff',
        becknTransactionId: 'edea17fa-b5c4-48c9-86dd-1b80dda67d37',
        digest: digest(Buffer.from(body)),
        replyContext: expect.objectContaining({ domain: 'uei:charging', version: '1.0.0' }) as unknown,
        receivedAt: AT,
        expiresAt: AT + 600_000,
        request: expect.objectContaining({
          type: 'select',
          limit: { limit: { kind: 'energy', value: 3000 } },
        }) as unknown,
      },
    ]);
  });

  it('may be acknowledged with 202 to peers that expect it', async () => {
    const { post } = await setUp({ peer: { ackStatus: 202 } });
    expect((await post('select', SELECT)).status).toBe(202);
  });

  it('is acknowledged only once it is kept', async () => {
    let keep: (() => void) | undefined;
    const { post } = await setUp({ receive: () => new Promise((resolve) => (keep = () => resolve({ ack: true }))) });
    let answered = false;
    const reply = post('select', SELECT).finally(() => (answered = true));
    while (!keep) await new Promise<void>((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    keep();
    expect((await reply).status).toBe(200);
  });
});

describe('a NACK', () => {
  it.each([
    ['another action in the URL', 'init', {}, 400, 'action-mismatch', 'context.action'],
    ['a bap_id that did not sign', 'select', { bap_id: 'other.example' }, 401, 'signer-mismatch', 'context.bap_id'],
    ['another bpp_id', 'select', { bpp_id: 'other.example' }, 400, 'bpp-id-mismatch', 'context.bpp_id'],
    ['another domain', 'select', { domain: 'retail' }, 400, 'dialect-unsupported', 'context.domain'],
    ['a domain without a text', 'select', { domain: { toString: 1 } }, 400, 'dialect-unsupported', 'context.domain'],
    ['another version', 'select', { version: '2.0.0' }, 400, 'dialect-unsupported', 'context.domain'],
    ['no message id', 'select', { message_id: '' }, 400, 'context-invalid', 'context.message_id'],
    ['half a character in an id', 'select', { message_id: 'm\ud800' }, 400, 'context-invalid', 'context.message_id'],
    ['what only another dialect knows', 'discover', { action: 'discover' }, 404, 'action-unknown', 'context.action'],
    ['a broken bap_uri', 'select', { bap_uri: 'not a uri' }, 400, 'schema-invalid', 'context.bap_uri'],
  ] as const)('for %s', async (_why, action, context, status, reason, path) => {
    const { raw, sign, received, events } = await setUp({ dialects: DIALECTS });
    const body = JSON.stringify({ context: contextOf('select', context), message: SELECT });
    const reply = await raw({ action, rawBody: Buffer.from(body), headers: { authorization: sign(body) } });
    expect(reply).toMatchObject({ status, body: { message: { ack: { status: 'NACK' } }, error: { paths: path } } });
    // RFC 9110 §15.5.2: every 401 carries a challenge.
    expect('WWW-Authenticate' in reply.headers).toBe(status === 401);
    expect(received).toEqual([]);
    expect(events).toMatchObject([{ name: 'request.rejected', detail: { reason, action } }]);
  });

  it.each([
    ['no JSON', '{"context":', 400, 'json-syntax'],
    ['deep nesting', `${'['.repeat(100_000)}`, 400, 'json-too-complex'],
    ['a prototype key', '{"context":{},"message":{"__proto__":{}}}', 400, 'json-too-complex'],
    ['a list', '[]', 400, 'context-missing'],
    ['null', 'null', 400, 'context-missing'],
    ['nothing', '', 400, 'json-syntax'],
  ])('for %s', async (_why, body, status, reason) => {
    const { raw, sign, events } = await setUp();
    const reply = await raw({ action: 'select', rawBody: Buffer.from(body), headers: { authorization: sign(body) } });
    expect(reply.status).toBe(status);
    expect(events).toMatchObject([{ detail: { reason } }]);
  });

  it('for bytes that are no UTF-8', async () => {
    const { raw, sign, events } = await setUp();
    const rawBody = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
    expect((await raw({ action: 'select', rawBody, headers: { authorization: sign(rawBody) } })).status).toBe(400);
    expect(events).toMatchObject([{ detail: { reason: 'not-utf8' } }]);
  });

  it('for a message that breaks its schema, saying where', async () => {
    const { post } = await setUp();
    expect(await post('status', {})).toMatchObject({ status: 400, body: { error: { paths: 'message.order_id' } } });
    expect(await post('select', { order: { items: 'all' } })).toMatchObject({
      body: { error: { paths: 'message.order.items' } },
    });
  });

  it('for what the dialect cannot read, with the code of the network', async () => {
    const { post, received } = await setUp();
    const reply = await post('update', { update_target: 'order.quote', order: { id: 'o-1' } });
    expect(reply).toMatchObject({ status: 400, body: { error: { code: '30012', paths: 'message.update_target' } } });
    expect(received).toEqual([]);
  });

  it('for an action nobody serves, before any signature is looked at', async () => {
    const { raw, events } = await setUp();
    expect((await raw({ action: 'on_select', rawBody: Buffer.from('{}'), headers: {} })).status).toBe(404);
    expect(events).toMatchObject([{ detail: { reason: 'action-unknown', action: 'unknown' } }]);
  });

  it('for too many bytes', async () => {
    const { raw } = await setUp({ options: { maxBytes: 10 } });
    expect((await raw({ action: 'select', rawBody: Buffer.alloc(11), headers: {} })).status).toBe(413);
  });
});

describe('the signature', () => {
  const body = JSON.stringify({ context: contextOf('select'), message: SELECT });
  const rawBody = Buffer.from(body);

  it('is demanded with a challenge and a reason', async () => {
    const { raw } = await setUp();
    const reply = await raw({ action: 'select', rawBody, headers: {} });
    expect(reply.status).toBe(401);
    expect(reply.headers['WWW-Authenticate']).toContain('realm="cpo.example/bpp"');
    expect(reply.body.error?.['message']).toContain('header is missing');
  });

  it('is over the bytes as sent', async () => {
    const { raw, sign, received } = await setUp();
    const same = Buffer.from(body.replace('{', '{ '));
    expect((await raw({ action: 'select', rawBody: same, headers: { authorization: sign(body) } })).status).toBe(401);
    expect(received).toEqual([]);
  });

  it('says how far the clocks are apart', async () => {
    const { raw, sign, clock } = await setUp();
    const authorization = sign(body);
    await clock.advance(400_000);
    const reply = await raw({ action: 'select', rawBody, headers: { authorization } });
    expect(reply.body.error?.['message']).toMatch(/expired 105 s ago \(server time 2026-01-15T10:06:40/);
  });

  it('of an unknown signer, while the registry is away, asks to come again', async () => {
    const { raw, sign } = await setUp({ registryDown: true });
    const reply = await raw({ action: 'select', rawBody, headers: { authorization: sign(body) } });
    expect(reply).toMatchObject({ status: 503, headers: { 'Retry-After': '10' } });
  });

  it('of the gateway counts on a search only', async () => {
    const { raw, sign } = await setUp();
    const search = JSON.stringify({ context: contextOf('search'), message: { intent: {} } });
    const relayed = { authorization: sign(search), gateway: sign(search, 'gateway.example') };
    expect((await raw({ action: 'search', rawBody: Buffer.from(search), headers: relayed })).status).toBe(200);
    const forged = await raw({
      action: 'search',
      rawBody: Buffer.from(search),
      headers: { ...relayed, gateway: sign(search, 'stranger.example') },
    });
    expect(forged.status).toBe(401);
    expect(forged.headers).toHaveProperty('Proxy-Authenticate');
    const alone = await raw({ action: 'select', rawBody, headers: { gateway: sign(body, 'gateway.example') } });
    expect(alone.status).toBe(401);
    const ignored = await raw({
      action: 'select',
      rawBody,
      headers: { authorization: sign(body), gateway: 'nonsense' },
    });
    expect(ignored.status).toBe(200);
  });

  it('of the gateway can be demanded', async () => {
    const { post } = await setUp({ gateway: 'required' });
    expect((await post('search', { intent: {} })).status).toBe(401);
    expect((await post('select', SELECT)).status).toBe(200);
  });
});

describe('staleness', () => {
  const late = { timestamp: '2023-02-18T17:00:40.065Z' };

  it('is a remark by default', async () => {
    const { post, received } = await setUp();
    expect((await post('select', SELECT, late)).status).toBe(200);
    expect(received[0]?.expiresAt).toBe(Date.UTC(2023, 1, 18, 17, 10, 40, 65));
  });

  it('refuses when strict, but never what must work late', async () => {
    const { post } = await setUp({ options: { staleness: 'strict' } });
    expect(await post('select', SELECT, late)).toMatchObject({
      status: 400,
      body: { error: { paths: 'context.timestamp' } },
    });
    expect((await post('select', SELECT)).status).toBe(200);
    expect((await post('status', { order_id: 'o-1' }, late)).status).toBe(200);
    expect((await post('cancel', { order_id: 'o-1' }, late)).status).toBe(200);
  });
});

describe('what the application answers', () => {
  it('a changed repeat and a refusal are NACKs', async () => {
    const changed = await setUp({ receive: () => Promise.resolve({ ack: false, contentDiffers: true }) });
    expect(await changed.post('select', SELECT)).toMatchObject({
      status: 400,
      body: { error: { paths: 'context.message_id' } },
    });
    const refused = await setUp({ receive: () => Promise.resolve({ ack: false, refusal: { code: 'order-unknown' } }) });
    expect(await refused.post('status', { order_id: 'o-1' })).toMatchObject({
      status: 400,
      body: { error: { code: '30010' } },
    });
  });

  it('a store that cannot write asks to come again', async () => {
    const { post, events } = await setUp({ receive: () => Promise.reject(new StoreFault('disk full')) });
    const reply = await post('select', SELECT);
    expect(reply).toMatchObject({ status: 503, headers: { 'Retry-After': '5' } });
    expect(JSON.stringify(reply.body)).not.toContain('disk');
    expect(events).toMatchObject([{ name: 'request.rejected', detail: { reason: 'unavailable' } }]);
  });

  it('a bug is ours, and its details stay inside', async () => {
    const { post, events } = await setUp({ receive: () => Promise.reject(new TypeError('secret detail')) });
    const reply = await post('select', SELECT);
    expect(reply.status).toBe(500);
    expect(JSON.stringify(reply)).not.toContain('secret');
    expect(events).toMatchObject([{ name: 'bug' }]);
  });
});

describe('a flood', () => {
  it('is slowed down per subscriber, and let through again', async () => {
    const { post, clock } = await setUp({ options: { perBapPerMinute: 2 } });
    const select = (messageId: string) => post('select', SELECT, { message_id: messageId });
    expect((await select('m1')).status).toBe(200);
    expect((await select('m2')).status).toBe(200);
    expect(await select('m3')).toMatchObject({ status: 429, headers: { 'Retry-After': '10' } });
    await clock.advance(30_000);
    expect((await select('m3')).status).toBe(200);
  });
});
