import { mapMembers, type Quirk } from './quirk.js';

const TIME_WITHOUT_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?$/;

export const timeWithoutZone: Quirk = {
  name: 'time-without-zone',
  description: 'Writes times without a zone; they are read as UTC.',
  source: 'Common in the field; OCPP 1.6 §3.14 asks for UTC',
  autoDetected: true,
  inbound: (_action, payload) =>
    mapMembers(payload, (_key, member) =>
      typeof member === 'string' && TIME_WITHOUT_ZONE.test(member) ? `${member}Z` : member,
    ),
  examples: [
    {
      action: 'StartTransaction',
      before: { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: '2026-01-15T10:00:00' },
      after: { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: '2026-01-15T10:00:00Z' },
    },
  ],
};
