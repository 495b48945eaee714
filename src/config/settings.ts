/** What a settings file may say: `Config` with its conveniences and before its secrets are taken out. */
import type { BootAnswer, ChargerSpeech, Config, SecurityProfile } from './config.js';

export type Settings = Omit<Config, 'subscriber' | 'store' | 'ocpp'> & {
  readonly subscriber: Omit<Config['subscriber'], 'keyFile'> & { readonly keyFile?: string };
  readonly store: Omit<Config['store'], 'path'> & { readonly path?: string };
  readonly ocpp: Omit<Config['ocpp'], 'chargePoints'> & {
    readonly chargePoints: { readonly [chargePointId: string]: ChargePointSettings };
  };
};

export interface ChargePointSettings extends ChargerSpeech {
  readonly profile?: SecurityProfile;
  readonly password?: string;
  readonly passwordEnv?: string;
  readonly boot?: BootAnswer;
}
