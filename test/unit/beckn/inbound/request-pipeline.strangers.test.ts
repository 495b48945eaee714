import { describe, expect, it } from 'vitest';
import type { CallbackReceiver, InboundRequest } from '../../../../src/beckn/inbound/inbound-request.js';
import type { RequestPipelineOptions } from '../../../../src/beckn/inbound/pipeline-options.js';
import type { Acknowledgement, VerifiedRequest } from '../../../../src/ports/buyer-requests.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { setUp, type Setup, type SetupOptions } from '../pipeline-fixture.js';
import { contextOf } from '../samples.js';

const STRANGER = '192.0.2.7';
const PUBLISH = 'on_catalog_publish';
const PUBLISHED = {
  context: { action: PUBLISH, domain: 'beckn.one:deg:ev-charging', version: '2.0.0', bpp_id: 'bpp' },
  message: { results: [{ catalog_id: 'catalog-acme', status: 'ACCEPTED' }] },
  error: {},
};

function statusOf(messageId: string): object {
  return { context: contextOf('status', { message_id: messageId }), message: { order_id: 'o-1' } };
}

function statusBody(messageId: string): string {
  return JSON.stringify(statusOf(messageId));
}

function resolved(acknowledgement: Acknowledgement): Promise<Acknowledgement> {
  return Promise.resolve(acknowledgement);
}

function signed(setup: Setup, messageId: string, source: string): InboundRequest {
  const body = statusBody(messageId);
  return { action: 'status', rawBody: Buffer.from(body), headers: { authorization: setup.sign(body) }, source };
}

function unsigned(source: string): InboundRequest {
  return { action: 'status', rawBody: Buffer.from('{}'), headers: {}, source };
}

/** Returns a request handler that recognises repeats. */
function recognising(): (request: VerifiedRequest) => Promise<Acknowledgement> {
  const seen = new Set<string>();
  return ({ messageId }) => {
    const repeated = seen.has(messageId);
    seen.add(messageId);
    return Promise.resolve(repeated ? { ack: true, repeated } : { ack: true });
  };
}

const LIMITED = { options: { failuresPerAddressPerMinute: 5 } };

it('an address that keeps failing is refused before its signatures cost anything', async () => {
  const setup = await setUp(LIMITED);
  for (let at = 0; at < 5; at += 1) expect((await setup.raw(unsigned(STRANGER))).status).toBe(401);
  const refused = await setup.raw(unsigned(STRANGER));
  expect(refused.status).toBe(429);
  expect(refused.headers['Retry-After']).toBeDefined();
  await setup.clock.advance(60_000);
  expect((await setup.raw(unsigned(STRANGER))).status).toBe(401);
});

it('a body that is too large is a failure of its address', async () => {
  const setup = await setUp({ options: { failuresPerAddressPerMinute: 5, maxBytes: 10 } });
  for (let at = 0; at < 5; at += 1) expect((await setup.raw(signed(setup, 'm1', STRANGER))).status).toBe(413);
  expect((await setup.raw(signed(setup, 'm1', STRANGER))).status).toBe(429);
});

it('a valid request spends nothing of its address, and other addresses are not touched', async () => {
  const setup = await setUp(LIMITED);
  for (let at = 0; at < 20; at += 1)
    expect((await setup.raw(signed(setup, `m${at}`, '198.51.100.1'))).status).toBe(200);
  for (let at = 0; at < 9; at += 1) await setup.raw(unsigned(STRANGER));
  expect((await setup.raw(signed(setup, 'm-next', '198.51.100.2'))).status).toBe(200);
});

it('a signer that has proven itself from an address gets in although others fail from there', async () => {
  const setup = await setUp(LIMITED);
  expect((await setup.raw(signed(setup, 'm1', STRANGER))).status).toBe(200);
  for (let at = 0; at < 9; at += 1) await setup.raw(unsigned(STRANGER));
  expect((await setup.raw(unsigned(STRANGER))).status).toBe(429);
  expect((await setup.raw(signed(setup, 'm2', STRANGER))).status).toBe(200);
});

it('addresses of one IPv6 network share a budget, and an IPv4 address has its own', async () => {
  const setup = await setUp(LIMITED);
  for (let at = 0; at < 5; at += 1) await setup.raw(unsigned(`2001:db8:1:2::${at}`));
  expect((await setup.raw(unsigned('2001:db8:1:2::99'))).status).toBe(429);
  for (let at = 0; at < 5; at += 1) await setup.raw(unsigned('203.0.113.1'));
  expect((await setup.raw(unsigned('203.0.113.2'))).status).toBe(401);
});

it('a replayed request spends nothing of the budget of its signer', async () => {
  const setup = await setUp({ options: { perBapPerMinute: 5 }, receive: recognising() });
  const captured = signed(setup, 'm1', '198.51.100.1');
  expect((await setup.raw(captured)).status).toBe(200);
  for (let at = 0; at < 50; at += 1) expect((await setup.raw({ ...captured, source: STRANGER })).status).toBe(200);
  for (let at = 2; at <= 5; at += 1)
    expect((await setup.raw(signed(setup, `m${at}`, '198.51.100.1'))).status).toBe(200);
  expect((await setup.raw(signed(setup, 'm6', '198.51.100.1'))).status).toBe(429);
});

it('a replay is counted against the address that it comes from, and proves nothing about it', async () => {
  const setup = await setUp({ ...LIMITED, receive: recognising() });
  const captured = signed(setup, 'm1', '198.51.100.1');
  await setup.raw(captured);
  for (let at = 0; at < 5; at += 1) await setup.raw({ ...captured, source: STRANGER });
  expect((await setup.raw({ ...captured, source: STRANGER })).status).toBe(429);
});

it('a request that was over the budget is not free when it is sent again', async () => {
  const setup = await setUp({ options: { perBapPerMinute: 1 } });
  await setup.raw(signed(setup, 'm1', STRANGER));
  const over = signed(setup, 'm2', STRANGER);
  expect((await setup.raw(over)).status).toBe(429);
  expect((await setup.raw(over)).status).toBe(429);
});

const SOURCE = '198.51.100.1';
const BROADCAST = { context: contextOf('search', { bap_uri: 'https://elsewhere.example' }), message: { intent: {} } };

function receiving(change: Partial<CallbackReceiver> = {}): SetupOptions {
  const handleCallback = (): Promise<void> => Promise.resolve();
  const receiver = { subscriberId: 'bap.example', family: 'ubc-2.0.0', handleCallback, ...change } as const;
  return { replies: new Map([[PUBLISH, receiver]]) };
}

interface WayOut {
  readonly status: number;
  readonly action?: string;
  readonly body?: string | object;
  readonly receive?: SetupOptions['receive'];
  readonly options?: SetupOptions;
}

const diskFull = (): Promise<never> => Promise.reject(new StoreFault('disk full'));

/** Every way out of the pipeline that follows a valid signature. */
const WAYS_OUT: { readonly [way: string]: WayOut } = {
  'is acknowledged': { status: 200 },
  'is refused': { status: 400, receive: () => resolved({ ack: false, refusal: { code: 'order-unknown' } }) },
  'reuses a message id': { status: 400, receive: () => resolved({ ack: false, contentDiffers: true }) },
  'cannot be saved': { status: 503, receive: diskFull },
  'meets a bug': { status: 500, receive: () => Promise.reject(new TypeError('bug')) },
  'is not UTF-8': { status: 400, body: '\xff' },
  'is not JSON': { status: 400, body: '{' },
  'violates its schema': { status: 400, body: { context: contextOf('status'), message: 7 } },
  'cannot be answered': { status: 400, action: 'search', body: BROADCAST },
  'is a callback that is taken': { status: 200, action: PUBLISH, body: PUBLISHED, options: receiving() },
  'is a callback that is invalid': { status: 400, action: PUBLISH, body: {}, options: receiving() },
  'is a callback of another': {
    status: 401,
    action: PUBLISH,
    body: PUBLISHED,
    options: receiving({ subscriberId: 'gateway.example' }),
  },
  'is a callback that is not saved': {
    status: 503,
    action: PUBLISH,
    body: PUBLISHED,
    options: receiving({ handleCallback: diskFull }),
  },
};

describe.each(Object.entries(WAYS_OUT))('a request that %s', (_name, way) => {
  const { status, action = 'status', body = statusOf('m1'), options } = way;

  async function capture(limits: Partial<RequestPipelineOptions>): Promise<{ setup: Setup; captured: InboundRequest }> {
    const take = recognising();
    // Only the captured request meets the fault; the other ones are taken.
    const receive = (request: VerifiedRequest) =>
      request.messageId === 'm1' && way.receive ? way.receive(request) : take(request);
    const setup = await setUp({ ...options, receive, options: limits });
    const rawBody = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'latin1');
    return { setup, captured: { action, rawBody, headers: { authorization: setup.sign(rawBody) } } };
  }

  it('spends of its signer’s budget once, however often a stranger replays it', async () => {
    const { setup, captured } = await capture({ perBapPerMinute: 5 });
    expect((await setup.raw({ ...captured, source: SOURCE })).status).toBe(status);
    const replays = Array.from({ length: 20 }, () => setup.raw({ ...captured, source: STRANGER }));
    expect(new Set((await Promise.all(replays)).map((reply) => reply.status))).toEqual(new Set([status]));
    for (let at = 2; at <= 5; at += 1) expect((await setup.raw(signed(setup, `n${at}`, SOURCE))).status).toBe(200);
    expect((await setup.raw(signed(setup, 'n6', SOURCE))).status).toBe(429);
  });

  it('is charged to the address that replays it, and shows where its signer is', async () => {
    const { setup, captured } = await capture({ failuresPerAddressPerMinute: 5 });
    await setup.raw({ ...captured, source: SOURCE });
    for (let at = 0; at < 5; at += 1) expect((await setup.raw({ ...captured, source: STRANGER })).status).toBe(status);
    expect((await setup.raw({ ...captured, source: STRANGER })).status).toBe(429);
    for (let at = 0; at < 9; at += 1) await setup.raw(unsigned(SOURCE));
    expect((await setup.raw(signed(setup, 'n1', SOURCE))).status).toBe(200);
  });
});

it('a flood of replays at once, before the first one is answered, spends of its signer’s budget once', async () => {
  const setup = await setUp({ options: { perBapPerMinute: 6 }, receive: recognising() });
  // The name of the buyer app is resolved once; until then, a replay may overtake the first request.
  await setup.raw(signed(setup, 'm0', SOURCE));
  const replays = Array.from({ length: 50 }, () => setup.raw(signed(setup, 'm1', STRANGER)));
  expect(new Set((await Promise.all(replays)).map((reply) => reply.status))).toEqual(new Set([200]));
  for (let at = 2; at <= 5; at += 1) expect((await setup.raw(signed(setup, `m${at}`, SOURCE))).status).toBe(200);
  expect((await setup.raw(signed(setup, 'm6', SOURCE))).status).toBe(429);
});

it('replays give the signer no budget either', async () => {
  let isFull = true;
  const setup = await setUp({
    options: { perBapPerMinute: 3 },
    receive: (request) => (isFull ? Promise.reject(new StoreFault('disk full')) : taken(request)),
  });
  const taken = recognising();
  const captured = signed(setup, 'm1', SOURCE);
  expect((await setup.raw(captured)).status).toBe(503);
  isFull = false;
  for (let at = 0; at < 20; at += 1) await setup.raw(captured);
  for (let at = 2; at <= 3; at += 1) expect((await setup.raw(signed(setup, `m${at}`, SOURCE))).status).toBe(200);
  expect((await setup.raw(signed(setup, 'm4', SOURCE))).status).toBe(429);
});
