/** The request pipeline for a buyer app of Beckn 2.0.0 LTS: contexts in camel case and receipts in the body. */
import { describe, expect, it } from 'vitest';
import { ackBody, CORE_1X_ACK_FORMAT } from '../../../../src/beckn/protocol/ack-format.js';
import { checkContext } from '../../../../src/beckn/protocol/context-check.js';
import { DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { createNetworkRouter, type NetworkRoute } from '../../../../src/beckn/inbound/network-router.js';
import {
  digest,
  parseSignatureHeader,
  readSignature,
  signingString,
  verifySignature,
} from '../../../../src/beckn/signing/signature.js';
import type { Json } from '../../../../src/domain/model/object.js';
import { createPooledVerify } from '../../../../src/beckn/signing/verify-pool.js';
import { setUp, type Setup, type SetupOptions } from '../pipeline-fixture.js';

const ID = '0f1c2b1a-5f0d-4a58-9a39-6d1f6b6f9f10';
const CONTEXT = {
  version: '2.0.0',
  networkId: 'nfh.global/testnet-evcharging',
  bapId: 'bap.example',
  bapUri: 'https://bap.example/beckn',
  bppId: 'cpo.example/bpp',
  bppUri: 'https://cpo.example/beckn',
  transactionId: ID,
  messageId: '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c02',
  timestamp: '2026-01-15T10:00:00Z',
  ttl: 'PT30S',
};
const STATUS: Json = { contract: { id: ID } };

async function ask(setup: Setup, action: string, message: Json, context: { readonly [key: string]: Json } = {}) {
  const body = JSON.stringify({ context: { ...CONTEXT, action, ...context }, message });
  const authorization = setup.sign(body);
  const answer = await setup.door.process({ action, rawBody: Buffer.from(body), headers: { authorization } });
  return { ...answer, said: JSON.parse(answer.body) as { readonly [key: string]: Json }, asked: body, authorization };
}

const open = (more: SetupOptions = {}): Promise<Setup> => setUp({ dialects: DIALECTS, ...more });

describe('a request of 2.0.0', () => {
  it('is handed on with its ids, its network and the form of its order ids', async () => {
    const setup = await open();
    expect(await ask(setup, 'status', STATUS)).toMatchObject({ status: 200 });
    expect(setup.received).toMatchObject([
      {
        bapId: 'bap.example',
        bapUri: 'https://bap.example/beckn',
        dialect: 'lts-2.0.0',
        becknTransactionId: ID,
        messageId: CONTEXT.messageId,
        orderIdFormat: 'uuid',
        replyContext: { version: '2.0.0', networkId: 'nfh.global/testnet-evcharging' },
        request: { type: 'status', orderId: ID },
      },
    ]);
  });

  it('that is only tried is a preview, and the answer will say so', async () => {
    const setup = await open();
    await ask(setup, 'cancel', STATUS, { try: true });
    await ask(setup, 'cancel', STATUS, { try: false, messageId: 'm-2' });
    await ask(setup, 'status', STATUS, { try: true, messageId: 'm-3' });
    expect(setup.received.map(({ request }) => request.type)).toEqual(['preview', 'cancel', 'status']);
    expect(setup.received[0]?.replyContext).toMatchObject({ try: true });
    expect(setup.received[1]?.replyContext).not.toHaveProperty('try');
  });

  it.each([
    ['another signer', { bapId: 'other.example' }, 'context.bapId'],
    ['no sender', { bapId: '' }, 'context.bapId'],
    ['no address', { bapUri: null }, 'context.bapUri'],
    ['another receiver', { bppId: 'other.example' }, 'context.bppId'],
    ['no message id', { messageId: null }, 'context.messageId'],
    ['no transaction', { transactionId: '' }, 'context.transactionId'],
  ])('with %s is refused at the name it used', (_what, context, path) => {
    const expected = { action: 'status', signer: 'bap.example', bppId: 'cpo.example/bpp' };
    expect(checkContext({ context: { ...CONTEXT, action: 'status', ...context } }, expected)).toMatchObject({ path });
  });

  it('cannot be signed by one and be of another in the other spelling', async () => {
    const setup = await open();
    const answer = await ask(setup, 'status', STATUS, { bap_id: 'victim.example' });
    expect(answer.status).toBe(401);
    expect(setup.received).toEqual([]);
  });

  it('is refused where nobody speaks it, with what it asked for and what is spoken', async () => {
    const setup = await setUp({ dialects: DIALECTS.filter(({ name }) => name !== 'lts-2.0.0') });
    const { status, said } = await ask(setup, 'status', STATUS);
    expect([status, setup.received]).toEqual([400, []]);
    expect(said['error']).toMatchObject({
      code: '40001',
      message: expect.stringContaining(
        'The request states nfh.global/testnet-evcharging 2.0.0; supported: uei:charging',
      ) as string,
      paths: 'context.networkId',
    });
  });

  it('is refused by a network of other domains, and taken by its own', async () => {
    const others = await open({ options: { domains: ['uei:charging'] } });
    expect((await ask(others, 'status', STATUS)).status).toBe(400);
    const own = await open({ options: { domains: [CONTEXT.networkId] } });
    expect((await ask(own, 'status', STATUS)).status).toBe(200);
  });

  it('finds the network of its bppId and its networkId among several', async () => {
    const asked: string[] = [];
    const door = (name: string, bppId: string, domains: readonly string[]): NetworkRoute =>
      ({
        pipeline: { process: () => Promise.resolve(asked.push(name)) },
        basePath: '/beckn',
        bppId,
        domains,
      }) as unknown as NetworkRoute;
    const doors = createNetworkRouter([door('a', 'one', ['x']), door('b', 'two', ['x']), door('c', 'two', ['y'])], {
      maxBytes: 10_000,
      maxDepth: 10,
      maxKeys: 100,
    });
    for (const context of [
      { bppId: 'two', networkId: 'x' },
      { bppId: 'two', networkId: 'y' },
    ]) {
      const rawBody = Buffer.from(JSON.stringify({ context: { ...context, bapId: 'b' } }));
      const request = { action: 'status', rawBody, headers: {} };
      await doors.route(request).process(request);
    }
    expect(asked).toEqual(['b', 'c']);
  });
});

describe('the receipt in an answer', () => {
  it('names times, body, request and message id, in that order', () => {
    const receiptFor = { digest: 'R', messageId: 'm' };
    expect(signingString({ created: 1, expires: 2, digest: 'D', receiptFor })).toBe(
      '(created): 1\n(expires): 2\ndigest: BLAKE-512=D\n(request-digest): BLAKE-512=R\n(message-id): m',
    );
  });

  it.each<[string, string, Json, number]>([
    ['an ACK', 'status', STATUS, 200],
    ['a NACK', 'status', {}, 400],
  ])('of %s is over the body without it', async (_what, action, message, wanted) => {
    const setup = await open();
    const { status, said, asked } = await ask(setup, action, message);
    const { signature, ...unsigned } = said;
    expect([status, said['status']]).toEqual([wanted, wanted === 200 ? 'ACK' : 'NACK']);
    if (wanted === 400) expect(said['error']).toMatchObject({ errorCode: '30000', paths: 'message.contract' });
    const parsed = parseSignatureHeader(String(signature));
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(String(signature)).toContain('headers="(created) (expires) digest (request-digest) (message-id)"');
    const key = setup.signer.currentKey().secretKey.subarray(32);
    const receiptFor = { digest: digest(Buffer.from(asked)), messageId: CONTEXT.messageId };
    const body = digest(Buffer.from(JSON.stringify(unsigned)));
    for (const verify of [verifySignature, createPooledVerify()]) {
      expect(await verify(parsed, body, key, receiptFor)).toBe(true);
      expect(await verify(parsed, body, key, { ...receiptFor, messageId: 'm-2' })).toBe(false);
      expect(await verify(parsed, body, key, { ...receiptFor, digest: body })).toBe(false);
      expect(await verify(parsed, body, key)).toBe(false);
      expect(await verify(parsed, body, key, 'R')).toBe(false);
    }
  });

  it('and all else about an answer are as the peer has them: those of the reference adapter', async () => {
    const peer = {
      ackForm: 'message-status',
      requestSignature: true,
      counterSignature: false,
      errorNames: 'code',
    } as const;
    const setup = await open({ peer });
    const { said, body, headers, authorization } = await ask(setup, 'status', STATUS);
    expect(said).toEqual({ message: { status: 'ACK', messageId: CONTEXT.messageId } });
    const parsed = parseSignatureHeader(headers['Signature'] ?? '');
    if ('problem' in parsed) throw new Error(parsed.problem);
    const key = setup.signer.currentKey().secretKey.subarray(32);
    expect(verifySignature(parsed, digest(Buffer.from(body)), key, readSignature(authorization))).toBe(true);
    expect((await ask(setup, 'status', {})).said['error']).toMatchObject({ code: '30000' });
  });

  it('is nobody’s who did not ask for it', async () => {
    const { post } = await open();
    expect((await post('status', { order_id: 'o' })).body).toEqual({ message: { ack: { status: 'ACK' } } });
    const countersign = (body: string): string => `over ${body}`;
    expect(ackBody({ format: CORE_1X_ACK_FORMAT, countersign })).toBe(
      '{"message":{"ack":{"status":"ACK"}},"signature":"over {\\"message\\":{\\"ack\\":{\\"status\\":\\"ACK\\"}}}"}',
    );
  });

  it('proves no request', async () => {
    const setup = await open();
    const body = JSON.stringify({ context: { ...CONTEXT, action: 'status' }, message: STATUS });
    const wrong = setup
      .sign(body)
      .replace('(created) (expires) digest', '(created) (expires) digest (request-digest) (message-id)');
    const answer = await setup.door.process({
      action: 'status',
      rawBody: Buffer.from(body),
      headers: { authorization: wrong },
    });
    expect([answer.status, answer.body]).toEqual([401, expect.stringContaining('a request acknowledges no message')]);
  });
});
