/**
 * Malformed and hostile input: it gets a clear answer where one is due, nothing of it is stored but a discrepancy, and
 * the process keeps running.
 */
import { randomUUID } from 'node:crypto';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { authorizationHeader } from '../../src/beckn/signing/signature.js';
import { valueAt, type Json } from '../../src/sandbox/runtime/json.js';
import { selectedOrder } from '../../src/sandbox/buyer-app/request-messages.js';
import { makeKeys, type SandboxKeys } from '../../src/sandbox/runtime/keys.js';
import { place, type Placed } from './shopper.js';
import { eventually } from './waiting.js';
import { BRIDGE, HOST, nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

const [CHARGED, TALKS, QUIET] = ['CP-01', 'CP-02', 'CP-03'];
const BUYER = 'bap.e2e.example';
const OTHER = 'other.e2e.example';

let system: TestSystem;
let placed: Placed;
let strangersKeys: SandboxKeys;
let slow: Promise<string>;

beforeAll(async () => {
  const chargePoints = [CHARGED, TALKS, QUIET];
  system = await startTestSystem({
    chargePoints,
    buyers: [BUYER, OTHER],
    settings: { session: { startTimeoutS: 3_600 } },
  });
  await system.bridge.start();
  slow = dripping();
  strangersKeys = await makeKeys();
  await system.charger(CHARGED, { connector: { pluggedIn: false } });
  placed = await place(system.buyer, system.choice(CHARGED, 'units', 300));
  // The charge point accepts the start after the confirm has been answered, which causes a callback of its own.
  await eventually('the start is notified', () => system.buyer.callbacks.some(({ action }) => action === 'on_status'));
  await eventually('nothing is owed', async () => (await system.operator('/api/outbox')).count === 0);
});

afterEach(() => {
  expect(system.bridge.running, system.bridge.stderr.slice(-2_000)).toBe(true);
  expect(system.bridge.stderr).not.toContain('"event":"bug"');
});

afterAll(async () => {
  await system.close();
  await nothingLeft();
});

interface Sending {
  readonly action?: string;
  readonly context?: Json;
  readonly message?: Json;
  /** A body other than the JSON of `context` and `message`. */
  readonly body?: string | Buffer;
  /** The body to send instead of the signed one. */
  readonly swapped?: string;
  readonly as?: string;
  readonly keyId?: string;
  readonly keys?: () => SandboxKeys;
  readonly unsigned?: boolean;
  /** Seconds from now. */
  readonly created?: number;
  readonly expires?: number;
  readonly headers?: (authorization: string) => OutgoingHttpHeaders;
  readonly method?: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

const contextOf = (action: string, more: Json = {}): Json => ({
  domain: 'uei:charging',
  action,
  version: '1.0.0',
  location: { city: { code: 'std:080' }, country: { code: 'IND' } },
  bap_id: BUYER,
  bap_uri: system.buyers[more['bap_id'] === OTHER ? 1 : 0]?.bapUri,
  bpp_id: BRIDGE,
  bpp_uri: system.addresses.beckn,
  transaction_id: randomUUID(),
  message_id: randomUUID(),
  timestamp: new Date().toISOString(),
  ttl: 'PT10M',
  ...more,
});

async function send(sending: Sending): Promise<Answer & { readonly context: Json }> {
  const { action = 'select', as = BUYER, keyId = 'buyer-1' } = sending;
  const context = contextOf(action, sending.context);
  const message = sending.message ?? { order: selectedOrder(system.choice(QUIET, 'units', 300)) };
  const signed = sending.body ?? JSON.stringify({ context, message });
  const secretKey = (sending.keys?.() ?? system.buyers[0]!.keys).secretKey;
  const now = Math.floor(Date.now() / 1_000);
  const authorization = authorizationHeader({
    subscriberId: as,
    keyId,
    secretKey,
    body: Buffer.from(signed),
    created: now + (sending.created ?? -5),
    expires: now + (sending.expires ?? 300),
  });
  const headers = sending.headers?.(authorization) ?? (sending.unsigned ? {} : { authorization });
  const method = sending.method ?? 'POST';
  const answer = await post(action, sending.swapped ?? signed, headers, method);
  return { ...answer, context };
}

function post(action: string, body: string | Buffer, headers: OutgoingHttpHeaders, method: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = { 'content-type': 'application/json', connection: 'close' };
    const url = `${system.addresses.beckn}/${action}`;
    const outgoing = httpRequest(url, { method, headers: { ...type, ...headers } }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text), headers: response.headers }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The orders, callbacks owed, discrepancies and transactions that the operator API shows, without ages. */
async function everythingKept(): Promise<string> {
  const paths = ['/api/orders', '/api/outbox', '/api/discrepancies', '/api/transactions'];
  const answers = await Promise.all(paths.map((path) => system.operator(path)));
  return JSON.stringify(answers.map(({ oldestS: _oldest, ...rest }) => rest));
}

const nested = (depth: number): Json => (depth === 0 ? {} : { inner: nested(depth - 1) });

interface Case extends Sending {
  readonly name: string;
  readonly status: number;
  readonly code: string;
  readonly says: RegExp;
  readonly path?: string;
}

const CASES: readonly Case[] = [
  { name: 'unsigned', unsigned: true, status: 401, code: '401', says: /Authorization header is missing/ },
  {
    name: 'with a signature that is no signature',
    headers: () => ({ authorization: 'Bearer secret' }),
    status: 401,
    code: '401',
    says: /cannot be used/,
  },
  { name: 'that has expired', created: -900, expires: -600, status: 401, code: '401', says: /expired 60\d s ago/ },
  { name: 'from the future', created: 120, expires: 400, status: 401, code: '401', says: /s in the future/ },
  { name: 'valid for a year', expires: 31_536_000, status: 401, code: '401', says: /lifetime of 3153600\d s/ },
  {
    name: 'tampered with',
    body: '{"context":{},"message":{"amount":1}}',
    swapped: '{"context":{},"message":{"amount":9}}',
    status: 401,
    code: '401',
    says: /does not match this body/,
  },
  { name: 'signed by a stranger', as: 'nobody.example', status: 401, code: '401', says: /nobody\.example/ },
  { name: 'signed with an unknown key', keyId: 'buyer-9', status: 401, code: '401', says: /buyer-9/ },
  { name: 'signed with another key', keys: () => strangersKeys, status: 401, code: '401', says: /does not match/ },
  {
    name: 'signed by somebody else who is known',
    as: OTHER,
    keys: () => system.buyers[1]!.keys,
    status: 401,
    code: '401',
    says: /The signer is other\.e2e\.example/,
    path: 'context.bap_id',
  },
  {
    name: 'with two signatures',
    headers: (authorization) => ({ Authorization: [authorization, authorization] }),
    status: 401,
    code: '401',
    says: /exactly once/,
  },
  { name: 'that is no JSON', body: '{"context":{', status: 400, code: '30000', says: /not JSON/ },
  { name: 'that is no UTF-8', body: Buffer.from([0x7b, 0xff, 0x7d]), status: 400, code: '30000', says: /UTF-8/ },
  { name: 'that is a list', body: '[]', status: 400, code: '30000', says: /context/, path: 'context' },
  { name: 'that is empty', body: '', status: 400, code: '30000', says: /not JSON/ },
  {
    name: 'of more than 256 KB',
    message: { padding: 'x'.repeat(262_144) },
    status: 413,
    code: '413',
    says: /larger than/,
  },
  { name: 'nested too deeply', message: nested(40), status: 400, code: '30000', says: /nested|depth/i },
  {
    name: 'that reaches for a prototype',
    body: '{"context":{"__proto__":{"admin":true}},"message":{}}',
    status: 400,
    code: '30000',
    says: /__proto__/,
  },
  {
    name: 'with its body compressed',
    headers: (authorization) => ({ authorization, 'content-encoding': 'gzip' }),
    status: 415,
    code: '415',
    says: /Content-Encoding/,
  },
  { name: 'for an unknown action', action: 'teleport', status: 404, code: '40001', says: /not served/ },
  {
    name: 'whose action is not that of the URL',
    context: { action: 'confirm' },
    status: 400,
    code: '30000',
    says: /The URL says select, the context says confirm/,
    path: 'context.action',
  },
  {
    name: 'for somebody else',
    context: { bpp_id: 'bpp.elsewhere.example' },
    status: 400,
    code: '30000',
    says: /This is bpp\.e2e\.example/,
    path: 'context.bpp_id',
  },
  {
    name: 'without a message id',
    context: { message_id: undefined },
    status: 400,
    code: '30000',
    says: /message_id must be/,
    path: 'context.message_id',
  },
  {
    name: 'in a language that is not spoken',
    context: { domain: 'retail', version: '2.0.0' },
    status: 400,
    code: '40001',
    says: /The request states retail 2\.0\.0/,
    path: 'context.domain',
  },
  {
    name: 'that breaks its schema',
    message: { order: { items: 'one, please' } },
    status: 400,
    code: '30000',
    says: /message\.order\.items/,
    path: 'message.order.items',
  },
  {
    name: 'about an order that is not theirs',
    action: 'status',
    as: OTHER,
    keys: () => system.buyers[1]!.keys,
    context: { bap_id: OTHER },
    status: 400,
    code: '30010',
    says: /no order with this id/,
    path: 'message.order_id',
  },
  {
    name: 'about an order that does not exist',
    action: 'status',
    message: { order_id: 'AAAAAAAAAAAAAAAAAAAAAAAAAA' },
    status: 400,
    code: '30010',
    says: /no order with this id/,
    path: 'message.order_id',
  },
];

describe('a request', () => {
  it.for(CASES)('$name is refused in words, and nothing of it is kept', async ({ name: _, ...wrong }) => {
    const before = await everythingKept();
    const callbacks = system.buyers.map(({ app }) => app.callbacks.length);
    const own = wrong.action === 'status' && !wrong.message ? { message: { order_id: placed.orderId } } : {};
    const answer = await send({ ...wrong, ...own });
    expect([answer.status, valueAt(answer.body, 'error', 'code')]).toEqual([wrong.status, wrong.code]);
    expect(valueAt(answer.body, 'message', 'ack', 'status')).toBe('NACK');
    expect(valueAt(answer.body, 'error', 'message')).toMatch(wrong.says);
    expect(valueAt(answer.body, 'error', 'paths')).toBe(wrong.path);
    if (wrong.status === 401 && !/exactly once|signer is/.test(String(wrong.says))) {
      expect(answer.headers['www-authenticate']).toContain(`realm="${BRIDGE}"`);
    }
    expect(await everythingKept()).toBe(before);
    expect(system.buyers.map(({ app }) => app.callbacks.length)).toEqual(callbacks);
    // Its message id was not recorded, so a correct request with the same id counts as new.
    const messageId = answer.context.message_id;
    if (typeof messageId !== 'string') return;
    const right = await send({ action: 'search', message: { intent: {} }, context: { message_id: messageId } });
    expect([right.status, valueAt(right.body, 'message', 'ack', 'status')]).toEqual([200, 'ACK']);
    await eventually('it is answered', () => system.buyer.callbacks.find((one) => one.messageId === messageId));
    await eventually('nothing is owed', async () => (await system.operator('/api/outbox')).count === 0);
  });

  it('sent again with another body is refused, and as it was it is acknowledged once more', async () => {
    const intent = { descriptor: { name: 'kiwi' } };
    const fixed = { message_id: randomUUID(), transaction_id: randomUUID(), timestamp: new Date().toISOString() };
    const sent = { action: 'search', message: { intent }, context: fixed };
    expect((await send(sent)).status).toBe(200);
    const changed = await send({ ...sent, message: { intent: {} } });
    expect([changed.status, valueAt(changed.body, 'error', 'paths')]).toEqual([400, 'context.message_id']);
    expect(valueAt(changed.body, 'error', 'message')).toContain('used before');
    expect((await send(sent)).status).toBe(200);
    await eventually('nothing is owed', async () => (await system.operator('/api/outbox')).count === 0);
    expect(system.buyer.callbacks.filter((one) => one.messageId === fixed.message_id)).toHaveLength(1);
  });

  it('that is no POST is answered with what is', async () => {
    const answer = await send({ method: 'PUT' });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
  });

  it('whose body ends early is forgotten', async () => {
    const before = await everythingKept();
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(system.addresses.beckn).port), HOST, () => {
        socket.write(`${head('select')}content-length: 1000\r\n\r\n{"context":`, () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect(await everythingKept()).toBe(before);
  });
});

const head = (action: string): string =>
  `POST /beckn/${action} HTTP/1.1\r\nhost: ${HOST}\r\ncontent-type: application/json\r\n`;

/** Sends a body one byte at a time until the server closes the connection. Resolves with the answer. */
function dripping(): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(new URL(system.addresses.beckn).port), HOST, () => {
      socket.write(`${head('select')}transfer-encoding: chunked\r\n\r\n`);
    });
    const drip = setInterval(() => socket.write('1\r\n \r\n'), 500);
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(drip);
      resolve(text);
    });
  });
}

/** A charge point that sends exactly what the test wants. */
class RawCharger {
  readonly heard: unknown[][] = [];
  readonly closed: Promise<number>;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.heard.push(JSON.parse(data.toString()) as unknown[]));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.on('close', (code) => resolve(code)));
  }

  static async open(id: string, password = 'correct-horse-battery-staple'): Promise<RawCharger> {
    const authorization = `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`;
    const socket = new WebSocket(`${system.addresses.ocpp}/${id}`, ['ocpp1.6'], { headers: { authorization } });
    const charger = new RawCharger(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        reject(new Error(`HTTP ${response.statusCode}`));
        socket.terminate();
      });
    });
    return charger;
  }

  /** Waits for the answer to a CALL of this charge point. */
  answer(id: unknown): Promise<unknown[]> {
    return eventually(`an answer to ${String(id)}`, () => this.heard.find((one) => one[0] !== 2 && one[1] === id));
  }
}

const boot = { chargePointVendor: 'Raw', chargePointModel: 'One' };

describe('a charge point', () => {
  it('with a wrong password, or one that nobody knows, gets no socket', async () => {
    await expect(RawCharger.open(TALKS, 'wrong-wrong-wrong-wrong')).rejects.toThrow('HTTP 401');
    await expect(RawCharger.open('CP-99')).rejects.toThrow('HTTP 401');
  });

  it('that breaks every rule keeps its socket and hears which rule it was', async () => {
    const charger = await RawCharger.open(TALKS);
    const { socket } = charger;
    socket.send('[2,"early","Heartbeat",{}]');
    expect((await charger.answer('early'))[2]).toBe('SecurityError');
    socket.send(JSON.stringify([2, 'boot', 'BootNotification', boot]));
    expect(await charger.answer('boot')).toMatchObject([3, 'boot', { status: 'Accepted' }]);
    const before = await everythingKept();

    const unanswerable = ['', 'hello', '{}', 'null', '[]', '[2]', '[9,"x","Heartbeat",{}]', '[3,"stranger",{}]'];
    for (const frame of unanswerable) socket.send(frame);
    socket.send(Buffer.from([1, 2, 3]));
    const wrong: readonly [frame: unknown[], code: string][] = [
      [[2, 'w1', 'Teleport', {}], 'NotImplemented'],
      [[2, 'w2', 'RemoteStartTransaction', { idTag: 'A' }], 'NotSupported'],
      [[2, 'w3', 'Heartbeat'], 'FormationViolation'],
      [[2, 'w4', 'Heartbeat', 'now'], 'FormationViolation'],
      [[2, 'w5', 'StatusNotification', { connectorId: 1 }], 'OccurenceConstraintViolation'],
      [
        [2, 'w6', 'StatusNotification', { connectorId: 'one', errorCode: 'NoError', status: 'Available' }],
        'TypeConstraintViolation',
      ],
      [
        [2, 'w7', 'StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Dancing' }],
        'PropertyConstraintViolation',
      ],
    ];
    for (const [frame, code] of wrong) {
      socket.send(JSON.stringify(frame));
      const answer = await charger.answer(frame[1]);
      expect([frame[1], answer[0], answer[2]]).toEqual([frame[1], 4, code]);
      expect(answer).toHaveLength(5);
    }
    socket.send('[2,"alive","Heartbeat",{}]');
    expect((await charger.answer('alive'))[0]).toBe(3);
    expect(await everythingKept()).toBe(before);
    socket.close();
    await charger.closed;
  });

  it('that stops a transaction nobody began is answered, and becomes a discrepancy', async () => {
    const charger = await RawCharger.open(TALKS);
    const stop = { transactionId: 4711, meterStop: 10, timestamp: new Date().toISOString() };
    charger.socket.send(JSON.stringify([2, 'stop', 'StopTransaction', stop]));
    expect(await charger.answer('stop')).toEqual([3, 'stop', {}]);
    expect(JSON.stringify(await system.operator('/api/discrepancies'))).toContain('unmatched-stop');
    charger.socket.close();
    await charger.closed;
  });

  it('that sends more than 64 KB in one frame loses its socket, and only that', async () => {
    const charger = await RawCharger.open(TALKS);
    charger.socket.send(JSON.stringify([2, 'big', 'DataTransfer', { vendorId: 'x', data: 'x'.repeat(65_536) }]));
    expect(await charger.closed).toBe(1009);
    const again = await RawCharger.open(TALKS);
    again.socket.send('[2,"alive","Heartbeat",{}]');
    expect((await again.answer('alive'))[0]).toBe(3);
    again.socket.close();
    await again.closed;
  });
});

it('whoever sends a body a byte at a time is not waited for', async () => {
  expect(await slow).toMatch(/^(HTTP\/1\.1 (401|408)|$)/);
}, 60_000);
