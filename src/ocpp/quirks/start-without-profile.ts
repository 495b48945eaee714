import type { Quirk } from './quirk.js';

export const startWithoutProfile: Quirk = {
  name: 'start-without-profile',
  description: 'Rejects a remote start with a charging profile; ours is sent without one.',
  source: 'Chargers without smart charging, which should ignore the profile (OCPP 1.6 §5.11)',
  call: (action, payload) => {
    if (!action.endsWith('StartTransaction') || !('chargingProfile' in payload)) return payload;
    const { chargingProfile: _dropped, ...rest } = payload;
    return rest;
  },
  examples: [
    {
      action: 'RemoteStartTransaction',
      before: { connectorId: 1, idTag: 'TAG', chargingProfile: { chargingProfileId: 1 } },
      after: { connectorId: 1, idTag: 'TAG' },
    },
  ],
};
