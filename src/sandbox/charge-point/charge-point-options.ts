/** How a simulated charge point is described, and what it shows of itself. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { BatteryOptions } from './device/battery.js';
import type { OcppVersionName } from './protocol-messages.js';

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

export interface SimulatedConnector {
  /** 1 and up. */
  readonly connectorId: number;
  readonly powerType: 'AC' | 'DC';
  /** W. */
  readonly maxPowerW: number;
  /** The car that comes to this connector; each visit brings it with this state of charge. */
  readonly battery: BatteryOptions;
  /** True when the car is plugged in before anything begins. */
  readonly pluggedIn?: boolean;
  /** After a remote start the driver plugs in so much later, ms. Absent: only `plug()` does. */
  readonly cableDelayMs?: number;
  /** After the end the driver unplugs so much later, ms. Absent: only `unplug()` does. */
  readonly leaveDelayMs?: number;
  /** The register at the beginning, Wh. */
  readonly registerWh?: number;
}

export interface ChargePointOptions {
  /** `ws://host:port/ocpp`; the identity is appended as the last segment. */
  readonly url: string;
  readonly id: string;
  /** The version that it speaks; 1.6 unless given. */
  readonly ocpp?: OcppVersionName;
  /** OCPP security profile 1: HTTP Basic with the identity as user. */
  readonly password?: string;
  readonly connectors: readonly SimulatedConnector[];
  readonly clock: Clock;
  readonly random: Random;
  /** Seconds between MeterValues until the central system changes it. */
  readonly sampleIntervalS?: number;
  /** It has a display for prices and costs, and says so (1.6). */
  readonly displaysCost?: boolean;
  readonly vendor?: string;
  readonly model?: string;
  /** A transaction message that fails is dropped after `TransactionMessageAttempts` instead of kept for ever. */
  readonly giveUpAfterAttempts?: boolean;
  /** Every frame on the wire, as its array; `in` is towards the charge point. */
  onFrame?(direction: 'in' | 'out', frame: unknown[], at: number): void;
  /** Something that `state()` shows has changed. */
  onChange?(state: ChargePointState): void;
}

export interface ConnectorView {
  readonly connectorId: number;
  readonly status: ConnectorStatus;
  readonly pluggedIn: boolean;
  /** Wh, absolute. */
  readonly registerWh: number;
  /** W, now. */
  readonly powerW: number;
  readonly socPercent?: number;
  readonly transaction?: {
    readonly id: number | string | undefined;
    readonly idTag: string;
    readonly meterStartWh: number;
  };
}

export interface ChargePointState {
  readonly id: string;
  readonly online: boolean;
  readonly accepted: boolean;
  /** Transaction messages not yet answered. */
  readonly queued: number;
  readonly connectors: readonly ConnectorView[];
}
