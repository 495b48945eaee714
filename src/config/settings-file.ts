/** Defines the merged settings before they become a `Config`: some may still be absent, and secrets are included. */
import type { ChargerProtocolSettings, Config, NetworkSettings, SubscriberSettings } from './config.js';
import type { BootPolicy, SecurityProfile } from '../ports/charger-access.js';

export type Settings = Omit<Config, 'subscriber' | 'networks' | 'store' | 'ocpp'> & {
  readonly subscriber: Omit<SubscriberSettings, 'keyFile'> & { readonly keyFile?: string };
  readonly networks: readonly NetworkEntry[];
  readonly store: Omit<Config['store'], 'path'> & { readonly path?: string };
  readonly ocpp: Omit<Config['ocpp'], 'chargePoints'> & {
    readonly chargePoints: { readonly [chargePointId: string]: ChargePointConfig };
  };
};

interface NetworkEntry extends Omit<NetworkSettings, 'basePath' | 'subscriber'> {
  readonly basePath?: string;
  readonly subscriber: Settings['subscriber'];
}

interface ChargePointConfig extends ChargerProtocolSettings {
  readonly profile?: SecurityProfile;
  readonly password?: string;
  readonly passwordEnv?: string;
  readonly boot?: BootPolicy;
}
