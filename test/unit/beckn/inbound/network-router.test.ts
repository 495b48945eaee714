/** Several networks at one address: which of them receives a request, and what its own pipeline adds. */
import { describe, expect, it } from 'vitest';
import type { InboundRequest } from '../../../../src/beckn/inbound/inbound-request.js';
import {
  createNetworkRouter,
  type NetworkRoute,
  type NetworkRouter,
} from '../../../../src/beckn/inbound/network-router.js';
import { jsonResponse, nackResponse } from '../../../../src/beckn/protocol/nack-codes.js';
import { setUp } from '../pipeline-fixture.js';
import { contextOf } from '../samples.js';

const LIMITS = { maxBytes: 1000, maxDepth: 16, maxKeys: 100 };

/** Creates a router whose pipelines answer with the names of their networks. */
function doors(
  ...networks: readonly { name: string; basePath: string; bppId: string; domains?: string[] }[]
): NetworkRouter {
  const made = networks.map(({ name, basePath, bppId, domains = [] }): NetworkRoute => ({
    basePath,
    bppId,
    domains,
    pipeline: {
      process: () => Promise.resolve(jsonResponse(200, { name })),
      reject: (code) => nackResponse(code),
      description: { name },
    },
    subscription: { process: () => jsonResponse(200, { name: `challenge of ${name}` }) },
  }));
  return createNetworkRouter(made as [NetworkRoute, ...NetworkRoute[]], LIMITS);
}

const arrival = (body: unknown, change: Partial<InboundRequest> = {}): InboundRequest => ({
  action: 'search',
  rawBody: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  headers: {},
  ...change,
});
async function whose(router: NetworkRouter, body: unknown, change?: Partial<InboundRequest>): Promise<unknown> {
  const request = arrival(body, change);
  const response = await router.route(request).process(request);
  return (JSON.parse(response.body) as { readonly name: string }).name;
}

const shared = () =>
  doors(
    { name: 'uei', basePath: '/beckn', bppId: 'bpp.uei', domains: ['uei:charging'] },
    { name: 'ondc', basePath: '/beckn', bppId: 'bpp.ondc', domains: ['ONDC:EV', 'ONDC:FAST'] },
    { name: 'third', basePath: '/third', bppId: 'bpp.third' },
  );

describe('a request', () => {
  it.each<[string, object, string]>([
    ['by its bpp_id', { bpp_id: 'bpp.ondc', domain: 'uei:charging' }, 'ondc'],
    ['by its domain, when it is a search', { domain: 'ONDC:FAST' }, 'ondc'],
    ['by its domain, when its bpp_id is nobody’s', { bpp_id: 'x', domain: 'ONDC:EV' }, 'ondc'],
    ['to the first, when it says nothing', {}, 'uei'],
    ['to the first, when nobody has its domain', { domain: 'x' }, 'uei'],
    ['not to one of another base path', { bpp_id: 'bpp.third' }, 'uei'],
  ])('goes %s', async (_name, context, expected) => {
    expect(await whose(shared(), { context })).toBe(expected);
  });

  it('goes by its base path first, whatever it says', async () => {
    expect(await whose(shared(), { context: { bpp_id: 'bpp.ondc' } }, { basePath: '/third' })).toBe('third');
    expect(await whose(shared(), 'no json', { basePath: '/third' })).toBe('third');
    expect(await whose(shared(), 'no json', { basePath: '/unknown' })).toBe('uei');
  });

  it('is not read further than its limits to find out', async () => {
    const long = { context: { bpp_id: 'bpp.ondc' }, x: 'y'.repeat(1000) };
    expect(await whose(shared(), long)).toBe('uei');
    expect(await whose(shared(), 'no json')).toBe('uei');
    expect(await whose(shared(), '{"context":{"bpp_id":"bpp.ondc","__proto__":{}}}')).toBe('uei');
  });

  it('between two of one id goes by the domain', async () => {
    const twice = doors(
      { name: 'a', basePath: '/b', bppId: 'same', domains: ['d1'] },
      { name: 'b', basePath: '/b', bppId: 'same', domains: ['d2'] },
    );
    expect(await whose(twice, { context: { bpp_id: 'same', domain: 'd2' } })).toBe('b');
    expect(await whose(twice, { context: { bpp_id: 'same', domain: 'd1' } })).toBe('a');
  });
});

it('a byte order mark hides the recipient no more than it hides the rest', async () => {
  const body = { context: { bpp_id: 'bpp.ondc', domain: 'ONDC:EV' } };
  expect(await whose(shared(), `\ufeff${JSON.stringify(body)}`)).toBe('ondc');
});

it('a registry’s challenge goes to the network of its subscriber', async () => {
  const change = { action: 'on_subscribe' };
  expect(await whose(shared(), { subscriber_id: 'bpp.ondc' }, change)).toBe('challenge of ondc');
  expect(await whose(shared(), {}, change)).toBe('challenge of uei');
  expect(await whose(shared(), {}, { ...change, basePath: '/third' })).toBe('challenge of third');
});

describe('a network’s own door', () => {
  it('names its network to the bridge', async () => {
    const second = await setUp({ network: 'second' });
    await second.post('status', { order_id: 'o1' });
    expect(second.received[0]).toMatchObject({ network: 'second' });
    const main = await setUp();
    await main.post('status', { order_id: 'o1' });
    expect(main.received[0]).toMatchObject({ network: 'main' });
  });

  it('serves the domains of its settings alone', async () => {
    const { post, received } = await setUp({ options: { domains: ['ev:other'] } });
    const refused = await post('status', { order_id: 'o1' });
    expect(refused).toMatchObject({ status: 400, body: { error: { code: '40001', paths: 'context.domain' } } });
    expect(received).toHaveLength(0);
    const open = await setUp({ options: { domains: ['uei:charging'] } });
    expect((await open.post('status', { order_id: 'o1' })).status).toBe(200);
  });

  it('hands on the gateway that takes the answer to a search, where the network replies so', async () => {
    for (const [replyViaGateway, via] of [
      [true, 'gateway.example'],
      [false, undefined],
    ] as const) {
      const { door, received, sign } = await setUp({ options: { replyViaGateway } });
      const body = JSON.stringify({ context: contextOf('search', {}), message: { intent: {} } });
      const headers = { authorization: sign(body), gateway: sign(body, 'gateway.example') };
      expect((await door.process({ action: 'search', rawBody: Buffer.from(body), headers })).status).toBe(200);
      expect(received[0]?.gatewayId).toBe(via);
    }
  });
});
