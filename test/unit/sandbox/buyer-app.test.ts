import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  authorizationHeader,
  digest,
  parseSignatureHeader,
  verifySignature,
} from '../../../src/beckn/signing/signature.js';
import { createBuyerApp, type BuyerApp } from '../../../src/sandbox/buyer-app.js';
import type { Choice } from '../../../src/sandbox/buyer-app/request-messages.js';
import { makeKeys, type SandboxKeys } from '../../../src/sandbox/runtime/keys.js';
import { startSandboxRegistry, type SandboxRegistry } from '../../../src/sandbox/registry.js';
import { createSeededRandom } from '../../../src/sandbox/runtime/seeded-random.js';
import { createManualClock, type ManualClock } from '../../fakes/manual-clock.js';
import { until } from '../../fakes/until.js';

type Json = { [key: string]: any }; // oxlint-disable-line typescript/no-explicit-any -- wire JSON in assertions

const choice: Choice = {
  providerId: 'acme',
  stationId: 'st-1',
  chargePointId: 'cp-7',
  connectorId: 'cp-7-1',
  option: { code: 'amount', value: '100' },
};

let clock: ManualClock;
let bppKeys: SandboxKeys;
let bapKeys: SandboxKeys;
let registry: SandboxRegistry;
let bpp: Server;
let app: BuyerApp;
let addresses: { url: string; bapUri: string };
let requests: { action: string; body: Json; header: string; raw: Buffer }[];
let answer: { status: number; body: unknown };
/** Called after the provider's ACK, to play what the provider does next. */
let afterAck: (action: string, context: Json) => void;
const wire: string[] = [];

async function post(
  action: string,
  body: unknown,
  change: { signer?: string; tamper?: string; expires?: number } = {},
) {
  const text = JSON.stringify(body);
  const created = Math.floor(clock.now() / 1_000) - 5;
  const header = authorizationHeader({
    subscriberId: change.signer ?? 'bpp.test',
    keyId: 'k1',
    secretKey: bppKeys.secretKey,
    body: Buffer.from(text),
    created,
    expires: change.expires ?? created + 300,
  });
  const response = await fetch(`${addresses.bapUri}/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: header },
    body: change.tamper ?? text,
  });
  return { status: response.status, body: (await response.json()) as Json };
}

const callback = (action: string, context: Json, message: unknown = { order: { id: 'O1', status: 'ACTIVE' } }) => ({
  context: { ...context, action, bpp_id: 'bpp.test', bpp_uri: 'http://bpp.test' },
  message,
});
const unsolicited = (action = 'on_status') =>
  callback(action, { bap_id: 'bap.test', transaction_id: 't-9', message_id: `m-${Math.floor(clock.now())}` });

beforeEach(async () => {
  clock = createManualClock();
  requests = [];
  wire.length = 0;
  answer = { status: 200, body: { message: { ack: { status: 'ACK' } } } };
  afterAck = () => undefined;
  bppKeys = await makeKeys('bpp');
  bapKeys = await makeKeys('bap');
  registry = await startSandboxRegistry({ clock });
  registry.add({
    subscriberId: 'bpp.test',
    url: 'http://bpp.test',
    type: 'BPP',
    keyId: 'k1',
    signingPublicKey: bppKeys.publicKeyBase64,
  });
  bpp = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts);
      const body = JSON.parse(raw.toString()) as Json;
      const action = (request.url ?? '').split('/').at(-1) ?? '';
      requests.push({ action, body, header: request.headers.authorization ?? '', raw });
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
      afterAck(action, body.context as Json);
    });
  });
  await new Promise<void>((resolve) => bpp.listen(0, '127.0.0.1', resolve));
  app = createBuyerApp({
    subscriberId: 'bap.test',
    keyId: 'k1',
    secretKey: bapKeys.secretKey,
    host: '127.0.0.1',
    port: 0,
    clock,
    random: createSeededRandom(3),
    registryUrl: registry.url,
    bppId: 'bpp.test',
    bppUri: `http://127.0.0.1:${(bpp.address() as AddressInfo).port}/beckn/`,
    onMessage: ({ direction, action }) => wire.push(`${direction} ${action}`),
  });
  addresses = await app.start();
});

afterEach(async () => {
  await app.stop();
  await registry.close();
  bpp.closeAllConnections();
  await new Promise((resolve) => bpp.close(resolve));
});

describe('the requests of the buyer app', () => {
  it('are signed over the bytes that are sent, and have a complete context', async () => {
    const sent = await app.select(choice);
    expect(sent.ack).toBe(true);
    const [request] = requests;
    const parsed = parseSignatureHeader(request?.header ?? '');
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(parsed.subscriberId).toBe('bap.test');
    expect(verifySignature(parsed, digest(request?.raw ?? Buffer.alloc(0)), bapKeys.publicKey)).toBe(true);
    expect(request?.body.context).toMatchObject({
      domain: 'uei:charging',
      version: '1.0.0',
      action: 'select',
      bap_id: 'bap.test',
      bap_uri: addresses.bapUri,
      bpp_id: 'bpp.test',
      transaction_id: sent.transactionId,
      message_id: sent.messageId,
    });
    expect(request?.body.message.order.items.map((one: Json) => one.id)).toEqual(['st-1', 'cp-7', 'cp-7-1']);
    expect(request?.body.message.order.tags[0].list[0]).toMatchObject({ value: '100', descriptor: { code: 'amount' } });
  });

  it('contain what each action requires', async () => {
    await app.search();
    await app.init(choice);
    await app.confirm(choice, { value: '123.25', currency: 'INR' });
    await app.status('O1');
    await app.update('O1', choice);
    await app.stopCharging('O1');
    await app.cancel('O1');
    await app.track('O1');
    await app.support('O1');
    await app.rating('O1', '9');
    const messages = Object.fromEntries(requests.map((one) => [one.action, one.body.message as Json]));
    expect(requests[0]?.body.context).not.toHaveProperty('bpp_id');
    expect(messages.confirm?.order.payments[0]).toMatchObject({ status: 'PAID', params: { amount: '123.25' } });
    expect(messages.update).toMatchObject({ update_target: 'item,billing,fulfillment', order: { id: 'O1' } });
    expect(requests[5]?.body.message.descriptor.code).toBe('stop-charging');
    expect(messages.cancel?.descriptor).not.toHaveProperty('code');
    expect(messages.rating?.ratings[0]).toMatchObject({ rating_category: 'Order', value: '9' });
  });

  it('report a NACK or a missing answer, and can be tampered with or left unsigned', async () => {
    answer = { status: 400, body: { message: { ack: { status: 'NACK' } }, error: { code: '30004' } } };
    expect(await app.select(choice)).toMatchObject({ ack: false, status: 400 });
    await app.select(choice, { tamper: (text) => text.replace('100', '999'), context: { ttl: undefined } });
    expect(requests.at(-1)?.raw.toString()).toContain('999');
    expect(requests.at(-1)?.body.context).not.toHaveProperty('ttl');
    await app.select(choice, { unsigned: true });
    expect(requests.at(-1)?.header).toBe('');
    bpp.closeAllConnections();
    await new Promise((resolve) => bpp.close(resolve));
    expect(await app.select(choice)).toMatchObject({ ack: false, status: 0 });
  });
});

describe('the callbacks to the buyer app', () => {
  it('are verified, acknowledged, recorded and awaited', async () => {
    const waited = app.waitFor((one) => one.action === 'on_status', 60_000);
    expect(await post('on_status', unsolicited())).toEqual({
      status: 200,
      body: { message: { ack: { status: 'ACK' } } },
    });
    expect((await waited).transactionId).toBe('t-9');
    expect(app.orders.get('O1')).toMatchObject({ transactionId: 't-9', order: { status: 'ACTIVE' } });
    await post('on_status', unsolicited());
    expect(app.callbacks.map((one) => one.repeat)).toEqual([false, true]);
    expect(wire).toContain('out on_status');
  });

  it('determine the transaction of later requests about the order', async () => {
    await post('on_confirm', unsolicited('on_confirm'));
    await app.status('O1');
    expect(requests[0]?.body.context.transaction_id).toBe('t-9');
  });

  it.each([
    [
      'changed bytes',
      () => post('on_status', unsolicited(), { tamper: JSON.stringify(unsolicited()).replace('O1', 'O2') }),
    ],
    ['an unknown signer', () => post('on_status', unsolicited(), { signer: 'other.test' })],
    ['an old signature', () => post('on_status', unsolicited(), { expires: Math.floor(clock.now() / 1_000) - 1 })],
  ])('with %s are refused with 401', async (_, send) => {
    expect((await send()).status).toBe(401);
    expect(app.callbacks).toEqual([]);
    expect(app.rejected).toHaveLength(1);
  });

  it('with the wrong context are refused with 400', async () => {
    const other = unsolicited();
    expect((await post('on_status', { ...other, context: { ...other.context, bap_id: 'someone' } })).status).toBe(400);
    expect((await post('on_update', other)).status).toBe(400);
  });

  it('are accepted again after the provider has changed its key', async () => {
    await post('on_status', unsolicited());
    bppKeys = await makeKeys('bpp, new');
    registry.add({
      subscriberId: 'bpp.test',
      url: 'http://bpp.test',
      type: 'BPP',
      keyId: 'k1',
      signingPublicKey: bppKeys.publicKeyBase64,
    });
    expect((await post('on_status', unsolicited())).status).toBe(200);
  });

  it('can be failed, refused, delayed or not received at all on request', async () => {
    app.failNext(1);
    expect((await post('on_status', unsolicited())).status).toBe(500);
    app.nackNext(1);
    expect((await post('on_status', unsolicited())).body.message.ack.status).toBe('NACK');
    app.delayAnswers(5_000);
    const slow = post('on_status', unsolicited());
    await until(clock, () => clock.pending() > 0);
    expect(app.callbacks).toEqual([]);
    await clock.advance(5_000);
    expect((await slow).status).toBe(200);
    app.delayAnswers(0);
    await app.stopListening();
    await expect(post('on_status', unsolicited())).rejects.toThrow();
    await app.resumeListening();
    expect((await post('on_status', unsolicited())).status).toBe(200);
  });

  it('that never come end the wait with an error', async () => {
    const waited = app.waitFor(() => false, 1_000);
    const judged = expect(waited).rejects.toThrow('1000 ms');
    await clock.advance(1_000);
    await judged;
  });
});

describe('the client API', () => {
  const callApi = async (action: string, body: unknown) => {
    const response = await fetch(`${addresses.url}/client/${action}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Json };
  };
  const pasted = {
    context: {
      domain: 'uei:charging',
      action: 'update',
      version: '1.0.0',
      location: { city: { code: 'std:011' } },
      bap_id: '{{bap_id}}',
      bap_uri: 'https://bap.elsewhere.example',
      bpp_id: 'somebody/else',
      bpp_uri: 'https://elsewhere.example/uei/bpp',
      transaction_id: 'edea17fa-b5c4-48c9-86dd-1b80dda67d37',
      message_id: '4618752a-c502-4503-bd75-635622ea8aff',
      timestamp: '2023-02-18T17:00:40.065Z',
      ttl: 'PT5M',
    },
    message: { update_target: 'item,billing,fulfillment', order: { id: 'EK8IJdNnatqx1yMIDzln' } },
  };

  it('completes the context, waits for the callback, and returns the context and the responses', async () => {
    afterAck = (action, context) => void post(`on_${action}`, callback(`on_${action}`, context));
    const reply = await callApi('update', pasted);
    expect(reply.status).toBe(200);
    expect(requests[0]?.body.message).toEqual(pasted.message);
    expect(requests[0]?.body.context).toMatchObject({
      bap_id: 'bap.test',
      bap_uri: addresses.bapUri,
      bpp_id: 'bpp.test',
      transaction_id: pasted.context.transaction_id,
      message_id: pasted.context.message_id,
      timestamp: new Date(clock.now()).toISOString(),
      location: { city: { code: 'std:011' } },
      ttl: 'PT5M',
    });
    expect(reply.body.context).toEqual(requests[0]?.body.context);
    expect(reply.body.responses).toHaveLength(1);
    expect(reply.body.responses[0]).toMatchObject({
      context: { action: 'on_update' },
      message: { order: { id: 'O1' } },
    });
    // The second time it gets a new message id, because a repeated id with another timestamp would be refused.
    await callApi('update', pasted);
    expect(requests[1]?.body.context.message_id).not.toBe(pasted.context.message_id);
  });

  it('collects every answer to a search within the search window', async () => {
    afterAck = (_, context) => {
      void post('on_search', callback('on_search', context, { catalog: { descriptor: { name: 'one' } } }));
      void post('on_search', callback('on_search', context, { catalog: { descriptor: { name: 'two' } } }));
    };
    const reply = callApi('search', {});
    await until(clock, () => app.callbacks.length === 2);
    await clock.advance(500);
    expect((await reply).body.responses).toHaveLength(2);
    const catalogue = (await (await fetch(`${addresses.url}/client/catalog`)).json()) as Json;
    expect(['one', 'two']).toContain(catalogue.descriptor.name);
  });

  it('answers 504 without a callback, and passes a refusal on', async () => {
    const reply = callApi('status', { message: { order_id: 'O1' } });
    await until(clock, () => requests.length === 1 && clock.pending() > 0);
    await clock.advance(30_000);
    expect(await reply).toMatchObject({ status: 504, body: { responses: [], context: { action: 'status' } } });
    answer = { status: 400, body: { message: { ack: { status: 'NACK' } }, error: { code: '30010', message: 'none' } } };
    expect(await callApi('status', { message: { order_id: 'O1' } })).toMatchObject({
      status: 400,
      body: { responses: [], error: { code: '30010' } },
    });
  });

  it('lists the orders, and answers 404 for an unknown path', async () => {
    await post('on_status', unsolicited());
    const orders = (await (await fetch(`${addresses.url}/client/orders`)).json()) as Json[];
    expect(orders[0]).toMatchObject({ id: 'O1', transaction_id: 't-9', status: 'ACTIVE' });
    expect((await fetch(`${addresses.url}/client/nonsense`, { method: 'POST' })).status).toBe(404);
  });
});
