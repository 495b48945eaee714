import type { Payload } from '../frames/payload.js';
import { mapEnergyRegisters, mapEnergyUnits, type Quirk } from './quirk.js';

/**
 * This quirk is never detected automatically, because a final reading that is too small by a factor of 1000 proves
 * nothing.
 */
export const kwhWithoutUnitAtEnd: Quirk = {
  name: 'kwh-without-unit-at-end',
  description:
    'Labels its samples kWh but omits the unit at the end of a transaction. Never detected, only configured: it multiplies what is billed. The readings of a session may suggest it.',
  source: 'lbbrhzn/ocpp issue 374 (missing units); an end register that fits the samples only as kWh.',
  meaning: (action, payload, version) =>
    endsTransaction(action, payload)
      ? withoutKwhStop(mapEnergyUnits(payload, version, (sent = 'kWh') => sent))
      : payload,
  examples: [
    {
      action: 'StopTransaction',
      before: {
        transactionId: 1,
        meterStop: 1001,
        transactionData: [{ sampledValue: [{ value: '1000.7', context: 'Transaction.End' }] }],
      },
      after: {
        transactionId: 1,
        meterStop: -1,
        transactionData: [{ sampledValue: [{ value: '1000.7', context: 'Transaction.End', unit: 'kWh' }] }],
      },
    },
    {
      version: '2.0.1',
      action: 'TransactionEvent',
      before: { eventType: 'Ended', meterValue: [{ sampledValue: [{ value: 1000.7 }] }] },
      after: {
        eventType: 'Ended',
        meterValue: [{ sampledValue: [{ value: 1000.7, unitOfMeasure: { unit: 'kWh' } }] }],
      },
    },
  ],
};

function endsTransaction(action: string, payload: Payload): boolean {
  return action === 'StopTransaction' || (action === 'TransactionEvent' && payload['eventType'] === 'Ended');
}

/** If meterStop repeats a register in kWh, replaces it with -1, which means unknown. A meterStop in Wh stays. */
function withoutKwhStop(payload: Payload): Payload {
  const { meterStop } = payload;
  if (typeof meterStop !== 'number' || meterStop <= 0) return payload;
  let repeats = false;
  mapEnergyRegisters(payload, (sampled) => {
    if (sampled['unit'] === 'kWh' && Math.abs(Number(sampled['value']) - meterStop) <= 1) repeats = true;
    return sampled;
  });
  return repeats ? { ...payload, meterStop: -1 } : payload;
}
