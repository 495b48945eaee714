import { expect, it } from 'vitest';
import { StoreHealth } from '../../../src/store/store-health.js';
import { createManualClock } from '../../fakes/manual-clock.js';

it('a success counts only if its write began after the last failure', () => {
  const health = new StoreHealth('sqlite', createManualClock(), undefined, () => undefined);
  health.reportSuccess(health.failures());
  const since = health.failures();
  health.reportFailure(new Error('the thread has ended'), 'write');
  health.reportSuccess(since);
  expect(health.healthy()).toBe(false);
  health.reportSuccess(health.failures());
  expect(health.healthy()).toBe(true);
});

it('after a failure it probes until a write succeeds, although an older one succeeds meanwhile', async () => {
  const clock = createManualClock();
  let probes = 0;
  const health = new StoreHealth('sqlite', clock, undefined, () => {
    probes += 1;
    if (probes === 1) throw new Error('still away');
  });
  const since = health.failures();
  health.reportFailure(new Error('away'), 'write');
  health.reportSuccess(since);
  await clock.advance(1000);
  expect([probes, health.healthy()]).toEqual([1, false]);
  await clock.advance(1000);
  expect([probes, health.healthy()]).toEqual([2, true]);
});
