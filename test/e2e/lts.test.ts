/** A buyer app of Beckn 2.0.0 LTS over real HTTP and real sockets. The settings switch the dialect on. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { valueAt, isObject, readList } from '../../src/beckn/protocol/json-reading.js';
import {
  authorizationHeader,
  digest,
  parseSignatureHeader,
  verifySignature,
} from '../../src/beckn/signing/signature.js';
import { makeKeys } from '../../src/sandbox/runtime/keys.js';
import { eventually } from './waiting.js';
import { BRIDGE, HOST, nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

const BAP = 'lts.e2e.example';
const ID = 'LTS-1';
type Callback = {
  readonly action: string;
  readonly body: unknown;
  readonly authorization: string;
  readonly raw: Buffer;
};

let system: TestSystem;
let app: Server;
let keys: Awaited<ReturnType<typeof makeKeys>>;
const heard: Callback[] = [];

beforeAll(async () => {
  app = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const raw = Buffer.concat(parts);
      const action = request.url?.split('/').at(-1) ?? '';
      heard.push({ action, body: JSON.parse(raw.toString()), authorization: request.headers.authorization ?? '', raw });
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{"status":"ACK"}');
    });
  });
  await new Promise<void>((resolve) => app.listen(0, HOST, resolve));
  const { port } = app.address() as AddressInfo;
  const allow = [{ host: HOST, port, scheme: 'http', subscriber: BAP }];
  system = await startTestSystem({ chargePoints: [ID], settings: { beckn: { lts: true }, callbacks: { allow } } });
  keys = await makeKeys();
  system.registry.add({
    domain: 'nfh.global/testnet-evcharging',
    status: 'SUBSCRIBED',
    subscriberId: BAP,
    url: `http://${HOST}:${port}`,
    type: 'BAP',
    keyId: 'k1',
    signingPublicKey: keys.publicKeyBase64,
  });
  await system.bridge.start();
});
afterAll(async () => {
  await system.close();
  await new Promise((resolve) => app.close(resolve));
  await nothingLeft();
});

const transactionId = randomUUID();

/** Sends a request and waits for its callback. */
async function ask(action: string, message: object): Promise<unknown> {
  const messageId = randomUUID();
  const context = {
    version: '2.0.0',
    action,
    networkId: 'nfh.global/testnet-evcharging',
    bapId: BAP,
    bapUri: `http://${HOST}:${(app.address() as AddressInfo).port}`,
    ...(action !== 'discover' && { bppId: BRIDGE, bppUri: system.addresses.beckn }),
    transactionId,
    messageId,
    timestamp: new Date().toISOString(),
    ttl: 'PT30S',
  };
  const body = Buffer.from(JSON.stringify({ context, message }));
  const created = Math.floor(Date.now() / 1000) - 5;
  const who = { subscriberId: BAP, keyId: 'k1', secretKey: keys.secretKey, created, expires: created + 60 };
  const headers = { 'content-type': 'application/json', authorization: authorizationHeader({ ...who, body }) };
  const response = await fetch(`${system.addresses.beckn}/${action}`, { method: 'POST', headers, body });
  const answer: unknown = await response.json();
  expect(answer, action).toMatchObject({ status: 'ACK', signature: expect.stringContaining(BRIDGE) as string });
  const callback = await eventually(`on_${action}`, () =>
    heard.find((one) => valueAt(one.body, 'context', 'messageId') === messageId),
  );
  expect(callback.action).toBe(`on_${action}`);
  expect(valueAt(callback.body, 'context', 'requestDigest', 'digest')).toBe(`BLAKE-512=${digest(body)}`);
  const parsed = parseSignatureHeader(callback.authorization);
  if ('problem' in parsed) throw new Error(parsed.problem);
  expect(verifySignature(parsed, digest(callback.raw), await keyOfBridge())).toBe(true);
  return valueAt(callback.body, 'message');
}

async function keyOfBridge(): Promise<Uint8Array> {
  const body = JSON.stringify({ subscriber_id: BRIDGE });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${system.registry.url}/subscribers/lookup`, { method: 'POST', headers, body });
  return Buffer.from(String(valueAt(readList(await response.json())[0], 'signing_public_key')), 'base64');
}

const totalOf = (contract: unknown): unknown =>
  valueAt(readList(valueAt(contract, 'consideration'))[0], 'considerationAttributes', 'totalAmount');

it('finds, orders, starts, follows, stops and rates', { timeout: 40_000 }, async () => {
  await system.charger(ID);
  const found = await ask('discover', { intent: {} });
  const resource = readList(valueAt(readList(valueAt(found, 'catalogs'))[0], 'resources'))[0];
  const commitments = [
    {
      id: 'c1',
      status: { descriptor: { code: 'DRAFT' } },
      resources: [{ id: valueAt(resource, 'id'), quantity: { unitCode: 'KWH', unitQuantity: 5 } }],
      offer: { id: 'any' },
    },
  ];
  const quoted = totalOf(valueAt(await ask('select', { contract: { commitments } }), 'contract'));
  const id = valueAt(await ask('init', { contract: { commitments } }), 'contract', 'id');
  const settlements = [{ id: 's', status: 'COMPLETE', beneficiary: 'BAP', amount: { currency: 'INR', value: quoted } }];
  const confirmed = await ask('confirm', { contract: { id, commitments, settlements } });
  expect(valueAt(confirmed, 'contract', 'status', 'code')).toBe('ACTIVE');

  const update = (sessionStatus: string): object => ({
    contract: { id, commitments, performance: [{ performanceAttributes: { sessionStatus } }] },
  });
  const session = (message: unknown): unknown =>
    valueAt(readList(valueAt(message, 'contract', 'performance'))[0], 'performanceAttributes', 'sessionStatus');
  expect(session(await ask('update', update('PENDING')))).toBe('ACTIVE');
  expect(valueAt(await ask('track', { tracking: { contract: { id } } }), 'tracking')).toMatchObject({
    status: 'ACTIVE',
  });
  const ended = valueAt(await ask('update', update('STOP')), 'contract');
  expect(ended).toMatchObject({ id, status: { code: 'COMPLETE' } });
  const terminal = await eventually('the one terminal status', () =>
    heard.find(
      ({ action, body }) =>
        action === 'on_status' && valueAt(body, 'message', 'contract', 'status', 'code') === 'COMPLETE',
    ),
  );
  expect(totalOf(valueAt(terminal.body, 'message', 'contract'))).toBe(totalOf(ended));
  expect(
    isObject(valueAt(terminal.body, 'context')) && valueAt(terminal.body, 'context', 'requestDigest'),
  ).toBeUndefined();
  await ask('status', { contract: { id, commitments } });
  const ratingInputs = [{ target: { id }, range: { min: 1, max: 5, value: 5 } }];
  expect(await ask('rate', { ratingInputs })).toMatchObject({ ratings: ratingInputs });
  expect(await ask('support', { support: { orderId: id } })).toMatchObject({ support: { orderId: id } });
});
