/** How each charge point is configured to speak, in the words of the socket edge. */
import type { BootAnswer, Config } from '../config/config.js';
import { quirksNamed } from '../ocpp/quirks/registry.js';
import { v16 } from '../ocpp/versions/v16/v16.js';
import type { OcppVersion } from '../ocpp/versions/version.js';
import type { Wire } from '../ocpp/connection/wire.js';

function ownOf({ ocpp }: Config, chargePointId: string): Config['ocpp']['chargePoints'][string] | undefined {
  return Object.hasOwn(ocpp.chargePoints, chargePointId) ? ocpp.chargePoints[chargePointId] : undefined;
}

export function bootAnswerOf(config: Config, chargePointId: string): BootAnswer {
  return ownOf(config, chargePointId)?.boot ?? 'accept';
}

export function wireOf(config: Config, chargePointId: string): Wire {
  const { ocpp } = config;
  const own = ownOf(config, chargePointId);
  return {
    dialect: own?.dialect ?? ocpp.defaultDialect,
    strict: own?.strict ?? ocpp.strict,
    quirks: quirksNamed(own?.quirks ?? []),
  };
}

/** What a socket without a subprotocol speaks: only who may write another dialect than OCPP-J may come so, and that is 1.6. */
export function unnamedVersion(config: Config, chargePointId: string): OcppVersion | undefined {
  return wireOf(config, chargePointId).dialect === 'ocpp-j' ? undefined : v16;
}
