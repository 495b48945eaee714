import { isPayload, type Payload } from '../frames/payload.js';
import { ENERGY_REGISTER, mapEnergyRegisters, type Quirk } from './quirk.js';

const METER_ACTIONS = new Set(['MeterValues', 'StopTransaction', 'TransactionEvent']);

/**
 * This quirk is never detected automatically, because a register that is too small by a factor of 1000 proves nothing.
 */
export const kwhLabelledWh: Quirk = {
  name: 'kwh-labelled-wh',
  description: 'Samples energy in kWh but labels it Wh. Never detected, only configured: it multiplies what is billed.',
  source: 'OpenEVSE/openevse_esp32_firmware issue 703',
  inbound: (action, payload) => (METER_ACTIONS.has(action) ? mapEnergyRegisters(payload, relabelAsKwh) : payload),
  examples: [
    {
      action: 'MeterValues',
      before: {
        connectorId: 1,
        meterValue: [
          {
            timestamp: '2026-01-15T10:00:00Z',
            sampledValue: [
              { value: '12.345', measurand: ENERGY_REGISTER, unit: 'Wh' },
              { value: '7', measurand: 'SoC' },
            ],
          },
        ],
      },
      after: {
        connectorId: 1,
        meterValue: [
          {
            timestamp: '2026-01-15T10:00:00Z',
            sampledValue: [
              { value: '12.345', measurand: ENERGY_REGISTER, unit: 'kWh' },
              { value: '7', measurand: 'SoC' },
            ],
          },
        ],
      },
    },
    {
      action: 'TransactionEvent',
      before: { meterValue: [{ sampledValue: [{ value: 12.345, unitOfMeasure: { unit: 'Wh' } }] }] },
      after: { meterValue: [{ sampledValue: [{ value: 12.345, unitOfMeasure: { unit: 'kWh' } }] }] },
    },
  ],
};

/** Relabels a sampled value from Wh to kWh. A missing unit means Wh. */
function relabelAsKwh(sampled: Payload): Payload {
  const { value, unit = 'Wh', unitOfMeasure = {} } = sampled;
  // In 1.6 the value is text and `unit` is next to it; in 2.x it is a number and the unit is in `unitOfMeasure`.
  if (typeof value !== 'number') return unit === 'Wh' ? { ...sampled, unit: 'kWh' } : sampled;
  if (!isPayload(unitOfMeasure) || (unitOfMeasure['unit'] ?? 'Wh') !== 'Wh') return sampled;
  return { ...sampled, unitOfMeasure: { ...unitOfMeasure, unit: 'kWh' } };
}
