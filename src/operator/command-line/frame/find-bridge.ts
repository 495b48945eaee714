/**
 * Finds the running bridge from `--url` and `--token`, from the variables BRIDGE_URL and BRIDGE_TOKEN, or from the
 * files in its data folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { locateData } from '../../../config/loading/locate-data.js';
import { ADDRESS_FILE, readAddressFile } from '../../address-file.js';
import { BridgeClient } from './bridge-client.js';
import { CommandFailure, usageFailure } from './failure.js';

const DEFAULT_CONFIG = 'bridge.json';

interface Wanted {
  readonly configFile: string | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** @param given The value of `--config`. @returns `undefined` if none is named and there is no `bridge.json` here. */
export function findConfigFile(given: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const named = given ?? env['BRIDGE_CONFIG'];
  if (named !== undefined) return resolve(named);
  return existsSync(DEFAULT_CONFIG) ? resolve(DEFAULT_CONFIG) : undefined;
}

/**
 * @errors CommandFailure if the given URL is invalid, if there are no readable settings or they name no data folder, or
 *   if that folder holds no address of a running bridge.
 */
export function findBridge({ configFile, env, ...given }: Wanted): BridgeClient {
  const url = given.url ?? env['BRIDGE_URL'];
  const token = given.token ?? env['BRIDGE_TOKEN'];
  if (url !== undefined) {
    if (!URL.canParse(url)) throw usageFailure(`--url: "${url}" is no URL.`);
    const own = token ?? (configFile === undefined ? undefined : readToken(dataDirOf(configFile, env)));
    return new BridgeClient({ url: url.replace(/\/+$/, ''), token: own, source: 'from --url or BRIDGE_URL' });
  }
  const dataDir = dataDirOf(configFile, env);
  const address = readAddressFile(dataDir);
  if (address === undefined) {
    throw new CommandFailure('unreachable', {
      error: 'not-running',
      message: `No bridge runs with this configuration: ${join(dataDir, ADDRESS_FILE)} does not exist.`,
      hint: 'Start it with: beckn-ocpp-bridge serve --config FILE; or name another with --url and --token.',
    });
  }
  return new BridgeClient({
    url: address.operator,
    token: token ?? readToken(dataDir),
    source: `from ${join(dataDir, ADDRESS_FILE)}`,
  });
}

function dataDirOf(configFile: string | undefined, env: NodeJS.ProcessEnv): string {
  if (configFile === undefined && !Object.keys(env).some((name) => name.startsWith('BRIDGE__'))) {
    throw usageFailure(
      'There is no settings file here, so the bridge cannot be found.',
      'Name one with --config FILE or BRIDGE_CONFIG, or name the bridge with --url and --token.',
    );
  }
  const located = locateData(configFile, env);
  if ('problem' in located) throw usageFailure(located.problem, 'Check it with: beckn-ocpp-bridge check --config FILE');
  return located.dataDir;
}

function readToken(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, 'operator-token'), 'utf8').trim();
  } catch {
    return undefined;
  }
}
