import { beforeAll, expect, it } from 'vitest';
import { authorizationHeader, loadSodium, parseSignatureHeader } from '../../../../src/beckn/signing/signature.js';
import { pair } from '../peers.js';

beforeAll(loadSodium);

function header(): string {
  const { secretKey } = pair(1);
  const body = Buffer.from('{}');
  return authorizationHeader({ subscriberId: 'bap.example', keyId: 'k1', secretKey, body, created: 100, expires: 200 });
}

const problemOf = (text: string): string | undefined => {
  const parsed = parseSignatureHeader(text);
  return 'problem' in parsed ? parsed.problem : undefined;
};

it('a header as the scheme says is accepted', () => {
  expect(problemOf(header())).toBeUndefined();
});

it.each([
  'digest (created) (expires)',
  '(expires) (created) digest',
  '(created) digest (expires)',
  '(CREATED) (expires) digest',
  '(created)  (expires) digest',
  '(created)\t(expires) digest',
  '(created) (expires) digest digest',
  '(created) (expires)',
])('the signed parts "%s" are not those of the scheme', (parts) => {
  expect(problemOf(header().replace('(created) (expires) digest', parts))).toMatch(/headers must list exactly/);
});

it.each([
  ['a zero-width space', '\u200b'],
  ['a right-to-left override', '\u202e'],
  ['a byte order mark', '\ufeff'],
])('a key id with %s is refused', (_name, character) => {
  expect(problemOf(header().replace('bap.example|', `bap.exam${character}ple|`))).toMatch(/keyId/);
  expect(problemOf(header().replace('|k1|', `|k${character}1|`))).toMatch(/keyId/);
});
