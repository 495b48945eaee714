/** What every connection of the socket edge shares: one object for all of them. */
import type { ChargerEvents } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { QuarantineRule } from './takeover.js';
import type { ChargePointSettings } from './wire.js';

export interface ConnectionOptions {
  /** Seconds between pings; a socket silent for three of them is dead. */
  readonly pingIntervalS: number;
  /** Seconds until a CALL of ours counts as unanswered. */
  readonly callTimeoutS: number;
  readonly configureAtConnect: boolean;
  /** Seconds between meter samples, asked of the charger at connect. */
  readonly sampleIntervalS: number;
  /** Milliseconds between two sweeps over all sockets: the grain of pings and timeouts. 1000 unless given. */
  readonly sweepMs?: number;
  /** When two that fight for an identity make it untrusted; more than 3 takeovers in 10 minutes unless given. */
  readonly quarantine?: QuarantineRule;
  /** How each charge point speaks; plainly unless given. */
  readonly settingsOf?: (chargePointId: string) => ChargePointSettings;
}

export interface ConnectionContext {
  readonly chargerEvents: ChargerEvents;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly options: ConnectionOptions;
  readonly callTimeoutMs: number;
  readonly pingIntervalMs: number;
}
