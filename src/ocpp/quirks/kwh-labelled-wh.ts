import { ENERGY_REGISTER, mapEnergyUnits, type Quirk } from './quirk.js';

const METER_ACTIONS = new Set(['MeterValues', 'StopTransaction', 'TransactionEvent']);

/**
 * This quirk is never detected automatically, because a register that is too small by a factor of 1000 proves nothing.
 */
export const kwhLabelledWh: Quirk = {
  name: 'kwh-labelled-wh',
  description: 'Samples energy in kWh but labels it Wh. Never detected, only configured: it multiplies what is billed.',
  source: 'OpenEVSE/openevse_esp32_firmware issue 703',
  // A missing unit means Wh.
  meaning: (action, payload, version) =>
    METER_ACTIONS.has(action)
      ? mapEnergyUnits(payload, version, (sent = 'Wh') => (sent === 'Wh' ? 'kWh' : sent))
      : payload,
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
      version: '2.0.1',
      action: 'TransactionEvent',
      before: { meterValue: [{ sampledValue: [{ value: 12.345, unitOfMeasure: { unit: 'Wh' } }] }] },
      after: { meterValue: [{ sampledValue: [{ value: 12.345, unitOfMeasure: { unit: 'kWh' } }] }] },
    },
  ],
};
