import { expect, it } from 'vitest';
import { Retention } from '../../../../src/bridge/orders/retention.js';
import { checkConfig } from '../../../../src/config/loading/load-config.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

it('a request is known as a repeat for as long as any setting lets its signature be valid', () => {
  const clock = createManualClock();
  let before = Infinity;
  const store = {
    expireDrafts: () => Promise.resolve(0),
    expireLogEntries: () => Promise.resolve(0),
    expireRequests: (at: number) => {
      before = at;
      return Promise.resolve(0);
    },
  };
  const retention = new Retention({ store, clock, events: createEventLog(), draftTtlMs: 1 });
  retention.start();
  retention.stop();
  const keptS = (clock.now() - before) / 1000;
  const subscriber = { id: 'bpp.test', uri: 'https://bpp.example/beckn', keyId: 'k1' };
  const problems = (signature: object): string => {
    const loaded = checkConfig({ subscriber, registry: { kind: 'file', file: 'r.json' }, signature }, {});
    return 'problems' in loaded ? loaded.problems.join() : '';
  };
  expect(problems({ maxAgeS: keptS })).toMatch(/signature\.maxAgeS/);
  expect(problems({ maxAgeS: 6 * 86_400 })).not.toMatch(/signature\.maxAgeS/);
  // A signer's clock may be ahead, so that its signature lives longer by ours.
  expect(problems({ skewS: 601 })).toMatch(/signature\.skewS/);
  expect(6 * 86_400 + 600).toBeLessThan(keptS);
});
