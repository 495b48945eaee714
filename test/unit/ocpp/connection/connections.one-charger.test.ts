import { expect, it } from 'vitest';
import { createOcppHarness } from '../ocpp-harness.js';

it.each([0, 1, 2] as const)(
  'a client of profile %i that opens a second socket each second keeps one, without a quarantine',
  async (profile) => {
    const harness = createOcppHarness();
    const origin = { profile, address: '10.0.0.1' };
    const all = [harness.connect('A', origin)];
    for (let at = 0; at < 60; at += 1) {
      all.push(harness.connect('A', origin));
      await harness.clock.advance(1_000);
    }
    await harness.settle();
    expect(harness.intake.quarantines).toEqual([]);
    expect(all.filter(({ closedWith }) => closedWith === undefined)).toHaveLength(1);
    expect(harness.sockets.isOnline('A')).toBe(true);
    expect(harness.events.of('charger.flapping').length).toBeGreaterThan(0);
  },
);

it('takeovers of one charger do not excuse those of another', async () => {
  const harness = createOcppHarness();
  for (let at = 0; at < 3; at += 1) {
    harness.connect('A', { profile: 2, address: '10.0.0.1' });
    await harness.settle();
  }
  await harness.clock.advance(61_000);
  for (let at = 0; at < 4; at += 1) {
    harness.connect('A', { profile: 2, address: at % 2 === 0 ? '10.9.9.9' : '10.0.0.1' });
    await harness.settle();
    await harness.clock.advance(61_000);
  }
  expect(harness.intake.quarantines).toMatchObject([{ id: 'A', cause: { reason: 'takeovers' } }]);
});

it('another certificate from the same address is another charger', async () => {
  const harness = createOcppHarness();
  harness.connect('A', { profile: 3, address: '10.0.0.1', fingerprint: 'AA' });
  harness.connect('A', { profile: 3, address: '10.0.0.1', fingerprint: 'BB' });
  await harness.settle();
  expect(harness.intake.quarantines).toMatchObject([{ id: 'A', cause: { reason: 'other-certificate' } }]);
});
