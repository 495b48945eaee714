/** Defines the options of a simulated charge point and the view of its state. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { BatteryOptions } from './device/battery.js';

export type OcppVersionName = '1.6' | '2.0.1' | '2.1';

/** The statuses of OCPP 1.6 §7.7. A 2.x station maps them to its five. */
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

/** The reasons of OCPP 1.6 §7.36 that the simulation uses. A 2.x station maps them to its own. */
export type StopReason =
  | 'DeAuthorized'
  | 'EVDisconnected'
  | 'HardReset'
  | 'Local'
  | 'Other'
  | 'PowerLoss'
  | 'Reboot'
  | 'Remote'
  | 'SoftReset';

export interface SimulatedConnector {
  /** Numbered from 1. */
  readonly connectorId: number;
  readonly powerType: 'AC' | 'DC';
  readonly maxPowerW: number;
  /** The battery of the car at this connector. Each visit starts with the same state of charge. */
  readonly battery: BatteryOptions;
  /** True if a car is plugged in at the start. */
  readonly pluggedIn?: boolean;
  /** How long after an authorisation the driver plugs in. If absent, only `plug()` plugs in. */
  readonly cableDelayMs?: number;
  /** How long after a session the driver unplugs. If absent, the car stays until `unplug()` or an unlock command. */
  readonly leaveDelayMs?: number;
  /** The reading of the energy register at the start. */
  readonly registerWh?: number;
}

export interface ChargePointOptions {
  /** `ws://host:port/ocpp`; the identity is appended as the last path segment. */
  readonly url: string;
  readonly id: string;
  /** 1.6 by default. */
  readonly ocpp?: OcppVersionName;
  /** The password for HTTP Basic authentication (security profile 1). The user name is the identity. */
  readonly password?: string;
  readonly connectors: readonly SimulatedConnector[];
  readonly clock: Clock;
  readonly random: Random;
  /** The interval between periodic meter values until the central system changes it; 30 by default. */
  readonly sampleIntervalS?: number;
  /** OCPP 1.6 only: announces a display for prices and costs, and accepts messages for it. */
  readonly displaysCost?: boolean;
  readonly vendor?: string;
  readonly model?: string;
  /** Drops a failing transaction message after `TransactionMessageAttempts` instead of repeating it forever. */
  readonly giveUpAfterAttempts?: boolean;
  /** Called with each frame sent or received, as an array. `in` means towards the charge point; `at` is in epoch ms. */
  onFrame?(direction: 'in' | 'out', frame: unknown[], at: number): void;
  /** Called when the connection, a connector's status or a cable may have changed. */
  onChange?(state: ChargePointState): void;
}

export interface ConnectorView {
  readonly connectorId: number;
  readonly status: ConnectorStatus;
  readonly pluggedIn: boolean;
  /** The reading of the energy register, not the energy of the session. */
  readonly registerWh: number;
  readonly powerW: number;
  /** Present only at DC connectors, while a car is plugged in. */
  readonly socPercent?: number;
  readonly transaction?: {
    /** `undefined` in 1.6 until the central system has assigned an id. */
    readonly id: number | string | undefined;
    readonly idTag: string;
    readonly meterStartWh: number;
  };
}

export interface ChargePointState {
  readonly id: string;
  readonly online: boolean;
  /** Whether the central system has accepted the boot since the last restart. */
  readonly accepted: boolean;
  /** The number of unanswered transaction messages. */
  readonly queued: number;
  readonly connectors: readonly ConnectorView[];
}
