/**
 * The settings of the bridge in the simulation: the defaults, with waits of days reduced to hours and settings that
 * some drivers and charge points need.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../../src/config/config.js';

export const BPP = { id: 'bpp.simulated.example', uri: 'https://bpp.simulated.example/beckn', keyId: 'k1' };

/** The waits that the checker counts with, seconds. */
export const WAITS = {
  callTimeoutS: 30,
  offlineS: 3600,
  finalS: 7200,
  progressS: 240,
  proveAliveS: 3600,
  stopRetryS: 30,
};

const DEFAULTS: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../config/default.json'), { encoding: 'utf8' }),
);

let config: Config | undefined;

/** The charge point whose boots are never accepted. */
export const HELD_CHARGE_POINT = 'CP-H';
/** The buyer app for which the bridge collects payments. */
export const PREPAID_APP = 'three.example';
/** The buyer app of the pulse dialect, whose context is the same as that of `uei:charging`. */
export const PULSE_APP = 'four.example';
export const PAYMENT_SECRETS = { key: 'key-of-the-provider', webhookSecret: 'secret-of-the-webhook' };
export const PAYMENTS_URL = 'https://pay.simulated.example';

export function configOf(): Config {
  if (config) return config;
  const defaults = DEFAULTS as Omit<Config, 'networkFile'>;
  const peers = {
    ...defaults.peers,
    [PREPAID_APP]: { ...defaults.peers['default'], payments: ['bpp-prepaid'] as const },
    [PULSE_APP]: { ...defaults.peers['default'], dialect: 'uei-charging-pulse' },
  };
  const ocpp = {
    ...defaults.ocpp,
    chargePoints: { [HELD_CHARGE_POINT]: { profile: 2, boot: 'pending' } } as const,
    callTimeoutS: WAITS.callTimeoutS,
    pingIntervalS: 60,
    sweepMs: 2500,
  };
  config = {
    ...defaults,
    networkFile: '',
    subscriber: { ...defaults.subscriber, ...BPP, keyFile: '' },
    beckn: { ...defaults.beckn, perBapPerMinute: 100_000, lts: true },
    ocpp,
    peers,
    payments: { ...defaults.payments, url: PAYMENTS_URL },
    session: {
      ...defaults.session,
      offlineS: WAITS.offlineS,
      finalS: WAITS.finalS,
      progressS: WAITS.progressS,
      proveAliveS: WAITS.proveAliveS,
      stopRetryS: WAITS.stopRetryS,
    },
  };
  return config;
}
