/** Which of our keys signs, and when the next one takes over. */
import { beforeAll, describe, expect, it } from 'vitest';
import { digest, loadSodium, parseSignatureHeader, verifySignature } from '../../../../src/beckn/signing/signature.js';
import { createSigner, signingKeyAt, type SigningKey } from '../../../../src/beckn/signing/signer.js';
import { createManualClock } from '../../../fakes/manual-clock.js';
import { pair } from '../peers.js';

beforeAll(loadSodium);

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 15);
const key = (keyId: string, from?: number, until?: number): SigningKey => ({
  keyId,
  secretKey: new Uint8Array(64),
  validFrom: from,
  validUntil: until,
});

describe('the key that signs', () => {
  it.each<[string, readonly [SigningKey, ...SigningKey[]], string]>([
    ['the only one', [key('a')], 'a'],
    ['the newest valid one', [key('a'), key('b', NOW - HOUR)], 'b'],
    ['the newest valid one, wherever it stands', [key('b', NOW - HOUR), key('a', NOW - 2 * HOUR)], 'b'],
    ['not one that has not begun', [key('a'), key('b', NOW + 1)], 'a'],
    ['one from its first moment on', [key('a'), key('b', NOW)], 'b'],
    ['not one that has ended', [key('a'), key('b', NOW - HOUR, NOW)], 'a'],
    ['one up to its last moment', [key('a'), key('b', NOW - HOUR, NOW + 1)], 'b'],
    ['the later of two that began together', [key('a', NOW), key('b', NOW)], 'b'],
    ['the one that ended last, when none is valid', [key('a', 0, 5), key('b', 0, 9), key('c', 0, 7)], 'b'],
    ['the first, when none has begun', [key('a', NOW + 5), key('b', NOW + 9)], 'a'],
    ['the first to begin, wherever it stands', [key('b', NOW + 9), key('a', NOW + 5, NOW + 6)], 'a'],
    ['one that begins soon rather than one that ended long ago', [key('a', 0, NOW - HOUR), key('b', NOW + 5)], 'b'],
    ['one that has just ended rather than one that begins late', [key('b', NOW + HOUR), key('a', 0, NOW)], 'a'],
  ])('is %s', (_name, keys, expected) => {
    expect(signingKeyAt(keys, NOW).keyId).toBe(expected);
  });

  it.each([
    [0, 295],
    [300, 300],
    [600, 600],
    [86_400, 86_400],
  ])('signs for at least the ttl from now, %d s', (lifetimeS, least) => {
    const clock = createManualClock(NOW);
    const signer = createSigner({
      subscriberId: 'bpp.example.in',
      keys: [{ keyId: 'k', secretKey: pair(1).secretKey }],
      clock,
    });
    const parsed = parseSignatureHeader(signer.signatureHeader(Buffer.from('{}'), { lifetimeS }));
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(parsed).toMatchObject({ created: NOW / 1000 - 5, expires: NOW / 1000 + least });
  });

  it('changes by the clock alone: the overlap has both ids verifiable', async () => {
    const clock = createManualClock(NOW);
    const keys = [
      { keyId: 'old', secretKey: pair(1).secretKey, validUntil: NOW + 2 * HOUR },
      { keyId: 'new', secretKey: pair(2).secretKey, validFrom: NOW + HOUR },
    ] as const;
    const signer = createSigner({ subscriberId: 'bpp.example.in', keys, clock });
    const body = Buffer.from('{}');
    const signedWith = (fill: number): string | undefined => {
      const parsed = parseSignatureHeader(signer.signatureHeader(body));
      if ('problem' in parsed) throw new Error(parsed.problem);
      return verifySignature(parsed, digest(body), pair(fill).publicKey) ? parsed.keyId : undefined;
    };
    expect(signedWith(1)).toBe('old');
    await clock.advance(HOUR - 1);
    expect(signedWith(1)).toBe('old');
    await clock.advance(1);
    expect(signedWith(2)).toBe('new');
    await clock.advance(24 * HOUR);
    expect(signedWith(2)).toBe('new');
  });
});
