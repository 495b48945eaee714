import type { Quirk } from './quirk.js';

export const errorCodeError: Quirk = {
  name: 'error-code-error',
  description: 'Reports the error code `Error`, which does not exist; read as OtherError.',
  source: 'Common in the field; OCPP 1.6 §7.6 lists the codes',
  versions: ['1.6'],
  autoDetected: true,
  inbound: (action, payload) =>
    action === 'StatusNotification' && payload['errorCode'] === 'Error'
      ? { ...payload, errorCode: 'OtherError' }
      : payload,
  examples: [
    {
      action: 'StatusNotification',
      before: { connectorId: 1, errorCode: 'Error', status: 'Faulted' },
      after: { connectorId: 1, errorCode: 'OtherError', status: 'Faulted' },
    },
  ],
};
