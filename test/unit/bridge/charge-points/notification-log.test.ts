import { expect, it } from 'vitest';
import { NotificationLog } from '../../../../src/bridge/charge-points/notification-log.js';
import { systemRandom } from '../../../../src/observe/system-random.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

async function reportedTypes(type: string): Promise<unknown[]> {
  const events = createEventLog();
  const store = { commit: async () => undefined };
  const log = new NotificationLog({ store, clock: createManualClock(), random: systemRandom, events });
  await log.recordNotification('CP1', 'SecurityEventNotification', { type, timestamp: '2026-01-01T00:00:00Z' });
  return events.of('charger.security-event');
}

it.each([
  ['1.6', 'InvalidCentralSystemCertificate'],
  ['1.6', 'InvalidChargePointCertificate'],
  ['2.0.1', 'InvalidCsmsCertificate'],
  ['2.0.1', 'InvalidChargingStationCertificate'],
  ['2.1', 'DiscardedRenewedClientCertificate'],
  ['2.1', 'MaintenanceLoginAccepted'],
  ['2.1', 'MaintenanceLoginFailed'],
])('in OCPP %s, %s is critical', async (_version, type) => {
  expect(await reportedTypes(type)).toMatchObject([{ chargePointId: 'CP1', type }]);
});

it.each(['ReconfigurationOfSecurityParameters', 'InvalidMessages', 'AttemptedReplayAttacks'])(
  '%s is not',
  async (type) => {
    expect(await reportedTypes(type)).toEqual([]);
  },
);
