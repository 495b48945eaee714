/** The callback address is checked before the ACK, because an ACK promises a callback. */
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { setUp } from '../pipeline-fixture.js';
import { ITEMS, tags } from '../samples.js';

const order = { provider: { id: 'acme' }, items: ITEMS, tags: [tags('selected-charging-option', ['units', '3000'])] };
const MESSAGES = [
  ['search', { intent: {} }],
  ['select', { order }],
  ['init', { order }],
  ['confirm', { order: { ...order, payments: [{ status: 'PAID', params: { amount: '50', currency: 'INR' } }] } }],
  ['status', { order_id: 'o-1' }],
  ['track', { order_id: 'o-1' }],
  ['cancel', { order_id: 'o-1' }],
  ['support', { ref_id: 'o-1' }],
  ['rating', { ratings: [{ id: 'o-1', rating_category: 'Order', value: '5' }] }],
] as const;
const NO_DNS = { resolve: () => Promise.reject(new Error('no name is to be resolved')) };

describe('a request whose callback could never be sent is not acknowledged', () => {
  it.each(MESSAGES)('%s with another bap_uri than the registered one', async (action, message) => {
    const { post, received, events } = await setUp();
    const reply = await post(action, message, { bap_uri: 'https://elsewhere.example/beckn' });
    expect(reply).toMatchObject({
      status: 400,
      body: { message: { ack: { status: 'NACK' } }, error: { code: '30000', paths: 'context.bap_uri' } },
    });
    expect(reply.body.error?.['message']).toContain('https://bap.example/beckn');
    expect(received).toEqual([]);
    expect(events).toMatchObject([{ name: 'request.rejected', detail: { reason: 'bap-uri-refused', action } }]);
  });

  it.each([
    ['another host', 'https://bap.example.evil.io/beckn', {}],
    ['another port', 'https://bap.example:8443/beckn', {}],
    ['plain http, although registered', 'http://bap.example/beckn', { bapUrl: 'http://bap.example/beckn' }],
    ['http for https', 'http://bap.example/beckn', {}],
    ['a path above the registered one', 'https://bap.example/', {}],
    ['a password', 'https://u:p@bap.example/beckn', {}],
    ['a query', 'https://bap.example/beckn?x=1', {}],
    ['a loopback address, although registered', 'https://127.0.0.1/beckn', { bapUrl: 'https://127.0.0.1/beckn' }],
    ['a private address in another spelling', 'https://0x7f.1/beckn', { bapUrl: 'https://127.0.0.1/beckn' }],
    ['a private IPv6 address', 'https://[::1]/beckn', { bapUrl: 'https://[::1]/beckn' }],
    ['the name of this machine', 'https://localhost/beckn', { bapUrl: 'https://localhost/beckn' }],
    ['a record without an address', 'https://bap.example/beckn', { bapUrl: null }],
  ])('%s', async (_why, bapUri, options) => {
    const { post, received } = await setUp(options);
    const reply = await post('select', { order }, { bap_uri: bapUri });
    expect(reply).toMatchObject({ status: 400, body: { error: { paths: 'context.bap_uri' } } });
    expect(received).toEqual([]);
  });

  it.each(MESSAGES)('%s of an app whose registered name leads to a private address', async (action, message) => {
    const dns = { resolve: () => Promise.resolve(['8.8.8.8', '10.1.2.3']) };
    const { post, received, events } = await setUp({ dns });
    const reply = await post(action, message);
    expect(reply).toMatchObject({ status: 400, body: { error: { code: '30000', paths: 'context.bap_uri' } } });
    expect(reply.body.error?.['message']).toContain('ap.example resolves to 10.1.2.3');
    expect(received).toEqual([]);
    expect(events).toMatchObject([{ name: 'request.rejected', detail: { reason: 'bap-uri-refused', action } }]);
  });

  it('while its name cannot be resolved: it may come again', async () => {
    const dns = { resolve: () => Promise.reject(new Error('EAI_AGAIN')) };
    const { post, received, events } = await setUp({ dns });
    const reply = await post('confirm', MESSAGES[3][1]);
    expect(reply).toMatchObject({ status: 503, headers: { 'Retry-After': '5' } });
    expect(reply.body).toMatchObject({ message: { ack: { status: 'NACK' } }, error: { code: '503' } });
    expect(reply.body.error?.['message']).toContain('ap.example has no address');
    expect(received).toEqual([]);
    expect(events).toMatchObject([{ name: 'request.rejected', detail: { reason: 'callback-host-unknown' } }]);
  });

  it('says so in the spelling of the dialect', async () => {
    const { raw, sign } = await setUp({ dialects: DIALECTS });
    const context = {
      networkId: 'beckn.one/ev-charging',
      version: '2.0.0',
      action: 'status',
      bapId: 'bap.example',
      bapUri: 'https://elsewhere.example',
      bppId: 'cpo.example/bpp',
      bppUri: 'https://cpo.example/beckn',
      transactionId: 'edea17fa-b5c4-48c9-86dd-1b80dda67d37',
      messageId: '4618752a-c502-4503-bd75-635622ea8aff',
      timestamp: '2026-01-15T10:00:00.000Z',
    };
    const body = JSON.stringify({ context, message: { contract: { id: 'o-1' } } });
    const reply = await raw({ action: 'status', rawBody: Buffer.from(body), headers: { authorization: sign(body) } });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).toContain('bapUri');
  });
});

describe('a request is acknowledged', () => {
  it.each([
    ['from the registered address', 'https://bap.example/beckn', {}],
    ['from below it', 'https://bap.example/beckn/v1/', {}],
    ['from a public address without a name', 'https://8.8.4.4/beckn', { bapUrl: 'https://8.8.4.4/', dns: NO_DNS }],
    [
      'from a plain address that is allowed',
      'http://127.0.0.1:5001/beckn',
      {
        dns: NO_DNS,
        bapUrl: 'http://127.0.0.1:5001/beckn',
        allow: [{ host: '127.0.0.1', port: 5001, scheme: 'http' as const, subscriber: 'bap.example' }],
      },
    ],
  ])('%s', async (_where, bapUri, options) => {
    const { post, received } = await setUp(options);
    expect(await post('select', { order }, { bap_uri: bapUri })).toMatchObject({ status: 200 });
    expect(received).toMatchObject([{ bapUri }]);
  });

  it('but not from an address that is allowed to another subscriber', async () => {
    const allow = [{ host: '127.0.0.1', port: 5001, scheme: 'http' as const, subscriber: 'other.example' }];
    const { post } = await setUp({ bapUrl: 'http://127.0.0.1:5001', allow });
    expect((await post('select', { order }, { bap_uri: 'http://127.0.0.1:5001' })).status).toBe(400);
  });
});
