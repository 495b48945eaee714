/**
 * Saves chargers' notifications to the log, with secrets masked, up to an hourly limit per charge point. Reports
 * critical security events even beyond that limit.
 */
import type { Json } from '../../domain/model/object.js';
import { maskSecrets } from './secret-keys.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';

export interface NotificationLogDeps {
  readonly store: Pick<Store, 'commit'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
}

/**
 * How many entries one charge point may add per hour: enough for the pages of a long report. Further entries are
 * counted but not saved.
 */
const MAX_PER_HOUR = 1_000;
const HOUR_MS = 3_600_000;

/**
 * Security events that are reported as critical: those that the standards mark as such, and failed authentications,
 * signatures, certificates and TLS handshakes. Some have a different name in 1.6.
 * @source OCPP 1.6 security whitepaper; OCPP 2.0.1 and 2.1 part 2, appendix 1
 */
const CRITICAL: ReadonlySet<string> = new Set([
  'FirmwareUpdated',
  'FailedToAuthenticateAtCentralSystem',
  'CentralSystemFailedToAuthenticate',
  'FailedToAuthenticateAtCsms',
  'CsmsFailedToAuthenticate',
  'SettingSystemTime',
  'StartupOfTheDevice',
  'ResetOrReboot',
  'SecurityLogWasCleared',
  'MemoryExhaustion',
  'TamperDetectionActivated',
  'InvalidFirmwareSignature',
  'InvalidFirmwareSigningCertificate',
  'InvalidCsmsCertificate',
  'InvalidCentralSystemCertificate',
  'InvalidChargingStationCertificate',
  'InvalidChargePointCertificate',
  'DiscardedRenewedClientCertificate',
  'InvalidTLSVersion',
  'InvalidTLSCipherSuite',
  'MaintenanceLoginAccepted',
  'MaintenanceLoginFailed',
]);

export class NotificationLog {
  readonly #deps: NotificationLogDeps;
  readonly #countThisHour = new Map<string, { hour: number; count: number }>();

  constructor(deps: NotificationLogDeps) {
    this.#deps = deps;
  }

  /** Resolves when the notification is saved, or dropped because of the hourly limit. @errors StoreFault */
  async recordNotification(chargePointId: string, action: string, payload: Json): Promise<void> {
    const { store, clock, random, events } = this.#deps;
    if (action === 'SecurityEventNotification') {
      const type = eventTypeOf(payload);
      if (CRITICAL.has(type)) events.emit('charger.security-event', { chargePointId, type });
    }
    const at = clock.now();
    if (!this.#isWithinLimit(chargePointId, at)) {
      events.emit('charger.notification-dropped', { chargePointId, action });
      return;
    }
    const entry = {
      id: random.uuid(),
      chargePointId,
      at,
      kind: 'notification',
      action,
      detail: maskSecrets(payload),
    } as const;
    await store.commit({ logEntries: [entry] });
  }

  #isWithinLimit(chargePointId: string, at: number): boolean {
    const hour = Math.floor(at / HOUR_MS);
    const current = this.#countThisHour.get(chargePointId);
    if (current?.hour !== hour) {
      this.#countThisHour.set(chargePointId, { hour, count: 1 });
      return true;
    }
    current.count += 1;
    return current.count <= MAX_PER_HOUR;
  }
}

function eventTypeOf(payload: Json): string {
  const type = typeof payload === 'object' && payload !== null && 'type' in payload ? payload['type'] : undefined;
  return typeof type === 'string' ? type : '';
}
