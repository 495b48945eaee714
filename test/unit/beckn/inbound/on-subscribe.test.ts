/**
 * The registry's challenge is solved for the registry only, and never serves as a decryption oracle. Also tests our own
 * requests to subscribe: which key, signature and records they hand in.
 */
import { createCipheriv, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { solveChallenge } from '../../../../src/beckn/signing/challenge.js';
import {
  encodeEncryptionPublicKey,
  readEncryptionKey,
  readEncryptionPublicKey,
} from '../../../../src/beckn/signing/encryption-keys.js';
import { authorizationHeader, loadSodium } from '../../../../src/beckn/signing/signature.js';
import { createSigner } from '../../../../src/beckn/signing/signer.js';
import { Subscription, type SubscriptionDeps } from '../../../../src/beckn/inbound/on-subscribe.js';
import type { RegistrySettings } from '../../../../src/config/config.js';
import { startHttpPeer, type HttpPeer } from '../../../fakes/http-peer.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';
import { eventList, memoryValues, pair } from '../peers.js';

beforeAll(loadSodium);

// Sample keys published by ONDC.
const PRIVATE = 'MC4CAQEwBQYDK2VuBCIEILgcht9h660ZeO36tG+QuHGNcLN9JuAzxHWZl09f57Bh';
const REGISTRY = 'MCowBQYDK2VuAyEAlKHWJWiEiHFGlAJ6TE4VMGaeQUYg5DHEpuQdiq6flnQ=';
const SECRET = 'd7u+ZTSO9nF2dFHuggpfDYTDSWbkJJfxHF4W6cUcvRI=';
const CHALLENGE = 'y8tWg+2XubJ/Tr/OkIFL5lY8dx0nvogxKbJv7HSGwx5HJ4cLIForQ/g0fi+VYQPW';
const ANSWER = '12345678901234567890123456789012';

const ours = readEncryptionKey(PRIVATE);
const theirs = readEncryptionPublicKey(REGISTRY);

function encrypt(text: string): string {
  const cipher = createCipheriv('aes-256-ecb', Buffer.from(SECRET, 'base64'), null);
  return Buffer.concat([cipher.update(text), cipher.final()]).toString('base64');
}

describe('the challenge', () => {
  it('is the published vector, solved without any derivation of the key', () => {
    expect(solveChallenge(CHALLENGE, [ours], [theirs])).toBe(ANSWER);
    expect(encrypt(ANSWER)).toBe(CHALLENGE);
  });

  it('has the shared secret that libsodium computes', () => {
    const scalar = Buffer.from(PRIVATE, 'base64').subarray(-32);
    const point = Buffer.from(REGISTRY, 'base64').subarray(-32);
    expect(Buffer.from(sodium.crypto_scalarmult(scalar, point)).toString('base64')).toBe(SECRET);
  });

  it('is solved with any of our keys and any of the registry’s: both rotate', () => {
    const other = generateKeyPairSync('x25519');
    expect(solveChallenge(CHALLENGE, [other.privateKey, ours], [other.publicKey, theirs])).toBe(ANSWER);
    expect(solveChallenge(CHALLENGE, [other.privateKey], [theirs])).toBeUndefined();
    expect(solveChallenge(CHALLENGE, [ours], [other.publicKey])).toBeUndefined();
    expect(solveChallenge(CHALLENGE, [], [])).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no whole block', Buffer.alloc(17).toString('base64')],
    ['wrong padding', Buffer.alloc(48).toString('base64')],
    ['more than a challenge', encrypt('1'.repeat(150))],
    ['words', encrypt('transfer everything to me, please')],
    ['a short text', encrypt('123')],
    ['JSON', encrypt('{"a":1}')],
    ['no base64', '💥'],
  ])('is not solved when it is %s', (_name, text) => {
    expect(solveChallenge(text, [ours], [theirs])).toBeUndefined();
  });
});

describe('encryption keys', () => {
  const raw = (text: string): string => Buffer.from(text, 'base64').subarray(-32).toString('base64');
  const same = (a: KeyObject, b: KeyObject): boolean => a.equals(b);

  it('are read raw, as DER and as PEM', () => {
    const pem = ours.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const form of [raw(PRIVATE), PRIVATE, pem, `${PRIVATE}\n`])
      expect(same(readEncryptionKey(form), ours)).toBe(true);
    const publicPem = theirs.export({ type: 'spki', format: 'pem' }).toString();
    for (const form of [raw(REGISTRY), REGISTRY, publicPem]) {
      expect(same(readEncryptionPublicKey(form), theirs)).toBe(true);
    }
    expect(same(readEncryptionPublicKey(encodeEncryptionPublicKey(ours)), createPublicKey(createPrivateKey(pem)))).toBe(
      true,
    );
  });

  it('of another kind are refused, and never quoted', () => {
    const signing = generateKeyPairSync('ed25519');
    const pem = signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => readEncryptionKey(pem)).toThrow('is ed25519, not x25519');
    expect(() => readEncryptionKey('secret words')).toThrow('not readable as base64, DER or PEM');
    expect(() => readEncryptionKey('secret words')).not.toThrow('secret');
    expect(() => readEncryptionPublicKey(ours.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(
      'not a public key',
    );
  });
});

const REGISTRY_SETTINGS: RegistrySettings = {
  kind: 'succinct',
  spelling: 'succinct',
  lookup: 'plain',
  signingKeys: [],
  encryptionKeys: [],
  cacheS: 1,
  negativeS: 1,
  staleS: 1,
  timeoutMs: 2000,
};

describe('on_subscribe', () => {
  let clock: ManualClock;
  let events: ReturnType<typeof eventList>;
  let values: ReturnType<typeof memoryValues>;
  let registry: HttpPeer;
  let registryStatus: number;
  let registryBody: string;

  beforeEach(async () => {
    clock = createManualClock();
    events = eventList();
    values = memoryValues();
    registryStatus = 200;
    registryBody = '{"status":"UNDER_SUBSCRIPTION"}';
    registry = await startHttpPeer((response) => {
      response.writeHead(registryStatus, { 'content-type': 'application/json' });
      response.end(registryBody);
    });
  });
  afterEach(() => registry.close());

  function subscription(change: Partial<SubscriptionDeps> = {}): Subscription {
    const keys = [
      { keyId: 'k1', secretKey: pair(1).secretKey },
      { keyId: 'k2', secretKey: pair(2).secretKey, validFrom: clock.now() + 1000 },
    ] as const;
    return new Subscription({
      network: 'main',
      subscriber: { domains: ['uei:charging'], city: 'std:080', country: 'IND' },
      registry: { ...REGISTRY_SETTINGS, url: registry.url },
      signer: createSigner({ subscriberId: 'bpp.example.in', keys, clock }),
      uri: () => 'https://bpp.example.in/beckn',
      encryptionPublicKey: encodeEncryptionPublicKey(ours),
      encryptionKeys: [ours],
      registryEncryptionKeys: [theirs],
      registrySigningKeys: [],
      values,
      clock,
      random: { uuid: () => '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c01' },
      events,
      skewS: 30,
      maxAgeS: 86_400,
      ...change,
    });
  }

  const arrival = (body: object, headers: object = {}) => ({ rawBody: Buffer.from(JSON.stringify(body)), headers });
  const call = { subscriber_id: 'bpp.example.in', pub_key_id: 'k1', challenge: CHALLENGE };

  it('answers nothing while nothing was asked for', () => {
    const answer = subscription().process(arrival(call));
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('We have no pending subscription');
    expect(answer.body).not.toContain(ANSWER);
    expect(events.names).toEqual(['registry.challenge-refused']);
  });

  it('answers plainly after we have asked, for a day, and over a restart', async () => {
    const one = subscription();
    const result = await one.subscribe({});
    expect(result).toMatchObject({
      calls: [
        { path: '/subscribers/register', status: 200 },
        { path: '/subscribers/subscribe', status: 200, response: 'UNDER_SUBSCRIPTION' },
      ],
      pendingUntil: clock.now() + 86_400_000,
    });
    expect(one.process(arrival(call))).toMatchObject({ status: 200, body: JSON.stringify({ answer: ANSWER }) });
    const again = subscription();
    await again.start();
    expect(again.pendingUntil()).toBe(clock.now() + 86_400_000);
    expect(again.process(arrival({ challenge: CHALLENGE })).status).toBe(200);
    await clock.advance(86_400_000);
    expect(again.process(arrival(call)).status).toBe(403);
    expect(again.pendingUntil()).toBeUndefined();
  });

  it('says the same of wrong padding and of wrong words, and refuses the challenge of another', async () => {
    const one = subscription();
    await one.subscribe({});
    const padding = one.process(arrival({ ...call, challenge: Buffer.alloc(48).toString('base64') }));
    const words = one.process(arrival({ ...call, challenge: encrypt('transfer everything to me, please') }));
    expect(padding).toEqual(words);
    expect(padding.status).toBe(400);
    expect(words.body).toContain('not a challenge of the registry');
    const other = one.process(arrival({ ...call, subscriber_id: 'other.example.in' }));
    expect(other.body).toContain('names another subscriber');
    expect(one.process(arrival({ ...call, challenge: 7 })).body).toContain('challenge is not a string');
    expect(one.process({ rawBody: Buffer.from('['), headers: {} }).body).toContain('not JSON');
  });

  it('bad challenges of strangers do not shut out a registry that does not sign', async () => {
    const one = subscription();
    await one.subscribe({});
    const bad = { ...call, challenge: Buffer.alloc(48).toString('base64') };
    const statuses = Array.from({ length: 30 }, () => one.process(arrival(bad)).status);
    expect(statuses.slice(0, 10)).toEqual(Array<number>(10).fill(400));
    expect(statuses.slice(10)).toEqual(Array<number>(20).fill(429));
    for (let at = 0; at < 30; at += 1) one.process({ rawBody: Buffer.from('['), headers: {} });
    expect(one.process(arrival(call)).status).toBe(200);
  });

  it('answers ten times a minute, and the registry itself whatever strangers do', async () => {
    const one = subscription({ registrySigningKeys: [pair(9).publicKey] });
    await one.subscribe({});
    const statuses = Array.from({ length: 12 }, () => one.process(arrival(call)).status);
    expect(statuses).toEqual([...Array<number>(10).fill(200), 429, 429]);
    expect(one.process(signedCall(9)).status).toBe(200);
    await clock.advance(60_000);
    expect(one.process(arrival(call)).status).toBe(200);
  });

  function signedCall(fill: number, header = 'authorization') {
    const plain = arrival(call);
    const created = Math.floor(clock.now() / 1000);
    const signed = authorizationHeader({
      subscriberId: 'registry.example.in',
      keyId: 'r1',
      secretKey: pair(fill).secretKey,
      body: plain.rawBody,
      created,
      expires: created + 60,
    });
    return { ...plain, headers: { [header]: signed } };
  }

  it('answers the registry at any time, by its signature in either header', async () => {
    const one = subscription({ registrySigningKeys: [pair(8).publicKey, pair(9).publicKey] });
    expect(one.process(signedCall(9)).status).toBe(200);
    expect(one.process(signedCall(8, 'signature')).status).toBe(200);
    expect(one.process(signedCall(7)).status).toBe(403);
    const old = signedCall(9);
    await clock.advance(61_000);
    expect(one.process(old).status).toBe(403);
  });

  it('hands in the newest key, signed with the one that signs now, in every spelling', async () => {
    await subscription().subscribe({});
    const [, second] = registry.received;
    expect(second?.headers.authorization).toContain('keyId="bpp.example.in|k1|ed25519"');
    expect(JSON.parse(second?.body.toString() ?? '')).toEqual({
      subscriber_id: 'bpp.example.in',
      subscriber_url: 'https://bpp.example.in/beckn',
      url: 'https://bpp.example.in/beckn',
      type: 'BPP',
      domain: 'uei:charging',
      city: 'std:080',
      country: 'IND',
      location: { city: { code: 'std:080' }, country: { code: 'IND' } },
      key_id: 'k2',
      unique_key_id: 'k2',
      pub_key_id: 'k2',
      signing_public_key: Buffer.from(pair(2).publicKey).toString('base64'),
      encr_public_key: encodeEncryptionPublicKey(ours),
      valid_from: new Date(clock.now() + 1000).toISOString(),
      valid_until: new Date(clock.now() + 1000 + 3650 * 86_400_000).toISOString(),
      nonce: '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c01',
    });
  });

  it('hands in the key that signs if all keys begin together', async () => {
    const keys = [
      { keyId: 'k1', secretKey: pair(1).secretKey },
      { keyId: 'k2', secretKey: pair(2).secretKey },
    ] as const;
    const signer = createSigner({ subscriberId: 'bpp.example.in', keys, clock });
    expect(await subscription({ signer }).subscribe({})).toMatchObject({
      records: [{ key_id: signer.currentKey().keyId }],
    });
  });

  it('hands in one record a domain, and another key when it is told which', async () => {
    const one = subscription({
      subscriber: { domains: ['a', 'b'] },
      registry: { ...REGISTRY_SETTINGS, kind: 'beckn', url: `${registry.url}/` },
    });
    expect(await one.subscribe({ keyId: 'k1' })).toMatchObject({
      records: [{ domain: 'a', key_id: 'k1' }, { domain: 'b' }],
    });
    expect(registry.received.map(({ path }) => path)).toEqual(['/subscribe', '/subscribe']);
  });

  it('sends nothing where a form is filled in instead, and still waits for the challenge', async () => {
    const one = subscription();
    expect(await one.subscribe({ send: false })).toMatchObject({
      calls: [],
      records: [{ subscriber_id: 'bpp.example.in' }],
    });
    expect(registry.received).toHaveLength(0);
    expect(one.process(arrival(call)).status).toBe(200);
    const portal = subscription({ registry: { ...REGISTRY_SETTINGS, kind: 'ondc', url: registry.url } });
    expect(await portal.subscribe({})).toMatchObject({ calls: [] });
  });

  it('names what went wrong, and then waits for nothing', async () => {
    const one = subscription();
    expect(await one.subscribe({ keyId: 'k9' })).toEqual({
      refused: 'unknown-key',
      message: 'No signing key has the id k9; the key ids are k1, k2.',
    });
    registryStatus = 401;
    expect(await one.subscribe({})).toEqual({
      refused: 'registry-refused',
      message: 'The registry responded 401 at /subscribers/register: UNDER_SUBSCRIPTION.',
    });
    await registry.close();
    expect(await one.subscribe({})).toMatchObject({ refused: 'registry-unavailable' });
    expect(one.process(arrival(call)).status).toBe(403);
    expect(values.kept.size).toBe(0);
  });

  it.each([
    ['{"message":{"ack":{"status":"NACK"}},"error":{"code":"132","message":"Invalid request"}}', ': Invalid request'],
    ['{"message":{"ack":{"status":"NACK"}}}', ''],
    ['{"error":"The signature is wrong"}', ': The signature is wrong'],
  ])('takes no error for a success because its status is 200: %s', async (body, reason) => {
    registryBody = body;
    expect(await subscription().subscribe({})).toEqual({
      refused: 'registry-refused',
      message: `The registry responded 200 at /subscribers/register${reason}.`,
    });
    expect(values.kept.size).toBe(0);
  });

  it('says beforehand when a challenge could not be solved', async () => {
    expect(await subscription().subscribe({})).not.toHaveProperty('hint');
    expect(await subscription({ encryptionKeys: [] }).subscribe({})).toMatchObject({
      hint: expect.stringContaining('encryptionKeyFiles') as string,
    });
    expect(await subscription({ registryEncryptionKeys: [] }).subscribe({})).toMatchObject({
      hint: expect.stringContaining('registry.encryptionKeys') as string,
    });
  });
});
