/** Models a car's battery: the power it draws at each state of charge, and the energy that the meter counts. */

export interface BatteryOptions {
  /** The usable capacity. */
  readonly capacityWh: number;
  /** The state of charge on arrival. */
  readonly socPercent: number;
  /** The highest power that the car draws. */
  readonly maxPowerW: number;
}

export interface Outlet {
  readonly powerType: 'AC' | 'DC';
  /** The highest power that the connector delivers. */
  readonly maxPowerW: number;
}

/**
 * Power, voltage and current at one moment; `powerW = voltageV × currentA`. Three phases are reported as one equivalent
 * current at 400 V.
 */
export interface ElectricalFlow {
  readonly powerW: number;
  readonly voltageV: number;
  readonly currentA: number;
}

export interface Battery {
  /** The state of charge in percent, 0 to 100. */
  soc(): number;
  flow(): ElectricalFlow;
  isFull(): boolean;
  /** Charges for `ms`. @returns The metered energy, Wh. */
  advance(ms: number): number;
}

const STEP_MS = 1_000;
const MAX_SINGLE_PHASE_W = 7_400;
/** The share of the metered energy that reaches the cells. */
const EFFICIENCY = { AC: 0.9, DC: 0.96 } as const;

/** Returns the share of full power, 0 to 1, that a battery draws. @param soc State of charge in percent. */
export function taperFactor(powerType: 'AC' | 'DC', soc: number): number {
  if (soc >= 100) return 0;
  // Without the lower bounds the power would approach zero, and the battery would never be full.
  if (powerType === 'AC') return soc < 97 ? 1 : Math.max(0.1, 1 - ((soc - 97) / 3) * 0.9);
  if (soc < 60) return 1;
  if (soc < 80) return 1 - ((soc - 60) / 20) * 0.5;
  return Math.max(0.05, 0.5 - ((soc - 80) / 20) * 0.45);
}

function voltageOf(outlet: Outlet, soc: number): number {
  if (outlet.powerType === 'AC') return outlet.maxPowerW > MAX_SINGLE_PHASE_W ? 400 : 230;
  return 340 + 0.7 * soc;
}

export function createBattery(car: BatteryOptions, outlet: Outlet): Battery {
  const { powerType } = outlet;
  const maxPowerW = Math.min(car.maxPowerW, outlet.maxPowerW);
  let storedWh = (car.capacityWh * Math.min(100, Math.max(0, car.socPercent))) / 100;

  const soc = (): number => (storedWh / car.capacityWh) * 100;

  function charge(ms: number): number {
    const meteredWh = (maxPowerW * taperFactor(powerType, soc()) * ms) / 3_600_000;
    const meteredToFullWh = (car.capacityWh - storedWh) / EFFICIENCY[powerType];
    // Setting the full capacity keeps a rounding error from leaving the battery just below full forever.
    if (meteredWh >= meteredToFullWh) {
      storedWh = car.capacityWh;
      return meteredToFullWh;
    }
    storedWh += meteredWh * EFFICIENCY[powerType];
    return meteredWh;
  }

  return {
    soc,
    isFull: () => storedWh >= car.capacityWh,
    flow() {
      const powerW = maxPowerW * taperFactor(powerType, soc());
      const voltageV = voltageOf(outlet, soc());
      return { powerW, voltageV, currentA: powerW / voltageV };
    },
    advance(ms) {
      let meteredWh = 0;
      for (let restMs = ms; restMs > 0; restMs -= STEP_MS) meteredWh += charge(Math.min(STEP_MS, restMs));
      return meteredWh;
    },
  };
}
