import { mapMembers, type Quirk } from './quirk.js';

const METER_ACTIONS = new Set(['MeterValues', 'StopTransaction']);

export const numericValues: Quirk = {
  name: 'numeric-values',
  description: 'Writes sampled values as numbers where 1.6 has text.',
  source: 'lbbrhzn/ocpp issue 210',
  versions: ['1.6'],
  autoDetected: true,
  inbound: (action, payload) =>
    METER_ACTIONS.has(action)
      ? mapMembers(payload, (key, member) => (key === 'value' && typeof member === 'number' ? String(member) : member))
      : payload,
  examples: [
    {
      action: 'MeterValues',
      before: { connectorId: 1, meterValue: [{ timestamp: '2026-01-15T10:00:00Z', sampledValue: [{ value: 12.5 }] }] },
      after: { connectorId: 1, meterValue: [{ timestamp: '2026-01-15T10:00:00Z', sampledValue: [{ value: '12.5' }] }] },
    },
  ],
};
