/** Defines the charge points of `config/network.demo.json`, each with the car that comes to it. */
import type { Clock, Random } from '../../ports/runtime.js';
import { createChargePoint, type SimulatedChargePoint } from '../charge-point.js';
import type { ChargePointState, OcppVersionName, SimulatedConnector } from '../charge-point/charge-point-options.js';
import type { MessageLog } from './message-log.js';

interface DemoChargePoint {
  readonly id: string;
  readonly model: string;
  readonly connector: Omit<SimulatedConnector, 'connectorId'>;
}

export const CHARGE_POINTS: readonly DemoChargePoint[] = [
  {
    id: 'KC-IND-01',
    model: 'Rapid 60',
    connector: {
      powerType: 'DC',
      maxPowerW: 60_000,
      battery: { capacityWh: 50_000, socPercent: 41, maxPowerW: 90_000 },
      pluggedIn: true,
      leaveDelayMs: 60_000,
      cableDelayMs: 8_000,
    },
  },
  {
    id: 'KC-IND-02',
    model: 'Wall 7',
    connector: {
      powerType: 'AC',
      maxPowerW: 7_400,
      battery: { capacityWh: 40_000, socPercent: 55, maxPowerW: 7_400 },
      cableDelayMs: 8_000,
      leaveDelayMs: 60_000,
    },
  },
  {
    id: 'KC-WHF-01',
    model: 'Rapid 150',
    connector: {
      powerType: 'DC',
      maxPowerW: 150_000,
      battery: { capacityWh: 77_000, socPercent: 12, maxPowerW: 125_000 },
      cableDelayMs: 5_000,
      leaveDelayMs: 60_000,
    },
  },
];

export interface FleetOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: MessageLog;
  readonly ocpp: OcppVersionName;
  /** `ws://host:port/ocpp`. */
  readonly url: string;
  /** Keyed by charge point id. */
  readonly passwords: ReadonlyMap<string, string>;
  /** Called when a charge point's connection, status or cable may have changed. */
  onChange?(chargePointId: string, state: ChargePointState): void;
}

/** Creates the charge points without connecting them. */
export function createDemoChargePoints(options: FleetOptions): SimulatedChargePoint[] {
  const { clock, random, log, ocpp, url, passwords, onChange } = options;
  return CHARGE_POINTS.map(({ id, model, connector }) =>
    createChargePoint({
      url,
      id,
      ocpp,
      model,
      vendor: 'Sandbox',
      password: passwords.get(id) ?? '',
      connectors: [{ ...connector, connectorId: 1 }],
      clock,
      random,
      onFrame: (direction, frame, at) => log.addOcpp(id, direction, frame, at),
      ...(onChange && { onChange: (state: ChargePointState) => onChange(id, state) }),
    }),
  );
}
