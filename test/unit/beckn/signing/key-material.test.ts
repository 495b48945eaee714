import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  generateKeyPair,
  KeyFault,
  keyPairFromSeed,
  encodeKeyPair,
  readPublicKey,
  readSecretKey,
} from '../../../../src/beckn/signing/key-material.js';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';

beforeAll(loadSodium);

const seed = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
const publicKey = createPublicKey(privateKey);
const publicText = 'A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=';

describe('private keys', () => {
  it.each([
    ['seed', () => seed.toString('base64')],
    ['libsodium', () => encodeKeyPair(keyPairFromSeed(seed)).secretKey],
    ['PKCS#8 DER', () => pkcs8.toString('base64')],
    ['PEM', () => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['a line break after it', () => `${seed.toString('base64')}\n`],
  ])('are read from %s', (_name, text) => {
    expect(Buffer.from(readSecretKey(text()).publicKey).toString('base64')).toBe(publicText);
  });

  it.each([
    [
      'halves that do not belong together',
      () => Buffer.concat([seed, Buffer.alloc(32, 7)]).toString('base64'),
      'second half',
    ],
    ['a wrong length', () => Buffer.alloc(31).toString('base64'), 'decodes to 31 bytes'],
    ['no base64', () => 'not a key!', 'neither base64 nor PEM'],
    ['nothing', () => '', 'neither base64 nor PEM'],
    ['broken DER', () => pkcs8.subarray(0, 40).toString('base64'), 'not readable as DER'],
    [
      'an X25519 key',
      () => generateKeyPairSync('x25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      'x25519',
    ],
  ])('are refused: %s', (_name, text, sentence) => {
    expect(() => readSecretKey(text())).toThrow(KeyFault);
    expect(() => readSecretKey(text())).toThrow(sentence);
  });
});

describe('public keys', () => {
  it.each([
    ['raw', () => publicText],
    ['SPKI DER', () => publicKey.export({ format: 'der', type: 'spki' }).toString('base64')],
    ['PEM', () => publicKey.export({ format: 'pem', type: 'spki' }).toString()],
  ])('are read from %s', (_name, text) => {
    expect(Buffer.from(readPublicKey(text())).toString('base64')).toBe(publicText);
  });

  it.each([
    ['all zero (small order)', () => Buffer.alloc(32).toString('base64'), 'small order'],
    [
      'the neutral point (small order)',
      () => Buffer.from([1, ...Array<number>(31).fill(0)]).toString('base64'),
      'small order',
    ],
    ['a wrong length', () => Buffer.alloc(33, 1).toString('base64'), 'decodes to 33 bytes'],
    ['a private PEM', () => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'not a public key'],
    [
      'an X25519 key',
      () => generateKeyPairSync('x25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      'x25519',
    ],
  ])('are refused: %s', (_name, text, sentence) => {
    expect(() => readPublicKey(text())).toThrow(sentence);
  });
});

it('makes a new pair each time, in forms that are read back', () => {
  const pair = generateKeyPair();
  const texts = encodeKeyPair(pair);
  expect(readSecretKey(texts.secretKey)).toEqual(pair);
  expect(Buffer.from(readPublicKey(texts.publicKey))).toEqual(Buffer.from(pair.publicKey));
  expect(encodeKeyPair(generateKeyPair()).publicKey).not.toBe(texts.publicKey);
});
