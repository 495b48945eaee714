/** How each charge point is configured to speak, in the words of the socket edge. */
import type { Config } from './config/config.js';
import { quirksNamed } from './ocpp/quirks/registry.js';
import type { Wire } from './ocpp/wire.js';

export function wireOf({ ocpp }: Config, chargePointId: string): Wire {
  const own = Object.hasOwn(ocpp.chargePoints, chargePointId) ? ocpp.chargePoints[chargePointId] : undefined;
  return {
    dialect: own?.dialect ?? ocpp.defaultDialect,
    strict: own?.strict ?? ocpp.strict,
    quirks: quirksNamed(own?.quirks ?? []),
  };
}
