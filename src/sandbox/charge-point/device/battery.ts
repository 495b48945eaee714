/** A car's battery at a connector: how much power it takes, and what the meter therefore counts. Deterministic. */

export interface BatteryOptions {
  /** Usable capacity, Wh. */
  readonly capacityWh: number;
  /** State of charge at the start, percent. */
  readonly socPercent: number;
  /** The most the car takes, W. */
  readonly maxPowerW: number;
}

export interface Outlet {
  readonly powerType: 'AC' | 'DC';
  /** The most the connector gives, W. */
  readonly maxPowerW: number;
}

/** What flows now. `powerW = voltageV × currentA`; on three phases the current is the equivalent of one at 400 V. */
export interface ElectricalFlow {
  readonly powerW: number;
  readonly voltageV: number;
  readonly currentA: number;
}

export interface Battery {
  /** Percent, 0 to 100. */
  soc(): number;
  flow(): ElectricalFlow;
  full(): boolean;
  /** Charges for `ms` and returns what went through the meter, Wh. */
  advance(ms: number): number;
}

const STEP_MS = 1_000;
const MAX_SINGLE_PHASE_W = 7_400;
/** The part of the metered energy that ends up in the cells. */
const EFFICIENCY = { AC: 0.9, DC: 0.96 } as const;

/** The share of full power that a battery takes at a state of charge, 0 to 1. */
export function taperFactor(powerType: 'AC' | 'DC', soc: number): number {
  if (soc >= 100) return 0;
  // The last step never gets infinitely slow: a full battery is reached in finite time.
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
  const mostW = Math.min(car.maxPowerW, outlet.maxPowerW);
  let storedWh = (car.capacityWh * Math.min(100, Math.max(0, car.socPercent))) / 100;

  const soc = (): number => (storedWh / car.capacityWh) * 100;

  function step(ms: number): number {
    const meteredWh = (mostW * taperFactor(powerType, soc()) * ms) / 3_600_000;
    const roomWh = (car.capacityWh - storedWh) / EFFICIENCY[powerType];
    // A rounding error must not leave the battery a breath below full for ever.
    if (meteredWh >= roomWh) {
      storedWh = car.capacityWh;
      return roomWh;
    }
    storedWh += meteredWh * EFFICIENCY[powerType];
    return meteredWh;
  }

  return {
    soc,
    full: () => storedWh >= car.capacityWh,
    flow() {
      const powerW = mostW * taperFactor(powerType, soc());
      const voltageV = voltageOf(outlet, soc());
      return { powerW, voltageV, currentA: powerW / voltageV };
    },
    advance(ms) {
      let sumWh = 0;
      for (let left = ms; left > 0; left -= STEP_MS) sumWh += step(Math.min(STEP_MS, left));
      return sumWh;
    },
  };
}
