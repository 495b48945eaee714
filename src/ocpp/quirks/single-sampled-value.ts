import { isPayload } from '../frames/payload.js';
import { mapMembers, type Quirk } from './quirk.js';

const LIST_KEYS = new Set(['meterValue', 'sampledValue', 'transactionData']);

export const singleSampledValue: Quirk = {
  name: 'single-sampled-value',
  description: 'Writes a single meter or sampled value without its list.',
  source: 'Common in the field',
  autoDetected: true,
  inbound: (_action, payload) =>
    mapMembers(payload, (key, member) => (LIST_KEYS.has(key) && isPayload(member) ? [member] : member)),
  examples: [
    {
      action: 'MeterValues',
      before: { connectorId: 1, meterValue: { timestamp: '2026-01-15T10:00:00Z', sampledValue: { value: '5' } } },
      after: { connectorId: 1, meterValue: [{ timestamp: '2026-01-15T10:00:00Z', sampledValue: [{ value: '5' }] }] },
    },
    {
      action: 'MeterValues',
      before: { connectorId: 1, meterValue: [{ timestamp: '2026-01-15T10:00:00Z', sampledValue: { value: '5' } }] },
      after: { connectorId: 1, meterValue: [{ timestamp: '2026-01-15T10:00:00Z', sampledValue: [{ value: '5' }] }] },
    },
  ],
};
