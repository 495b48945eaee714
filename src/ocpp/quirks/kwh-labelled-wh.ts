import type { Json } from '../../domain/model/object.js';
import { isPayload, type Payload } from '../frames/frame.js';
import { mapMembers, type Quirk } from './quirk.js';

const METER_ACTIONS = new Set(['MeterValues', 'StopTransaction', 'TransactionEvent']);
const ENERGY_REGISTER = 'Energy.Active.Import.Register';

/** Never found out by itself: a register that is a thousand times too small is only a suspicion. */
export const kwhLabelledWh: Quirk = {
  name: 'kwh-labelled-wh',
  description: 'Samples energy in kWh and calls it Wh. Switched on only by a person: it multiplies what is billed.',
  source: 'OpenEVSE/openevse_esp32_firmware issue 703',
  inbound: (action, payload) => (METER_ACTIONS.has(action) ? mapMembers(payload, relabelEnergy) : payload),
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

/** OCPP 1.6 §7.43, 2.0.1 SampledValueType: no measurand means the register, and no unit means Wh. */
const relabelEnergy: Parameters<typeof mapMembers>[1] = (key, member) => {
  if (key !== 'sampledValue' || !Array.isArray(member)) return member;
  const list: readonly Json[] = member;
  return list.map((entry) =>
    isPayload(entry) && (entry['measurand'] ?? ENERGY_REGISTER) === ENERGY_REGISTER ? relabelAsKwh(entry) : entry,
  );
};

function relabelAsKwh(sampled: Payload): Payload {
  const { value, unit = 'Wh', unitOfMeasure = {} } = sampled;
  // 2.x has numbers, and their unit inside.
  if (typeof value !== 'number') return unit === 'Wh' ? { ...sampled, unit: 'kWh' } : sampled;
  if (!isPayload(unitOfMeasure) || (unitOfMeasure['unit'] ?? 'Wh') !== 'Wh') return sampled;
  return { ...sampled, unitOfMeasure: { ...unitOfMeasure, unit: 'kWh' } };
}
