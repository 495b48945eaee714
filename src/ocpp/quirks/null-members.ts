import { mapMembers, type Quirk } from './quirk.js';

export const nullMembers: Quirk = {
  name: 'null-members',
  description: 'Writes null for a member that it has no value for; read as absent.',
  source: 'SteVe issue 1109; common in the field',
  autoDetected: true,
  inbound: (_action, payload) => mapMembers(payload, (_key, member) => (member === null ? undefined : member)),
  examples: [
    {
      action: 'StatusNotification',
      before: { connectorId: 1, errorCode: 'NoError', status: 'Available', info: null, vendorId: null },
      after: { connectorId: 1, errorCode: 'NoError', status: 'Available' },
    },
  ],
};
