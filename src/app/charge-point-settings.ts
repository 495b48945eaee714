/** How each charge point is configured to speak, in the words of the socket edge. */
import type { Config } from '../config/config.js';
import type { BootPolicy } from '../ports/charger-access.js';
import { quirksByName } from '../ocpp/quirks/registry.js';
import { v16 } from '../ocpp/versions/v16/v16.js';
import type { OcppVersion } from '../ocpp/versions/version.js';
import type { ChargePointSettings } from '../ocpp/connection/wire.js';

function configuredSettings(
  { ocpp }: Config,
  chargePointId: string,
): Config['ocpp']['chargePoints'][string] | undefined {
  return Object.hasOwn(ocpp.chargePoints, chargePointId) ? ocpp.chargePoints[chargePointId] : undefined;
}

export function bootPolicyOf(config: Config, chargePointId: string): BootPolicy {
  return configuredSettings(config, chargePointId)?.boot ?? 'accept';
}

export function chargePointSettingsOf(config: Config, chargePointId: string): ChargePointSettings {
  const { ocpp } = config;
  const own = configuredSettings(config, chargePointId);
  return {
    dialect: own?.dialect ?? ocpp.defaultDialect,
    strict: own?.strict ?? ocpp.strict,
    quirks: quirksByName(own?.quirks ?? []),
  };
}

/** What a socket without a subprotocol speaks: only who may write another dialect than OCPP-J may come so, and that is 1.6. */
export function versionWithoutSubprotocol(config: Config, chargePointId: string): OcppVersion | undefined {
  return chargePointSettingsOf(config, chargePointId).dialect === 'ocpp-j' ? undefined : v16;
}
