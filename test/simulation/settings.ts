/** The bridge's settings in the simulation: the defaults, with the waits of days made hours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../src/config/config.js';

export const BPP = { id: 'bpp.simulated.example', uri: 'https://bpp.simulated.example/beckn', keyId: 'k1' };

/** Seconds. What the checker must know of the waits; the rest of the settings it does not need. */
export const WAITS = { startTimeoutS: 90, offlineS: 3600, finalS: 7200, unsureS: 60, answerHorizonS: 900 };

const DEFAULTS: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../config/default.json'), { encoding: 'utf8' }),
);

let made: Config | undefined;

export function configOf(): Config {
  if (made) return made;
  const defaults = DEFAULTS as Omit<Config, 'networkFile'>;
  const ocpp = { ...defaults.ocpp, pingIntervalS: 60, sweepMs: 2500 };
  made = {
    ...defaults,
    networkFile: '',
    subscriber: { ...BPP, keyFile: '', generate: false },
    beckn: { ...defaults.beckn, perBapPerMinute: 100_000 },
    ocpp,
    session: { ...defaults.session, offlineS: WAITS.offlineS, finalS: WAITS.finalS },
  };
  return made;
}
