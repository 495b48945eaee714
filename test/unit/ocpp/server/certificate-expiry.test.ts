import { beforeAll, expect, it } from 'vitest';
import { CertificateExpiry } from '../../../../src/ocpp/server/certificate-expiry.js';
import { TestAuthority } from '../../../fakes/certificates.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const DAY = 86_400_000;
let soon: string;
let later: string;
beforeAll(async () => {
  const root = await TestAuthority.make('Root');
  soon = (await root.issue([{ CN: ['a'] }], { days: 5, server: true })).cert;
  later = (await root.issue([{ CN: ['b'] }], { days: 9, server: true })).cert;
});

it('a served certificate that ends soon is warned of once a day, and its end is known', async () => {
  const clock = createManualClock(Date.now());
  const events = createEventLog();
  const expiry = new CertificateExpiry({ clock, events, warnDays: 7 });
  expiry.check([later, soon]);
  expect(events.of('tls.expiring')).toMatchObject([{ days: 4 }]);
  expiry.check([later, soon]);
  expect(events.of('tls.expiring')).toHaveLength(1);
  await clock.advance(DAY);
  expiry.check([later, soon]);
  expect(events.of('tls.expiring')).toHaveLength(2);
  expect(((expiry.endsAt ?? 0) - clock.now()) / DAY).toBeCloseTo(4, 1);
});

it('a renewed certificate ends the warnings, and one that has ended says so', async () => {
  const clock = createManualClock(Date.now());
  const events = createEventLog();
  const expiry = new CertificateExpiry({ clock, events, warnDays: 7 });
  expiry.check([later]);
  expect(events.of('tls.expiring')).toEqual([]);
  await clock.advance(10 * DAY);
  expiry.check([later]);
  expect(events.of('tls.expiring')).toHaveLength(1);
  expect(events.of('tls.expiring')[0]?.['days']).toBeLessThan(0);
});
