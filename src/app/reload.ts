/**
 * Reloads the settings, keys, certificates and network file at runtime. Only charge points that are no longer in the
 * network are disconnected.
 */
import type { Config, Secrets, SubscriberSettings, TlsSettings } from '../config/config.js';
import type { ConfigInForce } from '../config/config-in-force.js';
import type { Loaded } from '../config/loading/load-config.js';
import type { Change } from '../bridge/network/network-difference.js';
import type { NetworkUpdates } from '../bridge/network/network-updates.js';
import type { ReloadResult } from '../operator/http/reload-result.js';
import { KeyFault } from '../beckn/signing/key-material.js';
import type { SigningKey } from '../beckn/signing/signer.js';
import { networksOf } from '../config/config.js';
import type { Events } from '../ports/events.js';
import type { ChargerCredentials } from './charger-credentials.js';
import type { BecknNetworks } from './networks/beckn-networks.js';
import { readSigningKeys } from '../beckn/signing/network-keys.js';

export interface ReloadDeps {
  readonly inForce: ConfigInForce;
  readonly secrets: Secrets;
  /** Reads the settings again; absent if they do not come from a file. */
  readonly loadConfig: (() => Loaded) | undefined;
  readonly networks: BecknNetworks;
  readonly networkUpdates: Pick<NetworkUpdates, 'reloadFile'>;
  readonly reloadCertificates: () => void;
  readonly configurePasswords: ChargerCredentials['configurePasswords'];
  readonly setLogLevel: (level: Config['log']['level']) => void;
  readonly events: Events;
}

type KeysByNetwork = ReadonlyMap<string, readonly [SigningKey, ...SigningKey[]]>;

/**
 * @returns A function that reloads the settings, keys, certificates and network file: all of them or, if there is a
 *          problem, none. `by` names whoever requested the reload.
 */
export function createReload(deps: ReloadDeps): (by: string) => Promise<ReloadResult> {
  // Secrets are compared with those at startup, so that each reload names those that need a restart.
  const { secrets } = deps;
  const reload = async (by: string): Promise<ReloadResult> => {
    const loaded = deps.loadConfig?.() ?? { config: deps.inForce.config, secrets };
    if ('problems' in loaded) return { problems: loaded.problems };
    const keys = readKeys(loaded);
    if ('problem' in keys) return { problems: [keys.problem] };
    // The network comes first, because it is the last part that may be refused.
    const network = await reloadNetwork(deps.networkUpdates, by);
    if ('problems' in network) return network;
    const { applied, needsRestart } = deps.inForce.replace(loaded.config);
    const replaced = replaceKeys(deps.networks, keysInForce(keys, loaded.config, deps.inForce.config));
    deps.setLogLevel(deps.inForce.config.log.level);
    deps.reloadCertificates();
    const passwords = deps.configurePasswords(loaded.secrets.chargePointPasswords);
    const secretChanges = changedSecrets(loaded.config, secrets, loaded.secrets);
    return {
      applied: [...applied, ...replaced, ...passwords.applied.map(passwordOf)],
      needsRestart: [...new Set([...needsRestart, ...secretChanges])],
      withoutEffect: passwords.withoutEffect.map(passwordOf),
      network: network.difference,
    };
  };
  return async (by) => {
    const result = await reload(by);
    const problems = 'problems' in result ? result.problems : undefined;
    deps.events.emit('config.reloaded', {
      outcome: problems ? 'refused' : 'applied',
      by,
      ...(problems ? { problems } : result),
      ...('network' in result && { network: result.network.length }),
    });
    return result;
  };
}

async function reloadNetwork(
  updates: ReloadDeps['networkUpdates'],
  by: string,
): Promise<{ readonly difference: readonly Change[] } | { readonly problems: readonly string[] }> {
  const result = await updates.reloadFile(by);
  if (result === undefined || 'refused' in result) return { difference: [] };
  return 'problems' in result ? { problems: result.problems.map(({ problem }) => problem) } : result;
}

function readKeys({
  config,
  secrets,
}: Exclude<Loaded, { problems: unknown }>): KeysByNetwork | { readonly problem: string } {
  try {
    return new Map(networksOf(config).map((network) => [network.name, readSigningKeys(network, secrets)]));
  } catch (error) {
    if (error instanceof KeyFault) return { problem: error.message };
    throw error;
  }
}

/** Leaves out networks whose changed key settings wait for a restart. */
function keysInForce(keys: KeysByNetwork, loaded: Config, inForce: Config): KeysByNetwork {
  const settingsIn = (config: Config): ReadonlyMap<string, string> =>
    new Map(networksOf(config).map(({ name, subscriber }) => [name, keySettings(subscriber)]));
  const [wanted, current] = [settingsIn(loaded), settingsIn(inForce)];
  return new Map([...keys].filter(([name]) => wanted.get(name) === current.get(name)));
}

function keySettings({ keyId, keyFile, keys, validFrom, validUntil }: SubscriberSettings): string {
  return JSON.stringify([keyId, keyFile, keys, validFrom, validUntil]);
}

/** Replaces the signing keys that have changed. @returns A phrase for each network with new keys. */
function replaceKeys(networks: BecknNetworks, keys: KeysByNetwork): string[] {
  return networks.flatMap(({ name, signer }) => {
    const next = keys.get(name);
    if (!next || keyText(next) === keyText(signer.keys)) return [];
    signer.replaceKeys(next);
    return [`signing keys of network ${name}`];
  });
}

function keyText(keys: readonly SigningKey[]): string {
  return JSON.stringify(
    keys.map(({ secretKey, ...key }) => ({ ...key, secretKey: Buffer.from(secretKey).toString('hex') })),
  );
}

const passwordOf = (id: string): string => `password of ${id} in ocpp.chargePoints`;

/** Names the changed secrets that take effect only after a restart. It does not reveal their values. */
function changedSecrets(config: Config, before: Secrets, after: Secrets): string[] {
  const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const isOtherFile = (file: string): boolean => before.keyFiles?.get(file) !== after.keyFiles?.get(file);
  return [
    ...networksOf(config)
      .filter(({ subscriber }) => subscriber.encryptionKeyFiles.some(isOtherFile))
      .map(({ name }) => `encryption keys of network ${name}`),
    ...(before.operatorToken === after.operatorToken ? [] : ['the token in the file operator-token of dataDir']),
    ...(isSame(before.payments, after.payments) ? [] : ['secrets of payments']),
    ...(before.storeUri === after.storeUri ? [] : ['store.uri']),
  ];
}

/** Returns TLS settings whose file names a reload may replace; the port and `warnDays` stay the same. */
export function liveTls(config: Config): TlsSettings {
  const current = (): TlsSettings => config.listen.ocpp.tls ?? { certificates: [] };
  const { port, warnDays } = current();
  return {
    ...(port !== undefined && { port }),
    ...(warnDays !== undefined && { warnDays }),
    get certificates() {
      return current().certificates;
    },
    get clientCaFile() {
      return current().clientCaFile;
    },
    get crlFile() {
      return current().crlFile;
    },
  } as TlsSettings;
}
