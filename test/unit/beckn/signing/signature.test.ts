import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyPairFromSeed, readPublicKey, readSecretKey } from '../../../../src/beckn/signing/key-material.js';
import {
  authorizationHeader,
  digest,
  loadSodium,
  parseSignatureHeader,
  sign,
  signingString,
  verifySignature,
  type ParsedSignature,
} from '../../../../src/beckn/signing/signature.js';
import { createPooledVerify, type VerifySignature } from '../../../../src/beckn/signing/verify-pool.js';

interface Vector {
  name: string;
  body: string;
  created: number;
  expires: number;
  secretKey?: string;
  publicKey?: string;
  digest: string;
  signature: string;
}
const { vectors } = JSON.parse(
  readFileSync(new URL('../../../wire/signing-vectors.json', import.meta.url), 'utf8'),
) as {
  vectors: Vector[];
};

beforeAll(loadSodium);

const ENGINES: readonly [string, VerifySignature][] = [
  ['libsodium', verifySignature],
  ['thread pool', createPooledVerify()],
];

function parsed(header: string): ParsedSignature {
  const result = parseSignatureHeader(header);
  if ('problem' in result) throw new Error(result.problem);
  return result;
}

describe.each(vectors)('the $name vector', (vector) => {
  it('has our digest', () => {
    expect(digest(Buffer.from(vector.body))).toBe(vector.digest);
  });

  it('verifies', () => {
    const publicKey = vector.publicKey
      ? readPublicKey(vector.publicKey)
      : readSecretKey(vector.secretKey ?? '').publicKey;
    const header = `Signature keyId="a|b|ed25519",algorithm="ed25519",created=${vector.created},expires=${vector.expires},headers="(created) (expires) digest",signature="${vector.signature}"`;
    expect(verifySignature(parsed(header), vector.digest, publicKey)).toBe(true);
    expect(verifySignature({ ...parsed(header), expires: vector.expires + 1 }, vector.digest, publicKey)).toBe(false);
  });

  // One published vector contains only a public key, so its signature can be verified but not created.
  if (vector.secretKey === undefined) return;
  const secretText = vector.secretKey;
  it('is signed byte for byte', () => {
    const { secretKey, publicKey } = readSecretKey(secretText);
    expect(sign(vector, secretKey)).toBe(vector.signature);
    if (vector.publicKey !== undefined) expect(Buffer.from(publicKey).toString('base64')).toBe(vector.publicKey);
    const header = authorizationHeader({
      ...vector,
      subscriberId: 'a.in',
      keyId: 'k1',
      secretKey,
      body: Buffer.from(vector.body),
    });
    expect(header).toBe(
      `Signature keyId="a.in|k1|ed25519",algorithm="ed25519",created="${vector.created}",expires="${vector.expires}",` +
        `headers="(created) (expires) digest",signature="${vector.signature}"`,
    );
  });
});

it('has no line break at the end of the signing string', () => {
  expect(signingString({ created: 1, expires: 2, digest: 'D' })).toBe(
    '(created): 1\n(expires): 2\ndigest: BLAKE-512=D',
  );
});

describe('the header grammar', () => {
  const signature = vectors[2]?.signature ?? '';
  const good = {
    keyId: '"a.in|k1|ed25519"',
    algorithm: '"ed25519"',
    created: '"1700000000"',
    expires: '"1700003600"',
    headers: '"(created) (expires) digest"',
    signature: `"${signature}"`,
  };
  const build = (change: Partial<Record<keyof typeof good, string | undefined>> = {}, comma = ','): string =>
    'Signature ' +
    Object.entries({ ...good, ...change })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${value}`)
      .join(comma);

  it.each([
    ['as we write it', build()],
    ['scheme in lower case', build().replace('Signature', 'signature')],
    ['blanks around commas', build({}, ' ,  ')],
    ['blanks only', build({}, ' ')],
    ['bare numbers', build({ created: '1700000000', expires: '1700003600' })],
    ['bare signature', build({ signature })],
    ['another order', `Signature ${build().slice(10).split(',').reverse().join(',')}`],
    ['an unknown parameter', build() + ',nonce="x"'],
    ['a trailing comma', build() + ','],
  ])('reads %s', (_name, header) => {
    expect(parsed(header)).toMatchObject({
      subscriberId: 'a.in',
      keyId: 'k1',
      created: 1700000000,
      expires: 1700003600,
    });
  });

  it('splits keyId from the right', () => {
    expect(parsed(build({ keyId: '"odd|id.in|k1|ed25519"' }))).toMatchObject({
      subscriberId: 'odd|id.in',
      keyId: 'k1',
    });
  });

  it.each([
    ['another scheme', build().replace('Signature', 'Bearer'), 'the scheme is not Signature'],
    ['a missing parameter', build({ expires: undefined }), 'the parameter expires is missing'],
    ['an empty parameter', build({ keyId: '""' }), 'the parameter keyId is missing'],
    ['a parameter twice', build() + ',created="1"', 'the parameter created occurs twice'],
    ['two headers joined', `${build()}, ${build()}`, 'cannot be read from character'],
    ['an open quote', build({ keyId: '"a' }), 'cannot be read from character 11 on'],
    ['two parts in keyId', build({ keyId: '"a.in|ed25519"' }), 'keyId is not'],
    ['another algorithm', build({ algorithm: '"xed25519"' }), 'must both be ed25519'],
    ['another algorithm in keyId', build({ keyId: '"a.in|k1|rsa"' }), 'must both be ed25519'],
    ['a time in words', build({ created: '"now"' }), 'whole Unix seconds'],
    ['a time in milliseconds', build({ created: '"1700000000000"' }), 'whole Unix seconds'],
    [
      'a list of parts that is neither that of a message nor that of an answer',
      build({ headers: '"(created) digest"' }),
      'request-signature',
    ],
    [
      'a list of parts, where a counter-signature has its own',
      build({ headers: '"(created) digest"' }),
      '(created) (expires) digest (request-digest) (message-id)',
    ],
    ['a missing signed part', build({ headers: '"(created) digest"' }), 'headers must list exactly'],
    ['a part twice', build({ headers: '"(created) (created) digest"' }), 'headers must list exactly'],
    ['a fourth part', build({ headers: '"(created) (expires) digest host"' }), 'headers must list exactly'],
    ['a short signature', build({ signature: '"AAAA"' }), 'base64 of 64 bytes'],
    ['an unpadded signature', build({ signature: `"${signature.replace(/=+$/, '')}"` }), 'base64 of 64 bytes'],
    ['a second spelling', build({ signature: `"${signature.replace(/.==$/, 'x==')}"` }), 'base64 of 64 bytes'],
    ['a very long header', build({ keyId: `"${'a'.repeat(5000)}|k|ed25519"` }), 'longer than 4096'],
    ['a long id', build({ keyId: `"${'a'.repeat(256)}|k|ed25519"` }), 'longer than 255'],
  ])('refuses %s', (_name, header, sentence) => {
    const result = parseSignatureHeader(header);
    expect('problem' in result && result.problem).toContain(sentence);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((tail) => build() + tail),
        ),
        (header) => {
          parseSignatureHeader(header);
        },
      ),
    );
  });
});

describe('any body and key', () => {
  const message = fc.record({
    body: fc.uint8Array({ maxLength: 600 }),
    seed: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    created: fc.integer({ min: 0, max: 4_000_000_000 }),
    flip: fc.nat(),
  });

  it.each(ENGINES)(
    'verifies as signed, and not with any bit of body, times, key or signature flipped: %s',
    async (_name, verify) => {
      await fc.assert(
        fc.asyncProperty(message, async ({ body, seed, created, flip }) => {
          const { secretKey, publicKey } = keyPairFromSeed(seed);
          const header = authorizationHeader({
            subscriberId: 's',
            keyId: 'k',
            secretKey,
            body,
            created,
            expires: created + 300,
          });
          const read = parsed(header);
          expect(await verify(read, digest(body), publicKey)).toBe(true);
          if (body.length > 0) expect(await verify(read, digest(flipped(body, flip)), publicKey)).toBe(false);
          expect(await verify(read, digest(body), flipped(publicKey, flip))).toBe(false);
          expect(await verify({ ...read, signature: flipped(read.signature, flip) }, digest(body), publicKey)).toBe(
            false,
          );
          expect(await verify({ ...read, created: created + 1 }, digest(body), publicKey)).toBe(false);
        }),
        { numRuns: 50 },
      );
    },
  );

  it.each(ENGINES)('refuses a key of the wrong length without throwing: %s', async (_name, verify) => {
    const { secretKey } = keyPairFromSeed(new Uint8Array(32));
    const body = Buffer.from('x');
    const read = parsed(
      authorizationHeader({ subscriberId: 's', keyId: 'k', secretKey, body, created: 1, expires: 2 }),
    );
    expect(await verify(read, digest(body), new Uint8Array(31))).toBe(false);
  });
});

function flipped(bytes: Uint8Array, position: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const index = Math.floor(position / 8) % copy.length;
  copy[index] = (copy[index] ?? 0) ^ (1 << (position % 8));
  return copy;
}
