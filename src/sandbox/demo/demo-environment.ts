/** Starts what the demo needs in one process: a registry, the bridge, a buyer app and three charge points. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../app/app.js';
import { loadConfig } from '../../config/loading/load-config.js';
import { loadNetwork } from '../../config/network-file/load-network.js';
import type { Random } from '../../ports/runtime.js';
import { createBuyerApp, type BuyerApp } from '../buyer-app.js';
import { createChargePoint, type SimulatedChargePoint } from '../charge-point.js';
import type { OcppVersionName, SimulatedConnector } from '../charge-point/charge-point-options.js';
import { startSandboxRegistry, type SandboxRegistry } from '../registry.js';
import { makeKeys, type SandboxKeys } from '../runtime/keys.js';
import { createScaledClock, type ScaledClock } from '../runtime/scaled-clock.js';
import { createSeededRandom } from '../runtime/seeded-random.js';
import { MessageLog, type WireMessage } from './message-log.js';

export const SUBSCRIBER_IDS = { buyer: 'bap.sandbox.example', bridge: 'bpp.sandbox.example' } as const;

const KEY_IDS = { buyer: 'buyer-key-1', bridge: 'bridge-key-1' } as const;
const HOST = '127.0.0.1';
/** How far behind real time the demo starts: the session's 21 minutes or so, and a reserve for a slow machine. */
const CLOCK_LAG_MS = 25 * 60_000;
const BUYER_CALLBACK_TIMEOUT_MS = 60_000;

interface DemoChargePoint {
  readonly id: string;
  readonly model: string;
  readonly connector: Omit<SimulatedConnector, 'connectorId'>;
}

/** The charge points in `config/network.demo.json`, each with the car that comes to it. */
const CHARGE_POINTS: readonly DemoChargePoint[] = [
  {
    id: 'KC-IND-01',
    model: 'Rapid 60',
    connector: {
      powerType: 'DC',
      maxPowerW: 60_000,
      battery: { capacityWh: 50_000, socPercent: 41, maxPowerW: 90_000 },
      pluggedIn: true,
      leaveDelayMs: 60_000,
      cableDelayMs: 8_000,
    },
  },
  {
    id: 'KC-IND-02',
    model: 'Wall 7',
    connector: {
      powerType: 'AC',
      maxPowerW: 7_400,
      battery: { capacityWh: 40_000, socPercent: 55, maxPowerW: 7_400 },
      cableDelayMs: 8_000,
      leaveDelayMs: 60_000,
    },
  },
  {
    id: 'KC-WHF-01',
    model: 'Rapid 150',
    connector: {
      powerType: 'DC',
      maxPowerW: 150_000,
      battery: { capacityWh: 77_000, socPercent: 12, maxPowerW: 125_000 },
      cableDelayMs: 5_000,
      leaveDelayMs: 60_000,
    },
  },
];

export interface DemoOptions {
  /** Seconds of the sandbox's clock per real second; 1 or more. */
  readonly speed: number;
  readonly ocpp: OcppVersionName;
  /** Called with each Beckn and OCPP message. */
  onMessage(message: WireMessage): void;
}

export interface DemoAddresses {
  readonly beckn: string;
  readonly ocpp: string;
  readonly operator: string;
  readonly operatorToken: string;
  readonly registry: string;
  readonly buyer: string;
}

export interface Demo {
  readonly clock: ScaledClock;
  readonly buyer: BuyerApp;
  readonly log: MessageLog;
  readonly addresses: DemoAddresses;
  stop(): Promise<void>;
}

type Cleanup = () => Promise<void> | void;

/** @errors Rejects if a part does not start, after stopping the others. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const cleanups: Cleanup[] = [];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    const parts = await startParts(options, cleanups);
    return { ...parts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(options: DemoOptions, cleanups: Cleanup[]): Promise<Omit<Demo, 'stop'>> {
  const { speed, ocpp, onMessage } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'beckn-ocpp-demo-'));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const keys = { bridge: await makeKeys(), buyer: await makeKeys() };
  const random = createSeededRandom(Buffer.from(keys.buyer.publicKey).readUInt32LE(0));
  const clock = createScaledClock({ speed, behindMs: speed > 1 ? CLOCK_LAG_MS : 0 });
  const common = { clock, random, log: new MessageLog(SUBSCRIBER_IDS, onMessage) };
  const registry = await startSandboxRegistry({ clock });
  cleanups.push(() => registry.close());

  // The bridge and the buyer app both need the bridge's address in their settings, so its port is chosen beforehand.
  const becknPort = await findFreePort();
  const bppUri = `http://${HOST}:${becknPort}/beckn`;
  const buyer = createDemoBuyer(common, { registryUrl: registry.url, bppUri, secretKey: keys.buyer.secretKey });
  const { url: buyerUrl, bapUri } = await buyer.start();
  cleanups.push(() => buyer.stop());
  registerParticipants(registry, keys, { bppUri, bapUri });

  const passwords = new Map(CHARGE_POINTS.map(({ id }) => [id, random.base32(20)]));
  const keyFile = join(dataDir, 'signing.key');
  writeFileSync(keyFile, keys.bridge.seedBase64, { mode: 0o600 });
  const settings = bridgeSettings({ dataDir, keyFile, becknPort, registryUrl: registry.url, bapUri, passwords });
  const app = await createBridge(settings, clock);
  cleanups.push(() => app.stop());
  const bridge = await app.start();

  const chargePoints = createDemoChargePoints(common, { ocpp, url: bridge.ocpp, passwords });
  cleanups.push(async () => void (await Promise.all(chargePoints.map((chargePoint) => chargePoint.stop()))));
  await Promise.all(chargePoints.map((chargePoint) => chargePoint.start()));

  const addresses = { ...bridge, operatorToken: app.operatorToken, registry: registry.url, buyer: buyerUrl };
  return { clock, buyer, log: common.log, addresses };
}

interface CommonParts {
  readonly clock: ScaledClock;
  readonly random: Random;
  readonly log: MessageLog;
}

function createDemoBuyer(
  { clock, random, log }: CommonParts,
  options: { readonly registryUrl: string; readonly bppUri: string; readonly secretKey: Uint8Array },
): BuyerApp {
  return createBuyerApp({
    ...options,
    subscriberId: SUBSCRIBER_IDS.buyer,
    keyId: KEY_IDS.buyer,
    host: HOST,
    port: 0,
    clock,
    random,
    bppId: SUBSCRIBER_IDS.bridge,
    callbackTimeoutMs: BUYER_CALLBACK_TIMEOUT_MS,
    onMessage: (message) => log.addBeckn(message),
  });
}

function createDemoChargePoints(
  { clock, random, log }: CommonParts,
  options: {
    readonly ocpp: OcppVersionName;
    readonly url: string;
    readonly passwords: ReadonlyMap<string, string>;
  },
): SimulatedChargePoint[] {
  const { ocpp, url, passwords } = options;
  return CHARGE_POINTS.map(({ id, model, connector }) =>
    createChargePoint({
      url,
      id,
      ocpp,
      model,
      vendor: 'Sandbox',
      password: passwords.get(id) ?? '',
      connectors: [{ ...connector, connectorId: 1 }],
      clock,
      random,
      onFrame: (direction, frame, at) => log.addOcpp(id, direction, frame, at),
    }),
  );
}

function registerParticipants(
  registry: SandboxRegistry,
  keys: { readonly bridge: SandboxKeys; readonly buyer: SandboxKeys },
  { bppUri, bapUri }: { readonly bppUri: string; readonly bapUri: string },
): void {
  const domain = 'uei:charging';
  registry.add({
    domain,
    subscriberId: SUBSCRIBER_IDS.bridge,
    url: bppUri,
    type: 'BPP',
    keyId: KEY_IDS.bridge,
    signingPublicKey: keys.bridge.publicKeyBase64,
  });
  registry.add({
    domain,
    subscriberId: SUBSCRIBER_IDS.buyer,
    url: bapUri,
    type: 'BAP',
    keyId: KEY_IDS.buyer,
    signingPublicKey: keys.buyer.publicKeyBase64,
  });
}

interface BridgeParts {
  readonly dataDir: string;
  readonly keyFile: string;
  readonly becknPort: number;
  readonly registryUrl: string;
  readonly bapUri: string;
  /** By charge point id. */
  readonly passwords: ReadonlyMap<string, string>;
}

function bridgeSettings({ dataDir, keyFile, becknPort, registryUrl, bapUri, passwords }: BridgeParts) {
  const bapPort = Number(new URL(bapUri).port);
  return {
    mode: 'sandbox',
    dataDir,
    networkFile: fileURLToPath(new URL('../../../config/network.demo.json', import.meta.url)),
    subscriber: {
      id: SUBSCRIBER_IDS.bridge,
      uri: `http://${HOST}:${becknPort}/beckn`,
      keyId: KEY_IDS.bridge,
      keyFile,
    },
    listen: {
      beckn: { host: HOST, port: becknPort, basePath: '/beckn' },
      ocpp: { host: HOST, port: 0, basePath: '/ocpp' },
      operator: { host: HOST, port: 0 },
    },
    registry: { kind: 'http', url: registryUrl },
    callbacks: { allow: [{ host: HOST, port: bapPort, scheme: 'http', subscriber: SUBSCRIBER_IDS.buyer }] },
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

/** @errors Rejects if the settings or the network file are wrong. */
async function createBridge(settings: ReturnType<typeof bridgeSettings>, clock: ScaledClock) {
  const loaded = loadConfig(settings, logLevelEnvironment(process.env));
  if ('problems' in loaded) throw new Error(`the demo's settings are wrong:\n${loaded.problems.join('\n')}`);
  const network = loadNetwork(settings.networkFile);
  if ('problems' in network) throw new Error(`the demo's network file is wrong:\n${network.problems.join('\n')}`);
  return createApp(loaded.config, loaded.secrets, network, { clock });
}

/** Keeps only the log level, because other settings in the environment are meant for a real bridge. */
function logLevelEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const level = env.BRIDGE__LOG__LEVEL;
  return level === undefined ? {} : { BRIDGE__LOG__LEVEL: level };
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
