/** How a simulated charge point is described, and what it shows of its state. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { BatteryOptions } from './device/battery.js';

export type OcppVersionName = '1.6' | '2.0.1' | '2.1';

/** OCPP 1.6 §7.7. A 2.x station maps these to its five statuses. */
export type ConnectorStatus =
  | 'Available'
  | 'Preparing'
  | 'Charging'
  | 'SuspendedEVSE'
  | 'SuspendedEV'
  | 'Finishing'
  | 'Reserved'
  | 'Unavailable'
  | 'Faulted';

/** OCPP 1.6 §7.37. A 2.x station maps these to its own reasons. */
export type StopReason =
  'DeAuthorized' | 'EVDisconnected' | 'HardReset' | 'Local' | 'Other' | 'PowerLoss' | 'Reboot' | 'Remote' | 'SoftReset';

export interface SimulatedConnector {
  /** Numbered from 1. */
  readonly connectorId: number;
  readonly powerType: 'AC' | 'DC';
  /** W. */
  readonly maxPowerW: number;
  /** The car that comes to this connector. Every visit starts at the same state of charge. */
  readonly battery: BatteryOptions;
  /** True when the car is plugged in from the beginning. */
  readonly pluggedIn?: boolean;
  /** After a remote start the driver plugs in with this delay, ms. When absent, only `plug()` plugs in. */
  readonly cableDelayMs?: number;
  /** After a session the driver unplugs with this delay, ms. When absent, only `unplug()` unplugs. */
  readonly leaveDelayMs?: number;
  /** The energy register at the beginning, Wh. */
  readonly registerWh?: number;
}

export interface ChargePointOptions {
  /** `ws://host:port/ocpp`; the identity is appended as the last path segment. */
  readonly url: string;
  readonly id: string;
  /** 1.6 when absent. */
  readonly ocpp?: OcppVersionName;
  /** The password of security profile 1: HTTP Basic with the identity as the user. */
  readonly password?: string;
  readonly connectors: readonly SimulatedConnector[];
  readonly clock: Clock;
  readonly random: Random;
  /** Seconds between meter values until the central system changes it; 30 when absent. */
  readonly sampleIntervalS?: number;
  /** OCPP 1.6 only: the charge point reports a display for prices and costs. */
  readonly displaysCost?: boolean;
  readonly vendor?: string;
  readonly model?: string;
  /** Drops a failing transaction message after `TransactionMessageAttempts` instead of repeating it for ever. */
  readonly giveUpAfterAttempts?: boolean;
  /** Receives every frame on the wire as its array. `in` is towards the charge point; `at` is epoch ms. */
  onFrame?(direction: 'in' | 'out', frame: unknown[], at: number): void;
  /** Called when something that `state()` shows has changed. */
  onChange?(state: ChargePointState): void;
}

export interface ConnectorView {
  readonly connectorId: number;
  readonly status: ConnectorStatus;
  readonly pluggedIn: boolean;
  /** Wh, absolute. */
  readonly registerWh: number;
  /** The present power, W. */
  readonly powerW: number;
  /** Percent; DC only, while a car is plugged in. */
  readonly socPercent?: number;
  readonly transaction?: {
    /** `undefined` in 1.6 until the central system has assigned one. */
    readonly id: number | string | undefined;
    readonly idTag: string;
    readonly meterStartWh: number;
  };
}

export interface ChargePointState {
  readonly id: string;
  readonly online: boolean;
  /** True once the central system has accepted the boot. */
  readonly accepted: boolean;
  /** The number of transaction messages that have no answer yet. */
  readonly queued: number;
  readonly connectors: readonly ConnectorView[];
}
