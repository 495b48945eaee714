import { ENERGY_REGISTER, mapEnergyUnits, type Quirk } from './quirk.js';

const METER_ACTIONS = new Set(['MeterValues', 'StopTransaction', 'TransactionEvent']);

/**
 * This quirk is never detected automatically, because a register that is too large by a factor of 1000 may be another
 * register.
 */
export const whLabelledKwh: Quirk = {
  name: 'wh-labelled-kwh',
  description:
    'Samples energy in Wh but labels it kWh. Never detected, only configured: it divides what is billed. The readings of a session may suggest it.',
  source: 'The reverse of kwh-labelled-wh; readings that only a thousandth explains.',
  meaning: (action, payload, version) =>
    METER_ACTIONS.has(action) ? mapEnergyUnits(payload, version, (sent) => (sent === 'kWh' ? 'Wh' : sent)) : payload,
  examples: [
    {
      action: 'MeterValues',
      before: {
        connectorId: 1,
        meterValue: [{ sampledValue: [{ value: '12345', measurand: ENERGY_REGISTER, unit: 'kWh' }] }],
      },
      after: {
        connectorId: 1,
        meterValue: [{ sampledValue: [{ value: '12345', measurand: ENERGY_REGISTER, unit: 'Wh' }] }],
      },
    },
    {
      version: '2.0.1',
      action: 'TransactionEvent',
      before: { meterValue: [{ sampledValue: [{ value: 12345, unitOfMeasure: { unit: 'kWh' } }] }] },
      after: { meterValue: [{ sampledValue: [{ value: 12345, unitOfMeasure: { unit: 'Wh' } }] }] },
    },
  ],
};
