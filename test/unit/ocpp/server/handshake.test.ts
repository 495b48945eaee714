import { describe, expect, it } from 'vitest';
import { identityFromUrl } from '../../../../src/ocpp/server/handshake.js';
import { networkOf, FailureThrottle } from '../../../../src/ocpp/server/failure-throttle.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

describe('OCPP-J 1.6 §3.1.1 the identity in the URL', () => {
  it.each([
    ['/ocpp/CP1', 'CP1'],
    ['/ocpp/CP1/', 'CP1'],
    ['/ocpp/CP1?x=/y', 'CP1'],
    ['/ocpp/RDAM%20123', 'RDAM 123'],
    ['/ocpp/a%2541', 'a%41'],
    ['/ocpp/%C3%BC', 'ü'],
    [`/ocpp/${'x'.repeat(255)}`, 'x'.repeat(255)],
  ])('%s', (url, id) => expect(identityFromUrl(url, '/ocpp')).toBe(id));

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
  ])('refuses %s', (url) => expect(identityFromUrl(url, '/ocpp')).toBeUndefined());
});

describe('throttling of failures', () => {
  it('counts the failures of a key for a minute from its first one', async () => {
    const clock = createManualClock();
    const throttle = new FailureThrottle(clock);
    for (let n = 0; n < 5; n += 1) throttle.recordFailure('k');
    await clock.advance(30_000);
    for (let n = 0; n < 5; n += 1) throttle.recordFailure('k');
    expect(throttle.isExceeded('k', 10)).toBe(true);
    expect(throttle.isExceeded('other', 1)).toBe(false);
    await clock.advance(30_000);
    expect(throttle.isExceeded('k', 10)).toBe(true);
    await clock.advance(1);
    expect(throttle.isExceeded('k', 1)).toBe(false);
    throttle.recordFailure('k');
    expect(throttle.isExceeded('k', 1)).toBe(true);
    expect(throttle.isExceeded('k', 2)).toBe(false);
  });

  it('counts neighbours together', () => {
    expect(networkOf('10.1.2.3')).toBe(networkOf('::ffff:10.1.2.200'));
    expect(networkOf('10.1.2.3')).not.toBe(networkOf('10.1.3.3'));
    expect(networkOf('2001:db8::1')).toBe(networkOf('2001:db8::ffff:1'));
  });
});
