/** The settings of the bridge in the simulation: the defaults, with hours in place of waits of days. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.js';

export const BPP = { id: 'bpp.simulated.example', uri: 'https://bpp.simulated.example/beckn', keyId: 'k1' };

/** The shortened waits, in seconds. */
export const WAITS = { callTimeoutS: 30, offlineS: 3600, finalS: 7200, progressS: 240 };

const DEFAULTS: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../config/default.json'), { encoding: 'utf8' }),
);

let config: Config | undefined;

export function configOf(): Config {
  if (config) return config;
  const defaults = DEFAULTS as Omit<Config, 'networkFile'>;
  const ocpp = { ...defaults.ocpp, callTimeoutS: WAITS.callTimeoutS, pingIntervalS: 60, sweepMs: 2500 };
  config = {
    ...defaults,
    networkFile: '',
    subscriber: { ...defaults.subscriber, ...BPP, keyFile: '' },
    beckn: { ...defaults.beckn, perBapPerMinute: 100_000 },
    ocpp,
    session: { ...defaults.session, offlineS: WAITS.offlineS, finalS: WAITS.finalS, progressS: WAITS.progressS },
  };
  return config;
}
