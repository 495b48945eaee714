/**
 * Real-world responses of buyer apps to callbacks, and their meaning; and what the sender signs, verifies and warns of.
 */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCallbackResponse } from '../../../../src/beckn/outbound/callback-response.js';
import { HttpCallbackSender, type HttpCallbackSenderDeps } from '../../../../src/beckn/outbound/callback-sender.js';
import { createCallbackTargetChecker } from '../../../../src/beckn/outbound/callback-target.js';
import { UndiciHttpClient } from '../../../../src/beckn/outbound/http-undici.js';
import { KeyDirectory } from '../../../../src/beckn/registry/key-directory.js';
import {
  digest,
  loadSodium,
  parseSignatureHeader,
  readSignature,
  verifySignature,
} from '../../../../src/beckn/signing/signature.js';
import { createSigner } from '../../../../src/beckn/signing/signer.js';
import { systemClock } from '../../../../src/observe/system-clock.js';
import { startHttpPeer, type HttpPeer, type Received } from '../../../fakes/http-peer.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { listRegistry, memoryValues, pair, recordOf } from '../peers.js';

beforeAll(loadSodium);

const read = (status: number, body: string) => readCallbackResponse({ status, headers: {}, body }, 0);
const json = (value: unknown): string => JSON.stringify(value);
const error = { code: 400, message: 'Not so.' };

describe('an answer to a callback', () => {
  it.each<[string, number, unknown]>([
    ['core 1.x', 200, { message: { ack: { status: 'ACK' } } }],
    ['with the context', 202, { context: {}, message: { ack: { status: 'ACK' } } }],
    ['created', 201, { message: { ack: { status: 'ACK' } } }],
    ['without message', 200, { ack: { status: 'ACK' } }],
    ['an error that says nothing', 200, { message: { ack: { status: 'ACK' } }, error: {} }],
    ['an error that is null', 200, { message: { ack: { status: 'ACK' }, error: null }, error: null }],
    ['an error of empty fields', 200, { message: { ack: { status: 'ACK' } }, error: { code: '', message: null } }],
    ['of Beckn 2.0 in the message', 200, { message: { status: 'ACK', messageId: 'm1' } }],
    ['of Beckn 2.0 alone', 200, { status: 'ACK', signature: 'x' }],
    ['of Beckn 2.0 in lower case', 200, { status: ' ack ' }],
  ])('is delivered, and clear: %s', (_name, status, body) => {
    expect(read(status, json(body))).toEqual({ delivery: { kind: 'delivered' } });
  });

  it.each<[string, number, string, string]>([
    ['nothing', 200, '', 'HTTP 200 with an empty body'],
    ['no content', 204, ' \n', 'HTTP 204 with an empty body'],
    ['a page', 200, '<html>ok</html>', 'HTTP 200 with a body that is neither ACK nor NACK'],
    ['other JSON', 200, '{"ok":true}', 'HTTP 200 with a body that is neither ACK nor NACK'],
    ['another status word', 200, '{"status":"SUCCESS"}', 'HTTP 200 with a body that is neither ACK nor NACK'],
    ['an empty error alone', 200, '{"error":{}}', 'HTTP 200 with a body that is neither ACK nor NACK'],
    ['ACK and an error', 200, json({ message: { ack: { status: 'ACK' } }, error }), 'ACK with an error: 400 Not so.'],
  ])('is delivered, and unclear: %s', (_name, status, body, unclearReason) => {
    expect(read(status, body)).toEqual({ delivery: { kind: 'delivered' }, unclearReason });
  });

  it.each<[string, unknown, string]>([
    ['error beside', { message: { ack: { status: 'NACK' } }, error }, 'NACK: 400 Not so.'],
    ['error inside', { message: { ack: { status: 'NACK' }, error } }, 'NACK: 400 Not so.'],
    ['error in the ack', { message: { ack: { status: 'NACK', error } } }, 'NACK: 400 Not so.'],
    [
      'an empty one beside, a real one inside',
      { error: {}, message: { ack: { status: 'NACK' }, error } },
      'NACK: 400 Not so.',
    ],
    ['of Beckn 2.0', { message: { status: 'NACK' } }, 'NACK: no reason given'],
    ['of Beckn 2.0 alone', { status: 'NACK', error: { errorCode: 'E1', errorMessage: 'no' } }, 'NACK: E1 no'],
    ['nothing but an error', { error: { code: '30010' } }, 'NACK: 30010'],
    ['an error that is a word', { error: 'broken' }, 'NACK: broken'],
    ['a word in place of the ack', { message: { ack: 'NACK' } }, 'NACK: no reason given'],
    ['a word in place of the ack, without message', { ack: 'nack' }, 'NACK: no reason given'],
    ['a list of one response', [{ message: { ack: { status: 'NACK' } }, error }], 'NACK: 400 Not so.'],
  ])('is refused: %s', (_name, body, reason) => {
    expect(read(200, json(body))).toEqual({ delivery: { kind: 'refused', reason } });
  });
});

describe('the sender', () => {
  const http = new UndiciHttpClient(systemClock);
  let peer: HttpPeer;
  let answer: (response: ServerResponse, request: Received) => void;
  beforeEach(async () => {
    peer = await startHttpPeer((response, request) => answer(response, request));
  });
  afterEach(() => peer.close());

  async function send(change: Partial<HttpCallbackSenderDeps> = {}, gatewayId?: string) {
    const clock = createManualClock();
    const emitted: unknown[] = [];
    const bapUri = `${peer.url}/beckn`;
    const gateway = recordOf(9, { subscriberId: 'gateway.in', type: 'BG', url: `${peer.url}/bg/` });
    const source = listRegistry(recordOf(1, { url: bapUri }), gateway);
    const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock });
    const target = { host: '127.0.0.1', port: peer.port, scheme: 'http' } as const;
    const allow = ['app.example.in', 'gateway.in'].map((subscriber) => ({ ...target, subscriber }));
    const targets = createCallbackTargetChecker({
      directory,
      clock,
      dns: { resolve: () => Promise.resolve([]) },
      allow,
    });
    const keys = [{ keyId: 'b1', secretKey: pair(7).secretKey }] as const;
    const sender = new HttpCallbackSender({
      http,
      targetChecker: targets,
      clock,
      signer: createSigner({ subscriberId: 'bpp.example.in', keys, clock }),
      events: { emit: (name, detail) => void emitted.push([name, detail?.['reason']]) },
      ...change,
    });
    const delivery = await sender.send({
      network: 'main',
      bapId: 'app.example.in',
      bapUri,
      dialect: 'd',
      action: 'on_search',
      messageId: 'm1',
      body: '{}',
      ...(gatewayId !== undefined && { gatewayId }),
    });
    return { delivery, emitted };
  }
  const answering = (status: number, body: string) => {
    answer = (response) => void response.writeHead(status).end(body);
  };

  it('warns of what was taken without a plain ACK, and of nothing else', async () => {
    answering(200, '');
    expect(await send()).toEqual({
      delivery: { kind: 'delivered' },
      emitted: [['callback.unclear', 'HTTP 200 with an empty body']],
    });
    answering(200, json({ message: { ack: { status: 'ACK' } } }));
    expect(await send()).toEqual({ delivery: { kind: 'delivered' }, emitted: [] });
  });

  it('signs four lines when it knows the request that it answers', async () => {
    answering(200, json({ status: 'ACK' }));
    const request = 'A'.repeat(86) + '==';
    const asked: unknown[] = [];
    await send({
      requestSignature: ({ action, messageId }) => {
        asked.push(action, messageId);
        return Promise.resolve(request);
      },
    });
    expect(asked).toEqual(['on_search', 'm1']);
    const parsed = parseSignatureHeader(peer.received[0]?.headers.authorization ?? '');
    if ('problem' in parsed) throw new Error(parsed.problem);
    const key = pair(7).publicKey;
    expect(verifySignature(parsed, digest(Buffer.from('{}')), key, request)).toBe(true);
    expect(verifySignature(parsed, digest(Buffer.from('{}')), key)).toBe(false);
  });

  it('has the signature of an answer checked against its own', async () => {
    answering(200, json({ status: 'ACK' }));
    const signatures: string[] = [];
    const ackProblem: HttpCallbackSenderDeps['ackProblem'] = (_sent, _response, signature) => {
      signatures.push(signature);
      return Promise.resolve('it does not fit');
    };
    const { delivery, emitted } = await send({ ackProblem });
    expect(delivery).toEqual({ kind: 'delivered' });
    expect(emitted).toEqual([['callback.unclear', 'it does not fit']]);
    expect(signatures).toEqual([readSignature(peer.received[0]?.headers.authorization)]);
  });

  it('goes to the gateway’s registered address instead, where the network wants that', async () => {
    answering(200, json({ status: 'ACK' }));
    expect((await send({}, 'gateway.in')).delivery).toEqual({ kind: 'delivered' });
    expect(peer.received.map(({ path }) => path)).toEqual(['/bg/on_search']);
    // A buyer app does not count as a gateway.
    expect((await send({}, 'app.example.in')).delivery).toMatchObject({ kind: 'failed' });
    expect((await send({}, 'nobody.in')).delivery).toMatchObject({ kind: 'failed' });
    expect(peer.received).toHaveLength(1);
  });
});
