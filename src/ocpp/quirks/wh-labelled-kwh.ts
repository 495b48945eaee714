import { isPayload, type Payload } from '../frames/payload.js';
import { ENERGY_REGISTER, mapEnergyRegisters, type Quirk } from './quirk.js';

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
  inbound: (action, payload) => (METER_ACTIONS.has(action) ? mapEnergyRegisters(payload, relabelAsWh) : payload),
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
      action: 'TransactionEvent',
      before: { meterValue: [{ sampledValue: [{ value: 12345, unitOfMeasure: { unit: 'kWh' } }] }] },
      after: { meterValue: [{ sampledValue: [{ value: 12345, unitOfMeasure: { unit: 'Wh' } }] }] },
    },
  ],
};

function relabelAsWh(sampled: Payload): Payload {
  const { unit, unitOfMeasure } = sampled;
  if (unit === 'kWh') return { ...sampled, unit: 'Wh' };
  if (!isPayload(unitOfMeasure) || unitOfMeasure['unit'] !== 'kWh') return sampled;
  return { ...sampled, unitOfMeasure: { ...unitOfMeasure, unit: 'Wh' } };
}
