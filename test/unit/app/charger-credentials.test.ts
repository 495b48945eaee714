import { expect, it } from 'vitest';
import { isAnySecured } from '../../../src/app/charger-credentials.js';
import { ApprovedChargePoints } from '../../../src/bridge/charge-points/approved.js';
import type { Config } from '../../../src/config/config.js';
import type { SecurityProfile } from '../../../src/ports/charger-access.js';

it.each<[string, SecurityProfile | undefined, SecurityProfile | undefined, boolean]>([
  ['no charge point is named', undefined, undefined, false],
  ['all are open', 0, 0, false],
  ['one has a password in the settings', 1, 0, true],
  ['one was approved with a password', 0, 1, true],
])('a charge point is secured: %s', async (_why, configured, approvedProfile, expected) => {
  const approved = new ApprovedChargePoints(
    { putValue: () => Promise.resolve(), values: () => Promise.resolve([]) },
    { now: () => 0 },
  );
  if (approvedProfile !== undefined) await approved.add('CP2', approvedProfile);
  const chargePoints = configured === undefined ? {} : { CP1: { profile: configured } };
  const config = { ocpp: { defaultProfile: 0, chargePoints } } as unknown as Config;
  expect(isAnySecured(config, approved)).toBe(expected);
});
