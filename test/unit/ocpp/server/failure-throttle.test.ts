import { describe, expect, it } from 'vitest';
import { networkOf, FailureThrottle } from '../../../../src/ocpp/server/failure-throttle.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

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

  it("ends as soon when the host's clock was set back meanwhile", async () => {
    const clock = createManualClock();
    const throttle = new FailureThrottle(clock);
    throttle.recordFailure('k');
    clock.step(-86_400_000);
    await clock.advance(60_001);
    expect(throttle.isExceeded('k', 1)).toBe(false);
  });

  it('counts neighbours together', () => {
    expect(networkOf('10.1.2.3')).toBe(networkOf('::ffff:10.1.2.200'));
    expect(networkOf('10.1.2.3')).not.toBe(networkOf('10.1.3.3'));
    expect(networkOf('2001:db8::1')).toBe(networkOf('2001:db8::ffff:1'));
  });
});
