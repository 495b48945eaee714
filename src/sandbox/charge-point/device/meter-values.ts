/** Builds meter values from readings of the meter. @source OCPP 1.6 §7.33, §7.43. */
import type { ElectricalFlow } from './battery.js';

export interface MeterReading {
  /** Epoch ms. */
  readonly at: number;
  /** The reading of the energy register, not the energy of the session. */
  readonly registerWh: number;
  readonly flow: ElectricalFlow;
  /** Absent on AC, where the charge point does not know it, and while no car is plugged in. */
  readonly socPercent?: number;
}

export type ReadingContext = 'Sample.Periodic' | 'Transaction.Begin' | 'Transaction.End' | 'Trigger';

interface SampledValue {
  readonly value: string;
  readonly context: ReadingContext;
  readonly measurand: string;
  readonly unit: string;
  readonly location: 'Outlet' | 'EV';
}

export interface MeterValue {
  readonly timestamp: string;
  readonly sampledValue: SampledValue[];
}

/**
 * Converts a reading to the 1.6 form, in which values are strings: the register in whole Wh, SoC in whole percent, the
 * rest with two decimals. Omits unknown measurands, and SoC if it is not known.
 */
export function toMeterValue(
  { at, flow, registerWh, socPercent }: MeterReading,
  measurands: readonly string[],
  context: ReadingContext,
): MeterValue {
  const sampledValue = measurands.flatMap((measurand): SampledValue[] => {
    const outletValue = (value: string, unit: string): SampledValue[] => [
      { value, context, measurand, unit, location: 'Outlet' },
    ];
    switch (measurand) {
      case 'Energy.Active.Import.Register':
        return outletValue(String(Math.floor(registerWh)), 'Wh');
      case 'Power.Active.Import':
        return outletValue(flow.powerW.toFixed(2), 'W');
      case 'Voltage':
        return outletValue(flow.voltageV.toFixed(2), 'V');
      case 'Current.Import':
        return outletValue(flow.currentA.toFixed(2), 'A');
      case 'SoC':
        if (socPercent === undefined) return [];
        return [{ value: String(Math.floor(socPercent)), context, measurand, unit: 'Percent', location: 'EV' }];
      default:
        return [];
    }
  });
  return { timestamp: new Date(at).toISOString(), sampledValue };
}
