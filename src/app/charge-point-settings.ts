/** Reads the protocol settings of a charge point from the configuration, with their defaults. */
import type { Config } from '../config/config.js';
import type { BootPolicy } from '../ports/charger-access.js';
import { quirksByName } from '../ocpp/quirks/registry.js';
import { v16 } from '../ocpp/versions/v16/v16.js';
import type { OcppVersion } from '../ocpp/versions/version.js';
import type { ChargePointSettings } from '../ocpp/connection/connection-context.js';

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

/**
 * Returns the OCPP version of a connection without a subprotocol: 1.6, or `undefined` if the charge point is set to the
 * dialect `ocpp-j`, which requires one.
 */
export function versionWithoutSubprotocol(config: Config, chargePointId: string): OcppVersion | undefined {
  return chargePointSettingsOf(config, chargePointId).dialect === 'ocpp-j' ? undefined : v16;
}
