import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeKeyPair } from '../../../../src/beckn/signing/key-material.js';
import { KeyDirectory } from '../../../../src/beckn/registry/key-directory.js';
import { createFileRegistry } from '../../../../src/beckn/registry/registry-file.js';
import { createHttpRegistry } from '../../../../src/beckn/registry/registry-http.js';
import { readRecord, RegistryFault } from '../../../../src/beckn/registry/registry.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { startSandboxRegistry } from '../../../../src/sandbox/registry.js';
import { startHttpPeer, type HttpPeer } from '../../../fakes/http-peer.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { eventList, memoryValues, pair } from '../peers.js';

beforeAll(loadSodium);

const key = 'A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=';
const query = { subscriberId: 'app.example.in', keyId: 'k1' };
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function peer(status: number, body: string): Promise<HttpPeer> {
  const server = await startHttpPeer((response) => {
    response.writeHead(status, { location: '/elsewhere' });
    response.end(body);
  });
  opened.push(server);
  return server;
}

describe('a record', () => {
  const full = {
    subscriberId: 'app.example.in',
    keyId: 'k1',
    url: 'https://app.example.in/beckn',
    type: 'BAP',
    domain: 'uei:charging',
    city: 'std:080',
    status: 'SUBSCRIBED',
    signingPublicKey: key,
    validFrom: Date.UTC(2024, 0, 1),
    validUntil: Date.UTC(2029, 0, 1),
  };
  const common = {
    subscriber_id: 'app.example.in',
    domain: 'uei:charging',
    status: 'SUBSCRIBED',
    signing_public_key: key,
  };

  it.each<[string, object]>([
    [
      'as core writes it',
      {
        ...common,
        url: full.url,
        type: 'BAP',
        key_id: 'k1',
        location: { country: 'IND', city: { code: 'std:080' } },
        valid_from: '2024-01-01T00:00:00.000Z',
        valid_until: '2029-01-01T00:00:00Z',
      },
    ],
    [
      'as deployed registries write it',
      {
        ...common,
        subscriber_url: full.url,
        type: 'BAP',
        unique_key_id: 'k1',
        pub_key_id: 'k1',
        city: 'std:080',
        valid_from: '1704067200000',
        valid_until: '1861920000',
      },
    ],
    [
      'as ONDC writes it',
      {
        ...common,
        subscriber_url: full.url,
        type: 'buyerApp',
        ukId: 'k1',
        city: 'std:080',
        valid_from: 1704067200,
        valid_until: 1861920000000,
      },
    ],
    [
      'with an SPKI key',
      {
        ...common,
        signing_public_key: `MCowBQYDK2VwAyEA${key}`,
        url: full.url,
        type: 'bap',
        key_id: 'k1',
        city: 'std:080',
        valid_from: '2024-01-01',
        valid_until: '2029-01-01',
      },
    ],
  ])('is read %s', (_name, raw) => {
    expect(readRecord(raw)).toEqual(full);
  });

  it('takes null and * as anything', () => {
    expect(readRecord({ ...common, key_id: 'k1', type: null, domain: '*', city: '*' })).toEqual({
      subscriberId: 'app.example.in',
      keyId: 'k1',
      status: 'SUBSCRIBED',
      signingPublicKey: key,
    });
  });

  it.each<[string, unknown, string]>([
    ['no object', 'x', 'a record is not an object'],
    ['no subscriber', { key_id: 'k1' }, 'no subscriber_id'],
    ['no key id', common, 'has no key id'],
    ['no key', { subscriber_id: 'a', key_id: 'k' }, 'has no signing_public_key'],
    [
      'a key of small order',
      { ...common, key_id: 'k', signing_public_key: Buffer.alloc(32).toString('base64') },
      'small order',
    ],
    ['several domains', { ...common, key_id: 'k', domain: ['a', 'b'] }, 'key k: domain is not a text'],
    ['an unreadable type', { ...common, key_id: 'k', type: 1 }, 'key k: type is not a text'],
    ['an unreadable end', { ...common, key_id: 'k', valid_until: 'revoked' }, 'valid_until "revoked" is not a time'],
    ['an unreadable begin', { ...common, key_id: 'k', valid_from: 'soon' }, 'key k: valid_from "soon" is not a time'],
  ])('is refused with %s', (_name, raw, sentence) => {
    const result = readRecord(raw);
    expect('problem' in result && result.problem).toContain(sentence);
  });
});

describe('the validity of a record', () => {
  const read = (value: unknown): unknown => {
    const record = readRecord({
      subscriber_id: 'app.example.in',
      key_id: 'k1',
      signing_public_key: key,
      status: 'SUBSCRIBED',
      valid_until: value,
    });
    return 'problem' in record ? 'unusable' : record.validUntil;
  };

  it.each([undefined, null, '', ' '])('has no end if valid_until is %j', (value) => {
    expect(read(value)).toBeUndefined();
  });

  it.each<[unknown, number]>([
    ['2029-01-01', Date.UTC(2029, 0, 1)],
    ['2029-01-01 00:00:00.0', Date.UTC(2029, 0, 1)],
    ['2029-01-01T05:30:00.000+0530', Date.UTC(2029, 0, 1)],
    [' 2029-01-01T00:00:00.123456789Z ', Date.UTC(2029, 0, 1) + 123],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
    [0, 0],
    ['1861920000', 1_861_920_000_000],
  ])('ends at %j', (value, at) => {
    expect(read(value)).toBe(at);
  });

  it.each<unknown>([
    'revoked',
    'revoked 2029',
    '2029',
    '20290101',
    2029,
    -1,
    '01/02/2029',
    '2029-02-30',
    '2029-01-01T25:00:00Z',
    '-1',
    '1e12',
    '1861920000000000',
    1_861_920_000_000_000,
    Number.POSITIVE_INFINITY,
    true,
    false,
    {},
    [],
    ['2029-01-01'],
  ])('makes the record unusable if valid_until is %j', (value) => {
    expect(read(value)).toBe('unusable');
  });
});

describe('a registry over HTTP', () => {
  it.each([
    ['succinct', '/subscribers/lookup'],
    ['beckn', '/lookup'],
    ['ondc', '/v2.0/lookup'],
  ] as const)('is asked as kind %s, with all synonyms', async (kind, path) => {
    const server = await peer(200, '[]');
    expect(await createHttpRegistry({ url: `${server.url}/`, kind }).lookup(query)).toEqual([]);
    expect(server.received[0]).toMatchObject({ method: 'POST', path });
    expect(JSON.parse(server.received[0]?.body.toString() ?? '')).toEqual({
      subscriber_id: 'app.example.in',
      unique_key_id: 'k1',
      key_id: 'k1',
      pub_key_id: 'k1',
      ukId: 'k1',
    });
  });

  it('loses only the bad record of an answer, and those of others', async () => {
    const events = eventList();
    const good = { subscriber_id: 'app.example.in', key_id: 'k1', signing_public_key: key, status: 'SUBSCRIBED' };
    const body = JSON.stringify([{ subscriber_id: 'app.example.in' }, { ...good, subscriber_id: 'b.in' }, good]);
    const server = await peer(200, body);
    const records = await createHttpRegistry({ url: server.url, kind: 'beckn', events }).lookup(query);
    expect(records).toMatchObject([
      { subscriberId: 'app.example.in', problem: 'the record of app.example.in has no key id' },
      { keyId: 'k1', status: 'SUBSCRIBED' },
    ]);
    expect(events.names).toEqual(['registry.failed']);
    const check = (): { path: string; message: string } => ({ path: 'x', message: 'never' });
    const strict = createHttpRegistry({ url: server.url, kind: 'beckn', validateRecord: check });
    expect(await strict.lookup(query)).toMatchObject([
      { problem: 'the record of app.example.in has no key id' },
      { keyId: 'k1', problem: 'x: never' },
    ]);
  });

  const ask = async (status: number, body: string): Promise<unknown> => {
    const server = await peer(status, body);
    return createHttpRegistry({ url: server.url, kind: 'beckn' }).lookup(query);
  };
  const OTHERS = { subscriber_id: 'b.in', key_id: 'k1', signing_public_key: key };

  it.each<[string, number, string]>([
    ['an empty list', 200, '[]'],
    ['records of others', 200, JSON.stringify([OTHERS, { subscriber_id: 'c.in' }])],
    ['a 404 with a JSON object', 404, '{"error":"unknown"}'],
    ['a 404 with a message', 404, '{"message":"Record not found"}'],
    ['a 404 with an empty list', 404, '[]'],
  ])('says "no such record" by %s', async (_name, status, body) => {
    expect(await ask(status, body)).toEqual([]);
  });

  it.each<[string, number, string]>([
    ['an error object', 200, '{"error":{"code":"1020","message":"The auth header not found"}}'],
    ['a NACK', 200, '{"message":{"ack":{"status":"NACK"}}}'],
    ['a NACK with 404', 404, '{"message":{"ack":{"status":"NACK"}},"error":{"code":"1020"}}'],
    ['an error in a list', 200, '[{"error":"the database does not answer"}]'],
    ['an error among records of others', 200, JSON.stringify([OTHERS, { error: 'the rest is missing' }])],
    ['null in a list', 200, '[null]'],
    ['lists in a list', 200, '[[]]'],
    ['a record of nobody', 200, '[{"subscriber_id":" "}]'],
    ['an empty object', 200, '{}'],
    ['a list in an object', 200, '{"data":[]}'],
    ['one record of somebody else', 200, JSON.stringify(OTHERS)],
    ['null', 200, 'null'],
    ['no body', 204, ''],
    ['a text', 200, '"x"'],
    ['a page', 200, '<html>We will be back soon</html>'],
    ['a page with 404', 404, '<html>'],
    ['a list with 500', 500, '[]'],
    ['a list with 302', 302, '[]'],
    ['more than 1 MiB', 200, `["${'x'.repeat(1_100_000)}"]`],
  ])('is unavailable if it answers with %s', async (_name, status, body) => {
    await expect(ask(status, body)).rejects.toBeInstanceOf(RegistryFault);
  });

  it('may answer with one record instead of a list, and names what it says is wrong', async () => {
    const own = { ...OTHERS, subscriber_id: 'app.example.in' };
    expect(await ask(200, JSON.stringify(own))).toMatchObject([{ subscriberId: 'app.example.in', keyId: 'k1' }]);
    const nack = '{"message":{"ack":{"status":"NACK"}},"error":{"message":"The auth header not found"}}';
    await expect(ask(200, nack)).rejects.toThrow('is not a JSON list of records: The auth header not found');
  });

  it('that answers with errors leaves known peers verifiable, and asks strangers to come again', async () => {
    let body = JSON.stringify([{ ...OTHERS, subscriber_id: 'app.example.in', status: 'SUBSCRIBED' }]);
    const server = await startHttpPeer((response) => response.end(body));
    opened.push(server);
    const clock = createManualClock();
    const source = createHttpRegistry({ url: server.url, kind: 'beckn' });
    const keys = new KeyDirectory({ network: 'main', source, values: memoryValues(), clock });
    expect(await keys.findKey({ ...query, role: 'BAP' })).toHaveProperty('record');
    body = '{"error":{"message":"try later"}}';
    await clock.advance(11 * 60_000);
    expect(await keys.findKey({ ...query, role: 'BAP' })).toHaveProperty('record');
    expect(await keys.findKey({ ...query, subscriberId: 'b.in', role: 'BAP' })).toMatchObject({
      problem: 'unavailable',
    });
    body = '[]';
    await clock.advance(60_000);
    expect(await keys.findKey({ ...query, role: 'BAP' })).toMatchObject({ problem: 'unknown' });
  });

  it('follows no redirect', async () => {
    const server = await peer(307, '[]');
    const registry = createHttpRegistry({ url: server.url, kind: 'beckn' });
    await expect(registry.lookup(query)).rejects.toThrow('responded 307');
    expect(server.received).toHaveLength(1);
  });

  it('does not wait longer than it may', async () => {
    const server = await startSandboxRegistry({ clock: createManualClock() });
    opened.push(server);
    server.setFailure('slow');
    const registry = createHttpRegistry({ url: server.url, kind: 'succinct', timeoutMs: 30 });
    await expect(registry.lookup(query)).rejects.toBeInstanceOf(RegistryFault);
  });
});

describe('the sandbox registry', () => {
  it('answers the three lookups, and fails when it is told to', async () => {
    const clock = createManualClock();
    const server = await startSandboxRegistry({ clock });
    opened.push(server);
    server.add({
      subscriberId: 'app.example.in',
      url: 'http://127.0.0.1:1',
      type: 'BAP',
      keyId: 'k1',
      signingPublicKey: encodeKeyPair(pair(1)).publicKey,
    });
    server.add({
      subscriberId: 'app.example.in',
      url: 'http://127.0.0.1:2',
      type: 'BAP',
      keyId: 'k1',
      signingPublicKey: encodeKeyPair(pair(2)).publicKey,
    });
    for (const kind of ['succinct', 'beckn', 'ondc'] as const) {
      const records = await createHttpRegistry({ url: server.url, kind }).lookup(query);
      expect(records).toMatchObject([
        { url: 'http://127.0.0.1:2', signingPublicKey: encodeKeyPair(pair(2)).publicKey, status: 'SUBSCRIBED' },
      ]);
    }
    const registry = createHttpRegistry({ url: server.url, kind: 'succinct' });
    expect(await registry.lookup({ ...query, keyId: 'k2' })).toEqual([]);
    expect(server.requests).toBe(4);
    for (const mode of ['down', '500'] as const) {
      server.setFailure(mode);
      await expect(registry.lookup(query)).rejects.toBeInstanceOf(RegistryFault);
    }
    server.setFailure(undefined);
    expect(await registry.lookup(query)).toHaveLength(1);
    server.remove('app.example.in');
    expect(await registry.lookup(query)).toEqual([]);
  });
});

describe('a registry file', () => {
  it('is read again when it changes, keeps its last good content, and tells what is wrong with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'registry-'));
    opened.push({ close: () => rm(folder, { recursive: true }) });
    const path = join(folder, 'peers.json');
    const events = eventList();
    const registry = createFileRegistry({ path, events });
    let minute = 0;
    const write = async (content: string): Promise<void> => {
      await writeFile(path, content);
      minute += 1;
      await utimes(path, minute * 60, minute * 60);
    };
    const record = (fill: number): object => ({
      subscriber_id: 'app.example.in',
      key_id: 'k1',
      signing_public_key: encodeKeyPair(pair(fill)).publicKey,
    });

    await expect(registry.lookup(query)).rejects.toThrow('cannot be read');
    await write(JSON.stringify([record(1)]));
    expect(await registry.lookup(query)).toMatchObject([
      { status: 'SUBSCRIBED', signingPublicKey: encodeKeyPair(pair(1)).publicKey },
    ]);
    expect(await registry.lookup({ ...query, keyId: 'k2' })).toEqual([]);
    await write(JSON.stringify({ subscribers: [record(2)] }));
    expect(await registry.lookup({ subscriberId: 'app.example.in' })).toMatchObject([
      { signingPublicKey: encodeKeyPair(pair(2)).publicKey },
    ]);
    await write('[{"subscriber_id":"app.example.in"}]');
    expect(await registry.lookup(query)).toHaveLength(1);
    expect(events.names).toEqual(['registry.failed']);
  });
});
