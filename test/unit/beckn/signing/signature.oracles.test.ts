/**
 * Compares the signature with independent implementations, in both directions. Those missing on this machine are
 * skipped with a message.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthorizationHeader, createVLookupSignature, isHeaderValid } from 'ondc-crypto-sdk-nodejs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeKeyPair } from '../../../../src/beckn/signing/key-material.js';
import {
  authorizationHeader,
  digest,
  loadSodium,
  parseSignatureHeader,
  signingString,
  signText,
  verifySignature,
} from '../../../../src/beckn/signing/signature.js';
import { pair } from '../peers.js';

beforeAll(loadSodium);

const BODIES = [
  '{"hello":"world"}',
  '{"context":{"action":"search"},"message":{"price":"₹ 16.3","name":"शुल्क","emoji":"⚡"}}',
  '{\r\n  "b": 1.0,\n  "a": "\\u20b9"\r\n}\n',
  '',
];
const created = 1_700_000_000;
const expires = created + 3600;

describe('the published npm package of ONDC', () => {
  const keys = encodeKeyPair(pair(5));
  const subscriberId = 'app.example.in/ondc';

  it.each(BODIES)('takes our header over %j, and not over another body', async (body) => {
    const { secretKey } = pair(5);
    const header = authorizationHeader({
      subscriberId,
      keyId: '584',
      secretKey,
      body: Buffer.from(body),
      created,
      expires,
    });
    const { publicKey } = keys;
    expect(await isHeaderValid({ header, body, publicKey })).toBe(true);
    expect(await isHeaderValid({ header, body: `${body} `, publicKey })).toBe(false);
  });

  it.each(BODIES)('makes the very header that we make over %j, and we verify it', async (body) => {
    const header = await createAuthorizationHeader({
      body,
      privateKey: keys.secretKey,
      subscriberId,
      subscriberUniqueKeyId: '584',
      created: String(created),
      expires: String(expires),
    });
    const { secretKey, publicKey } = pair(5);
    const own = { subscriberId, keyId: '584', secretKey, body: Buffer.from(body), created, expires };
    expect(header).toBe(authorizationHeader(own));
    const parsed = parseSignatureHeader(header);
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(verifySignature(parsed, digest(Buffer.from(body)), publicKey)).toBe(true);
  });

  it('signs a vlookup as we do', async () => {
    const parts = { country: 'IND', domain: 'ONDC:RET10', type: 'buyerApp', city: 'std:080', subscriber_id: 'a.in' };
    const theirs = await createVLookupSignature({ ...parts, privateKey: keys.secretKey });
    expect(signText('IND|ONDC:RET10|buyerApp|std:080|a.in', pair(5).secretKey)).toBe(theirs);
  });
});

/** Checks whether a tool is available. Prints a message if not, because a skipped test proves nothing. */
function has(tool: string, args: readonly string[]): boolean {
  const found = spawnSync(tool, args, { input: '' }).status === 0;
  if (!found)
    process.stderr.write(`\nSKIPPED: ${tool} ${args[0] ?? ''} is not on this machine; its digests are not compared.\n`);
  return found;
}

describe.skipIf(!has('openssl', ['dgst', '-blake2b512']))('OpenSSL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bridge-openssl-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(BODIES)('has our digest of %j', (body) => {
    const found = spawnSync('openssl', ['dgst', '-blake2b512', '-binary'], { input: body });
    expect(found.stdout.toString('base64')).toBe(digest(Buffer.from(body)));
  });

  it('has our signature, and verifies it', () => {
    const text = signingString({ created, expires, digest: digest(Buffer.from(BODIES[1] ?? '')) });
    const seed = Buffer.from(pair(5).secretKey.subarray(0, 32));
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const [key, input] = [join(folder, 'key.der'), join(folder, 'text')];
    writeFileSync(key, der, { mode: 0o600 });
    writeFileSync(input, text);
    const args = ['pkeyutl', '-sign', '-inkey', key, '-keyform', 'DER', '-rawin', '-in', input];
    expect(spawnSync('openssl', args).stdout.toString('base64')).toBe(signText(text, pair(5).secretKey));
  });
});

describe.skipIf(!has('python3', ['-c', 'import hashlib; hashlib.blake2b']))('Python', () => {
  it('has our digest of each of them', () => {
    const program = [
      'import sys, json, hashlib, base64',
      'digest = lambda text: hashlib.blake2b(text.encode(), digest_size=64).digest()',
      'print(json.dumps([base64.b64encode(digest(text)).decode() for text in json.load(sys.stdin)]))',
    ].join('\n');
    const found = spawnSync('python3', ['-c', program], { input: JSON.stringify(BODIES) }).stdout.toString();
    expect(JSON.parse(found)).toEqual(BODIES.map((body) => digest(Buffer.from(body))));
  });
});
