import { expect, it } from 'vitest';
import type { InboundRequest } from '../../../../src/beckn/inbound/inbound-request.js';
import type { Acknowledgement, VerifiedRequest } from '../../../../src/ports/buyer-requests.js';
import { setUp, type Setup } from '../pipeline-fixture.js';
import { contextOf } from '../samples.js';

const STRANGER = '192.0.2.7';

function statusBody(messageId: string): string {
  return JSON.stringify({ context: contextOf('status', { message_id: messageId }), message: { order_id: 'o-1' } });
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

it('a replay of a request that was refused spends nothing either', async () => {
  const setup = await setUp({ options: { perBapPerMinute: 2 } });
  const body = JSON.stringify({ context: contextOf('status'), message: 7 });
  const refused = { action: 'status', rawBody: Buffer.from(body), headers: { authorization: setup.sign(body) } };
  for (let at = 0; at < 20; at += 1) expect((await setup.raw(refused)).status).toBe(400);
  expect((await setup.raw(signed(setup, 'm1', STRANGER))).status).toBe(200);
});
