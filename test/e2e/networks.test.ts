/**
 * One process, two networks, two registries. The buyer apps of both have the same id, so only the network tells them
 * apart. The second network does not know us until an operator subscribes; later our signing key there is rotated.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBuyerApp, type BuyerApp } from '../../src/sandbox/buyer-app.js';
import { selectedOrder, type Choice } from '../../src/sandbox/buyer-app/request-messages.js';
import { textOf, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import { createChargePoint, type SimulatedChargePoint } from '../../src/sandbox/charge-point.js';
import { makeKeys, type SandboxKeys } from '../../src/sandbox/runtime/keys.js';
import { startSandboxRegistry, type SandboxRegistry } from '../../src/sandbox/registry.js';
import { realClock } from '../../src/sandbox/runtime/scaled-clock.js';
import { createSeededRandom } from '../../src/sandbox/runtime/seeded-random.js';
import { BridgeProcess } from './bridge-process.js';
import { answerTo, ask, begun, ended, insist, place, type Placed } from './shopper.js';
import { eventually, hurried } from './waiting.js';
import { freePorts } from './free-ports.js';
import { HOST, networkOf, nothingLeft, PASSWORD, POWER_W, providerOf } from './test-system.js';

const TWIN = 'bap.twin.example';
const CHARGERS = ['NET-1', 'NET-2', 'NET-3'] as const;
const ROTATES_AFTER_MS = 20_000;
const STOP = { descriptor: { name: 'Stop Charging', code: 'stop-charging' } };

interface Side {
  readonly bppId: string;
  readonly bppUri: string;
  readonly registry: SandboxRegistry;
  readonly buyer: BuyerApp;
  readonly keys: SandboxKeys;
}

const random = createSeededRandom(7);
const chargers: SimulatedChargePoint[] = [];
let folder: string;
let bridge: BridgeProcess;
let operatorUrl: string;
let first: Side;
let second: Side;
let rotatesAt: number;

async function sideOf(bppId: string, bppUri: string): Promise<Side & { readonly port: number }> {
  const registry = await startSandboxRegistry({ clock: realClock });
  const keys = await makeKeys();
  const buyer = createBuyerApp({
    subscriberId: TWIN,
    keyId: 'twin-1',
    secretKey: keys.secretKey,
    host: HOST,
    port: 0,
    clock: realClock,
    random,
    registryUrl: registry.url,
    bppUri,
    bppId,
  });
  const { url, bapUri } = await buyer.start();
  const record = {
    domain: 'uei:charging',
    status: 'SUBSCRIBED',
    subscriberId: TWIN,
    url: bapUri,
    type: 'BAP',
  } as const;
  registry.add({ ...record, keyId: 'twin-1', signingPublicKey: keys.publicKeyBase64 });
  return { bppId, bppUri, registry, buyer, keys, port: Number(new URL(url).port) };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bridge-networks-'));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const [becknPort = 0, ocppPort = 0, operatorPort = 0] = await freePorts(3);
  const beckn = `http://${HOST}:${becknPort}`;
  operatorUrl = `http://${HOST}:${operatorPort}`;
  const sides = [
    await sideOf('bpp.first.example', `${beckn}/beckn`),
    await sideOf('bpp.second.example', `${beckn}/second`),
  ] as const;
  [first, second] = sides;

  const own = await makeKeys();
  writeFileSync(join(data, 'signing.key'), own.seedBase64, { mode: 0o600 });
  const record = { domain: 'uei:charging', subscriberId: first.bppId, url: first.bppUri, type: 'BPP' } as const;
  first.registry.add({ ...record, keyId: 'first-1', signingPublicKey: own.publicKeyBase64 });

  rotatesAt = Date.now() + ROTATES_AFTER_MS;
  writeFileSync(join(folder, 'network.json'), JSON.stringify(networkOf(CHARGERS)));
  const settings = {
    mode: 'sandbox',
    dataDir: data,
    networkFile: join(folder, 'network.json'),
    subscriber: { id: first.bppId, uri: first.bppUri, keyId: 'first-1' },
    registry: { kind: 'succinct', url: first.registry.url },
    networks: [
      {
        name: 'second',
        basePath: '/second',
        subscriber: {
          id: second.bppId,
          uri: second.bppUri,
          keyId: 'second-1',
          generate: true,
          keys: [
            {
              keyId: 'second-2',
              keyFile: join(data, 'second-2.key'),
              validFrom: new Date(rotatesAt).toISOString(),
            },
          ],
          encryptionKeyFiles: [join(data, 'encryption.key')],
          domains: ['uei:charging'],
        },
        registry: {
          kind: 'beckn',
          url: second.registry.url,
          encryptionKeys: [second.registry.subscriptions.encryptionPublicKey],
        },
      },
    ],
    listen: {
      beckn: { host: HOST, port: becknPort, basePath: '/beckn' },
      ocpp: { host: HOST, port: ocppPort, basePath: '/ocpp' },
      operator: { host: HOST, port: operatorPort },
    },
    callbacks: {
      allow: sides.map(({ port }) => ({ host: HOST, port, scheme: 'http', subscriber: TWIN })),
      retry: [100, 200, 400, 1_000],
    },
    ocpp: {
      sampleIntervalS: 1,
      callTimeoutS: 5,
      chargePoints: Object.fromEntries(CHARGERS.map((id) => [id, { profile: 1, password: PASSWORD }])),
    },
    session: { pendingS: 20, startTimeoutS: 10, stopRetryS: 1, unsureS: 5, lostStopS: 20, stopLatencyS: 1 },
    drainMs: 4_000,
  };
  const configFile = join(folder, 'config.json');
  writeFileSync(configFile, JSON.stringify(settings));
  bridge = new BridgeProcess(['--config', configFile]);
  await bridge.start();

  for (const id of CHARGERS) {
    const battery = { capacityWh: 77_000, socPercent: 20, maxPowerW: POWER_W };
    const charger = createChargePoint({
      url: `ws://${HOST}:${ocppPort}/ocpp`,
      id,
      password: PASSWORD,
      connectors: [{ connectorId: 1, powerType: 'DC', maxPowerW: POWER_W, battery, pluggedIn: true }],
      clock: hurried(5),
      random,
    });
    chargers.push(charger);
    await charger.start();
  }
});

afterAll(async () => {
  await Promise.all(chargers.map((one) => one.stop()));
  if (bridge.running) await bridge.kill9();
  for (const { buyer, registry } of [first, second]) {
    await buyer.stop();
    await registry.close();
  }
  rmSync(folder, { recursive: true, force: true });
  await nothingLeft();
});

async function operator(method: 'GET' | 'POST', path: string, body?: Json): Promise<{ status: number; body: Json }> {
  const token = readFileSync(join(folder, 'data', 'operator-token'), 'utf8').trim();
  const response = await fetch(`${operatorUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Json };
}

const choice = (chargePointId: string): Choice => ({
  providerId: providerOf(CHARGERS, chargePointId),
  stationId: `${providerOf(CHARGERS, chargePointId)}-hub`,
  chargePointId,
  connectorId: `${chargePointId}-1`,
  option: { code: 'units', value: '20000' },
});

/** Expects every callback to state our id and address in this network, and the buyer app to have rejected none. */
function expectOwnCallbacks({ buyer, bppId, bppUri }: Side): void {
  expect(buyer.rejected).toEqual([]);
  expect(buyer.callbacks.length).toBeGreaterThan(0);
  for (const { context } of buyer.callbacks) expect(context).toMatchObject({ bpp_id: bppId, bpp_uri: bppUri });
}

describe('one bridge in two networks', () => {
  let here: Placed;
  let there: Placed;

  it('is subscribed to the second by its operator: asked, challenged, believed', async () => {
    const before = await operator('GET', '/api/networks');
    expect(before.body).toMatchObject({
      networks: [
        { name: 'main', subscriberId: first.bppId },
        { name: 'second', subscriberId: second.bppId, basePath: '/second' },
      ],
    });
    const { challenges } = second.registry.subscriptions;
    for (const [index, keyId] of ['second-1', 'second-2'].entries()) {
      const { status, body } = await operator('POST', '/api/networks/second/subscribe', { keyId });
      expect({ status, body }).toMatchObject({ status: 200, body: { calls: [{ path: '/subscribe', status: 200 }] } });
      // The second record is signed with the first key, which is valid once its challenge has been solved.
      await eventually(`the challenge for ${keyId} is solved`, () => challenges.length > index);
    }
    const solved = { subscriberId: second.bppId, status: 200, solved: true };
    expect(challenges).toEqual([solved, solved]);
    expect(await operator('POST', '/api/networks/third/subscribe', {})).toMatchObject({
      status: 404,
      body: { error: 'not-found' },
    });
  });

  it('solves no challenge where it has not asked', async () => {
    const body = JSON.stringify({ subscriber_id: first.bppId, challenge: Buffer.alloc(48).toString('base64') });
    const response = await fetch(`${first.bppUri}/on_subscribe`, { method: 'POST', body });
    expect(response.status).toBe(403);
  });

  it('sells to both, each answered as the one it called', async () => {
    const found = await ask(second.buyer, 'search', { intent: {} });
    expect(found.context).toMatchObject({ bpp_id: second.bppId, bpp_uri: second.bppUri });
    [here, there] = await Promise.all([place(first.buyer, choice('NET-1')), place(second.buyer, choice('NET-2'))]);
    await Promise.all([begun(first.buyer, here.orderId), begun(second.buyer, there.orderId)]);
    const summary = async (orderId: string): Promise<Json> => (await operator('GET', `/api/orders/${orderId}`)).body;
    expect(await summary(here.orderId)).not.toHaveProperty('network');
    expect(JSON.stringify(await summary(there.orderId))).toContain('"network":"second"');
  });

  it('lets nobody touch an order of the other network, though the name is the same', async () => {
    for (const [action, message] of [
      ['status', {}],
      ['cancel', STOP],
      ['track', {}],
    ] as const) {
      const sent = await insist(second.buyer, action, { ...message, order_id: here.orderId }, here.transactionId);
      const error = isJson(sent.body) && isJson(sent.body.error) ? sent.body.error : {};
      expect({ action, ack: sent.ack, code: textOf(error.code) }).toEqual({ action, ack: false, code: '30010' });
    }
    // The transaction id of the other network's order is free in this network.
    const order = selectedOrder(choice('NET-3'));
    const sent = await insist(second.buyer, 'select', { order }, here.transactionId);
    const callback = await answerTo(second.buyer, 'select', sent);
    expect(callback.error).toBeUndefined();
    expect(textOf(isJson(callback.message?.order) ? callback.message.order.id : '')).not.toBe(here.orderId);
    const still = await operator('GET', `/api/orders/${here.orderId}`);
    expect(JSON.stringify(still.body)).toContain('"state":"charging"');
  });

  it('believes a key in its own network only', async () => {
    const impostor = createBuyerApp({
      subscriberId: TWIN,
      keyId: 'twin-1',
      secretKey: first.keys.secretKey,
      host: HOST,
      port: 0,
      clock: realClock,
      random,
      registryUrl: second.registry.url,
      bppUri: second.bppUri,
      bppId: second.bppId,
      publicBaseUrl: 'http://127.0.0.1:1/bap',
    });
    const sent = await impostor.send('status', { order_id: there.orderId });
    expect(sent).toMatchObject({ status: 401, ack: false });
    const wrongEntrance = await first.buyer.send(
      'status',
      { order_id: here.orderId },
      { context: { bpp_id: second.bppId } },
    );
    expect(wrongEntrance).toMatchObject({ status: 400, ack: false });
  });

  it('tells the end to both after a crash, signed in the second network with the key that has come since', async () => {
    await eventually('the next key is due', () => Date.now() > rotatesAt, ROTATES_AFTER_MS + 5_000);
    await bridge.kill9();
    // From here on, a signature with the old key is rejected.
    second.registry.remove(second.bppId, 'second-1');
    await bridge.start();
    const networks = (await operator('GET', '/api/networks')).body;
    expect(networks).toMatchObject({
      networks: [
        { keys: [{ keyId: 'first-1', isSigning: true }] },
        {
          keys: [
            { keyId: 'second-1', isSigning: false },
            { keyId: 'second-2', isSigning: true },
          ],
        },
      ],
    });
    const heard = second.buyer.callbacks.length;
    for (const [{ buyer }, placed] of [
      [first, here],
      [second, there],
    ] as const) {
      await insist(buyer, 'cancel', { ...STOP, order_id: placed.orderId }, placed.transactionId);
    }
    await Promise.all([ended(first.buyer, here.orderId), ended(second.buyer, there.orderId)]);
    expect(second.buyer.callbacks.length).toBeGreaterThan(heard);
    expectOwnCallbacks(first);
    expectOwnCallbacks(second);
  });
});
