/** Finds a version by its name. */
import { OCPP_VERSIONS } from '../../../src/ocpp/ocpp-versions.js';
import type { OcppVersion } from '../../../src/ocpp/versions/version.js';

export function versionNamed(name: OcppVersion['name']): OcppVersion {
  const version = OCPP_VERSIONS.find((one) => one.name === name);
  if (!version) throw new Error(`there is no OCPP ${name}`);
  return version;
}
