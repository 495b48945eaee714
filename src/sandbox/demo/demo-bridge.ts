/** Creates the bridge of the demo and of the hosted sandbox: its settings, and the application with its network. */
import { fileURLToPath } from 'node:url';
import { createApp, type App, type Overrides } from '../../app/app.js';
import { loadConfig } from '../../config/loading/load-config.js';
import { loadNetwork, type LoadedNetwork } from '../../config/network-file/load-network.js';
import type { Connector } from '../../domain/model/network.js';

export const HOST = '127.0.0.1';

export const BRIDGE_IDENTITY = { subscriberId: 'bpp.sandbox.example', keyId: 'bridge-key-1' } as const;

const DEMO_NETWORK = fileURLToPath(new URL('../../../config/network.demo.json', import.meta.url));

export interface BridgeParts {
  readonly dataDir: string;
  readonly keyFile: string;
  /** The loopback port of the Beckn listener. */
  readonly becknPort: number;
  /** Where buyer apps reach that listener; the listener's own address by default. */
  readonly bppUri?: string;
  readonly registryUrl: string;
  /** The buyer app that may be called back although its address is private. */
  readonly buyer: { readonly subscriberId: string; readonly bapUri: string };
  /** Keyed by charge point id. */
  readonly passwords: ReadonlyMap<string, string>;
}

function bridgeSettings({ dataDir, keyFile, becknPort, bppUri, registryUrl, buyer, passwords }: BridgeParts) {
  const { protocol, hostname, port } = new URL(buyer.bapUri);
  const scheme = protocol.replace(':', '');
  const bapPort = port === '' ? { http: 80, https: 443 }[scheme] : Number(port);
  return {
    mode: 'sandbox',
    dataDir,
    networkFile: DEMO_NETWORK,
    subscriber: {
      id: BRIDGE_IDENTITY.subscriberId,
      uri: bppUri ?? `http://${HOST}:${becknPort}/beckn`,
      keyId: BRIDGE_IDENTITY.keyId,
      keyFile,
    },
    listen: {
      beckn: { host: HOST, port: becknPort, basePath: '/beckn' },
      ocpp: { host: HOST, port: 0, basePath: '/ocpp' },
      operator: { host: HOST, port: 0 },
    },
    // The sandbox is for buyer apps of every dialect.
    // One person tries the same connector again and again.
    beckn: { lts: true, startsPerConnector: 0 },
    registry: { kind: 'http', url: registryUrl },
    callbacks: { allow: [{ host: hostname, port: bapPort, scheme, subscriber: buyer.subscriberId }] },
    ocpp: {
      sampleIntervalS: 15,
      // These timeouts run on the scaled clock, where 120 s are 3 real seconds at speed 40.
      callTimeoutS: 120,
      pingIntervalS: 120,
      chargePoints: Object.fromEntries([...passwords].map(([id, password]) => [id, { profile: 1, password }])),
    },
    session: { startTimeoutS: 300, stopRetryS: 120, progressS: 60 },
    log: { level: 'silent' },
  };
}

/** @errors Throws if the network file is wrong. */
function readDemoNetwork(): LoadedNetwork {
  const network = loadNetwork(DEMO_NETWORK);
  if ('problems' in network) throw new Error(`the demo's network file is wrong:\n${network.problems.join('\n')}`);
  return network;
}

/** Returns the connectors of the demo's network. @errors Throws if its file is wrong. */
export function demoConnectors(): Connector[] {
  const stations = readDemoNetwork().network.providers.flatMap((provider) => provider.stations);
  return stations.flatMap(({ chargePoints }) => chargePoints.flatMap(({ connectors }) => connectors));
}

/** Returns the only currency of the demo's network. */
export const demoCurrency = (): string => demoConnectors()[0]?.tariff.currency ?? '';

/** @errors Rejects if the settings or the network file are wrong. */
export async function createDemoBridge(parts: BridgeParts, overrides: Overrides): Promise<App> {
  const loaded = loadConfig(bridgeSettings(parts), logLevelEnvironment(process.env));
  if ('problems' in loaded) throw new Error(`the demo's settings are wrong:\n${loaded.problems.join('\n')}`);
  return createApp(loaded.config, loaded.secrets, readDemoNetwork(), overrides);
}

/** Keeps only the log level, because other settings in the environment are meant for a real bridge. */
function logLevelEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const level = env.BRIDGE__LOG__LEVEL;
  return level === undefined ? {} : { BRIDGE__LOG__LEVEL: level };
}
