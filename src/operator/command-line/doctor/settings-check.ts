/** Reads the settings, the network file and the generated validators, before any other check runs. */
import type { Config, Secrets } from '../../../config/config.js';
import { checkConfig } from '../../../config/loading/load-config.js';
import { loadNetwork } from '../../../config/network-file/load-network.js';
import type { Network } from '../../../domain/model/network.js';
import { becknCheck, ocppActions, type BecknFamily, type OcppVersionName } from '../../../schema/validators.js';
import { finding, type Finding } from '../../findings.js';

const OCPP_VERSIONS: readonly OcppVersionName[] = ['1.6', '2.0.1', '2.1'];
const BECKN_FAMILIES: readonly BecknFamily[] = [
  'uei-charging-1.0.0',
  'ev-charging-1.1.0',
  'registry',
  'transport',
  'ubc-2.0.0',
  'lts-2.0.0',
];

export interface ReadSettings {
  readonly findings: readonly Finding[];
  /** Absent if validators are missing or the settings are unusable; then nothing else can be checked. */
  readonly usable?: { readonly config: Config; readonly secrets: Secrets; readonly network: Network | undefined };
}

export function readInstallation(configFile: string | undefined, env: NodeJS.ProcessEnv): ReadSettings {
  const missing = missingValidators();
  if (missing.length > 0) return { findings: missing };
  const loaded = checkConfig(configFile, env);
  if ('problems' in loaded) return { findings: loaded.problems.map(settingFinding) };
  const { networkFile } = loaded.config;
  if (networkFile === undefined) return { findings: [], usable: { ...loaded, network: undefined } };
  const read = loadNetwork(networkFile);
  return 'problems' in read
    ? {
        findings: read.problems.map((problem) => finding('network-file-wrong', `${problem}.`)),
        usable: { ...loaded, network: undefined },
      }
    : { findings: [], usable: { ...loaded, network: read.network } };
}

function settingFinding(problem: string): Finding {
  const isKey = /^\S*(keyFile|encryptionKeyFiles)[^:]*: /i.test(problem);
  return finding(isKey ? 'key-unusable' : 'settings-wrong', `${problem}.`);
}

/** Tries to load the validators of each OCPP version, of each Beckn family and of the settings. */
function missingValidators(): readonly Finding[] {
  const missing: string[] = [];
  const attempt = (name: string, read: () => unknown): void => {
    try {
      read();
    } catch {
      missing.push(name);
    }
  };
  for (const version of OCPP_VERSIONS) attempt(`OCPP ${version}`, () => ocppActions(version));
  for (const family of BECKN_FAMILIES) attempt(family, () => becknCheck(family, 'none'));
  attempt('settings', () => checkConfig({}, {}));
  return missing.length === 0 ? [] : [finding('validators-missing', `There are none for ${missing.join(', ')}.`)];
}
