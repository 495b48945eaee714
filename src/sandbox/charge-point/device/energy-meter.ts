/** Simulates a connector's energy meter, which counts the energy that the connected car draws. */
import type { Clock } from '../../../ports/runtime.js';
import { createBattery, type Battery, type BatteryOptions, type Outlet } from './battery.js';
import type { MeterReading } from './meter-values.js';

export interface EnergyMeterDeps {
  readonly clock: Clock;
  readonly outlet: Outlet;
  /** The battery of each arriving car. */
  readonly car: BatteryOptions;
  readonly initialRegisterWh: number;
  isCharging(): boolean;
  isPluggedIn(): boolean;
}

export class EnergyMeter {
  readonly #deps: EnergyMeterDeps;
  #battery: Battery;
  #registerWh: number;
  /** The time up to which the register has counted, epoch ms. */
  #countedUntil: number;

  constructor(deps: EnergyMeterDeps) {
    this.#deps = deps;
    this.#battery = createBattery(deps.car, deps.outlet);
    this.#registerWh = deps.initialRegisterWh;
    this.#countedUntil = deps.clock.now();
  }

  /**
   * Counts the energy up to now. Call it before charging starts or stops, because it assumes that `isCharging` has not
   * changed since the last count.
   */
  count(): void {
    const now = this.#deps.clock.now();
    if (this.#deps.isCharging()) this.#registerWh += this.#battery.advance(now - this.#countedUntil);
    this.#countedUntil = now;
  }

  /** Counts the energy up to now, and returns the reading. */
  read(): MeterReading {
    this.count();
    const { clock, outlet } = this.#deps;
    const flow = this.#battery.flow();
    const idleFlow = { powerW: 0, voltageV: flow.voltageV, currentA: 0 };
    const soc = outlet.powerType === 'DC' && this.#deps.isPluggedIn() ? { socPercent: this.#battery.soc() } : {};
    return {
      at: clock.now(),
      registerWh: this.#registerWh,
      flow: this.#deps.isCharging() ? flow : idleFlow,
      ...soc,
    };
  }

  isBatteryFull(): boolean {
    return this.#battery.isFull();
  }

  /** Connects a newly arrived car. Every car arrives with the same state of charge. */
  connectCar(): void {
    this.#battery = createBattery(this.#deps.car, this.#deps.outlet);
  }

  reset(): void {
    this.count();
    this.#registerWh = 0;
  }
}
