import { describe, expect, it } from 'vitest';
import { basePathsOf, identityFromUrl } from '../../../../src/ocpp/server/requested-identity.js';

describe('OCPP-J 1.6 §3.1.1 the identity in the URL', () => {
  it.each([
    ['/ocpp/CP1', 'CP1'],
    ['/ocpp/CP1/', 'CP1'],
    ['/ocpp/CP1?x=/y', 'CP1'],
    ['/ocpp/RDAM%20123', 'RDAM 123'],
    ['/ocpp/a%2541', 'a%41'],
    ['/ocpp/%C3%BC', 'ü'],
    [`/ocpp/${'x'.repeat(255)}`, 'x'.repeat(255)],
  ])('%s', (url, id) => expect(identityFromUrl(url, basePathsOf('/ocpp'))).toBe(id));

  it.each([
    '/ocpp',
    '/ocpp/',
    '/ocpp//',
    '/ocpp/a/b',
    '/ocpp/a%2Fb',
    '/ocpp/a%00',
    '/ocpp/a%0Ab',
    '/ocpp/%zz',
    '/other/CP1',
    `/ocpp/${'x'.repeat(256)}`,
  ])('refuses %s', (url) => expect(identityFromUrl(url, basePathsOf('/ocpp'))).toBeUndefined());
});

it.each(['\u202e', '\u200b', '\ufeff', '\u2066', '\u00ad', '\u0085'])(
  'an identity with an invisible character is refused',
  (character) => {
    expect(identityFromUrl(`/ocpp/${encodeURIComponent(`CP${character}1`)}`, basePathsOf('/ocpp'))).toBeUndefined();
  },
);

describe('further base paths', () => {
  const paths = basePathsOf('/ocpp', ['steve', 'citrineos', '/old/ws/']);

  it.each([
    ['/ocpp/CP1', 'CP1'],
    ['/steve/websocket/CentralSystemService/CP1', 'CP1'],
    ['/CP1', 'CP1'],
    ['/old/ws/CP1', 'CP1'],
  ])('%s', (url, id) => expect(identityFromUrl(url, paths)).toBe(id));

  it.each(['/', '/ocpp', '/ocpp/', '/old/CP1', '/steve/CP1', '/steve/websocket/CentralSystemService', '/old/ws//CP1'])(
    '%s names no charge point',
    (url) => expect(identityFromUrl(url, paths)).toBeUndefined(),
  );

  it('are not served unless they are named', () => {
    expect(identityFromUrl('/CP1', basePathsOf('/ocpp'))).toBeUndefined();
    expect(identityFromUrl('/steve/websocket/CentralSystemService/CP1', basePathsOf('/ocpp'))).toBeUndefined();
  });
});

it.each(['ws://csms.example/ocpp/CP1', 'http://csms.example:9000/ocpp/CP1?x=1', 'WSS://[::1]:9000/ocpp/CP1/'])(
  'RFC 9112 §3.2.2 the absolute form %s names the same identity',
  (url) => {
    expect(identityFromUrl(url, basePathsOf('/ocpp'))).toBe('CP1');
  },
);

it('an address inside a path begins no absolute form', () => {
  expect(identityFromUrl('/ocpp/ws://csms.example/CP1', basePathsOf('/ocpp'))).toBeUndefined();
});
