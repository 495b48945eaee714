/** Registries of every kind, created from their settings and queried over real sockets. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KeyDirectory } from '../../../../src/beckn/registry/key-directory.js';
import { encodeKeyPair } from '../../../../src/beckn/signing/key-material.js';
import { createDediRegistry } from '../../../../src/beckn/registry/registry-dedi.js';
import { openRegistry, registryKind } from '../../../../src/beckn/registry/registry-open.js';
import { RegistryFault, type LookupRow, type RegistrySource } from '../../../../src/beckn/registry/registry.js';
import {
  digest,
  loadSodium,
  parseSignatureHeader,
  signText,
  verifySignature,
} from '../../../../src/beckn/signing/signature.js';
import { createSigner } from '../../../../src/beckn/signing/signer.js';
import type { RegistrySettings } from '../../../../src/config/config.js';
import { startSandboxRegistry } from '../../../../src/sandbox/registry.js';
import { startHttpPeer, type HttpPeer } from '../../../fakes/http-peer.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { eventList, memoryValues, pair } from '../peers.js';

beforeAll(loadSodium);

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

const clock = createManualClock();
const SIGNING_KEY = encodeKeyPair(pair(1)).publicKey;

async function peer(status: number, value: unknown): Promise<HttpPeer> {
  const server = await startHttpPeer((response) => {
    response.writeHead(status);
    response.end(JSON.stringify(value));
  });
  opened.push(server);
  return server;
}

function open(settings: Partial<RegistrySettings>, events = eventList()): RegistrySource {
  const signer = createSigner({ subscriberId: 'bpp.in', keys: [{ keyId: 'b1', secretKey: pair(7).secretKey }], clock });
  const defaults = {
    spelling: 'succinct',
    lookup: 'plain',
    signingKeys: [],
    encryptionKeys: [],
    timeoutMs: 2000,
  } as const;
  const times = { cacheS: 600, negativeS: 30, staleS: 86_400 };
  return openRegistry(
    { kind: 'http', ...defaults, ...times, ...settings },
    { signer, clock, random: { uuid: () => 'u1' }, events },
  );
}

describe('a directory (DeDi)', () => {
  const details = {
    url: 'https://app.example.in/beckn',
    type: 'BAP',
    domain: 'uei:charging',
    subscriber_id: 'app.example.in',
    signing_public_key: SIGNING_KEY,
  };
  const query = { subscriberId: 'app.example.in', keyId: 'k/1' };

  it('is asked with a GET for one key, and its record counts for as long as it says', async () => {
    const server = await peer(200, { message: 'ok', data: { details, state: 'live', ttl: 60 } });
    const source = createDediRegistry({ url: `${server.url}/dedi/` });
    expect(await source.lookup(query)).toEqual([
      {
        subscriberId: 'app.example.in',
        keyId: 'k/1',
        url: details.url,
        type: 'BAP',
        domain: 'uei:charging',
        status: 'SUBSCRIBED',
        signingPublicKey: SIGNING_KEY,
        freshMs: 60_000,
      },
    ]);
    expect(server.received[0]).toMatchObject({
      method: 'GET',
      path: '/dedi/lookup/app.example.in/subscribers.beckn.one/k%2F1',
    });
    const named = createDediRegistry({ url: server.url, registryName: 'ev.example' });
    await named.lookup(query);
    expect(server.received[1]?.path).toBe('/lookup/app.example.in/ev.example/k%2F1');
  });

  it('does not trust a record that is not in force, or that names another key', async () => {
    const rows = async (data: object): Promise<readonly LookupRow[]> =>
      createDediRegistry({ url: (await peer(200, { data })).url }).lookup(query);
    expect(await rows({ details, state: 'revoked' })).toMatchObject([{ status: 'REVOKED' }]);
    expect(await rows({ details })).toMatchObject([{ status: 'SUBSCRIBED' }]);
    const expired = { ...details, status: 'EXPIRED' };
    expect(await rows({ details: expired, state: 'live' })).toMatchObject([{ status: 'EXPIRED' }]);
    const other = await peer(200, { data: { details: { ...details, key_id: 'k2' } } });
    const directory = new KeyDirectory({
      network: 'main',
      source: createDediRegistry({ url: other.url }),
      values: memoryValues(),
      clock,
    });
    expect(await directory.findKey({ ...query, role: 'BAP' })).toMatchObject({ problem: 'unknown' });
  });

  it('is a fault when it is something else, and nothing when it knows nobody', async () => {
    const ask = async (status: number, value: unknown): Promise<unknown> =>
      createDediRegistry({ url: (await peer(status, value)).url }).lookup(query);
    expect(await ask(404, { message: 'Record not found' })).toEqual([]);
    for (const [status, value] of [
      [200, []],
      [200, { data: {} }],
      [200, { data: { details: {} } }],
      [200, { data: { details: { error: 'the database does not answer' } } }],
      [200, { error: 'the database does not answer' }],
      [500, {}],
      [404, 'x'],
      [404, { message: { ack: { status: 'NACK' } } }],
    ] as const) {
      await expect(ask(status, value)).rejects.toBeInstanceOf(RegistryFault);
    }
    const events = eventList();
    const bad = await peer(200, { data: { details: { ...details, signing_public_key: 'x' } } });
    expect(await createDediRegistry({ url: bad.url, events }).lookup(query)).toMatchObject([
      { keyId: 'k/1', problem: expect.stringContaining('the record of app.example.in, key k/1: ') as string },
    ]);
    expect(events.names).toEqual(['registry.failed']);
  });

  it('is asked for a callback’s address by the key that was seen last', async () => {
    const server = await peer(200, { data: { details, ttl: 60 } });
    const time = createManualClock();
    const source = createDediRegistry({ url: server.url });
    const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock: time });
    expect(await directory.findRecord('app.example.in')).toMatchObject({ problem: 'unknown' });
    expect(server.received).toHaveLength(0);
    await directory.findKey({ subscriberId: 'app.example.in', keyId: 'k1', role: 'BAP' });
    await time.advance(60_000);
    expect(await directory.findRecord('app.example.in')).toMatchObject({ record: { url: details.url } });
    expect(server.received.map(({ path }) => path)).toEqual(
      Array(2).fill('/lookup/app.example.in/subscribers.beckn.one/k1'),
    );
    await time.advance(59_999);
    await directory.findRecord('app.example.in');
    expect(server.received).toHaveLength(2);
    expect(await directory.refresh('app.example.in')).toBe(true);
    expect(server.received).toHaveLength(3);
  });

  it('is what the sandbox registry speaks too', async () => {
    const server = await startSandboxRegistry({ clock });
    opened.push(server);
    const record = { subscriberId: 'app.example.in', url: 'http://127.0.0.1:1', type: 'BAP', keyId: 'k1' } as const;
    server.add({ ...record, signingPublicKey: SIGNING_KEY });
    const source = open({ kind: 'dedi', url: `${server.url}/dedi` });
    expect(await source.lookup({ subscriberId: 'app.example.in', keyId: 'k1' })).toMatchObject([
      { url: 'http://127.0.0.1:1', status: 'SUBSCRIBED', signingPublicKey: SIGNING_KEY },
    ]);
    expect(await source.lookup({ subscriberId: 'app.example.in', keyId: 'k2' })).toEqual([]);
  });
});

describe('the kind of a registry', () => {
  it.each([
    ['http', 'succinct', 'succinct'],
    ['http', 'core', 'beckn'],
    ['http', 'ondc', 'ondc'],
    ['beckn', 'succinct', 'beckn'],
    ['ondc', 'succinct', 'ondc'],
    ['dedi', 'core', 'dedi'],
  ] as const)('%s with spelling %s is %s', (kind, spelling, expected) => {
    expect(registryKind({ kind, spelling })).toBe(expected);
  });

  it.each([
    ['succinct', '/subscribers/lookup'],
    ['beckn', '/lookup'],
    ['ondc', '/v2.0/lookup'],
  ] as const)('%s is asked at %s, with the members of its settings', async (kind, path) => {
    const server = await peer(200, []);
    await open({ kind, url: server.url, query: { country: 'IND' } }).lookup({ subscriberId: 'a.in', keyId: 'k1' });
    expect(server.received[0]?.path).toBe(path);
    expect(JSON.parse(server.received[0]?.body.toString() ?? '')).toMatchObject({
      country: 'IND',
      subscriber_id: 'a.in',
      ukId: 'k1',
    });
    expect(server.received[0]?.headers.authorization).toBeUndefined();
  });
});

describe('lookups for subscribers alone', () => {
  it('are signed over the bytes that are sent', async () => {
    const server = await peer(200, []);
    await open({ kind: 'ondc', url: server.url, lookup: 'signed' }).lookup({ subscriberId: 'a.in' });
    const [request] = server.received;
    const parsed = parseSignatureHeader(request?.headers.authorization ?? '');
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(parsed).toMatchObject({ subscriberId: 'bpp.in', keyId: 'b1' });
    expect(verifySignature(parsed, digest(request?.body ?? Buffer.of()), pair(7).publicKey)).toBe(true);
  });

  it('are wrapped and signed as ONDC’s vlookup', async () => {
    const server = await peer(200, []);
    const query = { country: 'IND', domain: 'ONDC:RET10', city: 'std:080' };
    await open({ kind: 'ondc', url: server.url, lookup: 'vlookup', query }).lookup({
      subscriberId: 'a.in',
      keyId: 'k1',
    });
    expect(server.received[0]?.path).toBe('/vlookup');
    expect(JSON.parse(server.received[0]?.body.toString() ?? '')).toEqual({
      sender_subscriber_id: 'bpp.in',
      request_id: 'u1',
      timestamp: new Date(clock.now()).toISOString(),
      signature: signText('IND|ONDC:RET10|buyerApp|std:080|a.in', pair(7).secretKey),
      search_parameters: { ...query, type: 'buyerApp', subscriber_id: 'a.in' },
    });
  });
});

describe('keys of peers that change while we run', () => {
  it('come under a new id without a restart, and the old one stays until it is taken back', async () => {
    const server = await startSandboxRegistry({ clock });
    opened.push(server);
    const time = createManualClock();
    const record = { subscriberId: 'app.example.in', url: 'http://127.0.0.1:1', type: 'BAP' } as const;
    server.add({ ...record, keyId: 'k1', signingPublicKey: SIGNING_KEY });
    const source = open({ kind: 'succinct', url: server.url });
    const directory = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock: time });
    const find = (keyId: string) => directory.findKey({ subscriberId: 'app.example.in', keyId, role: 'BAP' });
    expect(await find('k1')).toHaveProperty('record');
    expect(await find('k2')).toMatchObject({ problem: 'unknown' });
    server.add({ ...record, keyId: 'k2', signingPublicKey: encodeKeyPair(pair(2)).publicKey });
    await time.advance(30_000);
    expect(await find('k2')).toMatchObject({ record: { signingPublicKey: encodeKeyPair(pair(2)).publicKey } });
    expect(await find('k1')).toHaveProperty('record');
    server.remove('app.example.in', 'k1');
    await time.advance(600_000);
    expect(await find('k1')).toMatchObject({ problem: 'unknown' });
    expect(await find('k2')).toHaveProperty('record');
  });

  it('of two networks lie apart, also in the store', async () => {
    const server = await startSandboxRegistry({ clock });
    opened.push(server);
    const record = { subscriberId: 'app.example.in', url: 'http://127.0.0.1:1', type: 'BAP', keyId: 'k1' } as const;
    server.add({ ...record, signingPublicKey: SIGNING_KEY });
    const values = memoryValues();
    const source = open({ kind: 'beckn', url: server.url });
    const query = { subscriberId: 'app.example.in', keyId: 'k1', role: 'BAP' } as const;
    await new KeyDirectory({ network: 'second', source, values, clock }).findKey(query);
    server.setFailure('down');
    const first = new KeyDirectory({ network: 'main', source, values, clock });
    const second = new KeyDirectory({ network: 'second', source, values, clock });
    await Promise.all([first.start(), second.start()]);
    expect(await first.findKey(query)).toMatchObject({ problem: 'unavailable' });
    expect(await second.findKey(query)).toHaveProperty('record');
  });
});
