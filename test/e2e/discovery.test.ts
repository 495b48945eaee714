/**
 * A discovery service of Unified Bharat e-Charge over real HTTP: it receives the catalogue and its changes, and the
 * bridge reads its answers.
 */
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizationHeader } from '../../src/beckn/signing/signature.js';
import { asList, valueAt, type Json } from '../../src/sandbox/runtime/json.js';
import { makeKeys, type SandboxKeys } from '../../src/sandbox/runtime/keys.js';
import { startHttpPeer, type HttpPeer } from '../fakes/http-peer.js';
import { answerTo } from './shopper.js';
import { eventually } from './waiting.js';
import { nothingLeft, startTestSystem, type TestSystem } from './test-system.js';

const SERVICE = 'cds.e2e.example';
const DOMAIN = 'beckn.one:deg:ev-charging';
let system: TestSystem;
let service: HttpPeer;
let keys: SandboxKeys;

beforeAll(async () => {
  service = await startHttpPeer((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"message":{"ack":{"status":"ACK"}}}');
  });
  keys = await makeKeys();
  system = await startTestSystem({
    chargePoints: ['D-1', 'D-2'],
    settings: {
      discovery: { ubc: { url: `${service.url}/catalog/publish`, subscriberId: SERVICE, everyS: 1 } },
      beckn: { quoteTtlS: 10 },
    },
  });
  system.registry.add({
    subscriberId: SERVICE,
    url: service.url,
    type: 'BPP',
    domain: DOMAIN,
    status: 'SUBSCRIBED',
    keyId: 'cds-1',
    signingPublicKey: keys.publicKeyBase64,
  });
  await system.bridge.start();
});
afterAll(async () => {
  await system.close();
  await service.close();
  await nothingLeft();
});

interface Item {
  readonly id: string;
  readonly name: string;
  /** Start and end as ISO times. */
  readonly windows: readonly { readonly from: string; readonly until: string }[];
}

/** The items of each publication, oldest first. */
const published = (): Item[][] =>
  service.received.map(({ body }) =>
    asList(valueAt(JSON.parse(body.toString('utf8')), 'message', 'catalogs'))
      .flatMap((catalogue) => asList(valueAt(catalogue, 'beckn:items')))
      .map((item) => ({
        id: String(valueAt(item, 'beckn:id')),
        name: String(valueAt(item, 'beckn:descriptor', 'beckn:shortDesc')),
        windows: asList(valueAt(item, 'beckn:availabilityWindow')).map((window) => ({
          from: String(valueAt(window, 'schema:startTime')),
          until: String(valueAt(window, 'schema:endTime')),
        })),
      })),
  );

/** Waits until the newest published item of a charge point's connector meets the condition. */
const wordOn = (chargePointId: string, what: string, so: (item: Item) => boolean): Promise<Item> =>
  eventually(what, () => {
    const words = published().flat();
    const newest = words.filter(({ name }) => name === `Bay ${chargePointId}`).at(-1);
    return newest && so(newest) ? newest : undefined;
  });

describe('what is published', () => {
  it('all connectors at start, signed as the subscriber; then the one whose charger came', async () => {
    const first = await eventually('a first publication', () => published()[0]);
    expect(first).toHaveLength(2);
    expect(service.received[0]?.headers.authorization).toContain('keyId="bpp.e2e.example|bridge-1|ed25519"');
    expect(first.flatMap(({ windows }) => windows)).toEqual([]);
    await system.charger('D-1');
    await wordOn('D-1', 'free times of D-1', ({ windows }) => windows.length > 0);
    expect(
      published()
        .at(-1)
        ?.map(({ name }) => name),
    ).toEqual(['Bay D-1']);
  });

  it(
    'a connector that an init holds is gone, and is back when its quote has run out',
    { timeout: 40_000 },
    async () => {
      const { id, windows } = await wordOn('D-1', 'D-1', () => true);
      const file = new URL('../conformance/beckn/ubc/golden/init-bap.json', import.meta.url);
      const golden = readFileSync(file, 'utf8').replaceAll('IND*ACM*STATION001*CP764B8E5C*CONNECTOR00001', id);
      const { request } = JSON.parse(golden) as { request: { message: Json } };
      const transactionId = randomUUID();
      const context = { domain: DOMAIN, version: '2.0.0' };
      const { buyer } = system;
      const sent = await buyer.send('init', request.message, { transactionId, context });
      const answer = await answerTo(buyer, 'init', sent);
      expect(valueAt(answer, 'error', 'code')).toBeUndefined();
      const held = await wordOn('D-1', 'that it is held', (item) => item.windows[0]?.from !== windows[0]?.from);
      expect(Date.parse(held.windows[0]?.from ?? '')).toBeGreaterThan(Date.now());
      const other = await buyer.send('init', request.message, { transactionId: randomUUID(), context });
      expect(valueAt(await answerTo(buyer, 'init', other), 'error', 'code')).toBe('40000');
      await wordOn('D-1', 'that it is free', (item) => Date.parse(item.windows[0]?.from ?? '') <= Date.now());
    },
  );
});

describe.each(['catalog/on_publish', 'on_catalog_publish'])('what it answers at /%s', (path) => {
  const body = JSON.stringify({
    context: { domain: DOMAIN, version: '2.0.0', action: 'on_catalog_publish', bpp_id: 'bpp.e2e.example' },
    message: {
      results: [
        { catalog_id: 'fine', status: 'ACCEPTED', item_count: 2 },
        { catalog_id: path, status: 'REJECTED', error: { code: 'C-1', message: 'No price.' } },
      ],
    },
  });

  async function tell(subscriberId: string, keyId: string, { secretKey }: SandboxKeys): Promise<number> {
    const created = Math.floor(Date.now() / 1000) - 1;
    const raw = Buffer.from(body);
    const signed = { subscriberId, keyId, secretKey, body: raw, created, expires: created + 60 };
    const response = await fetch(`${system.addresses.beckn}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: authorizationHeader(signed) },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  }

  const discrepancies = async (): Promise<string[]> =>
    asList((await system.operator('/api/discrepancies?open=true')).discrepancies)
      .filter((one) => valueAt(one, 'kind') === 'catalogue-rejected')
      .map((one) => String(valueAt(one, 'detail')))
      .filter((detail) => detail.includes(` on ${path}:`));

  it('is not believed of anybody else', async () => {
    const [stranger] = system.buyers;
    expect(await tell('bap.e2e.example', 'buyer-1', stranger?.keys ?? keys)).toBe(401);
    expect(await tell(SERVICE, 'cds-1', stranger?.keys ?? keys)).toBe(401);
    expect(await discrepancies()).toEqual([]);
  });

  const counted = async (): Promise<number> => {
    const metrics = await (await fetch(`${system.addresses.operator}/metrics`)).text();
    return Number(/^bridge_discrepancy_opened_total\{kind="catalogue-rejected"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
  };

  it('is a discrepancy where a catalogue was not taken, and is counted once', async () => {
    const before = await counted();
    expect(await tell(SERVICE, 'cds-1', keys)).toBe(200);
    expect(await discrepancies()).toEqual([`${SERVICE} on ${path}: REJECTED: C-1 No price.`]);
    expect(await counted()).toBe(before + 1);
  });
});
