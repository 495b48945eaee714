/** Sampled values as a charge point writes them. OCPP 1.6 §7.44, §7.45. */
import type { ElectricalFlow } from './battery.js';

export interface MeterReading {
  /** Epoch ms. */
  readonly at: number;
  /** Wh, absolute. */
  readonly registerWh: number;
  readonly flow: ElectricalFlow;
  /** Percent; absent on AC, where the charge point does not know it. */
  readonly socPercent?: number;
}

export type ReadingContext = 'Sample.Periodic' | 'Transaction.Begin' | 'Transaction.End' | 'Trigger';

interface SampledValue {
  value: string;
  context: ReadingContext;
  measurand: string;
  unit: string;
  location: 'Outlet' | 'EV';
}

export interface MeterValue {
  timestamp: string;
  sampledValue: SampledValue[];
}

/** Values are strings in 1.6: the register in whole Wh, the rest with at most two decimals. */
export function toMeterValue(
  reading: MeterReading,
  measurands: readonly string[],
  context: ReadingContext,
): MeterValue {
  const { flow, registerWh, socPercent } = reading;
  const sampledValue = measurands.flatMap((measurand): SampledValue[] => {
    const one = (
      value: number,
      unit: string,
      decimals: number,
      location: 'Outlet' | 'EV' = 'Outlet',
    ): SampledValue[] => [{ value: value.toFixed(decimals), context, measurand, unit, location }];
    switch (measurand) {
      case 'Energy.Active.Import.Register':
        return one(Math.floor(registerWh), 'Wh', 0);
      case 'Power.Active.Import':
        return one(flow.powerW, 'W', 2);
      case 'Voltage':
        return one(flow.voltageV, 'V', 2);
      case 'Current.Import':
        return one(flow.currentA, 'A', 2);
      case 'SoC':
        return socPercent === undefined ? [] : one(Math.floor(socPercent), 'Percent', 0, 'EV');
      default:
        return [];
    }
  });
  return { timestamp: new Date(reading.at).toISOString(), sampledValue };
}
