import { describe, expect, it } from 'vitest';
import {
  isProtectedPassword,
  parseBasicHeader,
  passwordVerifier,
  protectPassword,
} from '../../../../src/ocpp/auth/basic-auth.js';

const HEX = '0123456789abcdef0123456789abcdef01234567';

describe('OCPP 1.6 security whitepaper: Basic authentication', () => {
  it.each([
    ['raw bytes', Buffer.from(HEX, 'hex')],
    ['hex text', Buffer.from(HEX)],
    ['hex text in capitals', Buffer.from(HEX.toUpperCase())],
  ])('a key of 40 hex digits is accepted as %s', (_name, sent) => {
    const verify = passwordVerifier(protectPassword(HEX, 'salt'));
    expect(verify(sent)).toBe(true);
    expect(verify(sent.subarray(1))).toBe(false);
  });

  it('plain text is accepted as it is, or as the hex of its bytes', () => {
    const verify = passwordVerifier(protectPassword('correct horse battery', 'salt'));
    expect(verify(Buffer.from('correct horse battery'))).toBe(true);
    expect(verify(Buffer.from(Buffer.from('correct horse battery').toString('hex')))).toBe(true);
    expect(verify(Buffer.from('correct horse batterY'))).toBe(false);
    expect(verify(Buffer.alloc(0))).toBe(false);
  });

  it('keeps neither the password nor the same hash under another salt', () => {
    const kept = protectPassword('correct horse battery', 'salt');
    expect(kept).not.toContain('horse');
    expect(kept.split('$')[2]).not.toBe(protectPassword('correct horse battery', 'pepper').split('$')[2]);
  });

  it.each([
    '',
    'plain',
    'sha1$salt$AAAA',
    'hmac-sha256$salt',
    'hmac-sha256$salt$AAAA',
    `hmac-sha256$salt$${'A'.repeat(64)}`,
  ])('a stored password of another form is refused before a password is checked: %s', (record) => {
    expect(() => passwordVerifier(record)).toThrow('another form');
    expect(isProtectedPassword(record)).toBe(false);
  });

  it('a stored password has the stored form', () => {
    expect(isProtectedPassword(protectPassword('correct horse battery', 'salt'))).toBe(true);
  });

  it('splits at the first colon, on bytes', () => {
    const header = `Basic ${Buffer.concat([Buffer.from('CP1:'), Buffer.from([0xff, 0x3a, 0x00])]).toString('base64')}`;
    const basic = parseBasicHeader(header);
    expect(Buffer.from(basic?.user ?? []).toString()).toBe('CP1');
    expect([...(basic?.password ?? [])]).toEqual([0xff, 0x3a, 0x00]);
  });

  it('splits after an expected identity, which may contain colons', () => {
    const basicOf = (text: string) =>
      parseBasicHeader(`Basic ${Buffer.from(text).toString('base64')}`, ['00:1B', 'CP1']);
    const parts = (text: string) => Object.values(basicOf(text) ?? {}).map((part) => Buffer.from(part).toString());
    expect(parts('00:1B:pass:word')).toEqual(['00:1B', 'pass:word']);
    expect(parts('CP1:pass:word')).toEqual(['CP1', 'pass:word']);
    expect(parts('00:1Bpass')).toEqual(['00', '1Bpass']);
    expect(parts('other:x:00:1B:y')).toEqual(['other', 'x:00:1B:y']);
  });

  it.each([undefined, '', 'Bearer abc', 'Basic', 'Basic !!', `Basic ${Buffer.from('nocolon').toString('base64')}`])(
    '%s is no Basic header',
    (header) => {
      expect(parseBasicHeader(header)).toBeUndefined();
    },
  );
});
